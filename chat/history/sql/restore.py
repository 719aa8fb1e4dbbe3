"""Restoring: messages brought into a store from a file or from another store.

They keep their numbers; what is there already is skipped, what does not fit is refused. A batch at
a time is stored, whole or not at all. Knows no command line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Connection, Text, and_, insert, select, update

from chat.errors import ChatError
from chat.events import Draft
from chat.history.sql import archive
from chat.history.sql.accounts import RECORD, changing, next_revision
from chat.history.sql.archive import (
    CONTENT,
    ENCODE,
    PLACE,
    ROOM,
    Line,
    Owned,
    Reader,
    Room,
    Sum,
    Tell,
    flavour_of,
    linked,
    place_of,
)
from chat.history.sql.batches import Row
from chat.history.sql.database import Database
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, messages, places, rooms
from chat.history.sql.upgrade import upgrade
from chat.history.store import DELETED_USER, StoreError
from chat.limits import LINE_BYTES, RUNAWAY_BYTES, TOKEN_CHARACTERS
from chat.names import Name, key_of, username
from chat.text import clean

ACCOUNTS: Final = "(accounts)"
"""No room can have that key."""

_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{TOKEN_CHARACTERS}}}")
_RECORD: Final = [column.name for column in RECORD]
_DECODE: Final = msgspec.json.Decoder(Line).decode


class Arrival(NamedTuple):
    """A message that is to be stored, and the line of a file that it came in; 0 for none."""

    line: Line
    at: int = 0


class Check(NamedTuple):
    """What a room holds in the one store and in the other, and whether that is the same. Or all
    accounts, that the one store has, together: then the key is ACCOUNTS."""

    key: str
    here: Sum
    there: Sum
    same: bool


class Writer:
    """Puts messages into a store. Every method raises StoreError, and has done nothing then."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._database = Database(link.flavour)

    def begin(self, begun: Iterable[Room]) -> None:
        """Have rooms that are not there yet begin at the same number, also empty ones."""
        rooms_by_key = {room.key: room for room in begun}
        self._link.ask(lambda connection: self._begin(connection, rooms_by_key))

    def put(self, arrivals: Sequence[Arrival]) -> int:
        """Store those messages that are not there yet; how many."""
        return self._link.ask(lambda connection: self._put(connection, arrivals))

    def put_accounts(self, owned: Sequence[Owned]) -> int:
        """Store those accounts that are not there yet, with their places; how many."""
        return changing(self._link, lambda connection: self._put_accounts(connection, owned))

    def _put_accounts(self, connection: Connection, owned: Sequence[Owned]) -> int:
        revision = next_revision(connection)
        keys = [account.key for account in owned]
        found = select(accounts.c.key, accounts.c.since).where(accounts.c.key.in_(keys))
        there = dict(iter(connection.execute(found)))
        for account in owned:
            if account.key not in there:
                self._put_account(connection, account, revision)
            elif there[account.key] != dict(zip(_RECORD, account.record, strict=True))["since"]:
                raise StoreError(f"account {account.key}: there is another one of that name")
        return len(owned) - len(there)

    def _put_account(self, connection: Connection, account: Owned, revision: int) -> None:
        values = dict(zip(_RECORD, account.record, strict=True))
        insertion = insert(accounts).values(**values, password=account.password, revision=revision)
        made = connection.scalar(insertion.returning(accounts.c.id))
        names = [column.name for column in PLACE]
        rows = [dict(zip(names, place, strict=True), account_id=made) for place in account.places]
        if rows:
            connection.execute(insert(places), rows)

    def _begin(self, connection: Connection, begun: dict[str, Room]) -> None:
        with self._link.transaction():
            for room in self._lock(connection, {key: room.name for key, room in begun.items()}):
                first = begun[room.key].first
                if not room.last:
                    _number(connection, room._replace(first=first, last=first - 1))

    def _put(self, connection: Connection, arrivals: Sequence[Arrival]) -> int:
        names = {line.room: line.name or line.room for line, _ in arrivals}
        with self._link.transaction():
            batch = _Batch(self._link.flavour, self._lock(connection, names))
            batch.compare_with(connection, arrivals)
            for arrival in arrivals:
                batch.add(arrival)
            self._database.insert(self._link.driver, batch.rows)
            batch.number_rooms(connection)
        return len(batch.rows)

    def _lock(self, connection: Connection, names: dict[str, str]) -> list[Room]:
        self._database.lock(self._link.driver, names)
        found = connection.execute(select(*ROOM).where(rooms.c.key.in_(names)))
        return [Room(*row) for row in found]


