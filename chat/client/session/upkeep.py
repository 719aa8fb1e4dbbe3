"""What a server tells of how rooms are kept, and of messages that are hidden and edited in them.

Knows no connecting.
"""

from __future__ import annotations

from typing import Final, Protocol

from chat.client.memory.feed import Feed
from chat.client.terms.events import Edited, Event, Hidden, Shown
from chat.client.wire import answers
from chat.client.wire.connection import Connection, one_word
from chat.client.wire.grammar import Headed, Line, PutBack, Reworded, Ruled, Stands, TakenBack
from chat.vocabulary.names import key_of

LINES: Final = Headed | Ruled | Stands | TakenBack | PutBack | Reworded
"""What is told of that."""


class Rooms(Protocol):
    """Whose rooms these are."""

    def feed(self, room: str) -> Feed | None:
        """A room one is in, by its name."""

    def tell(self, event: Event) -> None:
        """Something has happened."""

    def more(self, room: Feed) -> None:
        """Read on if something is missing."""


class Upkeep:
    """How rooms are kept."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def heard(self, line: Line) -> None:
        """The server tells something, asked or not."""
        if not isinstance(line, LINES) or not (room := self._rooms.feed(line.room)):
            return
        if isinstance(line, TakenBack):
            room.hide(line.numbers)
            self._rooms.tell(Hidden(room.name, line.numbers))
        elif isinstance(line, PutBack):
            room.show(line.numbers)
            self._rooms.tell(Shown(room.name, line.numbers))
            self._rooms.more(room)
        elif isinstance(line, Reworded):
            room.edit(line.number, line.text)
            self._rooms.tell(Edited(room.name, line.number, line.user, line.text))
        elif news := room.profile.hear(room.name, line):
            self._rooms.tell(news)

    def ask(self, room: Feed, connection: Connection) -> None:
        """Have it told how a room is kept."""
        name = one_word(room.name)
        room.profile.is_asked = True

        def answered(lines: list[Line]) -> None:
            room.profile.is_asked = False
            if not answers.refusal(lines):
                stand = [line for line in lines if isinstance(line, Stands)]
                here = [line for line in stand if key_of(line.room) == key_of(name)]
                for news in room.profile.hear_all(room.name, here):
                    self._rooms.tell(news)

        connection.ask(f"TOPIC {name}", answered, f"MODE {name}", f"MODERATOR {name}")
