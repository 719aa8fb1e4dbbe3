"""What an account has read here, on its way to its other devices. Knows no connection."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from chat.client.terms.bounds import MOST_MARKS
from chat.vocabulary.names import key_of

MARK_SECONDS: Final = 3.0
"""How often the server is told of one room, however much is read there."""


class Sender(Protocol):
    """Where it is told."""

    def send_mark(self, room: str, number: int) -> bool:
        """Say how far a room has been read; whether there is somebody to tell now."""


class _Mark:
    """A room, and how far it has been read: here, and as far as the server knows."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.read = 0
        self.told = 0
        self.known = 0
        self.waiting: asyncio.TimerHandle | None = None


class Marks:
    """How far each room has been read."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._marks: dict[str, _Mark] = {}

    def read(self, room: str, number: int) -> None:
        """A room has been read here up to a message."""
        mark = self._marks.setdefault(key_of(room), _Mark(room))
        if number > mark.read:
            mark.read = number
            if mark.waiting is None:
                self._tell(mark)

    def heard(self, room: str, number: int) -> None:
        """The server knows that a room has been read up to a message."""
        if len(self._marks) >= MOST_MARKS and key_of(room) not in self._marks:
            return
        mark = self._marks.setdefault(key_of(room), _Mark(room))
        mark.known = max(mark.known, number)
        mark.told = max(mark.told, number)

    def tell_all(self) -> None:
        """Tell all that is not told, without a pause."""
        for mark in self._marks.values():
            self._tell(mark)

    def tell(self, room: str) -> None:
        """The same of one room."""
        if mark := self._marks.get(key_of(room)):
            self._tell(mark)

    def forget_told(self) -> None:
        """The connection is lost: what the server has not confirmed has to be told again."""
        for mark in self._marks.values():
            mark.told = mark.known
            self._stop(mark)

    def forget(self, room: str) -> None:
        """The numbers of a room begin anew."""
        if mark := self._marks.pop(key_of(room), None):
            self._stop(mark)

    def _tell(self, mark: _Mark) -> None:
        if mark.read > mark.told and self._sender.send_mark(mark.room, mark.read):
            mark.told = mark.read
            self._stop(mark)
            loop = asyncio.get_running_loop()
            mark.waiting = loop.call_later(MARK_SECONDS, self._later, mark)

    def _later(self, mark: _Mark) -> None:
        mark.waiting = None
        self._tell(mark)

    def _stop(self, mark: _Mark) -> None:
        if mark.waiting:
            mark.waiting.cancel()
        mark.waiting = None
