"""What was said and is not known to be stored. Knows no connection.

Each line goes under a token of its own: whoever is not sure whether it has arrived sends it again,
and the server stores it once. What waits for a moderator has arrived, and may be forgotten by a
server that goes: it is sent again to one that comes.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from chat.client.terms.errors import RefusedError
from chat.vocabulary.limits import LINE_BYTES


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
        self._held: set[str] = set()
        self._watched: dict[str, asyncio.Future[str]] = {}
        self._one_less = asyncio.Event()

    def __len__(self) -> int:
        """How many are on their way."""
        return len(self._waiting) - len(self._held)

    @property
    def all(self) -> list[Outgoing]:
        """Those that are on their way, and those that wait for a moderator."""
        return list(self._waiting.values())

    async def settled(self, but: int = 0) -> None:
        """Wait until none is on its way, or no more than so many."""
        while len(self) > but:
            self._one_less.clear()
            await self._one_less.wait()

    @property
    def held(self) -> list[Outgoing]:
        """Those that wait for a moderator."""
        return [self._waiting[token] for token in self._held]

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

    def hold(self, token: str, reason: str) -> Outgoing | None:
        """It waits for a moderator; it, if it is one of these and that is news."""
        if token in self._held or token not in self._waiting:
            return None
        self._held.add(token)
        if watched := self._watched.pop(token, None):
            watched.set_result(reason)
        self._one_less.set()
        return self._waiting[token]

    def watch(self, token: str) -> asyncio.Future[str]:
        """Done, with the reason, when this one waits for a moderator."""
        return self._watched.setdefault(token, asyncio.get_running_loop().create_future())

    def stored(self, token: str, number: int) -> Outgoing | None:
        """The server has stored what has this token; it, if it is one of these."""
        outgoing = self._take(token)
        if outgoing and not outgoing.stored.done():
            outgoing.stored.set_result(number)
        self._one_less.set()
        return outgoing

    def refused(self, token: str, error: Exception) -> Outgoing | None:
        """It is not going to be stored; it, if it is one of these."""
        outgoing = self._take(token)
        if outgoing and not outgoing.stored.done():
            outgoing.stored.set_exception(error)
        self._one_less.set()
        return outgoing

    def _take(self, token: str) -> Outgoing | None:
        self._held.discard(token)
        self._watched.pop(token, None)
        return self._waiting.pop(token, None)


def _looked_at(stored: asyncio.Future[int]) -> None:
    """Nobody has to wait for a line: a refusal that nobody asked for is no error."""
    if not stored.cancelled():
        stored.exception()
