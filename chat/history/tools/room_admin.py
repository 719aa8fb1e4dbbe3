"""Rooms, bans and mutes, looked after beside a server that runs. Blocks; knows no command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, select

from chat.history.account_records import Record
from chat.history.room_records import (
    ADMIN,
    HIGHEST,
    SERVER,
    Holder,
    Kept,
    Sanction,
    SanctionKind,
)
from chat.history.sql.link import Link
from chat.history.sql.schema import accounts, holders, kept, rooms
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.store import StoreError
from chat.history.tools.access import patient_link
from chat.history.tools.account_admin import admins_entry
from chat.history.tools.room_keys import numbered, shown_key, twins_of
from chat.vocabulary.limits import AGAIN
from chat.vocabulary.names import Name, key_of, room_name, twin
from chat.vocabulary.times import rfc3339

DONE: Final[dict[SanctionKind, str]] = {"ban": "banned", "mute": "muted"}
"""What somebody is then."""

_HELD: Final = select(holders.c.id).where(holders.c.kept_id == kept.c.id).exists()
_SHUT: Final = select(kept.c.key).where(kept.c.is_private, ~_HELD)
"""Private rooms that were given back: nobody comes there any more."""


class Terms(NamedTuple):
    """How somebody is banned or muted: for so many seconds, 0 for good; and why, maybe empty."""

    seconds: int = 0
    reason: str = ""


class RoomAdmin:
    """Keeps order in the rooms of a store. Every method raises StoreError."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tables = RoomTables(link.flavour)

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[RoomAdmin]:
        """That of a store that is there already."""
        with patient_link(url) as link:
            yield cls(link)

    def room(self, word: str) -> Name:
        """The room that is called so: see `find_room`."""
        return self._link.ask(lambda connection: find_room(connection, word))

    def impose(self, kind: SanctionKind, room: Name, target: Name, terms: Terms) -> None:
        """Ban or mute a username, or a network, in a room or on the whole server. target: how it is
        told, and what the store calls it."""
        now = _now()
        until = now + 1000 * terms.seconds if terms.seconds else 0
        length = f"until {rfc3339(until)}" if until else "for good"
        text = f"{length}: {terms.reason}" if terms.reason else length
        sanction = Sanction(
            room.key,
            kind,
            target.key,
            target.shown,
            until,
            terms.reason,
            ADMIN,
            now,
            rank=HIGHEST,
        )
        entry = admins_entry(kind.upper(), target.shown, text, room)
        self._tables.impose(self._link, sanction, entry)

    def addresses(self, kind: SanctionKind, room: Name, word: str) -> list[Name]:
        """What holds against the address that a user came from, which is told as @alice: how it is
        told, and what the store calls it; mostly one."""
        found = self.sanctions(kind, room)
        return [Name(e.shown, e.target) for e in found if key_of(e.shown) == key_of(word)]

    def lift(self, kind: SanctionKind, room: Name, target: Name) -> None:
        """Lift that."""
        entry = admins_entry(f"UN{kind.upper()}", target.shown, room=room)
        if not self._tables.lift(self._link, room.key, kind, target.key, entry):
            place = "" if room.key == SERVER else f" in {shown_key(room.key)}"
            raise StoreError(f"{target.shown} is not {DONE[kind]}{place}")

    def sanctions(self, kind: SanctionKind, room: Name | None) -> list[Sanction]:
        """Those that hold now, in a room or everywhere; by room, the oldest first."""
        now = _now()
        found = [
            each
            for each in self._tables.changes(self._link, None).sanctions
            if each.kind == kind
            and not each.is_lifted
            and (not each.until or each.until > now)
            and (room is None or each.room == room.key)
        ]
        return sorted(found, key=lambda each: (each.room, each.at, each.target))

    def rooms(self) -> list[Kept]:
        """All rooms of which something is kept, by key."""
        found = [
            each
            for each in self._all_kept()
            if each.key != SERVER and each != Kept(each.key, each.name, revision=each.revision)
        ]
        return sorted(found, key=lambda each: each.key)

    def give(self, word: str, record: Record, is_new: bool = False) -> Name:
        """Make an account the owner of a room, which is returned. Whose it was before moderates it.
        is_new: nobody keeps it yet, and nothing was said there."""
        found = self._link.ask(lambda connection: _named(connection, word))
        if is_new and found:
            raise StoreError(f"there is a room {word} already: leave --new out")
        if found is None and "/" in word:
            raise StoreError(_missing(word))
        if found is None and not is_new:
            raise StoreError(f"{_missing(word)} (--new makes it)")
        name = found or room_name(word)
        for _ in range(AGAIN):
            before = self._kept(name)
            claimed = before.claimed if before.holders else _now()
            heirs = self._link.ask(_heirs(before, record))
            after = replace(before, holders=heirs, claimed=claimed, offered="", offered_since=0)
            if self._tables.keep(self._link, after, admins_entry("GIVE", record.name, room=name)):
                return name
        raise StoreError(f"somebody else changes {name.shown} just now: try again")

    def _kept(self, name: Name) -> Kept:
        found = (each for each in self._all_kept() if each.key == name.key)
        return next(found, Kept(name.key, name.shown))

    def _all_kept(self) -> list[Kept]:
        return self._tables.changes(self._link, None).kept


