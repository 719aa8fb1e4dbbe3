"""What an account has read here, on its way to its other devices. Knows no connection."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from chat.vocabulary.names import key_of

MARK_SECONDS: Final = 3.0
"""How often the server is told of one room, however much is read there."""


class Sender(Protocol):
    """Where it is told."""

    def send_mark(self, room: str, number: int) -> bool:
        """Say how far a room has been read; whether there is somebody to tell now."""


class _Place:
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
        self._places: dict[str, _Place] = {}

    def read(self, room: str, number: int) -> None:
        """A room has been read here up to a message."""
        place = self._places.setdefault(key_of(room), _Place(room))
        if number > place.read:
            place.read = number
            if place.waiting is None:
                self._tell(place)

    def heard(self, room: str, number: int) -> None:
        """The server knows that a room has been read up to a message."""
        place = self._places.setdefault(key_of(room), _Place(room))
        place.known = max(place.known, number)
        place.told = max(place.told, number)

    def tell_all(self) -> None:
        """Tell all that is not told, without a pause."""
        for place in self._places.values():
            self._tell(place)

    def tell(self, room: str) -> None:
        """The same of one room."""
        if place := self._places.get(key_of(room)):
            self._tell(place)

    def forget_told(self) -> None:
        """The connection is lost: what the server has not confirmed has to be told again."""
        for place in self._places.values():
            place.told = place.known
            self._stop(place)

    def forget(self, room: str) -> None:
        """The numbers of a room begin anew."""
        if place := self._places.pop(key_of(room), None):
            self._stop(place)

    def _tell(self, place: _Place) -> None:
        if place.read > place.told and self._sender.send_mark(place.room, place.read):
            place.told = place.read
            self._stop(place)
            loop = asyncio.get_running_loop()
            place.waiting = loop.call_later(MARK_SECONDS, self._later, place)

    def _later(self, place: _Place) -> None:
        place.waiting = None
        self._tell(place)

    def _stop(self, place: _Place) -> None:
        if place.waiting:
            place.waiting.cancel()
        place.waiting = None
