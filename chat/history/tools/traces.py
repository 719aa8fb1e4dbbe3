"""What one person is in rooms and has done there: found, and forgotten. Blocks; knows no messages,
and no command line."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Column, Connection, and_, delete, or_, select, update
from sqlalchemy.sql import ColumnElement

from chat.history.account_records import Record
from chat.history.room_records import AuditEntry
from chat.history.sql.schema import audit, hidden, hidings, holders, kept, sanctions
from chat.history.sql.tables.room_tables import (
    ENTRY,
    NO_DECISIONS,
    as_json,
    kept_rooms,
    made,
    next_revision,
)
from chat.history.store import DELETED_USER
from chat.history.upkeep.mending import mended_entry
from chat.vocabulary.names import key_of

_ADDRESS_OF: Final = "@"
"""Before a username it is the address that somebody came from."""


def standings(record: Record, connection: Connection) -> list[dict[str, Any]]:
    """What an account is in rooms, to be written out."""
    found = select(*kept.c["key", "name"], holders.c.standing).join_from(kept, holders)
    its = and_(holders.c.key == record.key, holders.c.since == record.since)
    rows: Any = connection.execute(found.where(its).order_by(kept.c.key))
    return [{"room": key, "name": name, "standing": standing} for key, name, standing in rows]


def entries(record: Record, connection: Connection) -> list[dict[str, Any]]:
    """What an account has done by the audit log, to be written out."""
    found = select(*ENTRY).where(_named(connection, record, audit.c.by)).order_by(audit.c.number)
    rows: Any = connection.execute(found)
    made_by = [msgspec.structs.asdict(mended_entry(AuditEntry(*row))) for row in rows]
    return [{"audit": entry.pop("number"), **entry} for entry in made_by]


def forget(connection: Connection, record: Record) -> None:
    """An account holds nothing in any room any more, and its name is gone from the audit log, from
    the topics that it has set, and from what it has imposed. What is imposed on the name stays, as
    long as it holds."""
    revision = next_revision(connection)
    rooms = select(holders.c.kept_id).where(holders.c.key == record.key)
    connection.execute(update(kept).where(kept.c.id.in_(rooms)).values(revision=revision))
    connection.execute(delete(holders).where(holders.c.key == record.key))
    change = update(kept).where(kept.c.offered == record.key)
    connection.execute(change.values(offered="", offered_since=0, revision=revision))
    for column in (audit.c.by, audit.c.target):
        change = update(audit).where(_named(connection, record, column))
        connection.execute(change.values({column: DELETED_USER}))
    change = update(kept).where(_named(connection, record, kept.c.topic_by, kept.c.topic_at))
    connection.execute(change.values(topic_by=DELETED_USER, revision=revision))
    _forget_decisions(connection, record, revision)
    for table in (hidden, hidings):
        change = update(table).where(_named(connection, record, table.c.by))
        connection.execute(change.values(by=DELETED_USER))
    change = update(sanctions).where(_named(connection, record, sanctions.c.by))
    connection.execute(change.values(by=DELETED_USER, revision=revision))
    is_over = sanctions.c.is_lifted | sanctions.c.until.between(1, int(time.time() * 1000))
    is_its = or_(sanctions.c.target == record.key, _named(connection, record, sanctions.c.shown))
    connection.execute(delete(sanctions).where(is_over, is_its))
    made(connection, revision)


def _forget_decisions(connection: Connection, record: Record, revision: int) -> None:
    """What somebody has decided over rooms stays, without their name; what was decided about them
    does not."""
    for room in kept_rooms(connection, kept.c.decisions != NO_DECISIONS):
        left = [each for each in room.decisions if each.what != f"@{record.key}"]
        left = [
            replace(each, by=DELETED_USER) if key_of(each.by) == record.key else each
            for each in left
        ]
        if left != list(room.decisions):
            change = update(kept).where(kept.c.key == room.key)
            connection.execute(change.values(decisions=as_json(left), revision=revision))


def _named(
    connection: Connection, record: Record, column: Column[Any], at: Column[int] | None = None
) -> ColumnElement[bool]:
    """Where somebody is called by that name, since it is the account's. at: when that was."""
    since = (column.table.c.at if at is None else at) >= record.since
    words = connection.scalars(select(column).where(since).distinct())
    names = [word for word in words if key_of(word.removeprefix(_ADDRESS_OF)) == record.key]
    return and_(since, column.in_(names))
