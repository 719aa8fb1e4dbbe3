"""Which messages that come without a number are in a store already. Knows no files, and stores
nothing.

What was there before an import, or has come there from elsewhere meanwhile, is counted by its
content: of two equal messages in a file both are new where there was none, and the second one where
there was one. So an import that was broken off is repeated, and a longer export of the same is
brought in on top of a shorter one.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from functools import cached_property
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from chat.history.sql.schema import messages
from chat.history.store import DELETED_TEXT, DELETED_USER
from chat.history.tools.export import Line, Room
from chat.history.tools.extras import beside

_ENCODE: Final = msgspec.json.Encoder().encode
_TABLE: Final = "CREATE TABLE counts (content BLOB PRIMARY KEY, many INTEGER) WITHOUT ROWID"
_COUNT: Final = "INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET many = many + 1"
_TAKE: Final = "UPDATE counts SET many = many - 1 WHERE content = ? AND many > 0"


class Repeats:
    """Counts what rooms have that did not come from here.

    page: messages that are read at a time.
    """

    def __init__(self, page: int) -> None:
        self._page = page
        self._read: dict[int, int] = {}  # of a room, by id: up to which number it is counted
        self._own: dict[int, list[range]] = {}  # what has come from here and is beyond that

    @cached_property
    def _counts(self) -> sqlite3.Connection:
        """As they may be many: a file without a name, that is gone with this process."""
        counts = sqlite3.connect("", isolation_level=None)
        counts.execute("PRAGMA journal_mode = OFF")
        counts.execute(_TABLE)
        return counts

    def read(self, connection: Connection, rooms: Iterable[Room]) -> bool:
        """Count some of what is new in these rooms; whether there may be more."""
        many = [self._read_room(connection, room.id) for room in rooms if self._has_more(room)]
        return any(size == self._page for size in many)

    def _has_more(self, room: Room) -> bool:
        return self._read.setdefault(room.id, 0) < room.last

    def _read_room(self, connection: Connection, room: int) -> int:
        found = select(*messages.c["id", "number", "at", "name", "text"])
        found = found.where(messages.c.room_id == room, messages.c.number > self._read[room])
        rows = connection.execute(found.order_by(messages.c.number).limit(self._page)).all()
        changed = beside([row.id for row in rows], connection)
        contents = []
        for id_, number, at, name, text in rows:
            if not any(number in own for own in self._own.get(room, ())):
                before = changed[id_].earlier[:1] if id_ in changed else ()
                contents.append(_content(room, at, name, text))
                contents += [_content(room, at, name, each.text) for each in before]
            self._read[room] = number
        self._counts.executemany(_COUNT, [(content,) for content in contents])
        return len(rows)

    def take(self, room: int, line: Line) -> bool:
        """Whether a message is there already, one more than were asked for before; or was there,
        and was deleted with the account of whoever has said it."""
        contents = ((line.user, line.text), (DELETED_USER, DELETED_TEXT))
        return any(
            self._counts.execute(_TAKE, (_content(room, line.at, *each),)).rowcount == 1
            for each in contents
        )

    def stored(self, room: int, first: int, last: int) -> None:
        """The messages with these numbers have come from here."""
        if self._read.get(room) == first - 1:
            self._read[room] = last
            return
        own = self._own.setdefault(room, [])
        if own and own[-1].stop == first:
            first = own.pop().start
        own.append(range(first, last + 1))


def _content(room: int, at: int, user: str, text: str) -> bytes:
    return hashlib.blake2b(_ENCODE((room, at, user, text)), digest_size=16).digest()