def find_room(connection: Connection, word: str) -> Name:
    """The room that is called so, by its name, or by its key as `shown_key` writes it. Raises
    StoreError, if there is none, or more than one; ChatError: missing-room, invalid-room."""
    name = _named(connection, word)
    if name is None:
        raise StoreError(_missing(word))
    return name


def _missing(word: str) -> str:
    return f"there is no room {word}: nobody keeps it, and nothing was said there"


def _heirs(before: Kept, record: Record) -> Callable[[Connection], tuple[Holder, ...]]:
    """Who holds a room once that account owns it. An owner whose account is gone holds nothing."""
    theirs = select(accounts.c.id).where(accounts.c.is_owned)

    def is_there(connection: Connection, holder: Holder) -> bool:
        its = theirs.where(accounts.c.key == holder.key, accounts.c.since == holder.since)
        return connection.scalar(its) is not None

    def heirs(connection: Connection) -> tuple[Holder, ...]:
        owner = Holder(record.key, record.name, record.since, "owner")
        others = [each for each in before.holders if each.key != record.key]
        left = [each for each in others if each.standing != "owner" or is_there(connection, each)]
        return owner, *(
            replace(each, standing="moderator") if each.standing == "owner" else each
            for each in left
        )

    return heirs


def _named(connection: Connection, word: str) -> Name | None:
    """The room that is called so, if there is one. Raises StoreError, ChatError."""
    named, number = numbered(word)
    if "/" in named:  # what stands behind it is no number
        return None
    name = room_name(named)
    found = _rooms_of(connection, name)
    if named != word:
        key = twin(name.key, number)
        return Name(found[key], key) if key in found else None
    if len(found) > 1:
        shut = set(connection.scalars(_SHUT))
        found = {key: shown for key, shown in found.items() if key not in shut} or found
        held = set(connection.scalars(select(kept.c.key).where(_HELD, ~kept.c.is_private)))
        found = {key: shown for key, shown in found.items() if key in held} or found
    if len(found) > 1:
        keys = [shown_key(key, len(found)) for key in sorted(found)]
        raise StoreError(f"there are {len(found)} rooms {name.shown}: say {' or '.join(keys)}")
    return next((Name(shown, key) for key, shown in found.items()), None)


def _rooms_of(connection: Connection, name: Name) -> dict[str, str]:
    """The names of all rooms that have that name, by their keys."""
    twins = twins_of(name.key)
    found: dict[str, str] = {}
    for table in (rooms, kept):
        its = (table.c.key == name.key) | table.c.key.startswith(twins, autoescape=True)
        question = select(*table.c["key", "name"]).where(its)
        found |= {row.key: row.name for row in connection.execute(question)}
    return found


def _now() -> int:
    return int(time.time() * 1000)
