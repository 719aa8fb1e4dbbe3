"""Imports and copies: messages brought into a store from a file or from another store.

They keep their numbers; what is there already is skipped, what does not fit is refused. A batch at
a time is stored, whole or not at all. Knows no command line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby, islice
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Text, and_, insert, select, update

from chat.history.account_records import Record
from chat.history.sql.batches import Row
from chat.history.sql.database import Database
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, messages, places, rooms
from chat.history.sql.tables.account_tables import RECORD, changing, next_revision
from chat.history.sql.upgrade import upgrade
from chat.history.store import StoreError
from chat.history.tools import export, extras
from chat.history.tools.access import flavour_of, linked
from chat.history.tools.export import (
    CONTENT,
    ENCODE,
    PLACE,
    ROOM,
    Line,
    Owned,
    Reader,
    Room,
    Sum,
)
from chat.history.tools.extras import Beside, Rule, Thing
from chat.history.tools.incoming import Arrival, Lines, arrivals, check_bounds
from chat.history.tools.repeats import Repeats
from chat.history.tools.room_keys import shown_key
from chat.history.upkeep.progress import Tell
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import FIRST_NUMBER_MOST
from chat.vocabulary.names import key_of

ACCOUNTS: Final = "(accounts)"
"""No room can have that key, ..."""

MODERATION: Final = "(moderation)"
"""... or that one."""

_RECORD: Final = [column.name for column in RECORD]


class Check(NamedTuple):
    """What a room holds in the one store and in the other, and whether that is the same. Or all
    accounts, that the one store has, together: then the key is ACCOUNTS; or all that is kept about
    rooms: then it is MODERATION."""

    key: str
    here: Sum
    there: Sum
    same: bool


class Writer:
    """Puts messages into a store. Every method raises StoreError, and has done nothing then."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._database = Database(link.flavour)
        self._repeats = Repeats(export.PAGE)

    def begin(self, begun: Iterable[Room]) -> None:
        """Have rooms that are not there yet begin at the same number, also empty ones."""
        rooms_by_key = {room.key: room for room in begun}
        self._link.ask(lambda connection: self._begin(connection, rooms_by_key))

    def put(self, arrivals: Sequence[Arrival]) -> int:
        """Store those messages that are not there yet; how many."""
        if not arrivals:
            return 0
        return self._link.ask(lambda connection: self._put(connection, arrivals))

    def put_rules(self, rules: Sequence[Rule]) -> None:
        """Store those things about rooms that are not there yet."""
        if rules:
            flavour = self._link.flavour
            changing(self._link, lambda connection: extras.put(connection, flavour, rules))

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
        foreign = {line.room for line, _ in arrivals if _is_foreign(line)}
        while self._repeats.read(connection, _rooms(connection, foreign)):
            pass  # a room may be long, and others wait for it where it is locked
        with self._link.transaction():
            locked = self._lock(connection, names)
            theirs = [room for room in locked if room.key in foreign]
            while self._repeats.read(connection, theirs):
                pass
            batch = _Batch(self._link.flavour, locked, self._repeats)
            batch.compare_with(connection, arrivals)
            for arrival in arrivals:
                batch.add(arrival)
            self._database.insert(self._link.driver, batch.rows)
            batch.put_beside(connection)
            batch.number_rooms(connection)
        batch.note_own()
        return len(batch.rows)

    def _lock(self, connection: Connection, names: dict[str, str]) -> list[Room]:
        self._database.lock(self._link.driver, names)
        return _rooms(connection, names)


class _Batch:
    """Messages on their way into rooms that are locked: each is new, there already or refused."""

    def __init__(self, flavour: Flavour, locked: Iterable[Room], repeats: Repeats) -> None:
        self._flavour = flavour
        self._repeats = repeats
        self._rooms = {room.key: room for room in locked}
        self._there: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._by_token: dict[tuple[str, str], int] = {}
        self.rows: list[Row] = []
        self._beside: dict[tuple[int, int], Beside] = {}

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
        if _is_foreign(line) and self._repeats.take(room.id, line):
            return
        known = self._by_token.get((line.room, line.token or ""))
        number = line.number or known or room.last + 1
        if not room.last:  # nothing was ever said in it: it may begin anywhere
            if number > FIRST_NUMBER_MOST:
                raise _refused(arrival, f"no room begins beyond number {FIRST_NUMBER_MOST}")
            room = room._replace(first=number, last=number - 1)
        content = (line.at, line.user, line.text, line.token)
        if self._there.get((line.room, number)) == content:
            return
        if reason := _reason_against(room, number, known):
            raise _refused(arrival, reason)
        self._rooms[line.room] = room._replace(last=number)
        self._note(line.room, number, content)
        self.rows.append(self._row(room.id, number, line))
        if line.hidden is not None or line.earlier:
            hiding = (line.hidden, line.taken_back, line.hidden_by, line.hidden_rank)
            beside = Beside(*hiding, line.earlier)
            self._beside[room.id, number] = beside

    def _row(self, room_id: int, number: int, line: Line) -> Row:
        key = key_of(line.user)
        draft = Draft(line.room, line.name or line.room, line.user, key, line.text, line.at)
        words = self._flavour.words_of(draft)
        return Row(room_id, number, line.at, line.user, line.text, line.token, words)

    def put_beside(self, connection: Connection) -> None:
        """Store what there is beside these messages, now that they are there."""
        if not self._beside:
            return
        rows = self._flavour.rows("wanted")
        same_room = messages.c.room_id == rows.column(0, BigInteger())
        same = and_(same_room, messages.c.number == rows.column(1, BigInteger()))
        columns = messages.c["id", "room_id", "number", "name"]
        question = select(*columns).join(rows.source, same)
        wanted = ENCODE(list(self._beside)).decode()
        found: list[Any] = [*connection.execute(question, {"wanted": wanted})]
        names = ("message_id", "room_id", "number", "name")
        stored = [(dict(zip(names, row, strict=True)), self._beside[row[1:3]]) for row in found]
        extras.put_beside(connection, self._flavour, stored)

    def note_own(self) -> None:
        """These messages are there now, and have come from here."""
        numbers: dict[int, list[int]] = {}
        for row in self.rows:
            numbers.setdefault(row.room_id, []).append(row.number)
        for room_id, its in numbers.items():
            self._repeats.stored(room_id, its[0], its[-1])

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


