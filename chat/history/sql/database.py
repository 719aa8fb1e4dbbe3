"""What is asked of the tables, whatever database they are in. Blocks; knows no threads.

What is done for every batch (`append`) is a few statements, however large it is. Their text is
made once, and they take the whole batch as one JSON array: nothing is sent, and no lock of the
interpreter is taken, for each row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Boolean,
    Connection,
    and_,
    false,
    func,
    select,
    true,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import ColumnElement

from chat.history.sql.batches import Attempt, End, Row, Wait, texts
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, audit, clock, earlier, hidden, messages, rooms
from chat.history.store import Counts, DoubtError, Hits, StoreError
from chat.history.tokens import Known, Names, find, names_of
from chat.history.upkeep.timekeeper import Sighting
from chat.history.words import Query, Term
from chat.history.words import scopes as scopes_of
from chat.vocabulary.events import Draft, Repeated, Said
from chat.vocabulary.limits import FORGET_BYTES, FORGET_MESSAGES, RETRY_SECONDS, SEARCH_LOOKS
from chat.vocabulary.names import key_of
from chat.vocabulary.pieces import page_of

_SAID = (
    rooms.c.name.label("room"),
    messages.c.name.label("user"),
    *messages.c["text", "number", "at", "token"],
)
"""A message's columns; `_found` makes a Said of them."""
_ENCODE = msgspec.json.Encoder().encode


