"""Writes the audit log, in the transaction of what it tells of. Blocks; knows no threads."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, insert, select

from chat.history.room_records import AuditEntry
from chat.history.sql.schema import audit


def note(connection: Connection, entry: AuditEntry) -> None:
    """Write an entry in the audit log, in this transaction. Whatever the clock does, it is no older
    than the one before it."""
    latest = select(audit.c.at).order_by(audit.c.number.desc()).limit(1)
    at = max(entry.at, connection.scalar(latest) or 0)
    put_entry(connection, msgspec.structs.replace(entry, at=at))


def put_entry(connection: Connection, entry: AuditEntry) -> None:
    """Write an entry in the audit log as it is, in this transaction."""
    values = msgspec.structs.asdict(entry)
    del values["number"]
    connection.execute(insert(audit).values(values))
