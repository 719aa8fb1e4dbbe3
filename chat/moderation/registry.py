"""Which rooms are kept, by whom and how, and who is banned or muted: all of it, in memory. Asks a
store what has changed, and changes nothing there; knows nobody who is here."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from heapq import nsmallest
from typing import Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chat.accounts.directory import Account
from chat.history.poller import Poller
from chat.history.room_records import (
    SERVER,
    Holder,
    Kept,
    ModerationStore,
    RoomChanges,
    Sanction,
    is_only_topic,
)
from chat.moderation.sanctions import Sanctions, holds
from chat.vocabulary.clock import Clock
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.limits import ACCOUNTS_PER_STEP, SANCTIONS_MOST
from chat.vocabulary.names import base_of, twin

log = Logger()

_NONE: Final = Sanctions()
"""The sanctions of a room where there are none."""


class Registry:
    """The rooms and sanctions that hold, as of less than a second ago: see chat.history.poller.

    store: keeps them. clock: for the waiting. now: the time in seconds since 1970 UTC.
    """

    def __init__(self, store: ModerationStore, clock: Clock, now: Callable[[], float]) -> None:
        self.kept_changed: Callable[[Kept, Kept], object] = _nobody
        """Called with what was kept of a room, and what is."""
        self.sanction_changed: Callable[[Sanction], object] = _nobody
        """Called when somebody is banned or muted, or that is lifted."""
        self._store = store
        self._now = now
        self._looking = Poller(self._ask, self._take, clock, "changes of rooms and sanctions")
        self.load = self._looking.load
        self.start = self._looking.start
        self.stop = self._looking.stop
        self._kept: dict[str, Kept] = {}
        self._holders: dict[str, dict[str, Holder]] = {}
        self._rooms_of: dict[str, set[str]] = {}  # where an account, by key, has a standing
        self._listed: dict[str, Kept] = {}  # the rooms of which everybody may know
        self._likenesses = Likenesses()  # of these
        self._topics = 0  # of rooms without holders
        # Of a name the same is looked up whether there is a private room of that name or not, or it
        # could be told by the time that takes.
        self._twins: dict[str, list[str]] = {}  # by name: keys, where a room of it is not public
        self._public: dict[str, str] = {}  # by name: the key of the public one, where it is another
        self._known: dict[tuple[str, str], list[str]] = {}  # by account and name: private rooms
        self._soonest = math.inf  # when the next sanction ends, in ms
        self._ended: dict[tuple[str, str, str], Sanction] = {}  # they hold if the clock goes back
        self._latest = -math.inf  # until when it is known that they have ended
        self._sanctions: dict[str, Sanctions] = {}

    # Rooms

    def kept(self, key: str, name: str = "") -> Kept:
        """What is kept of a room; where nothing is, an empty record with that name."""
        return self._kept.get(key) or Kept(key, name)

    def public_rooms(self) -> list[str]:
        """The keys of all rooms that are somebody's, and of which everybody may know."""
        return list(self._listed)

    def alike(self, shown: str) -> set[str]:
        """The keys of the names of such rooms that look like that one, and are others."""
        return self._likenesses.others(shown)

    def private_of(self, account: Account) -> list[str]:
        """The keys of the private rooms in which an account has a standing."""
        keys = self._rooms_of.get(account.key, ())
        return [key for key in keys if self.is_private(key) and self.holder(key, account)]

    def holder(self, key: str, account: Account) -> Holder | None:
        """An account as a room has it; None where it has no standing there."""
        holder = self._holders[key].get(account.key) if key in self._holders else None
        return holder if holder and holder.since == account.since else None

    def held_by(self, account: Account) -> list[Holder]:
        """An account as each room has it in which it has a standing."""
        found = (self.holder(key, account) for key in self._rooms_of.get(account.key, ()))
        return [holder for holder in found if holder]

    @property
    def topics(self) -> int:
        """Of how many rooms a topic is all that is kept, or that there was one."""
        return self._topics

    def topics_to_forget(self, open_rooms: Container[str], most: int) -> list[str]:
        """The keys of at most so many of these rooms that are not open: those of which it is
        longest ago that somebody has given them a topic."""
        found = [
            each
            for each in self._kept.values()
            if is_only_topic(each) and each.key not in open_rooms
        ]
        return [each.key for each in nsmallest(most, found, key=lambda each: each.topic_at)]

    def is_private(self, key: str) -> bool:
        """Whether only its holders know of a room."""
        kept = self._kept.get(key)
        return kept is not None and kept.is_private

    def private(self, account: Account, name_key: str) -> list[str]:
        """The keys of the private rooms with that name in which an account has a standing."""
        keys = self._known.get((account.key, name_key), ())
        return [key for key in keys if self.holder(key, account)]

    def public(self, name_key: str) -> str:
        """The key of the room that everybody means by a name.

        A private room keeps its key: whoever does not know of it finds another room.
        """
        return self._public.get(name_key, name_key)

    def _find_public(self, name_key: str) -> str:
        keys: list[str] = [name_key, *self._twins.get(name_key, ())]
        for key in keys:
            kept = self._kept.get(key)
            if kept and not kept.is_private and (kept.holders or kept.topic):
                return key
        key, number = name_key, 0
        while self.is_private(key):
            number += 1
            key = twin(name_key, number)
        return key

    # Sanctions

    def sanctions(self, room: str = SERVER) -> Sanctions:
        """The sanctions that hold, or have held, in a room."""
        return self._sanctions.get(room, _NONE)

    # Changes

    def _ask(self, after: tuple[int, int] | None) -> Deferred[RoomChanges]:
        self._end_sanctions()
        return self._store.changes(after)

    def _end_sanctions(self) -> None:
        """The sanctions whose time is over hold no longer; where the clock has gone back, again."""
        at = self._now() * 1000
        for each in list(self._ended.values()) if at < self._latest else ():
            if holds(each, int(at)):
                self._note_sanction(each)
        self._latest = at
        if at < self._soonest:
            return
        known = [each for sanctions in self._sanctions.values() for each in sanctions]
        for each in known:
            if not holds(each, int(at)):
                self._note_sanction(replace(each, is_lifted=True))
                self._ended[_name(each)] = each
        while len(self._ended) > SANCTIONS_MOST:
            del self._ended[next(iter(self._ended))]
        ends = [each.until for sanctions in self._sanctions.values() for each in sanctions]
        self._soonest = min((end for end in ends if end), default=math.inf)

    def _take(self, changes: RoomChanges) -> Iterator[None]:
        """Know what has changed, in steps."""
        gone = {*self._kept} if changes.is_all else set()
        for number, kept in enumerate(changes.kept, 1):
            gone.discard(kept.key)
            self._note(kept)
            if number % ACCOUNTS_PER_STEP == 0:
                yield
        for key in gone:
            self._note(Kept(key, self._kept[key].name))
        for lifted in self._vanished(changes) if changes.is_all else ():
            self._note_sanction(lifted)
        for number, sanction in enumerate(changes.sanctions, 1):
            self._note_sanction(sanction)
            if number % ACCOUNTS_PER_STEP == 0:
                yield

    def _note(self, kept: Kept) -> None:
        before = self._kept.get(kept.key) or Kept(kept.key, kept.name)
        if kept == before:
            return
        if kept.revision:
            self._kept[kept.key] = kept
        else:
            self._kept.pop(kept.key, None)
        self._topics += is_only_topic(kept) - is_only_topic(before)
        name_key = base_of(kept.key)
        if listed := self._listed.pop(kept.key, None):
            self._likenesses.remove(listed.name)
        if kept.holders and not kept.is_private:
            self._listed[kept.key] = kept
            self._likenesses.add(kept.name)
        self._note_holders(before, kept, name_key)
        others = [key for key in self._twins.get(name_key, ()) if key != kept.key]
        if kept.is_private or kept.key != name_key:
            others.append(kept.key)
        if others:
            self._twins[name_key] = sorted(others)
        else:
            self._twins.pop(name_key, None)
        public = self._find_public(name_key)
        if public != name_key:
            self._public[name_key] = public
        else:
            self._public.pop(name_key, None)
        self._tell(self.kept_changed, before, kept)

    def _note_holders(self, before: Kept, kept: Kept, name_key: str) -> None:
        for holder in before.holders if before.is_private else ():
            known = self._known[holder.key, name_key]
            known.remove(kept.key)
            if not known:
                del self._known[holder.key, name_key]
        for holder in kept.holders if kept.is_private else ():
            known = self._known.setdefault((holder.key, name_key), [])
            known.append(kept.key)
            known.sort()
        for holder in before.holders:
            rooms = self._rooms_of[holder.key]
            rooms.discard(kept.key)
            if not rooms:
                del self._rooms_of[holder.key]
        for holder in kept.holders:
            self._rooms_of.setdefault(holder.key, set()).add(kept.key)
        if kept.holders:
            self._holders[kept.key] = {holder.key: holder for holder in kept.holders}
        else:
            self._holders.pop(kept.key, None)

    def _vanished(self, changes: RoomChanges) -> list[Sanction]:
        """The sanctions that were known and are not there any more, as lifted ones."""
        there = {_name(each) for each in changes.sanctions}
        known = [each for sanctions in self._sanctions.values() for each in sanctions]
        self._ended.clear()
        gone = [each for each in known if _name(each) not in there]
        return [replace(each, is_lifted=True) for each in gone]

    def _note_sanction(self, sanction: Sanction) -> None:
        self._ended.pop(_name(sanction), None)
        sanctions = self._sanctions.setdefault(sanction.room, Sanctions())
        if sanction.is_lifted:
            sanctions.remove(sanction.kind, sanction.target)
        elif sanction in sanctions:
            return
        else:
            sanctions.add(sanction)
            self._soonest = min(self._soonest, sanction.until or math.inf)
        if not sanctions:
            del self._sanctions[sanction.room]
        self._tell(self.sanction_changed, sanction)

    def _tell(self, callback: Callable[..., object], *what: object) -> None:
        try:
            callback(*what)
        except Exception:
            log.failure("a change of a room, or of who is banned, could not be seen to")


def _name(sanction: Sanction) -> tuple[str, str, str]:
    """What tells a sanction from others: there is one of a kind against a target in a room."""
    return sanction.room, sanction.kind, sanction.target


def _nobody(*_: object) -> None:
    """Nobody is here."""
