"""What was said and is not known to be stored. Knows no connection.

Each line goes under a token of its own: whoever is not sure whether it has arrived sends it again,
and the server stores it once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chat.client.connection import RefusedError
from chat.client.wire import LINE_BYTES


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A line that was said in a room."""

    room: str
    text: str
    token: str
    stored: asyncio.Future[int]
    """The message's number in its room, when it has one."""

    @property
    def line(self) -> str:
        """The command that says it."""
        if self.room.startswith("@"):
            return f"@{self.token} DM {self.room[1:]} {self.text}"
        return f"@{self.token} MSG {self.room} {self.text}"


class Outbox:
    """Lines in the order they were said."""

    def __init__(self) -> None:
        self._session = secrets.token_hex(8)
        self._said = 0
        self._waiting: dict[str, Outgoing] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Outgoing]:
        return iter(list(self._waiting.values()))

    def put(self, room: str, text: str) -> Outgoing:
        """A line to send. Raises RefusedError for what is no line, or too long for one."""
        if not text.strip():
            raise RefusedError("there is no text to send")
        if "\n" in text or "\r" in text:
            raise RefusedError("a message is one line")
        token = f"{self._session}-{self._said + 1}"
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stored.add_done_callback(_looked_at)
        outgoing = Outgoing(room, text, token, stored)
        over = len(outgoing.line.encode(errors="replace")) + 1 - LINE_BYTES
        if over > 0:
            raise RefusedError(f"that is {over} bytes too long: say it in two messages")
        self._said += 1
        self._waiting[token] = outgoing
        return outgoing

    def get(self, token: str) -> Outgoing | None:
        """The line of this token, while it waits."""
        return self._waiting.get(token)

    def stored(self, token: str, number: int) -> Outgoing | None:
        """The server has stored what has this token; it, if it is one of these."""
        outgoing = self._waiting.pop(token, None)
        if outgoing and not outgoing.stored.done():
            outgoing.stored.set_result(number)
        return outgoing

    def refused(self, token: str, error: Exception) -> Outgoing | None:
        """It is not going to be stored; it, if it is one of these."""
        outgoing = self._waiting.pop(token, None)
        if outgoing and not outgoing.stored.done():
            outgoing.stored.set_exception(error)
        return outgoing

    def refuse(self, which: Callable[[Outgoing], bool], error: Exception) -> list[Outgoing]:
        """None of these is going to be stored; they."""
        refused = [outgoing for outgoing in self._waiting.values() if which(outgoing)]
        for outgoing in refused:
            self.refused(outgoing.token, error)
        return refused


def _looked_at(stored: asyncio.Future[int]) -> None:
    """Nobody has to wait for a line: a refusal that nobody asked for is no error."""
    if not stored.cancelled():
        stored.exception()
