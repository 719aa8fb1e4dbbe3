"""What there is about rooms and beside messages, carried from one store to another. Knows neither
files nor numbers of messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, insert, select

from chat.history.room_records import HIGHEST, AuditEntry, Kept, Sanction
from chat.history.sql.flavours import Flavour
from chat.history.sql.schema import audit, earlier, hidden, kept, sanctions
from chat.history.sql.tables.audit_log import put_entry
from chat.history.sql.tables.room_tables import (
    ENTRY,
    imposed,
    kept_rooms,
    made,
    next_revision,
    put_kept,
)
from chat.history.store import StoreError
from chat.history.upkeep.mending import mended_entry
from chat.vocabulary.shape import Moment

Thing = Kept | Sanction | AuditEntry
"""Something about a room: without its revision, or its number in the log, which each store has its
own of."""


class Rule(NamedTuple):
    """A thing that is to be stored, and the line of a file that it came in; 0 for none."""

    thing: Thing
    at: int = 0


class About(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """Something about a room as a line of JSON."""

    kept: Kept | None = None
    sanction: Sanction | None = None
    audit: AuditEntry | None = None


class Before(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that a message had before. at: until when, in ms since 1970 UTC."""

    at: Moment
    text: str


class Beside(Struct, frozen=True):
    """What there is beside a message. hidden: since when it is not shown, in ms since 1970 UTC;
    None where it is. taken_back: by its author. hidden_by, hidden_rank: by whom, and in which
    role."""

    hidden: int | None = None
    taken_back: bool = False
    hidden_by: str = ""
    hidden_rank: int = HIGHEST
    earlier: tuple[Before, ...] = ()


def about(thing: Thing) -> About:
    """A line of it."""
    if isinstance(thing, Kept):
        return About(kept=thing)
    return About(sanction=thing) if isinstance(thing, Sanction) else About(audit=thing)


def rules(room: str | None, connection: Connection) -> list[Thing]:
    """What is kept of a room, by its key, or of all, and the sanctions that hold there, in an order
    that is always the same."""
    rooms = kept_rooms(connection, *([] if room is None else [kept.c.key == room]))
    its = [] if room is None else [sanctions.c.room == room]
    found = imposed(connection, ~sanctions.c.is_lifted, *its)
    return [
        *(replace(each, revision=0) for each in sorted(rooms, key=lambda each: each.key)),
        *sorted(found, key=lambda each: (each.room, each.kind, each.target)),
    ]


def entries(room: str | None, after: int, most: int, connection: Connection) -> list[AuditEntry]:
    """Entries of the log about a room, or all, behind a number; with their numbers."""
    found = select(*ENTRY).where(audit.c.number > after).order_by(audit.c.number).limit(most)
    if room is not None:
        found = found.where(audit.c.room == room)
    return [mended_entry(AuditEntry(*row)) for row in connection.execute(found)]


def put(connection: Connection, flavour: Flavour, rules: Sequence[Rule]) -> None:
    """Store those that are not there yet, in this transaction. Raises StoreError."""
    revision = next_revision(connection)
    _put_entries(connection, [thing for thing, _ in rules if isinstance(thing, AuditEntry)])
    for thing, at in rules:
        if isinstance(thing, Kept):
            _put_room(connection, flavour, thing, revision, f"line {at}: " if at else "")
        elif isinstance(thing, Sanction):
            _put_sanction(connection, flavour, thing, revision)
    made(connection, revision)


def beside(ids: Collection[int], connection: Connection) -> dict[int, Beside]:
    """What there is beside those of these messages where there is something."""
    if not ids:
        return {}
    first, last = min(ids), max(ids)
    found: dict[int, Beside] = {}
    columns = hidden.c["message_id", "at", "is_taken_back", "by", "rank"]
    withdrawn = select(*columns).where(hidden.c.message_id.between(first, last))
    for id_, *how in connection.execute(withdrawn):
        found[id_] = Beside(*how)
    its = earlier.c.message_id.between(first, last)
    texts = select(*earlier.c["message_id", "at", "text"]).where(its).order_by(earlier.c.id)
    for id_, at, text in connection.execute(texts):
        before = found.get(id_, Beside())
        found[id_] = replace(before, earlier=(*before.earlier, Before(at, text)))
    return found


def put_beside(
    connection: Connection, flavour: Flavour, found: Iterable[tuple[Mapping[str, Any], Beside]]
) -> None:
    """Store what there is beside messages that are new, in this transaction. Of a message: its
    message_id, room_id, number and name."""
    withdrawn, texts = [], []
    for message, its in found:
        if its.hidden is not None:
            how: dict[str, Any] = {"at": its.hidden, "is_taken_back": its.taken_back}
            how |= {"by": its.hidden_by, "rank": its.hidden_rank}
            withdrawn.append({**message, **how})
        id_ = message["message_id"]
        texts += [{"message_id": id_, "at": each.at, "text": each.text} for each in its.earlier]
    if withdrawn:
        connection.execute(insert(hidden), withdrawn)
        flavour.hidden(connection.connection.driver_connection, len(withdrawn))
    if texts:
        connection.execute(insert(earlier), texts)


def _put_room(
    connection: Connection, flavour: Flavour, room: Kept, revision: int, where: str
) -> None:
    if not put_kept(connection, flavour, replace(room, revision=0), revision):
        (there,) = kept_rooms(connection, kept.c.key == room.key)
        if _owner(there) != _owner(room):
            raise StoreError(f"{where}room {room.name}: somebody else keeps it there")


def _put_sanction(
    connection: Connection, flavour: Flavour, sanction: Sanction, revision: int
) -> None:
    values = msgspec.structs.asdict(sanction) | {"revision": revision}
    connection.execute(flavour.insert_into(sanctions).values(values).on_conflict_do_nothing())


def _put_entries(connection: Connection, log: Sequence[AuditEntry]) -> None:
    """The same act of the same moment is the same entry."""
    if not log:
        return
    times = [entry.at for entry in log]
    found = select(*ENTRY).where(audit.c.at.between(min(times), max(times)))
    rows: Iterable[Any] = connection.execute(found)
    there = Counter(replace(mended_entry(AuditEntry(*row)), number=0) for row in rows)
    missing = Counter(replace(entry, number=0) for entry in log) - there
    for entry in missing.elements():
        put_entry(connection, entry)


def _owner(room: Kept) -> tuple[str, int] | None:
    owners = (each for each in room.holders if each.standing == "owner")
    return next(((each.key, each.since) for each in owners), None)
