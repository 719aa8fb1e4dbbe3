"""What is asked of the tables about messages that are hidden, whatever database they
are in. Blocks; knows no threads.

What is hidden is noted beside the messages, and its words stay in the index: so thousands of
messages are hidden in a moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import ColumnElement

from chat.history.room_records import AuditEntry, Withdrawn
from chat.history.sql.link import Link
from chat.history.sql.schema import hidden, hidings, messages, rooms
from chat.history.sql.tables.account_tables import changing
from chat.history.sql.tables.audit_log import note
from chat.history.sql.tables.message_tables import MessageTables, id_of, terms
from chat.vocabulary.limits import (
    CLOCK_STEP_SECONDS,
    EVERYTHING,
    HIDDEN_AT_ONCE,
    HIDDEN_PER_STEP,
    LOOKED_THROUGH,
)
from chat.vocabulary.names import key_of


class HidingTables(MessageTables):
    """These questions and their answers, and those about single messages."""

    def last_id(self, link: Link) -> int:
        """The id of the last message that is stored."""
        found = select(func.max(messages.c.id))
        return link.ask(lambda connection: connection.scalar(found) or 0)

    def has_few(self, link: Link, room: str, since: int) -> bool:
        """Whether so little was said in a room since then that it is soon looked through."""

        def ask(connection: Connection) -> bool:
            first = _first_since(connection, room, since)
            return first is None or first.rest <= LOOKED_THROUGH

        return link.ask(ask)

    def has_few_hidden(self, link: Link, room: str) -> bool:
        """Whether so little is hidden in a room."""
        some = select(hidden.c.number).where(hidden.c.room_id == id_of(room))
        many = select(func.count()).select_from(some.limit(LOOKED_THROUGH + 1).subquery())
        return link.ask(lambda connection: (connection.scalar(many) or 0) <= LOOKED_THROUGH)

    def to_hide(
        self,
        link: Link,
        room: str,
        since: int,
        authors: Collection[str] | None,
        but: Collection[str],
        rank: int = 0,
        up_to: int = EVERYTHING,
    ) -> list[int]:
        """The ids of the messages that ModerationStore.hide is about, in order, up to one of them;
        the last ones, HIDDEN_AT_ONCE at the most. Those that are hidden in a lower role are among
        them."""
        only = None if authors is None else set(authors).difference(but)

        def is_meant(key: str) -> bool:
            return key not in but if only is None else key in only

        def ask(connection: Connection) -> list[int]:
            with link.transaction("BEGIN"):  # the index, and what it does not have yet, as one
                ids: list[int] = []
                for where, is_theirs in self._since(connection, room, since, only):
                    its = and_(where, messages.c.id <= up_to, _hidden_below(rank))
                    ids += self._meant(connection, its, None if is_theirs else is_meant)
                return sorted(ids)[-HIDDEN_AT_ONCE:]

        return link.ask(ask)

    def to_show(self, link: Link, room: str, which: Withdrawn) -> list[int]:
        """The ids of the messages that ModerationStore.unhide is about, in order; the last ones,
        HIDDEN_AT_ONCE at the most."""

        def ask(connection: Connection) -> list[int]:
            ids = select(hidden.c.message_id).where(_withdrawn(connection, room, which))
            ids = ids.order_by(hidden.c.message_id.desc()).limit(HIDDEN_AT_ONCE)
            return [*connection.scalars(ids)][::-1]

        return link.ask(ask)

    def withdraw(self, link: Link, step: Step) -> list[int]:
        """Hide messages, or show them again, in one transaction with what else the step says; the
        numbers of those that were not so already. What is hidden in a lower role is so in this one
        from then on."""
        way = step.way
        rows = self._flavour.rows("ids")
        its = select(rows.column(0, BigInteger())).select_from(rows.source)
        raised: Any = None
        if way.is_shown:
            meant = and_(hidden.c.message_id.in_(its), ~hidden.c.is_taken_back)
            change: Any = delete(hidden).where(meant).returning(hidden.c.number)
        else:
            how = (literal(way.at), false(), literal(way.rank), literal(way.by))
            values = select(*messages.c["id", "room_id", "number", "name"], *how)
            values = values.where(messages.c.id.in_(its)).order_by(messages.c.id)
            change = self._insert_into(hidden).from_select(list(hidden.c), values)
            change = change.on_conflict_do_nothing().returning(hidden.c.number)
            raised = update(hidden).where(hidden.c.message_id.in_(its), hidden.c.rank < way.rank)
            raised = raised.where(~hidden.c.is_taken_back).values(rank=way.rank, by=way.by)

        def withdraw(connection: Connection) -> list[int]:
            ids = {"ids": msgspec.json.encode([(id_,) for id_ in step.ids]).decode()}
            numbers = list(connection.scalars(change, ids)) if step.ids else []
            is_raised = len(numbers) < len(step.ids) and raised is not None
            is_raised = is_raised and connection.execute(raised, ids).rowcount > 0
            if numbers:
                driver = connection.connection.driver_connection
                self._flavour.hidden(driver, len(numbers))
            if step.entry and (numbers or is_raised or step.begins):
                note(connection, step.entry)
            if step.begins:
                text = msgspec.json.encode(step.begins).decode()
                connection.execute(insert(hidings).values(**way._asdict(), messages=text))
            if step.ends:
                mine = and_(hidings.c.at == way.at, hidings.c.is_shown == way.is_shown)
                connection.execute(delete(hidings).where(mine))
            return numbers

        return changing(link, withdraw)

    def go_on(self, link: Link) -> None:
        """Do what a crash has left of what was to be hidden, or shown again."""
        for step in self.left(link):
            self.withdraw(link, step)

    def left(self, link: Link) -> list[Step]:
        """The steps of what was to be hidden, or shown again, and is not finished."""
        found = select(hidings.c.messages, *(hidings.c[name] for name in Way._fields))
        found = found.order_by(hidings.c.id)
        rows: list[Any] = link.ask(lambda connection: [*connection.execute(found)])
        return [step for ids, *way in rows for step in steps(json.loads(ids), Way(*way), None)]

    def hidden_by(self, link: Link, room: str, which: Withdrawn) -> tuple[str, int] | None:
        """See ModerationStore.hidden_by."""

        def hidden_by(connection: Connection) -> tuple[str, int] | None:
            found = select(*hidden.c["by", "rank"]).where(_withdrawn(connection, room, which))
            row = connection.execute(found.order_by(hidden.c.rank.desc()).limit(1)).one_or_none()
            return None if row is None else (row.by, row.rank)

        return link.ask(hidden_by)

    def _since(
        self, connection: Connection, room: str, since: int, authors: Collection[str] | None
    ) -> Iterator[tuple[ColumnElement[bool], bool]]:
        """Where the messages of a room since then are, by these authors or by all; and whether
        those of others are not among them. Where others have said much, it is the index that tells
        what somebody has said."""
        first = _first_since(connection, room, since)
        if first is None:
            return
        said = messages.c.at >= since
        all_ = and_(said, messages.c.room_id == first.room_id, messages.c.number >= first.number)
        if authors is None or first.rest <= LOOKED_THROUGH or room.startswith("@"):
            yield all_, False
        elif authors:
            ids = self._flavour.matching(terms(room, authors))
            ids = ids.where(ids.selected_columns[0] >= first.id)
            yield and_(said, messages.c.id.in_(ids)), True
            rest = self._flavour.unindexed(connection)
            if rest is not None:
                yield and_(rest, all_), False

    def _meant(
        self,
        connection: Connection,
        where: ColumnElement[bool],
        is_meant: Callable[[str], bool] | None,
    ) -> list[int]:
        """The ids of those messages, whose authors, by key, are meant, or of all; the last ones."""
        values = select(messages.c.id).where(where)
        values = values.order_by(messages.c.id.desc()).limit(HIDDEN_AT_ONCE)
        found: dict[str, str] = {}
        if is_meant:
            names = connection.scalars(select(messages.c.name).where(where).distinct())
            meant = [(name,) for name in names if is_meant(key_of(name))]
            rows = self._flavour.rows("names")
            theirs = select(rows.column(0, Text())).select_from(rows.source)
            values = values.where(messages.c.name.in_(theirs))
            found["names"] = msgspec.json.encode(meant).decode()
        return list(connection.scalars(values, found))


class Way(NamedTuple):
    """How messages are hidden, or shown again: since when (in ms since 1970 UTC), by whom, and in
    which role they are hidden."""

    at: int
    by: str
    rank: int = 0
    is_shown: bool = False


class Step(NamedTuple):
    """Some of what is hidden, or shown again.

    ids: of the messages.
    entry: is written in the log with it, if there is anything to do.
    begins: the ids of all messages, where this is the first of several steps. ends: it is the last
        one of several.
    """

    ids: Sequence[int]
    way: Way
    entry: AuditEntry | None
    begins: Sequence[int] = ()
    ends: bool = False


def steps(ids: Sequence[int], way: Way, entry: AuditEntry | None) -> Iterator[Step]:
    """What is done for these messages, one step after the other. Without an entry they were begun
    before."""
    if len(ids) <= HIDDEN_PER_STEP and entry:
        yield Step(ids, way, entry)
        return
    for start in range(0, max(1, len(ids)), HIDDEN_PER_STEP):
        end = start + HIDDEN_PER_STEP
        some, begins = ids[start:end], () if start or not entry else ids
        yield Step(some, way, None if start else entry, begins, ends=end >= len(ids))


def _hidden_below(rank: int) -> ColumnElement[bool]:
    """Whether a message is shown, or is hidden in a lower role than that; looked up as in
    `shown`."""
    is_lower = and_(hidden.c.rank < rank, ~hidden.c.is_taken_back)
    is_hidden = select(is_lower).where(hidden.c.message_id == messages.c.id).scalar_subquery()
    return func.coalesce(is_hidden, true(), type_=Boolean)


def _withdrawn(connection: Connection, room: str, which: Withdrawn) -> ColumnElement[bool]:
    """Where those hidden messages are."""
    its = and_(hidden.c.room_id == id_of(room), ~hidden.c.is_taken_back)
    is_own = and_(hidden.c.by == which.own, hidden.c.by != "", hidden.c.at >= which.own_since)
    its = and_(its, or_(hidden.c.rank <= which.most, is_own), hidden.c.at >= which.since)
    if which.author is None and not which.but:
        return its
    names = connection.scalars(select(hidden.c.name).where(its).distinct()).all()
    if which.author is not None:
        names_of = [name for name in names if key_of(name) == which.author != which.but]
        return and_(its, hidden.c.name.in_(names_of))
    return and_(its, hidden.c.name.not_in([name for name in names if key_of(name) == which.but]))


class _First(NamedTuple):
    """A message of a room. rest: how many there are from it on."""

    id: int
    room_id: int
    number: int
    rest: int


def _first_since(connection: Connection, room: str, since: int) -> _First | None:
    """The first message of a room that may have been said since then, if there is one. The later a
    message is the larger is its number; but see CLOCK_STEP_SECONDS."""
    bounds = select(*rooms.c["id", "first", "last"]).where(rooms.c.key == room)
    row = connection.execute(bounds).one_or_none()
    if row is None:
        return None
    number, low, high = bindparam("from_number", type_=BigInteger), row.first, row.last + 1
    found = select(*messages.c["id", "number", "at"]).order_by(messages.c.number).limit(1)
    found = found.where(messages.c.room_id == row.id, messages.c.number >= number)
    while low < high:
        middle = (low + high) // 2
        said = connection.execute(found, {"from_number": middle}).one_or_none()
        if said is None or said.at >= since - CLOCK_STEP_SECONDS * 1000:
            high = middle
        else:
            low = said.number + 1
    said = connection.execute(found, {"from_number": low}).one_or_none()
    return _First(said.id, row.id, said.number, row.last + 1 - said.number) if said else None
