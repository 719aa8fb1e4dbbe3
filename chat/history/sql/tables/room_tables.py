"""What is asked of the tables about kept rooms, sanctions and the audit log, whatever database they
are in. Blocks; knows no threads.

Each change of a room or a sanction takes the next revision in its transaction, and with it a lock:
whoever sees a revision sees all before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from itertools import groupby, takewhile
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from chat.history.room_records import (
    AuditEntry,
    Decision,
    Holder,
    Kept,
    RoomChanges,
    Sanction,
    SanctionKind,
    is_only_topic,
)
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import audit, holders, kept, moderation_changes, sanctions
from chat.history.sql.tables.account_tables import changing
from chat.history.sql.tables.audit_log import note
from chat.history.sql.tables.hiding_tables import HidingTables
from chat.history.upkeep.mending import mended_entry, mended_room, mended_sanction
from chat.vocabulary.limits import FORGET_ENTRIES

Job = Callable[[Connection, int], bool]
"""A change that gets that revision; whether there was something to change."""

KEPT: Final = tuple(kept.c[name] for name in Kept.__struct_fields__ if name != "holders")
HOLDER: Final = tuple(holders.c[name] for name in Holder.__struct_fields__)
SANCTION: Final = tuple(sanctions.c[name] for name in Sanction.__struct_fields__)
NO_DECISIONS: Final = "[]"
_DECISIONS: Final = msgspec.json.Decoder(tuple[Decision, ...])
ENTRY: Final = tuple(audit.c[name] for name in AuditEntry.__struct_fields__)


class RoomTables(HidingTables):
    """These questions and their answers, and those about what is hidden."""

    def changes(self, link: Link, after: tuple[int, int] | None) -> RoomChanges:
        """See ModerationStore.changes. Mostly one row is read; what changes behind it comes
        again."""
        return link.ask(lambda connection: _changes(connection, after))

    def keep(self, link: Link, wanted: Kept, entry: AuditEntry) -> bool:
        """See ModerationStore.keep."""

        def keep(connection: Connection, revision: int) -> bool:
            return put_kept(connection, self._flavour, wanted, revision)

        return _making(link, keep, entry)

    def forget_rooms(self, link: Link, keys: Collection[str]) -> None:
        """See ModerationStore.forget_rooms. With another origin, all look at everything again."""

        def forget(connection: Connection) -> None:
            next_revision(connection)
            found = kept_rooms(connection, kept.c.key.in_(keys))
            gone = [each.key for each in found if is_only_topic(each)]
            if gone:
                connection.execute(delete(kept).where(kept.c.key.in_(gone)))
                connection.execute(update(moderation_changes).values(origin=new_origin()))

        changing(link, forget)

    def impose(self, link: Link, sanction: Sanction, entry: AuditEntry) -> None:
        """See ModerationStore.impose."""

        def impose(connection: Connection, revision: int) -> bool:
            values = msgspec.structs.asdict(sanction) | {"revision": revision}
            insertion = self._insert_into(sanctions).values(values)
            unique = [sanctions.c.room, sanctions.c.kind, sanctions.c.target]
            connection.execute(insertion.on_conflict_do_update(index_elements=unique, set_=values))
            return True

        _making(link, impose, entry)

    def lift(
        self, link: Link, room: str, kind: SanctionKind, target: str, entry: AuditEntry
    ) -> bool:
        """See ModerationStore.lift."""
        its = [sanctions.c.room == room, sanctions.c.kind == kind, sanctions.c.target == target]

        def lift(connection: Connection, revision: int) -> bool:
            change = update(sanctions).where(*its, ~sanctions.c.is_lifted)
            change = change.values(is_lifted=True, revision=revision)
            return connection.execute(change).rowcount == 1

        return _making(link, lift, entry)

    def note(self, link: Link, entry: AuditEntry) -> None:
        """See ModerationStore.note."""
        changing(link, lambda connection: note(connection, entry))

    def forget_entries(self, link: Link, older_than: int) -> int:
        """See ModerationStore.forget_entries."""
        front = select(audit.c.number, audit.c.at).order_by(audit.c.number).limit(FORGET_ENTRIES)

        def forget(connection: Connection) -> int:
            rows: list[Any] = [*connection.execute(front)]
            old = [*takewhile(lambda row: row.at < older_than, rows)]
            if old:
                connection.execute(delete(audit).where(audit.c.number <= old[-1].number))
            return len(old)

        return changing(link, forget)

    def audited(self, link: Link, rooms: Collection[str] | None, since: int = 0) -> int:
        """See ModerationStore.audited."""
        many = select(func.count()).select_from(audit).where(*_meant(rooms, since))
        return link.ask(lambda connection: connection.scalar(many) or 0)

    def audit(
        self,
        link: Link,
        rooms: Collection[str] | None,
        count: int,
        before: int | None = None,
        since: int = 0,
    ) -> list[AuditEntry]:
        """See ModerationStore.audit."""
        its = _meant(rooms, since)
        many = select(func.count()).select_from(audit).where(*its)
        found = select(*ENTRY).where(*its).order_by(audit.c.number)

        def ask(connection: Connection) -> list[AuditEntry]:
            end = connection.scalar(many) or 0
            end = end if before is None else min(end, max(0, before - 1))
            start = max(0, end - count)
            rows = connection.execute(found.offset(start).limit(end - start))
            entries = [mended_entry(AuditEntry(*row)) for row in rows]
            return [replace(each, number=at) for at, each in enumerate(entries, start + 1)]

        return link.ask(ask)


def _meant(rooms: Collection[str] | None, since: int) -> list[ColumnElement[bool]]:
    """Which entries of the log are about these rooms, or about all, since a time."""
    its: list[ColumnElement[bool]] = [] if rooms is None else [audit.c.room.in_(rooms)]
    return [audit.c.at >= since, *its] if since else its


def put_kept(connection: Connection, flavour: Flavour, wanted: Kept, revision: int) -> bool:
    """Keep a room, in this transaction; not if somebody else was quicker."""
    values = {column.name: getattr(wanted, column.name) for column in KEPT}
    values |= {"revision": revision, "decisions": as_json(wanted.decisions)}
    if wanted.revision:
        same = [kept.c.key == wanted.key, kept.c.revision == wanted.revision]
        change: Any = update(kept).where(*same).values(values)
    else:
        change = flavour.insert_into(kept).values(values)
        change = change.on_conflict_do_nothing(index_elements=[kept.c.key])
    id_ = connection.scalar(change.returning(kept.c.id))
    if id_ is not None:
        _put_holders(connection, id_, wanted.holders)
    return id_ is not None


def _put_holders(connection: Connection, id_: int, wanted: Sequence[Holder]) -> None:
    found = select(*HOLDER).where(holders.c.kept_id == id_).order_by(holders.c.id)
    if [Holder(*row) for row in connection.execute(found)] == list(wanted):
        return
    connection.execute(delete(holders).where(holders.c.kept_id == id_))
    rows = [msgspec.structs.asdict(holder) | {"kept_id": id_} for holder in wanted]
    if rows:
        connection.execute(insert(holders), rows)


def next_revision(connection: Connection) -> int:
    """The number of the change of kept rooms or sanctions that is being made. Nobody else makes one
    until the end of the transaction."""
    lock = select(moderation_changes.c.revision).with_for_update()
    return int(connection.scalars(lock).one()) + 1


def new_origin() -> int:
    """What tells a state of kept rooms from all others that its numbers were used in."""
    return int.from_bytes(os.urandom(7), "big")


def made(connection: Connection, revision: int) -> None:
    """The change with that number was made."""
    connection.execute(update(moderation_changes).values(revision=revision))


def kept_rooms(connection: Connection, *where: ColumnElement[bool]) -> list[Kept]:
    """Those of which that is true, in the order in which they were changed last."""
    found = select(kept.c.id, *KEPT, *HOLDER).outerjoin_from(kept, holders).where(*where)
    found = found.order_by(kept.c.revision, kept.c.id, holders.c.id)
    many = 1 + len(KEPT)
    rows = groupby(connection.execute(found), key=lambda row: tuple(row[:many]))
    return [_kept(row[1:], [each[many:] for each in its]) for row, its in rows]


def _kept(values: Sequence[Any], held: Sequence[Any]) -> Kept:
    names = [column.name for column in KEPT]
    by = tuple(Holder(*row) for row in held if row[0] is not None)
    named = dict(zip(names, values, strict=True))
    decisions = _DECISIONS.decode(named.pop("decisions"))
    return mended_room(Kept(**named, holders=by, decisions=decisions))


def as_json(decisions: Sequence[Decision]) -> str:
    """What was decided about a room, as its column has it."""
    return msgspec.json.encode(decisions).decode()


def imposed(connection: Connection, *where: ColumnElement[bool]) -> list[Sanction]:
    """Those of which that is true, in the order in which they were changed last. What an earlier
    version has imported and nobody could impose, like a ban of everybody, does not hold."""
    found = select(*SANCTION).where(*where).order_by(sanctions.c.revision)
    rows = (mended_sanction(Sanction(*row)) for row in connection.execute(found))
    return [each for each in rows if each is not None]


def _making(link: Link, job: Job, entry: AuditEntry) -> bool:
    """Make a change of a kept room or a sanction, with its entry in the log."""

    def make(connection: Connection) -> bool:
        revision = next_revision(connection)
        is_made = job(connection, revision)
        if is_made:
            made(connection, revision)
            note(connection, entry)
        return is_made

    return changing(link, make)


def _changes(connection: Connection, after: tuple[int, int] | None) -> RoomChanges:
    row = connection.execute(select(*moderation_changes.c)).one()
    now = (row.revision, row.origin)
    if now == after:
        return RoomChanges(now, [], [], is_all=False)
    if after is None or now[1] != after[1] or now[0] < after[0]:
        all_ = kept_rooms(connection), imposed(connection, ~sanctions.c.is_lifted)
        return RoomChanges(now, *all_, is_all=True)
    rooms = kept_rooms(connection, kept.c.revision > after[0])
    changed = imposed(connection, sanctions.c.revision > after[0])
    return RoomChanges(now, rooms, changed, is_all=False)
