"""Kept rooms, sanctions, what is hidden and the audit log in a database, on the threads of its
store. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks, succeed

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
from chat.history.sql.sql_accounts import Do
from chat.history.sql.tables.hiding_tables import Step, Way, steps
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.store import StoreError
from chat.vocabulary.limits import HIDDEN_PER_STEP

T = TypeVar("T")


class Wanted(NamedTuple):
    """What is to be hidden, or shown again. is_little: whether it is soon found out which messages
    that are; meant: finds it out, of those up to an id."""

    is_little: Callable[[Link], bool]
    meant: Callable[[Link, int], list[int]]
    way: Way
    entry: AuditEntry


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
        self._unfinished = set[int]()  # what is hidden, or shown again, in steps
        self._withdrawing = DeferredLock()
        self._is_left = False  # whether one may be unfinished, as the store could not

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
        tables = self._tables
        wanted = Wanted(
            lambda link: tables.has_few(link, room, since),
            lambda link, up_to: tables.to_hide(link, room, since, only, others, rank, up_to),
            Way(entry.at, entry.by, rank),
            entry,
        )
        return self._withdraw(wanted)

    def unhide(self, room: str, which: Withdrawn, entry: AuditEntry) -> Deferred[list[int]]:
        """See ModerationStore."""
        tables = self._tables
        wanted = Wanted(
            lambda link: tables.has_few_hidden(link, room),
            lambda link, _: tables.to_show(link, room, which),
            Way(entry.at, entry.by, is_shown=True),
            entry,
        )
        return self._withdraw(wanted)

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

    def forget_entries(self, older_than: int) -> Deferred[int]:
        """See ModerationStore."""
        return self._change(lambda link: self._tables.forget_entries(link, older_than))

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

    @inlineCallbacks
    def _withdraw(self, wanted: Wanted) -> Generator[Deferred[Any], Any, list[int]]:
        """Hide what is meant, or show it again: at once, where that is little and nothing of the
        kind is under way; or find it beside the batches of messages, and go step by step between
        them. Then it is one after the other: what is asked for meanwhile may see some of it."""
        try:
            found = yield self._change(partial(self._at_once, wanted))
            if isinstance(found, int):
                found = yield self._withdrawing.run(self._go_on, wanted, found)
        finally:
            self._unfinished.discard(id(wanted))
        return sorted(found)

    def _at_once(self, wanted: Wanted, link: Link) -> list[int] | int:
        """Do it, if it is little; if not, or where another one is under way, find out up to which
        message it is about. Called in the thread that writes: in the order in which they were asked
        for."""
        up_to = self._tables.last_id(link)
        is_alone = not (self._unfinished or self._is_left)
        ids = wanted.meant(link, up_to) if is_alone and wanted.is_little(link) else None
        if ids is None or len(ids) > HIDDEN_PER_STEP:
            self._unfinished.add(id(wanted))
            return up_to
        return self._tables.withdraw(link, Step(ids, wanted.way, wanted.entry))

    @inlineCallbacks
    def _go_on(self, wanted: Wanted, up_to: int) -> Generator[Deferred[Any], Any, list[int]]:
        """Begun after what was asked for before, also what the store could not finish then: nobody
        undoes what was done since."""
        numbers = list[int]()
        left = yield self._change(self._tables.left) if self._is_left else succeed(())
        for step in left:
            yield self._change(partial(_step, self._tables, step))
        self._is_left = False
        ids = yield self._count(lambda link: wanted.meant(link, up_to))
        try:
            for step in steps(ids, wanted.way, wanted.entry):
                numbers += yield self._change(partial(_step, self._tables, step))
        except StoreError:
            self._is_left = True
            raise
        return numbers

    def _change(self, job: Callable[[Link], T]) -> Deferred[T]:
        self._changing += 1
        return self._write(job).addBoth(self._changed)

    def _changed(self, result: T) -> T:
        self._changing -= 1
        return result

    def _ask(self, job: Callable[[Link], T]) -> Deferred[T]:
        """Behind the changes that are under way, if there are any: it has to see them."""
        return (self._write if self._changing else self._read)(job)


def _step(tables: RoomTables, step: Step, link: Link) -> list[int]:
    return tables.withdraw(link, step)
