"""The accounts that are forgotten when the server stops. Knows no messages but what it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Reversible
from heapq import merge
from itertools import islice, starmap, takewhile

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed

from chat.history.account_records import AccountChanges, Bookmark, Record
from chat.history.words import naming
from chat.vocabulary.events import Said
from chat.vocabulary.names import key_of


class _Bookmark:
    """See Bookmark; waiting_to: the number of the last message that waits."""

    __slots__ = ("is_joined", "name", "read", "waiting", "waiting_to")

    def __init__(self, name: str, read: int) -> None:
        self.name = name
        self.read = read
        self.is_joined = False
        self.waiting = self.waiting_to = 0


class _Account:
    """What there is for a name that is owned, or was. revision: that of its last change."""

    __slots__ = ("password", "places", "record", "revision")

    def __init__(self, record: Record, password: str | None, revision: int) -> None:
        self.record = record
        self.password = password
        self.revision = revision
        self.places: dict[str, _Bookmark] = {}


class MemoryAccounts:
    """Implements AccountStore, at once.

    last: the number of the last message of a place, by its key.
    messages: what is kept of them, oldest first.
    """

    def __init__(
        self, last: Callable[[str], int], messages: Callable[[str], Reversible[Said]]
    ) -> None:
        self._last = last
        self._messages = messages
        self._revision = 0
        self._all: dict[str, _Account] = {}

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[AccountChanges]:
        """See AccountStore. No record is ever removed."""
        seen = after[0] if after else 0
        changed = [each for each in self._all.values() if each.revision > seen]
        changed.sort(key=lambda each: each.revision)
        records = [each.record for each in changed]
        return succeed(AccountChanges((self._revision, 0), records, after is None))

    def create(self, key: str, name: str, password: str | None, since: int) -> Deferred[bool]:
        """See AccountStore."""
        before = self._all.get(key)
        if before and before.record.is_owned:
            return succeed(False)
        record = before.record if before else Record(key, name, since)
        since = max(since, record.since)
        record = replace(record, name=name, since=since, is_owned=True, is_operator=False)
        self._all[key] = _Account(record, password, self._next())
        return succeed(True)

    def password(self, key: str) -> Deferred[str | None]:
        """See AccountStore."""
        account = self._owned(key)
        return succeed(account.password if account and not account.record.is_disabled else None)

    def set_password(self, key: str, old: str, new: str) -> Deferred[bool]:
        """See AccountStore."""
        account = self._owned(key)
        if account is None or account.password != old:
            return succeed(False)
        account.password = new
        return succeed(True)

    def give_up(self, key: str, since: int) -> Deferred[None]:
        """See AccountStore."""
        if account := self._owned(key):
            record = replace(account.record, since=since, is_owned=False, is_operator=False)
            self._all[key] = _Account(record, None, self._next())
        return succeed(None)

    def bookmarks(self, key: str) -> Deferred[list[Bookmark]]:
        """See AccountStore."""
        return succeed(
            [
                Bookmark(place, its.name, its.is_joined, its.read, its.waiting, self._last(place))
                for place, its in self._places(key).items()
            ]
        )

    def join(self, key: str, rooms: Mapping[str, str]) -> Deferred[None]:
        """See AccountStore."""
        for room, name in rooms.items():
            if place := self._place(key, room, name, self._last(room)):
                place.is_joined = True
        return succeed(None)

    def leave(self, key: str, room: str) -> Deferred[None]:
        """See AccountStore."""
        if place := self._places(key).get(room):
            place.is_joined = False
        return succeed(None)

    def mark(self, key: str, read: Mapping[str, tuple[str, int]]) -> Deferred[None]:
        """See AccountStore. Where nothing was ever said, nothing was read."""
        for room, (name, number) in read.items():
            reached = min(number, self._last(room))
            if reached > 0 and (place := self._place(key, room, name, reached)):
                place.read = max(place.read, reached)
        return succeed(None)

    def read_on(self, key: str, place: str, name: str, after: int, number: int) -> Deferred[None]:
        """See AccountStore."""
        its = self._places(key).get(place)
        is_next = its is None or its.read >= after
        return self.mark(key, {place: (name, number)} if is_next else {})

    def wait(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        self.note(key, place, name, number, max(number, self._last(place)))
        return succeed(None)

    def note(self, key: str, place: str, name: str, first: int, last: int) -> None:
        """What was said from one number to another has to be told."""
        if its := self._place(key, place, name, first - 1):
            its.waiting_to = max(its.waiting_to, last) if its.waiting else last
            its.waiting = min(its.waiting, first) if its.waiting else first

    def begin(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        if place not in self._places(key):
            self._place(key, place, name, number - 1)
        return succeed(None)

    def told(self, key: str, place: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        its = self._places(key).get(place)
        if its and its.waiting and its.waiting <= number:
            its.waiting = number + 1 if number < its.waiting_to else 0
        return succeed(None)

    def mentions(
        self, key: str, name: str, unread: Mapping[str, int], most: int
    ) -> Deferred[dict[str, int]]:
        """See AccountStore."""
        counts = dict.fromkeys(unread, 0)
        if mention := naming(name):
            by_others = {place: unread[place] for place in unread if place != f"@{key}@{key}"}
            latest = merge(
                *starmap(self._latest, by_others.items()), key=lambda found: -found[0].at
            )
            found = (each for each in latest if mention.is_in(each[0].text))
            for said, place in islice(found, most):
                counts[place] += key_of(said.user) != key
        return succeed(counts)

    def _latest(self, place: str, after: int) -> Iterator[tuple[Said, str]]:
        unread = takewhile(lambda said: said.number > after, reversed(self._messages(place)))
        return ((said, place) for said in unread)

    def _next(self) -> int:
        self._revision += 1
        return self._revision

    def _owned(self, key: str) -> _Account | None:
        account = self._all.get(key)
        return account if account and account.record.is_owned else None

    def _places(self, key: str) -> dict[str, _Bookmark]:
        account = self._owned(key)
        return account.places if account else {}

    def _place(self, key: str, place: str, name: str, read: int) -> _Bookmark | None:
        """A place of an account; one that was none before is read up to that number."""
        account = self._owned(key)
        if account is None:
            return None
        its = account.places.setdefault(place, _Bookmark(name, read))
        its.name = name
        return its