class _Batch:
    """Messages on their way into rooms that are locked: each is new, there already or refused."""

    def __init__(self, flavour: Flavour, locked: Iterable[Room]) -> None:
        self._flavour = flavour
        self._rooms = {room.key: room for room in locked}
        self._there: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._by_token: dict[tuple[str, str], int] = {}
        self.rows: list[Row] = []

    def compare_with(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        """Find what is there already under the numbers and the tokens of these."""
        lines = [line for line, _ in arrivals]
        ids = {key: room.id for key, room in self._rooms.items()}
        numbers = [(ids[line.room], line.number) for line in lines if line.number]
        tokens = [(ids[line.room], line.token) for line in lines if line.token]
        self._find(connection, numbers, messages.c.number)
        self._find(connection, tokens, messages.c.token)

    def _find(self, connection: Connection, wanted: list[Any], by: Any) -> None:
        rows = self._flavour.rows("wanted")
        type_ = Text() if by is messages.c.token else BigInteger()
        same_room = messages.c.room_id == rows.column(0, BigInteger())
        question = select(rooms.c.key, messages.c.number, *CONTENT).select_from(messages)
        question = question.join(rooms).join(
            rows.source, and_(same_room, by == rows.column(1, type_))
        )
        if wanted:
            found = connection.execute(question, {"wanted": ENCODE(wanted).decode()})
            for key, number, *content in found:
                self._note(key, number, tuple(content))

    def _note(self, key: str, number: int, content: tuple[Any, ...]) -> None:
        self._there[key, number] = content
        if token := content[-1]:
            self._by_token[key, token] = number

    def add(self, arrival: Arrival) -> None:
        """Take a message, if it is not there yet. Raises StoreError."""
        line = arrival.line
        room = self._rooms[line.room]
        known = self._by_token.get((line.room, line.token or ""))
        number = line.number or known or room.last + 1
        if not room.last:  # nothing was ever said in it: it may begin anywhere
            room = room._replace(first=number, last=number - 1)
        content = (line.at, line.user, line.text, line.token)
        if self._there.get((line.room, number)) == content:
            return
        if reason := _reason_against(room, number, known):
            raise _refused(arrival, reason)
        self._rooms[line.room] = room._replace(last=number)
        self._note(line.room, number, content)
        self.rows.append(self._row(room.id, number, line))

    def _row(self, room_id: int, number: int, line: Line) -> Row:
        key = key_of(line.user)
        draft = Draft(line.room, line.name or line.room, line.user, key, line.text, line.at)
        words = self._flavour.words_of(draft)
        return Row(room_id, number, line.at, line.user, line.text, line.token, words)

    def number_rooms(self, connection: Connection) -> None:
        """Tell the rooms what they hold now."""
        grown = {row.room_id for row in self.rows}
        for room in self._rooms.values():
            if room.id in grown:
                _number(connection, room)


@contextmanager
def writing(url: str) -> Iterator[Writer]:
    """The history of a URL, made where there is none. Raises StoreError."""
    flavour = flavour_of(url)
    upgrade(flavour)
    with linked(flavour) as link:
        yield Writer(link)


def import_lines(file: BinaryIO, writer: Writer, tell: Tell) -> tuple[int, int]:
    """Store what `export_json` wrote; how many were new, and how many were there already.

    Raises StoreError, that says which line is wrong; what was stored until then stays.
    """
    read = stored = done = 0
    arrivals = _arrivals(file)
    try:
        while batch := list(islice(arrivals, archive.PAGE)):
            stored += writer.put(batch)
            read, done = read + len(batch), batch[-1].at
            tell(stored)
    except (StoreError, KeyboardInterrupt) as error:
        rest = f" (lines 1 to {done} are imported)" if done else " (nothing is imported)"
        raise StoreError((str(error) or "interrupted") + rest) from error
    return stored, read - stored


def copy(source: Reader, target: Writer, tell: Tell) -> int:
    """Bring all rooms and accounts to another store, that may have some of it already; how many
    messages were new. Raises StoreError."""
    begun = source.rooms()
    while some := list(islice(begun, archive.PAGE)):
        target.begin(some)
    stored = 0
    for page in source.pages():
        stored += target.put([Arrival(line) for line in page])
        tell(stored)
    for owned in source.accounts():
        target.put_accounts(owned)
    return stored


def compare(source: Reader, target: Reader) -> Iterator[Check]:
    """Read each room back from both, and the accounts, where there are any. Raises StoreError."""
    for room in source.rooms():
        other = target.room(room.key)
        here, there = source.sum(room), target.sum(other)
        yield Check(room.key, here, there, here == there and room.last == other.last)
    mine, theirs = _Digest(), _Digest()
    for owned in source.accounts():
        mine.add(owned)
        theirs.add(target.owned([account.key for account in owned]))
    if mine.size:
        here, there = mine.sum(), theirs.sum()
        yield Check(ACCOUNTS, here, there, here == there)


class _Digest:
    """How many accounts there are, and a checksum of them all."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()

    def add(self, owned: Sequence[Owned]) -> None:
        """Some more."""
        self.size += len(owned)
        for account in owned:
            self._digest.update(ENCODE(account.content()) + b"\n")

    def sum(self) -> Sum:
        """Of all of them."""
        return Sum(self.size, self._digest.hexdigest()[:16])


def _arrivals(file: BinaryIO) -> Iterator[Arrival]:
    """The messages of a file; empty lines are none. Raises StoreError."""
    for at, raw in enumerate(iter(partial(file.readline, RUNAWAY_BYTES), b""), 1):
        if raw.strip():
            try:
                yield Arrival(_read(raw), at)
            except ChatError as error:
                raise StoreError(f"line {at}: {error.sentence}") from None
            except ValueError as error:  # and all that msgspec raises
                raise StoreError(f"line {at}: {error}") from None


def _read(raw: bytes) -> Line:
    """A line of JSON as it is stored. Raises ValueError, ChatError."""
    if len(raw) >= RUNAWAY_BYTES:
        raise ValueError(f"longer than {RUNAWAY_BYTES} bytes")
    line = _DECODE(raw)
    is_deleted = line.user == DELETED_USER
    user = Name(DELETED_USER, DELETED_USER) if is_deleted else username(line.user)
    place, text = place_of(line.room), clean(line.text)
    if not text or text.isspace():
        raise ValueError("there is no text")
    if len(text) > LINE_BYTES:
        raise ValueError(f"the text is longer than {LINE_BYTES} characters")
    if place.key[0] == "@" and not is_deleted and user.key not in place.key.split("@"):
        raise ValueError(f"{user.shown} is none of {place.key}")
    name = line.name or place.shown
    if place_of(name).key != place.key:
        raise ValueError(f"{name} is not the name of {place.key}")
    _check_token(line.token, user)
    return msgspec.structs.replace(
        line, room=place.key, name=place_of(name).shown, user=user.shown, text=text
    )


def _check_token(token: str | None, user: Name) -> None:
    owner, _, own = (token or "").rpartition(" ")
    if token is not None and (owner != user.key or not _TOKEN.fullmatch(own)):
        raise ValueError(
            f'a token is "{user.key} " and 1 to {TOKEN_CHARACTERS} letters, digits, - _'
        )


def _reason_against(room: Room, number: int, known: int | None) -> str:
    """Why a message can't get that number, if it can't."""
    if room.first <= number <= room.last:
        return f"number {number} is another message there"
    if number < room.first:
        return f"number {number} is before the first one there, {room.first}"
    if number > room.last + 1:
        return f"number {number} leaves a hole: the next one there is {room.last + 1}"
    return f"number {known} has the same token" if known else ""


def _refused(arrival: Arrival, reason: str) -> StoreError:
    where = f"line {arrival.at}: " if arrival.at else ""
    return StoreError(f"{where}room {arrival.line.room}: {reason}")


def _number(connection: Connection, room: Room) -> None:
    """Note what a room's first and last message are."""
    numbers = update(rooms).where(rooms.c.id == room.id).values(first=room.first, last=room.last)
    connection.execute(numbers)
