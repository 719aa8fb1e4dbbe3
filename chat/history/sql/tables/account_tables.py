"""What is asked of the tables about accounts, whatever database they are in. Blocks; knows no
threads.

Each change of a record takes the next revision in its transaction, and with it a lock: whoever
sees a revision sees all before it. What changes an account's places locks the account first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, and_, case, delete, func, select, true, update
from sqlalchemy.sql import ColumnElement

from chat.history.account_records import AccountChanges, Bookmark, Record
from chat.history.sql.batches import Wait
from chat.history.sql.database import Database
from chat.history.sql.link import Link
from chat.history.sql.schema import account_changes, accounts, places, rooms
from chat.history.words import Term, inside, naming, scopes
from chat.vocabulary.names import key_of

T = TypeVar("T")
Change = Callable[[Connection], None]
"""A change of an account's places, in the transaction of its connection."""


def _nothing(connection: Connection) -> None:
    """Nothing else is to be done."""


RECORD: Final = accounts.c[
    "key", "name", "since", "is_owned", "is_disabled", "secret", "is_operator"
]
"""An account's columns, as a Record has them."""


class AccountTables:
    """The questions and their answers. Every method takes the connection to ask on; all raise
    StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert_into = database.flavour.insert_into

    def changes(self, link: Link, after: tuple[int, int] | None) -> AccountChanges:
        """See AccountStore.changes. Mostly one row is read; what changes behind it comes again."""
        return link.ask(lambda connection: _changes(connection, after))

    def create(
        self,
        link: Link,
        key: str,
        name: str,
        password: str | None,
        since: int,
        also: Change = _nothing,
    ) -> bool:
        """See AccountStore.create. Whose name it was before is not asked here. also: done in
        the same transaction, if it is made."""
        values: dict[str, Any] = {"name": name, "password": password, "since": since}
        values |= {"is_owned": True, "is_operator": False}

        def create(connection: Connection) -> bool:
            values["revision"] = next_revision(connection)
            insert = self._insert_into(accounts).values(
                key=key, is_disabled=False, secret=0, **values
            )
            later = case((accounts.c.since > since, accounts.c.since), else_=since)
            insert = insert.on_conflict_do_update(
                index_elements=[accounts.c.key],
                set_=values | {"since": later},
                where=~accounts.c.is_owned,
            )
            is_made = connection.scalar(insert.returning(accounts.c.id)) is not None
            if is_made:
                also(connection)
            return is_made

        return changing(link, create)

    def password(self, link: Link, key: str) -> str | None:
        """See AccountStore.password."""
        found = select(accounts.c.password).where(_owned(key), ~accounts.c.is_disabled)
        return link.ask(lambda connection: connection.scalar(found))

    def set_password(self, link: Link, key: str, old: str, new: str) -> bool:
        """See AccountStore.set_password."""
        change = update(accounts).where(_owned(key), accounts.c.password == old)
        change = change.values(password=new)
        return changing(link, lambda connection: connection.execute(change).rowcount == 1)

    def give_up(self, link: Link, key: str, since: int) -> None:
        """See AccountStore.give_up."""

        def give_up(connection: Connection) -> None:
            revision = next_revision(connection)
            if account := _locked(connection, key):
                connection.execute(delete(places).where(places.c.account_id == account))
                changed: dict[str, Any] = {"is_owned": False, "is_operator": False}
                changed |= {"password": None, "since": since}
                change = update(accounts).where(accounts.c.id == account)
                connection.execute(change.values(**changed, revision=revision))

        changing(link, give_up)

    def bookmarks(self, link: Link, key: str) -> list[Bookmark]:
        """See AccountStore.bookmarks."""
        columns = places.c["key", "name", "is_joined", "read", "waiting"]
        found = select(*columns, func.coalesce(rooms.c.last, 0)).select_from(places).join(accounts)
        found = found.outerjoin(rooms, rooms.c.key == places.c.key)
        found = found.where(_owned(key)).order_by(places.c.id)

        def ask(connection: Connection) -> list[Bookmark]:
            rows: Iterable[Any] = connection.execute(found)
            return [Bookmark(*row) for row in rows]

        return link.ask(ask)

    def make(self, link: Link, changes: Sequence[Change]) -> None:
        """Make these changes of places, in one transaction."""

        def make(connection: Connection) -> None:
            for change in changes:
                change(connection)

        changing(link, make)

    def join(self, key: str, names: Mapping[str, str]) -> Change:
        """See AccountStore.join."""

        def join(connection: Connection) -> None:
            if account := _locked(connection, key):
                for room, name in names.items():
                    read = _last(connection, room)
                    joined = {"name": name, "is_joined": True}
                    self._place(connection, account, room, joined, joined | {"read": read})

        return join

    def leave(self, key: str, room: str) -> Change:
        """See AccountStore.leave."""
        return _changing_place(key, room, true(), is_joined=False)

    def mark(self, key: str, read: Mapping[str, tuple[str, int]]) -> Change:
        """See AccountStore.mark. Where nothing was ever said, nothing was read."""

        def mark(connection: Connection) -> None:
            if account := _locked(connection, key):
                for place, (name, number) in read.items():
                    self._mark(connection, account, place, name, number)

        return mark

    def read_on(self, key: str, place: str, name: str, after: int, number: int) -> Change:
        """See AccountStore.read_on."""
        read = select(places.c.read).where(places.c.key == place)

        def read_on(connection: Connection) -> None:
            if account := _locked(connection, key):
                before = connection.scalar(read.where(places.c.account_id == account))
                if before is None or before >= after:
                    self._mark(connection, account, place, name, number)

        return read_on

    def wait(self, key: str, place: str, name: str, number: int) -> Change:
        """See AccountStore.wait."""

        def wait(connection: Connection) -> None:
            last = max(number, _last(connection, place))
            driver = connection.connection.driver_connection
            self._database.note(driver, [Wait(key, place, name, number, last)])

        return wait

    def begin(self, key: str, place: str, name: str, number: int) -> Change:
        """See AccountStore.begin."""

        def begin(connection: Connection) -> None:
            if account := _locked(connection, key):
                self._place(connection, account, place, {}, {"name": name, "read": number - 1})

        return begin

    def told(self, key: str, place: str, number: int) -> Change:
        """See AccountStore.told."""
        rest = case((places.c.waiting_to > number, number + 1), else_=0)
        waits = and_(places.c.waiting > 0, places.c.waiting <= number)
        return _changing_place(key, place, waits, waiting=rest)

    def mentions(
        self, link: Link, key: str, name: str, unread: Mapping[str, int], most: int
    ) -> dict[str, int]:
        """See AccountStore.mentions."""
        counts = dict.fromkeys(unread, 0)
        by_others = [place for place in unread if place != f"@{key}@{key}"]
        if (mention := naming(name)) and by_others:
            terms = [*_terms(key, by_others), *mention.query.phrase_terms()]
            its = mention.query
            found = self._database.matching(link, terms, by_others.__contains__, its, most)
            for row in found:
                is_new = row.number > unread[row.key] and key_of(row.user) != key
                counts[row.key] += is_new and mention.is_in(row.text)
        return counts

    def _place(
        self,
        connection: Connection,
        account: int,
        key: str,
        change: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> None:
        """Change a place of an account, or make it."""
        values = {"is_joined": False, "read": 0, "waiting": 0, "waiting_to": 0, **new}
        insert = self._insert_into(places).values(account_id=account, key=key, **values)
        unique = [places.c.account_id, places.c.key]
        if change:
            insert = insert.on_conflict_do_update(index_elements=unique, set_=change)
        else:
            insert = insert.on_conflict_do_nothing(index_elements=unique)
        connection.execute(insert)

    def _mark(
        self, connection: Connection, account: int, place: str, name: str, number: int
    ) -> None:
        reached = min(number, _last(connection, place))
        if reached > 0:
            most = case((places.c.read < reached, reached), else_=places.c.read)
            new = {"name": name, "read": reached}
            self._place(connection, account, place, {"name": name, "read": most}, new)


def _changing_place(key: str, place: str, where: ColumnElement[bool], **values: Any) -> Change:
    """Change a place of an account, if there is one of which that is true."""

    def change(connection: Connection) -> None:
        if account := _locked(connection, key):
            its = update(places).where(places.c.account_id == account, places.c.key == place)
            connection.execute(its.where(where).values(**values))

    return change


def changing(link: Link, job: Callable[[Connection], T]) -> T:
    """What the job returns, done in a transaction of its own. Raises StoreError."""

    def change(connection: Connection) -> T:
        with link.transaction():
            return job(connection)

    return link.ask(change)


def next_revision(connection: Connection, removals: int = 0) -> int:
    """The number of the change of accounts that is being made. Nobody else makes one until the end
    of the transaction."""
    change = update(account_changes).values(
        revision=account_changes.c.revision + 1, removals=account_changes.c.removals + removals
    )
    return int(connection.execute(change.returning(account_changes.c.revision)).scalar_one())


def _changes(connection: Connection, after: tuple[int, int] | None) -> AccountChanges:
    row = connection.execute(select(*account_changes.c)).one()
    now = (row.revision, row.removals)
    if now == after:
        return AccountChanges(now, [], is_all=False)
    # Fewer changes than there were before are those of another database in the place of that one.
    is_all = after is None or now[1] != after[1] or now[0] < after[0]
    found = select(*RECORD).order_by(accounts.c.revision)
    if after is not None and not is_all:
        found = found.where(accounts.c.revision > after[0])
    return AccountChanges(now, [Record(*row) for row in connection.execute(found)], is_all)


def _owned(key: str) -> ColumnElement[bool]:
    return and_(accounts.c.key == key, accounts.c.is_owned)


def _locked(connection: Connection, key: str) -> int | None:
    """The id of an account, if there is one; nobody else changes it or its places until the end of
    the transaction."""
    found = select(accounts.c.id).where(_owned(key)).with_for_update()
    return connection.scalars(found).one_or_none()


def _last(connection: Connection, key: str) -> int:
    return connection.scalar(select(rooms.c.last).where(rooms.c.key == key)) or 0


def _terms(key: str, unread: Iterable[str]) -> Iterator[Term]:
    """What messages in these places of an account have in the index."""
    within: list[str] = []
    others: list[str] = []
    for place in unread:
        both = scopes(place)
        others += [scope for scope in both if scope != f"@{key}"]
        within += both[:1] if place[0] != "@" else [f"@{key}"]
    for choice in (within, others):
        yield tuple((inside(scope),) for scope in dict.fromkeys(choice))