def shown(id_: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the message with that id is not hidden. It is looked up for each message by itself,
    so that what is hidden elsewhere costs nothing: asked whether it is there, PostgreSQL would
    go through all of them at once."""
    not_shown = select(false()).where(hidden.c.message_id == id_).scalar_subquery()
    return func.coalesce(not_shown, true(), type_=Boolean)


SHOWN: Final = shown(messages.c.id)
"""The same of a row of the messages."""

_QUESTION: Final = (
    select(rooms.c.key, *_SAID).select_from(messages).join(rooms).order_by(messages.c.id)
)
"""Messages behind the keys of their rooms, oldest first."""

_Known = dict[tuple[int, str], Known]
"""Messages by room and the name that they are stored under."""


class Database:
    """The questions and their answers. Every method takes the connection to ask on."""

    def __init__(self, flavour: Flavour) -> None:
        self.flavour = flavour
        self._sql = texts(flavour)

    def append(self, link: Link, drafts: Sequence[Draft]) -> list[Said]:
        """Store a batch: see Store.append. Raises StoreError."""
        try:
            was_open = link.connect()
            attempt = self._attempt(link, drafts)
            if attempt.is_undone and was_open and not link.was_interrupted:
                link.connect()  # the database was started again meanwhile
                attempt = self._attempt(link, drafts)
            if attempt.is_in_doubt and self._was_committed(link, attempt):
                attempt.error = None
            if attempt.error:
                raise attempt.error
        except Exception as error:
            link.explain(error)
        return attempt.said

    def _attempt(self, link: Link, drafts: Sequence[Draft]) -> Attempt:
        attempt = Attempt(drafts)
        try:
            driver = link.driver
            driver.execute(self.flavour.begin)
            attempt.said, attempt.transaction_id = self._append(driver, drafts)
            attempt.committing = True
            driver.execute("COMMIT")
        except Exception as error:
            attempt.error, attempt.lost = error, link.is_lost
            link.undo()
        return attempt

    def _append(self, driver: Any, drafts: Sequence[Draft]) -> tuple[list[Said], str]:
        """The messages, and what the transaction is known by."""
        wanted = Counter([draft.key for draft in drafts])
        names = {draft.key: draft.room for draft in drafts}
        rooms = [(key, names[key], wanted[key]) for key in sorted(wanted)]  # no deadlocks
        taken = driver.execute(self._sql.take_numbers, {"rooms": _json(rooms)}).fetchall()
        ids = {key: room_id for key, room_id, *_ in taken}
        ends = {key: End(last - wanted[key], at or 0) for key, _, last, at, _ in taken}
        called = [names_of(draft) if draft.token else None for draft in drafts]
        known = self._known(driver, drafts, called, ids)
        said, rows, waits = self._number(drafts, called, ids, ends, known)
        if len(rows) < len(drafts):
            for key, room_id, last, *_ in taken:
                driver.execute(
                    self._sql.give_back, {"room": room_id, "unused": last - ends[key].number}
                )
        self.insert(driver, rows)
        if waits:
            self.note(driver, waits)
        return said, taken[0][-1] if taken else ""

    def _number(
        self,
        drafts: Sequence[Draft],
        called: Sequence[Names | None],
        ids: dict[str, int],
        ends: dict[str, End],
        known: _Known,
    ) -> tuple[list[Said], list[Row], list[Wait]]:
        """The messages, the rows of those that are new, and for whom they wait.

        ends: where the rooms end, and afterwards where they do with these messages.
        """
        said: list[Said] = []
        rows: list[Row] = []
        waits: list[Wait] = []
        for draft, its in zip(drafts, called, strict=True):
            key, room, user, _, text, at, token, away, account, kind, _ = msgspec.structs.astuple(
                draft
            )
            room_id, name = ids[key], None
            if its:
                look = partial(_look_up, known, room_id)
                before, name = find(draft, its, look)
                if before:
                    text = text if before.text is None else before.text
                    told = (before.user, text, before.number, before.at, token)
                    said.append(Repeated(room, *told, account, kind, key))
                    continue
            end = ends[key]
            number, at = end.number, end.at = end.number + 1, max(at, end.at)
            said.append(Said(room, user, text, number, at, token, account, kind, key))
            words = self.flavour.words_of(draft)
            rows.append(Row(room_id, number, at, user, text, name, words))
            if name:
                known[room_id, name] = Known(number, at, user, text)
            if away:
                waits.append(Wait(away, key, f"@{user}", number, number))
        return said, rows, waits

    def lock(self, driver: Any, names: dict[str, str]) -> None:
        """Lock rooms, by key, until the end of the transaction; what is not there is made."""
        wanted = [(key, names[key], 0) for key in sorted(names)]
        driver.execute(self._sql.take_numbers, {"rooms": _json(wanted)})

    def insert(self, driver: Any, rows: list[Row]) -> None:
        """Store messages that have their numbers, in this transaction."""
        if rows:
            inserted = driver.execute(self._sql.insert, {"rows": _json(rows)})
            size = sum(len(row.text) for row in rows)
            self.flavour.inserted(driver, getattr(inserted, "lastrowid", 0), size)

    def note(self, driver: Any, waits: Iterable[Wait]) -> None:
        """Note what waits for accounts, in this transaction; a name that nobody owns has nothing
        that waits."""
        together: dict[tuple[str, str], Wait] = {}  # no row may be changed twice
        for wait in waits:
            before = together.setdefault(wait[:2], wait)
            first, last = min(wait.first, before.first), max(wait.last, before.last)
            together[wait[:2]] = wait._replace(first=first, last=last)
        driver.execute(self._sql.note, {"waits": _json(list(together.values()))})

    def _known(
        self,
        driver: Any,
        drafts: Sequence[Draft],
        called: Sequence[Names | None],
        ids: dict[str, int],
    ) -> _Known:
        """What was stored before with a token of these drafts."""
        named = zip(drafts, called, strict=True)
        tokens = [(ids[draft.key], name) for draft, its in named for name in its or ()]
        if not tokens:
            return {}
        found = driver.execute(self._sql.find_tokens, {"tokens": _json(tokens)}).fetchall()
        return {
            (room_id, token): Known(number, at, name, text)
            for room_id, token, number, at, name, text in found
        }

    def _was_committed(self, link: Link, attempt: Attempt) -> bool:
        """The connection broke while it was committed: ask until there is an answer.

        Raises DoubtError if there is none when the server stops.
        """
        while not link.stopped.is_set():
            with suppress(SQLAlchemyError, StoreError, *self.flavour.errors):
                link.connect()
                if not self.flavour.is_under_way(link.connection, attempt.transaction_id):
                    return self._is_there(link.connection, attempt)
            link.close()
            link.stopped.wait(RETRY_SECONDS)
        raise DoubtError(f"{self.flavour.name}: gone, and with it whether a batch was committed")

    def _is_there(self, connection: Connection, attempt: Attempt) -> bool:
        """Whether what was to be stored has been; one of it is enough."""
        for draft, said in zip(attempt.drafts, attempt.said, strict=True):
            if type(said) is Said:
                found = select(*messages.c["at", "name", "text"]).join(rooms)
                found = found.where(rooms.c.key == draft.key, messages.c.number == said.number)
                rows = connection.execute(found).all()
                return [(said.at, said.user, said.text)] == [tuple(row) for row in rows]
        return True

    def page(
        self, link: Link, key: str, count: int, before: int | None, after: int | None
    ) -> list[Said]:
        """See Store.page."""
        number = messages.c.number
        room = select(rooms.c.id).where(rooms.c.key == key).scalar_subquery()
        name = select(rooms.c.name).where(rooms.c.key == key).scalar_subquery()
        found = select(name, *_SAID[1:]).where(messages.c.room_id == room, SHOWN).limit(count)
        if after is not None:
            found = found.where(number > after).order_by(number)
        else:
            if before is not None:
                found = found.where(number < before)
            found = found.order_by(number.desc())

        def ask(connection: Connection) -> list[Said]:
            with connection.execute(found) as rows:
                return page_of(_found(key, *row) for row in rows)

        page = link.ask(ask)
        return page if after is not None else page[::-1]

    def search(
        self, link: Link, scopes: Collection[str], query: Query, count: int, rest: int = 0
    ) -> Hits:
        """See Store.search."""
        if not scopes:
            return Hits()

        def is_within(key: str) -> bool:
            return any(scope in scopes for scope in scopes_of(key))

        terms = [*query.terms(scopes)]
        if query.is_indexed:
            return Hits(_found(*row) for row in self.matching(link, terms, is_within, query, count))

        def step(connection: Connection) -> Hits:
            with link.transaction("BEGIN"):  # the index, and what it does not have yet, as one
                found: list[Any] = []
                if not rest:
                    found = self._unindexed(connection, is_within, query)
                if len(found) >= count:
                    return Hits(_found(*row) for row in found[-count:])
                hits = self._look_through(connection, terms, query, count - len(found), rest)
                return Hits([*hits, *(_found(*row) for row in found)], hits.rest)

        return link.ask(step)

    def _look_through(
        self, connection: Connection, terms: Sequence[Term], query: Query, count: int, before: int
    ) -> Hits:
        """The last of the messages with these terms, older than the id `before` if it is not 0,
        that match; no more than some are read for it."""
        found: list[Said] = []
        question = _QUESTION.add_columns(messages.c.id)
        for size in SEARCH_LOOKS:
            ids = self.flavour.matching(terms, before)
            ids = ids.where(shown(ids.selected_columns[0])).limit(size)
            rows = connection.execute(question.where(messages.c.id.in_(ids))).all()
            its = (row[:-1] for row in rows if query.matches(key_of(row.user), row.text))
            found = [*(_found(*row) for row in its), *found]
            if len(rows) < size or len(found) >= count:
                return Hits(found[-count:])
            before = rows[0].id
        return Hits(found, before)

    def matching(
        self,
        link: Link,
        terms: Iterable[Term],
        is_within: Callable[[str], bool],
        query: Query,
        count: int,
    ) -> Sequence[Any]:
        """The last `count` messages that match and are shown, each behind the key of its room,
        oldest first.

        terms: what finds them in the index (see Query.terms); the query, and whether a room is
        one of those where it looks, say the same of a message that is not indexed yet.
        """
        ids = self.flavour.matching(terms)
        ids = ids.where(shown(ids.selected_columns[0])).limit(count)
        indexed = _QUESTION.where(messages.c.id.in_(ids))

        def search(connection: Connection) -> Sequence[Any]:
            with link.transaction("BEGIN"):  # the index, and what it does not have yet, as one
                found = [*connection.execute(indexed)]
                found += self._unindexed(connection, is_within, query)
                return found[-count:]

        return link.ask(search)

    def _unindexed(
        self, connection: Connection, is_within: Callable[[str], bool], query: Query
    ) -> list[Any]:
        """Those messages that match of the few that the index does not have yet, oldest first."""
        rest = self.flavour.unindexed(connection)
        if rest is None:
            return []
        return [
            row
            for row in connection.execute(_QUESTION.where(rest, SHOWN))
            if is_within(row.key) and query.matches(key_of(row.user), row.text)
        ]

    def first(self, link: Link, key: str) -> int:
        """See Store.first."""
        found = select(rooms.c.first).where(rooms.c.key == key)
        return link.ask(lambda connection: connection.scalar(found) or 1)

    def last(self, link: Link, key: str) -> int:
        """See Store.last."""
        found = select(rooms.c.last).where(rooms.c.key == key)
        return link.ask(lambda connection: connection.scalar(found) or 0)

    def overdue(self, link: Link, older_than: int, beyond: int) -> list[str]:
        """See Store.overdue."""
        front = and_(messages.c.room_id == rooms.c.id, messages.c.number == rooms.c.first)
        many = rooms.c.last - rooms.c.first >= beyond
        found = select(rooms.c.key).join(messages, front)
        found = found.where(many | (messages.c.at < older_than))
        return link.ask(lambda connection: list(connection.scalars(found)))

    def forget(self, link: Link, key: str, older_than: int, beyond: int) -> int:
        """See Store.forget."""

        def forget(connection: Connection) -> int:
            with link.transaction():
                return self._forget(connection, key, older_than, beyond)

        return link.ask(forget)

    def _forget(self, connection: Connection, key: str, older_than: int, beyond: int) -> int:
        room = connection.execute(
            select(rooms.c.id, rooms.c.last).where(rooms.c.key == key).with_for_update()
        ).one_or_none()
        if room is None:
            return 0
        front: Sequence[Any] = connection.execute(
            select(*messages.c["id", "number", "at", "name", "text"], rooms.c.key)
            .join(rooms)
            .where(messages.c.room_id == room.id)
            .order_by(messages.c.number)
            .limit(FORGET_MESSAGES)
        ).all()
        due = [row.number for row in front if row.at < older_than]
        due += [row.number for row in front if row.number <= room.last - beyond]
        if not due:
            return 0
        forgotten = [row for row in a_step(front) if row.number <= max(due)]
        last = forgotten[-1].number
        driver = connection.connection.driver_connection
        self.flavour.remove_from_index(driver, forgotten)
        gone = and_(messages.c.room_id == room.id, messages.c.number <= last)
        connection.execute(delete_from(messages).where(gone))
        for beside in (hidden, earlier):
            its = beside.c.message_id.in_([row.id for row in forgotten])
            connection.execute(delete_from(beside).where(its))
        self.flavour.removed(driver)
        connection.execute(update(rooms).where(rooms.c.id == room.id).values(first=last + 1))
        return len(forgotten)

    def newest(self, link: Link) -> int:
        """See Store.newest."""
        last = and_(messages.c.room_id == rooms.c.id, messages.c.number == rooms.c.last)
        latest_act = select(audit.c.at).order_by(audit.c.number.desc()).limit(1)
        found = [
            select(func.max(messages.c.at)).select_from(rooms).join(messages, last),
            select(func.max(accounts.c.since)),
            latest_act,
        ]
        return link.ask(lambda connection: max(connection.scalar(each) or 0 for each in found))

    def sighting(self, link: Link) -> Sighting | None:
        """See Store.sighting."""
        found = select(*clock.c["believed", "wall", "agreed"])
        row = link.ask(lambda connection: connection.execute(found).one_or_none())
        return Sighting(*row) if row is not None else None

    def note_sighting(self, link: Link, seen: Sighting) -> None:
        """See Store.note_sighting."""
        values = {"id": 1, **seen._asdict()}
        change = self.flavour.insert_into(clock).values(values)
        change = change.on_conflict_do_update(index_elements=[clock.c.id], set_=values)

        def note(connection: Connection) -> None:
            with link.transaction():
                connection.execute(change)

        link.ask(note)

    def counts(self, link: Link) -> Counts:
        """See Store.counts."""
        found = select(func.count(), func.sum(rooms.c.last - rooms.c.first + 1)).select_from(rooms)

        def count(connection: Connection) -> Counts:
            many, all_ = connection.execute(found).one()
            return Counts(many, int(all_ or 0), self.flavour.size(connection))

        return link.ask(count)


def a_step(found: Sequence[Any]) -> Sequence[Any]:
    """Those of some messages, from the first on, that are few enough to be removed at once."""
    some = found[:FORGET_MESSAGES]
    sizes = accumulate(len(row.text) for row in some)
    return [row for row, size in zip(some, sizes, strict=True) if size <= FORGET_BYTES] or some[:1]


def _look_up(known: _Known, room_id: int, name: str) -> Known | None:
    return known.get((room_id, name))


def _json(rows: list[Any]) -> str:
    return _ENCODE(rows).decode()


def _found(
    key: str, room: str, user: str, text: str, number: int, at: int, token: str | None
) -> Said:
    """A message as it stands in the table: its token has its user's key before it."""
    own = token.rpartition(" ")[2] if token else ""
    return Said(room, user, text, number, at, own, key=key)
