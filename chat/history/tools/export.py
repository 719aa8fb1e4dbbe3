"""Exports: a history read at one moment, a page at a time, and written out. Knows no command
line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Select, func, select

from chat.history.room_records import HIGHEST, AuditEntry, Kept, Rank
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, messages, places, rooms
from chat.history.sql.sqlite import Sqlite
from chat.history.sql.sqlite import back_up as copy_file
from chat.history.sql.tables.account_tables import RECORD
from chat.history.store import StoreError
from chat.history.tools import extras
from chat.history.tools.access import check_revision, existing, linked, revision
from chat.history.tools.extras import About, Before, Thing
from chat.history.tools.room_keys import key_of_place, shown_key, twins_of
from chat.history.upkeep.progress import Tell
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import EVERYTHING, RUNAWAY_BYTES
from chat.vocabulary.names import base_of
from chat.vocabulary.shape import Moment
from chat.vocabulary.times import rfc3339

PAGE = 1000
"""Messages that are read at a time, and stored in one transaction."""


class Line(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A message as a line of JSON. `room` is the room's key and `name` what it is called;
    `token` is kept as the table keeps it, with the user's key before it. `hidden` is since when it
    is not shown, `hidden_by` by whom and `hidden_rank` in which role; `earlier` are the texts that
    it had before."""

    room: str
    name: str | None = None
    number: Annotated[int, Meta(ge=1, le=EVERYTHING)] | None = None
    at: Moment
    user: str
    text: str
    token: str | None = None
    hidden: Moment | None = None
    taken_back: bool = False
    hidden_by: str = ""
    hidden_rank: Rank = HIGHEST
    earlier: tuple[Before, ...] = ()


class Room(NamedTuple):
    """A row of the table of rooms."""

    id: int
    key: str
    name: str
    first: int
    last: int


class Owned:
    """A name that is owned, or was, with all that there is for it. Its repr shows no hash.

    key: the username's.
    record: as in chat.history.account_records.Record, in its order.
    password: its hash.
    places: each with the columns of PLACE.
    """

    def __init__(self, record: Sequence[Any], password: str | None) -> None:
        self.key = str(record[0])
        self.record = tuple(record)
        self.password = password
        self.places: list[tuple[Any, ...]] = []

    def content(self) -> list[Any]:
        """All of it, to be compared."""
        return [self.record, self.password, self.places]


class Sum(NamedTuple):
    """What a room holds, in short; or all accounts together."""

    size: int
    digest: str


ENCODE: Final = msgspec.json.Encoder().encode
ROOM: Final = rooms.c["id", "key", "name", "first", "last"]
CONTENT: Final = messages.c["at", "name", "text", "token"]
_OWNED: Final = (accounts.c.id, *RECORD, accounts.c.password)
PLACE: Final = places.c["key", "name", "is_joined", "read", "waiting", "waiting_to"]
MESSAGE: Final = (messages.c.id, rooms.c.key, rooms.c.name, messages.c.number, *CONTENT)


