"""Kept rooms, sanctions, what is hidden and the audit log in a database, on the threads of its
store. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from twisted.internet.defer import Deferred

from chat.history.room_records import (
    AuditEntry,
    Author,
    Earlier,
    Edit,
    Kept,
    RoomChanges,
    Sanction,
    SanctionKind,
    Withdrawn,
)
from chat.history.sql.link import Link
from chat.history.sql.room_tables import RoomTables
from chat.history.sql.sql_accounts import Do

T = TypeVar("T")


class SqlModeration:
    """Implements ModerationStore.

    tables: the questions and their answers.
    write: has them asked one after the other, with the batches of messages.
    read: has them asked beside that.
    count: the same, of those that may take longer.
    """

    def __init__(self, tables: RoomTables, write: Do, read: Do, count: Do) -> None:
        self._tables = tables
        self._write = write
        self._read = read
        self._count = count
        self._changing = 0

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[RoomChanges]:
        """See ModerationStore."""
        return self._ask(lambda link: self._tables.changes(link, after))

    def keep(self, kept: Kept, entry: AuditEntry) -> Deferred[bool]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.keep(link, kept, entry))

    def forget_rooms(self, keys: Collection[str]) -> Deferred[None]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.forget_rooms(link, keys))

    def impose(self, sanction: Sanction, entry: AuditEntry) -> Deferred[None]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.impose(link, sanction, entry))

    def lift(self, room: str, kind: SanctionKind, target: str, entry: AuditEntry) -> Deferred[bool]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.lift(link, room, kind, target, entry))

    def note(self, entry: AuditEntry) -> Deferred[None]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.note(link, entry))

    def hide(
        self,
        room: str,
        since: int,
        authors: Collection[str] | None,
        but: Collection[str],
        entry: AuditEntry,
        rank: int = 0,
    ) -> Deferred[list[int]]:
        """See ModerationStore."""
        only = None if authors is None else frozenset(authors)
        others = frozenset(but)
        return self._change(
            lambda link: self._tables.hide(link, room, since, only, others, entry, rank)
        )

    def unhide(self, room: str, which: Withdrawn, entry: AuditEntry) -> Deferred[list[int]]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.unhide(link, room, which, entry))

    def hidden_by(self, room: str, which: Withdrawn) -> Deferred[tuple[str, int] | None]:
        """See ModerationStore."""
        return self._ask(lambda link: self._tables.hidden_by(link, room, which))

    def take_back(
        self, room: str, number: int, author: Author, entry: AuditEntry
    ) -> Deferred[bool]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.take_back(link, room, number, author, entry))

    def edit(
        self, room: str, number: int, author: Author, text: str, entry: AuditEntry
    ) -> Deferred[Edit]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.edit(link, room, number, author, text, entry))

    def last_of(self, room: str, author: Author) -> Deferred[int]:
        """See ModerationStore. Behind the batches that are under way, as it may be in one of them;
        what was said long ago is looked for where no message waits for it."""

        def look_further(number: int) -> int | Deferred[int]:
            return number or self._count(lambda link: self._tables.last_of(link, room, author))

        recent = self._write(lambda link: self._tables.recent_of(link, room, author))
        return recent.addCallback(look_further)

    def earlier(
        self, room: str, number: int, since: int = 0, skip: int = 0
    ) -> Deferred[list[Earlier]]:
        """See ModerationStore."""
        return self._ask(lambda link: self._tables.earlier(link, room, number, since, skip))

    def hidden_after(self, rooms: Mapping[str, int]) -> Deferred[dict[str, int]]:
        """See ModerationStore."""
        numbers = dict(rooms)
        return self._ask(lambda link: self._tables.hidden_after(link, numbers))

    def audited(self, rooms: Collection[str] | None, since: int = 0) -> Deferred[int]:
        """See ModerationStore."""
        keys = None if rooms is None else list(rooms)
        return self._ask(lambda link: self._tables.audited(link, keys, since))

    def audit(
        self,
        rooms: Collection[str] | None,
        count: int,
        before: int | None = None,
        since: int = 0,
    ) -> Deferred[list[AuditEntry]]:
        """See ModerationStore."""
        keys = None if rooms is None else list(rooms)
        return self._ask(lambda link: self._tables.audit(link, keys, count, before, since))

    def _change(self, job: Callable[[Link], T]) -> Deferred[T]:
        self._changing += 1
        return self._write(job).addBoth(self._changed)

    def _changed(self, result: T) -> T:
        self._changing -= 1
        return result

    def _ask(self, job: Callable[[Link], T]) -> Deferred[T]:
        """Behind the changes that are under way, if there are any: it has to see them."""
        return (self._write if self._changing else self._read)(job)
