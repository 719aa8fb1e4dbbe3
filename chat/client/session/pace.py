"""How fast a client asks for itself, so that what a person types is not held up. Knows no rooms.

A server lets so many lines come at once and so many a second (docs/operations.md), or any number
from an address that it trusts: which, nobody tells. So the client asks at once for what leaves
room for a person, then for one thing after the other, and as fast as the limits let it once an
answer has taken its time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from chat.client.wire.connection import Connection

RATE: Final = 20.0
BURST: Final = 200.0
"""What a server takes unless it is told otherwise: lines a second, and at once."""

PRICE: Final = 10
"""Lines that a question counts for which reads a history."""

SPARED: Final = 30
"""Lines that are left for who types: a paste, and what is asked of a room that one goes to."""

SLOW_SECONDS: Final = 0.3
"""An answer that takes so long has waited for the limits, or has a long way to go."""


class Pace:
    """On one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time()
        self._left = BURST
        self._sent = 0
        self._is_limited = False

    def asked(self) -> None:
        """A history was asked for, by whomever."""
        self._left -= PRICE - 1

    async def turn(self, asking: Iterable[asyncio.Task[None]]) -> None:
        """Wait until one more may be asked for. asking: what is being asked."""
        while (missing := SPARED + PRICE - self._room()) > 0:
            if self._is_limited:
                await asyncio.sleep(missing / RATE)
                continue
            busy = [task for task in asking if not task.done()]
            if not busy:
                return
            began, sent = self._loop.time(), self._connection.sent
            await asyncio.wait(busy)
            self._is_limited = self._loop.time() - began > SLOW_SECONDS
            left = self._room()  # the server has taken all that was sent before they were asked
            self._left = max(left, float(sent - self._connection.sent))

    def _room(self) -> float:
        """How many lines a server takes now that has limits."""
        now, sent = self._loop.time(), self._connection.sent
        self._left = min(BURST, self._left + (now - self._at) * RATE) - (sent - self._sent)
        self._at, self._sent = now, sent
        return self._left