class Reader:
    """What a store holds at one moment. Every method raises StoreError."""

    def __init__(self, link: Link) -> None:
        self.flavour = link.flavour
        self.ask = link.ask
        link.ask(partial(_begin_reading, link.flavour))

    def room(self, word: str) -> Room:
        """The room of that name, or the conversation with that key. Of several rooms with one name
        the key says which, as place_of reads it."""
        try:
            key = key_of_place(word)
        except ChatError as error:
            raise StoreError(f"{word!r}: {error.sentence}") from None
        others = rooms.c.key.startswith(twins_of(key), autoescape=True)
        its = rooms.c.key == key
        is_name = word[0] != "@" and base_of(key) == key and "/" not in word
        found = self._rows(select(*ROOM).where(its | others if is_name else its))
        if not found:
            raise StoreError(f"there is no room {word} in {self.flavour.name}")
        if len(found) > 1:
            keys = " or ".join(shown_key(row.key, len(found)) for row in found)
            raise StoreError(f"there are {len(found)} rooms {word}: say {keys}")
        return Room(*found[0])

    def room_of(self, key: str) -> Room | None:
        """The room with that key."""
        found = self._rows(select(*ROOM).where(rooms.c.key == key))
        return Room(*found[0]) if found else None

    def about(self, room: Room | None = None) -> Iterator[list[Thing]]:
        """What is kept of a room, or of all: who holds them, the bans and mutes that hold, and the
        audit log."""
        key = None if room is None else room.key
        yield self.ask(partial(extras.rules, key))
        for page in self.log(key):
            yield [replace(entry, number=0) for entry in page]

    def log(self, room: str | None) -> Iterator[list[AuditEntry]]:
        """The audit log, or what is in it about a room (by key), oldest first."""
        last = 0
        while page := self.ask(partial(extras.entries, room, last, PAGE)):
            yield page
            last = page[-1].number

    def rooms(self) -> Iterator[Room]:
        """All rooms and conversations, by key."""
        last = ""
        question = select(*ROOM).order_by(rooms.c.key).limit(PAGE)
        while found := self._rows(question.where(rooms.c.key > last)):
            yield from (Room(*row) for row in found)
            last = found[-1].key

    def size(self, room: Room | None = None) -> int:
        """How many messages a room has, or all rooms together."""
        many = func.coalesce(func.sum(rooms.c.last + 1 - rooms.c.first), 0)
        its = [] if room is None else [rooms.c.id == room.id]
        ((size,),) = self._rows(select(many).where(*its))
        return int(size)

    def pages(self, room: Room | None = None) -> Iterator[list[Line]]:
        """The messages of a room, or of all rooms together, in the order they were stored."""
        place = messages.c.id if room is None else messages.c.number
        question = select(*MESSAGE).select_from(messages).join(rooms)
        question = question.order_by(place).limit(PAGE)
        if room is not None:
            question = question.where(messages.c.room_id == room.id)
        last = 0
        while found := self._rows(question.where(place > last)):
            yield self._lines(found)
            last = found[-1].id if room is None else found[-1].number

    def sum(self, room: Room, tell: Tell) -> Sum:
        """How many messages a room has, and a checksum of them all."""
        size, digest = 0, hashlib.sha256()
        for page in self.pages(room):
            size += len(page)
            tell(size)
            for line in page:
                content = (line.number, line.at, line.user, line.text, line.token)
                hiding = (line.hidden, line.taken_back, line.hidden_by, line.hidden_rank)
                beside = (*hiding, line.earlier)
                digest.update(ENCODE(content + beside) + b"\n")
        return Sum(size, digest.hexdigest()[:16])

    def accounts(self) -> Iterator[list[Owned]]:
        """All accounts, by key, and names that were given up."""
        last = ""
        keys = select(accounts.c.key).order_by(accounts.c.key).limit(PAGE)
        while found := self._rows(keys.where(accounts.c.key > last)):
            last = found[-1].key
            yield self.owned([row.key for row in found])

    def owned(self, keys: Sequence[str]) -> list[Owned]:
        """Those of these names that are owned, or were, by key."""
        found = select(*_OWNED).where(accounts.c.key.in_(keys)).order_by(accounts.c.key)
        owned = {row[0]: Owned(row[1:-1], row[-1]) for row in self._rows(found)}
        theirs = select(places.c.account_id, *PLACE).order_by(places.c.id)
        for account, *place in self._rows(theirs.where(places.c.account_id.in_(owned))):
            owned[account].places.append(tuple(place))
        return list(owned.values())

    def _lines(self, found: Sequence[Any]) -> list[Line]:
        """Messages, with the columns of MESSAGE, and what there is beside them."""
        ids = [row.id for row in found]
        beside = self.ask(partial(extras.beside, ids))
        lines = []
        for row in found:
            line = line_of(*row[1:])
            if its := beside.get(row.id):
                line = replace(line, **msgspec.structs.asdict(its))
            lines.append(line)
        return lines

    def _rows(self, question: Select[Any]) -> list[Any]:
        found = self.ask(lambda connection: connection.execute(question).all())
        return list(found)


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """The history of a URL as it is now. Makes nothing and changes nothing. Raises StoreError."""
    with linked(existing(url)) as link:
        yield Reader(link)


