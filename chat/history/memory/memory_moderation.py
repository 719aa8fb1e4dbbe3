"""Kept rooms, sanctions and hidden messages that are forgotten when the server stops. Knows no
messages but what it is shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed

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
    is_edited_out,
    is_only_topic,
)
from chat.vocabulary.events import Said
from chat.vocabulary.limits import AUDIT_ENTRIES
from chat.vocabulary.names import key_of
from chat.vocabulary.pieces import page_of
from chat.vocabulary.text import size_of

_WITHDRAWN_BYTES = 512
"""What a hidden message, or an earlier text, costs in memory besides the text, about."""


class Hiding(Struct, frozen=True):
    """A message is hidden. at: since when, in ms since 1970 UTC. is_taken_back: by its author.
    rank, by: in which role, and by whom."""

    author: str
    at: int
    is_taken_back: bool
    rank: int = 0
    by: str = ""

    def is_among(self, which: Withdrawn) -> bool:
        """Whether it is one of these."""
        is_theirs = which.author in (None, self.author) and self.author != which.but
        is_own = self.by == which.own != "" and self.at >= which.own_since
        is_below = (self.rank <= which.most or is_own) and self.at >= which.since
        return is_theirs and is_below and not self.is_taken_back


class _Changed:
    """What there is about the messages of a room, by their numbers."""

    __slots__ = ("earlier", "hidden")

    def __init__(self) -> None:
        self.hidden: dict[int, Hiding] = {}
        self.earlier: dict[int, list[Earlier]] = {}


class MemoryModeration:
    """Implements ModerationStore, at once.

    messages: what is kept of a room's, by its key, hidden or not, oldest first; their numbers have
        no holes.
    put: called with a room's key and a message that takes the place of the one with its number.
    grow: called with how many bytes more are taken, about.
    most: entries that are kept in the audit log.
    """

    def __init__(
        self,
        messages: Callable[[str], Sequence[Said]],
        put: Callable[[str, Said], object],
        grow: Callable[[int], object],
        most: int = AUDIT_ENTRIES,
    ) -> None:
        self._messages = messages
        self._put = put
        self._grow = grow
        self._revision = 0
        self._origin = 0  # another one where rooms were forgotten
        self._kept: dict[str, Kept] = {}
        self._sanctions: dict[tuple[str, str, str], tuple[int, Sanction]] = {}
        self._changed: dict[str, _Changed] = {}
        self._log: deque[AuditEntry] = deque(maxlen=most)
        self._logged = 0

    def hidden(self, room: str) -> Mapping[int, Hiding]:
        """The messages of a room that are not shown, by number."""
        changed = self._changed.get(room)
        return changed.hidden if changed else {}

    def forget(self, room: str, number: int) -> int:
        """A message is forgotten, and what is kept about it; how many bytes that was."""
        changed = self._changed.get(room)
        if changed is None:
            return 0
        size = sum(map(_size, changed.earlier.pop(number, ())))
        size += _WITHDRAWN_BYTES if changed.hidden.pop(number, None) else 0
        self._tidy(room)
        return size

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[RoomChanges]:
        """See ModerationStore. No sanction is ever removed."""
        if after and after[1] != self._origin:
            after = None
        seen = after[0] if after else 0
        kept = [each for each in self._kept.values() if each.revision > seen]
        kept.sort(key=lambda each: each.revision)
        imposed = sorted(self._sanctions.values(), key=itemgetter(0))
        sanctions = [each for at, each in imposed if at > seen]
        if after is None:
            sanctions = [each for each in sanctions if not each.is_lifted]
        revision = self._revision, self._origin
        return succeed(RoomChanges(revision, kept, sanctions, after is None))

    def keep(self, kept: Kept, entry: AuditEntry) -> Deferred[bool]:
        """See ModerationStore."""
        before = self._kept.get(kept.key)
        if kept.revision != (before.revision if before else 0):
            return succeed(False)
        self._kept[kept.key] = replace(kept, revision=self._next())
        return self.note(entry).addCallback(lambda _: True)

    def forget_rooms(self, keys: Collection[str]) -> Deferred[None]:
        """See ModerationStore."""
        gone = [key for key in keys if key in self._kept and is_only_topic(self._kept[key])]
        for key in gone:
            del self._kept[key]
        self._origin += bool(gone)
        return succeed(None)

    def impose(self, sanction: Sanction, entry: AuditEntry) -> Deferred[None]:
        """See ModerationStore."""
        of = (sanction.room, sanction.kind, sanction.target)
        self._sanctions[of] = (self._next(), sanction)
        return self.note(entry)

    def lift(self, room: str, kind: SanctionKind, target: str, entry: AuditEntry) -> Deferred[bool]:
        """See ModerationStore."""
        of = (room, kind, target)
        _, sanction = self._sanctions.get(of, (0, None))
        if sanction is None or sanction.is_lifted:
            return succeed(False)
        self._sanctions[of] = (self._next(), replace(sanction, is_lifted=True))
        return self.note(entry).addCallback(lambda _: True)

    def note(self, entry: AuditEntry) -> Deferred[None]:
        """See ModerationStore."""
        self._logged += 1
        at = max(entry.at, self._log[-1].at) if self._log else entry.at
        self._log.append(replace(entry, number=self._logged, at=at))
        return succeed(None)

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
        hidden = self.hidden(room)
        found: dict[int, Hiding] = {}
        raised: dict[int, Hiding] = {}
        for said in self._messages(room):
            key = key_of(said.user)
            is_theirs = (authors is None or key in authors) and key not in but
            if not is_theirs or said.at < since:
                continue
            before = hidden.get(said.number)
            if before is None:
                found[said.number] = Hiding(key, entry.at, False, rank, entry.by)
            elif before.rank < rank and not before.is_taken_back:
                raised[said.number] = replace(before, rank=rank, by=entry.by)
        if found or raised:
            self.note(entry)
            self._hide(room, found)
            self._changed[room].hidden.update(raised)
        return succeed(list(found))

    def unhide(self, room: str, which: Withdrawn, entry: AuditEntry) -> Deferred[list[int]]:
        """See ModerationStore."""
        numbers = [number for number, its in self.hidden(room).items() if its.is_among(which)]
        if numbers:
            self.note(entry)
            for number in numbers:
                del self._changed[room].hidden[number]
            self._tidy(room)
            self._grow(-_WITHDRAWN_BYTES * len(numbers))
        return succeed(sorted(numbers))

    def hidden_by(self, room: str, which: Withdrawn) -> Deferred[tuple[str, int] | None]:
        """See ModerationStore."""
        found = [each for each in self.hidden(room).values() if each.is_among(which)]
        highest = max(found, key=lambda each: each.rank, default=None)
        return succeed((highest.by, highest.rank) if highest else None)

    def take_back(
        self, room: str, number: int, author: Author, entry: AuditEntry
    ) -> Deferred[bool]:
        """See ModerationStore."""
        if self._shown(room, number, author) is None:
            return succeed(False)
        self.note(entry)
        self._hide(room, {number: Hiding(author.key, entry.at, is_taken_back=True)})
        return succeed(True)

    def edit(
        self, room: str, number: int, author: Author, text: str, entry: AuditEntry
    ) -> Deferred[Edit]:
        """See ModerationStore."""
        said = self._shown(room, number, author)
        if said is None:
            return succeed(Edit.REFUSED)
        of_room = self._changed.get(room)
        texts = of_room.earlier.get(number, ()) if of_room else ()
        if is_edited_out([each.text for each in texts]):
            return succeed(Edit.TOO_MANY)
        self.note(entry)
        before = Earlier(entry.at, said.text)
        changed = self._changed.setdefault(room, _Changed())
        changed.earlier.setdefault(number, []).append(before)
        self._put(room, replace(said, text=text))
        self._grow(_size(before))
        return succeed(Edit.MADE)

    def last_of(self, room: str, author: Author) -> Deferred[int]:
        """See ModerationStore."""
        hidden = self.hidden(room)
        for said in reversed(self._messages(room)):
            if _is_by(said, author) and said.number not in hidden:
                return succeed(said.number)
        return succeed(0)

    def earlier(
        self, room: str, number: int, since: int = 0, skip: int = 0
    ) -> Deferred[list[Earlier]]:
        """See ModerationStore."""
        changed = self._changed.get(room)
        if changed is None:
            return succeed([])
        texts = [*changed.earlier.get(number, ())]
        said = self._said(room, number)
        if said and (withdrawn := changed.hidden.get(number)):
            texts.append(Earlier(withdrawn.at, said.text))
        meant = [text for text in texts if text.at >= since]
        return succeed(page_of(meant[skip:]))

    def hidden_after(self, rooms: Mapping[str, int]) -> Deferred[dict[str, int]]:
        """See ModerationStore."""
        found = {
            room: sum(each > number for each in self._changed[room].hidden)
            for room, number in rooms.items()
            if room in self._changed
        }
        return succeed({room: many for room, many in found.items() if many})

    def forget_entries(self, older_than: int) -> Deferred[int]:
        """See ModerationStore."""
        before = len(self._log)
        while self._log and self._log[0].at < older_than:
            self._log.popleft()
        return succeed(before - len(self._log))

    def audited(self, rooms: Collection[str] | None, since: int = 0) -> Deferred[int]:
        """See ModerationStore."""
        return succeed(sum(1 for _ in self._entries(rooms, since)))

    def audit(
        self,
        rooms: Collection[str] | None,
        count: int,
        before: int | None = None,
        since: int = 0,
    ) -> Deferred[list[AuditEntry]]:
        """See ModerationStore."""
        entries = [*self._entries(rooms, since)]
        end = len(entries) if before is None else min(len(entries), max(0, before - 1))
        start = max(0, end - count)
        meant = enumerate(entries[start:end], start + 1)
        return succeed([replace(each, number=number) for number, each in meant])

    def _entries(self, rooms: Collection[str] | None, since: int) -> Iterator[AuditEntry]:
        found = (each for each in self._log if rooms is None or each.room in rooms)
        return (each for each in found if each.at >= since)

    def _next(self) -> int:
        self._revision += 1
        return self._revision

    def _hide(self, room: str, found: dict[int, Hiding]) -> None:
        self._changed.setdefault(room, _Changed()).hidden.update(found)
        self._grow(_WITHDRAWN_BYTES * len(found))

    def _tidy(self, room: str) -> None:
        changed = self._changed[room]
        if not changed.hidden and not changed.earlier:
            del self._changed[room]

    def _said(self, room: str, number: int) -> Said | None:
        messages = self._messages(room)
        at = number - messages[0].number if messages else -1
        return messages[at] if 0 <= at < len(messages) else None

    def _shown(self, room: str, number: int, author: Author) -> Said | None:
        said = self._said(room, number)
        is_its = said is not None and _is_by(said, author) and number not in self.hidden(room)
        return said if is_its else None


def _is_by(said: Said, author: Author) -> bool:
    return said.at >= author.since and key_of(said.user) == author.key


def _size(earlier: Earlier) -> int:
    return _WITHDRAWN_BYTES + size_of(earlier.text)