def import_lines(file: Lines, writer: Writer, where: str = "line") -> tuple[int, int]:
    """Store what `export_json` wrote; how many were new, and how many were there already. where:
    what a line's number stands behind, where it is told.

    Raises StoreError, that says which line is wrong; what was stored until then stays.
    """
    read = stored = done = 0
    try:
        for _, same in groupby(arrivals(file, where), key=type):
            while batch := list(islice(same, export.PAGE)):
                said = [each for each in batch if isinstance(each, Arrival)]
                stored, read = stored + writer.put(said), read + len(said)
                writer.put_rules([each for each in batch if isinstance(each, Rule)])
                done = batch[-1].at
    except (StoreError, OSError, KeyboardInterrupt) as error:
        rest = f"lines 1 to {done} are imported" if done else "nothing is imported"
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(f"{reason or 'interrupted'} ({rest})") from error
    return stored, read - stored


def copy(source: Reader, target: Writer, tell: Tell) -> int:
    """Bring all rooms and accounts to another store, that may have some of it already; how many
    messages were new. Raises StoreError."""
    begun = source.rooms()
    while some := list(islice(begun, export.PAGE)):
        target.begin(some)
    for things in source.about():
        _check_bounds(things)
        target.put_rules([Rule(thing) for thing in things])
    stored = read = 0
    for page in source.pages():
        _check_bounds(page)
        stored += target.put([Arrival(line) for line in page])
        read += len(page)
        tell(read)
    for owned in source.accounts():
        _check_bounds([Record(*account.record) for account in owned])
        target.put_accounts(owned)
    return stored


def compare(source: Reader, target: Reader, tell: Tell) -> Iterator[Check]:
    """Read each room back from both, and the accounts, where there are any. tell: how many messages
    of both are read. Raises StoreError."""
    read = 0
    for room in source.rooms():
        other = target.room_of(room.key)
        assert other, "it was copied"
        here = source.sum(room, partial(_tell_all, tell, read))
        read += here.size
        there = target.sum(other, partial(_tell_all, tell, read))
        read += there.size
        yield Check(room.key, here, there, here == there and room.last == other.last)
    if (here := _sum(source.about())).size:
        there = _sum(target.about())
        yield Check(MODERATION, here, there, here == there)
    mine, theirs = _Digest(), _Digest()
    for owned in source.accounts():
        others = target.owned([account.key for account in owned])
        mine.add([account.content() for account in owned])
        theirs.add([account.content() for account in others])
    if mine.size:
        here, there = mine.sum(), theirs.sum()
        yield Check(ACCOUNTS, here, there, here == there)


def _check_bounds(things: Iterable[Line | Thing | Record]) -> None:
    for thing in things:
        check_bounds(thing)


def _tell_all(tell: Tell, before: int, size: int) -> None:
    tell(before + size)


def _sum(pages: Iterable[Sequence[Any]]) -> Sum:
    digest = _Digest()
    for page in pages:
        digest.add(page)
    return digest.sum()


class _Digest:
    """How many things there are, and a checksum of them all."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()

    def add(self, things: Sequence[Any]) -> None:
        """Some more."""
        self.size += len(things)
        for thing in things:
            self._digest.update(ENCODE(thing) + b"\n")

    def sum(self) -> Sum:
        """Of all of them."""
        return Sum(self.size, self._digest.hexdigest()[:16])


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
    return StoreError(f"{where}room {shown_key(arrival.line.room)}: {reason}")


def _is_foreign(line: Line) -> bool:
    """Whether a message has nothing by which it is known but what it says."""
    return line.number is None and line.token is None


def _rooms(connection: Connection, keys: Collection[str]) -> list[Room]:
    """Those that are there."""
    if not keys:
        return []
    found = connection.execute(select(*ROOM).where(rooms.c.key.in_(keys)))
    return [Room(*row) for row in found]


def _number(connection: Connection, room: Room) -> None:
    """Note what a room's first and last message are."""
    numbers = update(rooms).where(rooms.c.id == room.id).values(first=room.first, last=room.last)
    connection.execute(numbers)