def back_up(url: str, target: Path) -> None:
    """Copy an SQLite database as it is now, also while a server writes to it. Raises StoreError."""
    flavour = existing(url)
    if not isinstance(flavour, Sqlite):
        raise StoreError(f"{flavour.name}: this is for SQLite; for PostgreSQL there is pg_dump")
    with linked(flavour) as link:
        link.ask(partial(revision, flavour))
    copy_file(Path(flavour.name), target)


def export_json(
    reader: Reader, room: Room | None, write: Callable[[bytes], object], tell: Tell
) -> int:
    """Write all that there is, of a room or of all, as lines of JSON, that `import_lines` reads:
    first what is kept of rooms, so that none is open to others without it; how many messages."""
    for things in reader.about(room):
        write(b"".join(map(_for_programs, things)))
    return _write(_told(reader.pages(room), tell), write, _for_programs)


def export_text(
    reader: Reader, room: Room | None, write: Callable[[bytes], object], tell: Tell
) -> int:
    """Write the messages that are shown, of a room or of all, as lines for people; how many."""
    pages = _told(reader.pages(room), tell)
    shown = ([line for line in page if line.hidden is None] for page in pages)
    return _write(shown, write, _for_people)


def _begin_reading(flavour: Flavour, connection: Connection) -> None:
    """Begin a transaction that sees one moment; it ends with the connection."""
    is_sqlite = isinstance(flavour, Sqlite)  # where every transaction does
    connection.exec_driver_sql("BEGIN" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ")
    check_revision(flavour, connection)


def line_of(
    key: str, name: str, number: int, at: int, user: str, text: str, token: str | None
) -> Line:
    """A message with the columns of MESSAGE, but for its id."""
    return Line(room=key, name=name, number=number, at=at, user=user, text=text, token=token)


def _for_programs(thing: Line | Thing) -> bytes:
    """A line of JSON; where it would be too long to be read again, the rest of its list is in lines
    of {"more": [...]} behind it."""
    whole = ENCODE(thing if isinstance(thing, Line) else extras.about(thing)) + b"\n"
    if len(whole) < RUNAWAY_BYTES:
        return whole
    if isinstance(thing, Line):
        first, *others = _parts(thing.earlier)
        begun: Line | About = replace(thing, earlier=first)
    else:
        assert isinstance(thing, Kept), "the others have bounds"
        first, *others = _parts(thing.holders)
        begun = extras.about(replace(thing, holders=first))
    return b"".join(ENCODE(each) + b"\n" for each in (begun, *({"more": it} for it in others)))


def _parts(things: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The same in parts, of which each is half a line, about, or one of these things."""
    parts: list[tuple[Any, ...]] = []
    begun: list[Any] = []
    size = 0
    for thing in things:
        size += len(ENCODE(thing))
        if begun and size > RUNAWAY_BYTES // 2:
            parts.append(tuple(begun))
            begun, size = [], len(ENCODE(thing))
        begun.append(thing)
    return [*parts, tuple(begun)]


def _for_people(line: Line) -> bytes:
    return f"{rfc3339(line.at)} {line.name} {line.number} {line.user}: {line.text}\n".encode()


def _told(pages: Iterable[list[Line]], tell: Tell) -> Iterator[list[Line]]:
    """The same pages; how many messages were in those that are done with is told."""
    done = 0
    for page in pages:
        yield page
        done += len(page)
        tell(done)


def _write(
    pages: Iterable[list[Line]],
    write: Callable[[bytes], object],
    encode: Callable[[Line], bytes],
) -> int:
    written = 0
    for page in pages:
        write(b"".join(map(encode, page)))
        written += len(page)
    return written
