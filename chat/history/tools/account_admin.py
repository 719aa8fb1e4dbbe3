"""Accounts, looked after beside a server that runs. Blocks; knows no command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from chat.history.account_records import Record
from chat.history.room_records import SERVER, AuditEntry
from chat.history.sql.database import Database
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, messages, places, rooms
from chat.history.sql.tables.account_tables import RECORD, AccountTables, changing, next_revision
from chat.history.sql.tables.audit_log import note
from chat.history.store import StoreError
from chat.history.tools import person, traces
from chat.history.tools.access import patient_link
from chat.history.tools.shell_user import shell_user
from chat.history.upkeep.progress import Tell
from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.limits import ERASE_SECONDS
from chat.vocabulary.names import Name, conversation_key
from chat.vocabulary.writing.readings import check_is_name


class Listed(NamedTuple):
    """An account, and how many rooms are its own."""

    record: Record
    rooms: int


class Deleted(NamedTuple):
    """How many messages were replaced, and whether nothing of them can be read any more in what
    SQLite has beside its file."""

    messages: int
    is_clean: bool


class AccountAdmin:
    """Looks after the accounts of a store. An account is named by its username's key; every method
    that names one raises StoreError where there is none, and where the store can't do it now."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tables = AccountTables(Database(link.flavour))

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[AccountAdmin]:
        """That of a store that is there already."""
        with patient_link(url) as link:
            yield cls(link)

    def listed(self) -> list[Listed]:
        """All accounts, by name."""
        joined = and_(places.c.account_id == accounts.c.id, places.c.is_joined)
        many = select(func.count()).select_from(places).where(joined).scalar_subquery()
        found = select(*RECORD, many).where(accounts.c.is_owned).order_by(accounts.c.key)
        rows: list[Any] = self._link.ask(lambda connection: [*connection.execute(found)])
        return [Listed(Record(*row[:-1]), row[-1]) for row in rows]

    def record(self, key: str) -> Record:
        """What is known of an account."""
        found = select(*RECORD).where(accounts.c.key == key, accounts.c.is_owned)
        rows: list[Any] = self._link.ask(lambda connection: [*connection.execute(found)])
        if not rows:
            raise person.none_of(key)
        return Record(*rows[0])

    def create(self, name: Name, password: str | None) -> None:
        """Make an account. password: its hash. Raises StoreError, if there is one already;
        ChatError: username-alike, ambiguous-username."""
        check_is_name(name)
        others = Likenesses(is_strict=True)
        for other in self.listed():
            if other.record.key != name.key:
                others.add(other.record.name)
        if others.is_taken(name.shown):
            raise ChatError("username-alike")
        now = int(time.time() * 1000)
        noted = partial(note, entry=admins_entry("CREATE", name.shown))
        if not self._tables.create(self._link, name.key, name.shown, password, now, noted):
            raise StoreError(f"there is an account {name.shown} already")

    def disable(self, key: str) -> None:
        """Have nobody in under that name, until it is enabled again."""
        self._change(key, "DISABLE", is_disabled=True, secret=accounts.c.secret + 1)

    def enable(self, key: str) -> None:
        """Let its owner in again."""
        self._change(key, "ENABLE", is_disabled=False)

    def appoint(self, key: str, is_on: bool) -> None:
        """Make an account an operator's; or no operator's any more."""
        self._change(key, "OPERATOR", "on" if is_on else "off", is_operator=is_on)

    def reset(self, key: str, password: str | None) -> None:
        """Replace the password, by its hash; who is in has to come back with the new one."""
        self._change(key, "RESET", password=password, secret=accounts.c.secret + 1)

    def note(self, act: str, target: str) -> None:
        """Write in the audit log that something was done that changes nothing."""
        entry = admins_entry(act, target)
        changing(self._link, lambda connection: note(connection, entry))

    def messages(self, record: Record) -> int:
        """How many messages it has said."""
        return person.count(self._link, record)

    def delete(self, key: str, tell: Tell, wait: Callable[[float], object] = time.sleep) -> Deleted:
        """Delete an account, all that it has said, and what it holds.

        A server that runs goes on meanwhile. Where it is broken off the account is disabled, and
        to delete it again goes on with it.
        """
        record = self.record(key)
        self._change(key, "DELETE", is_disabled=True, secret=accounts.c.secret + 1)
        silent = time.monotonic() + ERASE_SECONDS
        done = person.replace_all(self._link, record, tell)
        wait(max(0.0, silent - time.monotonic()))
        done = person.replace_all(self._link, record, tell, done)
        self._link.ask(lambda _: self._link.flavour.clean_index(self._link.driver))
        changing(self._link, partial(self._remove, record))
        is_clean = self._link.ask(lambda _: self._link.flavour.clean_log(self._link.driver))
        return Deleted(done, is_clean)

    def _change(self, key: str, act: str, text: str = "", /, **values: Any) -> None:
        """Change an account, and say so in the audit log."""
        its = update(accounts).where(accounts.c.key == key, accounts.c.is_owned)

        def change(connection: Connection) -> bool:
            values["revision"] = next_revision(connection)
            name = connection.scalar(its.values(**values).returning(accounts.c.name))
            if name is not None:
                note(connection, admins_entry(act, name, text))
            return name is not None

        if not changing(self._link, change):
            raise person.none_of(key)

    def _remove(self, record: Record, connection: Connection) -> None:
        """Remove an account, its places, and its name from what it did and what was done to it.
        Where others have talked with it, it is kept that the name is nobody's: what they said is
        not for whoever takes it next."""
        key = record.key
        traces.forget(connection, record)
        spoken = self._spoken_to(key, connection)
        revision = next_revision(connection, removals=1 if spoken is None else 0)
        its = accounts.c.key == key
        id_ = select(accounts.c.id).where(its).with_for_update().scalar_subquery()
        connection.execute(delete(places).where(places.c.account_id == id_))
        if spoken is not None:
            values: dict[str, Any] = {"password": None, "name": key}
            values |= {"is_owned": False, "is_disabled": False, "is_operator": False}
            since = max(int(time.time() * 1000), spoken)  # the clock may have been set back
            change = update(accounts).where(its)
            connection.execute(change.values(**values, since=since, revision=revision))
        else:
            connection.execute(delete(accounts).where(its))

    def _spoken_to(self, key: str, connection: Connection) -> int | None:
        """When others have last talked with somebody, in ms since 1970 UTC; None if never."""
        mine = or_(
            rooms.c.key.startswith(f"@{key}@", autoescape=True),
            rooms.c.key.endswith(f"@{key}", autoescape=True) & rooms.c.key.startswith("@"),
        )
        last = and_(messages.c.room_id == rooms.c.id, messages.c.number == rooms.c.last)
        found = select(messages.c.at).select_from(rooms).join(messages, last).where(mine)
        found = found.where(rooms.c.key != conversation_key(key, key))
        return max(connection.scalars(found), default=None)


def admins_entry(act: str, target: str, text: str = "", room: Name | None = None) -> AuditEntry:
    """What the log says of what is done here: in a room, or to the whole server."""
    place = (room.key, room.shown) if room and room.key != SERVER else (SERVER, "")
    return AuditEntry(int(time.time() * 1000), *place, shell_user(), act, target, text)
