"""How the screen ends when the program is told to: with a goodbye, and the terminal as it was.

Knows neither rooms nor keys.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Protocol

from chat.client.options.settings import PROGRAM
from chat.client.options.signals import LEAVE_SECONDS, die, on_ending
from chat.client.screen.terminal import Terminal


class Leaver(Protocol):
    """Who is to leave."""

    departure: Departure | None

    @property
    def terminal(self) -> Terminal | None:
        """Where it is drawn, if it is."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """Where it runs, if it does."""

    def leave_on(self, number: int) -> None:
        """Leave, as this signal has come."""


class Departure:
    """What signals do: the first one has the goodbye said, the second one does not wait for it."""

    def __init__(self, leaver: Leaver) -> None:
        self._leaver = leaver
        self._is_leaving = False

    def signalled(self, number: int, _: FrameType | None = None) -> None:
        """A signal has come. Of a terminal that is closed one hears more than once."""
        loop = self._leaver.loop
        if loop is None or self._leaver.terminal is None:
            self._give_up(number)
        elif not self._is_leaving:
            self._leave(loop, number)
        elif number != signal.SIGHUP:
            self._give_up(number)

    def _leave(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._is_leaving = True
        late = threading.Timer(LEAVE_SECONDS, self._give_up, (number,))
        late.daemon = True
        late.start()
        loop.call_soon_threadsafe(self._leaver.leave_on, number)

    def _give_up(self, number: int) -> None:
        if terminal := self._leaver.terminal:
            terminal.give_back()
        die(number)


@contextmanager
def on_signals(leaver: Leaver) -> Iterator[None]:
    """Have signals end it from here on; at the end the terminal is given back, come what may."""
    leaver.departure = Departure(leaver)
    on_ending(leaver.departure.signalled)
    try:
        yield
    finally:
        if terminal := leaver.terminal:
            terminal.give_back()


def tell(lines: list[str]) -> None:
    """Say on the terminal, which is one's own again, what would be lost with the screen."""
    with suppress(OSError):
        for line in lines:
            print(f"{PROGRAM}: {line}", file=sys.stderr)
