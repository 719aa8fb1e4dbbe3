"""The store that forgets: the last messages of each room, as long as the server runs. Knows no
threads and no disk."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from functools import partial
from heapq import merge
from itertools import islice
from operator import attrgetter

from twisted.internet.defer import Deferred, succeed

from chat.history.memory.memory_accounts import MemoryAccounts
from chat.history.memory.memory_moderation import MemoryModeration
from chat.history.store import Counts, Hits
from chat.history.tokens import Known, find, names_of
from chat.history.upkeep.timekeeper import Sighting
from chat.history.words import Query, scopes
from chat.vocabulary.events import Draft, Repeated, Said
from chat.vocabulary.limits import MEMORY_BYTES, MEMORY_MESSAGES, MEMORY_ROOMS
from chat.vocabulary.names import key_of
from chat.vocabulary.pieces import page_of
from chat.vocabulary.text import size_of

_MESSAGE_BYTES = 256
"""What a message costs in memory besides its text, about."""

_TOKEN_BYTES = 256
"""What its token costs besides, about."""

_SHELF_BYTES = 1024
"""What a room costs besides its messages, about: most of it the empty deque."""

_NUMBER = attrgetter("number")


class _Shelf:
    """The messages of one room, and what those are stored under that came with a token: the numbers
    by these names, and the names by number."""

    __slots__ = ("last", "messages", "names", "tokens")

    def __init__(self, last: int) -> None:
        self.last = last
        self.messages: deque[Said] = deque()
        self.tokens: dict[str, int] | None = None  # most rooms have none
        self.names: dict[int, str] = {}


class MemoryStore:
    """Implements Store, at once and without a thread.

    per_room: messages of a room that are kept.
    most_bytes: what all messages may take, about; past it the room that has been quiet for
        longest forgets its oldest ones.
    most_rooms: rooms whose numbers are remembered; past it the quietest starts at 1 again.
    """

    name = "memory"

    def __init__(
        self,
        per_room: int = MEMORY_MESSAGES,
        most_bytes: int = MEMORY_BYTES,
        most_rooms: int = MEMORY_ROOMS,
    ) -> None:
        self._per_room = per_room
        self._most_bytes = most_bytes
        self._most_rooms = most_rooms
        self._bytes = 0
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()
        self._emptied: OrderedDict[str, int] = OrderedDict()  # the last numbers
        self._sighting: Sighting | None = None
        self.accounts = MemoryAccounts(self._last, self._shown)
        self.moderation = MemoryModeration(self._messages, self._put, self._grow)

    def open(self) -> Counts:
        """See Store."""
        return self._counts()

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """See Store."""
        return succeed([self._append(draft) for draft in drafts])

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """See Store."""
        shown = self._shown(key)
        if after is not None:
            start = bisect_right(shown, after, key=_NUMBER)
            return succeed(page_of(islice(shown, start, start + count)))
        stop = len(shown) if before is None else bisect_left(shown, before, key=_NUMBER)
        last = [*islice(shown, max(0, stop - count), stop)]
        return succeed(page_of(reversed(last))[::-1])

    def search(
        self, scopes: Collection[str], query: Query, count: int, rest: int = 0
    ) -> Deferred[Hits]:
        """See Store."""
        rooms = [self._shown(key) for key in reversed(self._shelves) if _is_within(key, scopes)]
        latest = merge(*map(reversed, rooms), key=lambda said: -said.at)
        found = (said for said in latest if query.matches(key_of(said.user), said.text))
        return succeed(Hits([*islice(found, count)][::-1]))

    def first(self, key: str) -> Deferred[int]:
        """See Store."""
        messages = self._messages(key)
        return succeed(messages[0].number if messages else self._last(key) + 1)

    def last(self, key: str) -> Deferred[int]:
        """See Store."""
        return succeed(self._last(key))

    def overdue(self, older_than: int, beyond: int) -> Deferred[list[str]]:
        """See Store."""
        shelves = self._shelves.items()
        return succeed([key for key, shelf in shelves if _overdue(shelf, older_than, beyond)])

    def forget(self, key: str, older_than: int, beyond: int) -> Deferred[int]:
        """See Store."""
        shelf, forgotten = self._shelves.get(key), 0
        while shelf and _overdue(shelf, older_than, beyond):
            self._forget_oldest(key, shelf)
            forgotten += 1
        if shelf:
            self._tidy(key, shelf)
        return succeed(forgotten)

    def newest(self) -> Deferred[int]:
        """See Store. Where a server begins there is nothing."""
        shelves = self._shelves.values()
        return succeed(max((shelf.messages[-1].at for shelf in shelves), default=0))

    def sighting(self) -> Deferred[Sighting | None]:
        """See Store."""
        return succeed(self._sighting)

    def note_sighting(self, seen: Sighting) -> Deferred[None]:
        """See Store."""
        self._sighting = seen
        return succeed(None)

    def counts(self) -> Deferred[Counts]:
        """See Store."""
        return succeed(self._counts())

    def close(self) -> Deferred[None]:
        """See Store."""
        return succeed(None)

    def _last(self, key: str) -> int:
        shelf = self._shelves.get(key)
        return shelf.last if shelf else self._emptied.get(key, 0)

    def _messages(self, key: str) -> Sequence[Said]:
        shelf = self._shelves.get(key)
        return shelf.messages if shelf else ()

    def _shown(self, key: str) -> Sequence[Said]:
        messages, hidden = self._messages(key), self.moderation.hidden(key)
        return [said for said in messages if said.number not in hidden] if hidden else messages

    def _put(self, key: str, said: Said) -> None:
        """Have a message instead of the one with its number."""
        shelf = self._shelves[key]
        at = said.number - shelf.messages[0].number
        self._bytes += _size(said) - _size(shelf.messages[at])
        shelf.messages[at] = said

    def _grow(self, size: int) -> None:
        self._bytes += size
        self._forget_quiet()

    def _append(self, draft: Draft) -> Said:
        key, token = draft.key, draft.token
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = _Shelf(self._emptied.pop(key, 0))
            self._bytes += _SHELF_BYTES
        name = ""
        if token:
            known, name = find(draft, names_of(draft), partial(self._known, key, shelf))
            if known:
                text = draft.text if known.text is None else known.text
                before = (draft.room, known.user, text, known.number, known.at, token)
                return Repeated(*before, draft.account, draft.kind, key)
        shelf.last = number = shelf.last + 1
        at = draft.at
        if shelf.messages and shelf.messages[-1].at > at:
            at = shelf.messages[-1].at
        said = Said(
            draft.room,
            draft.user,
            draft.text,
            number,
            at,
            token,
            draft.account,
            draft.kind,
            key,
        )
        if draft.away:
            self.accounts.note(draft.away, key, f"@{draft.user}", number, number)
        shelf.messages.append(said)
        if name:
            shelf.tokens = shelf.tokens or {}
            shelf.tokens[name], shelf.names[number] = number, name
        self._bytes += _size(said)
        if len(shelf.messages) > self._per_room:
            self._forget_oldest(key, shelf)
        self._shelves.move_to_end(key)
        self._forget_quiet()
        return said

    def _known(self, key: str, shelf: _Shelf, name: str) -> Known | None:
        """What is stored in a room under a name."""
        number = shelf.tokens.get(name) if shelf.tokens else None
        if number is None:
            return None
        said = shelf.messages[number - shelf.messages[0].number]
        is_hidden = number in self.moderation.hidden(key)
        return Known(number, said.at, said.user, None if is_hidden else said.text)

    def _forget_quiet(self) -> None:
        """Forget what has been quiet for longest, until the rest is no more than may be."""
        while self._bytes > self._most_bytes:
            key, shelf = next(iter(self._shelves.items()))
            self._forget_oldest(key, shelf)
            self._tidy(key, shelf)

    def _tidy(self, key: str, shelf: _Shelf) -> None:
        """Of a room without messages only the last number is kept."""
        if not shelf.messages:
            self._emptied[key] = self._shelves.pop(key).last
            self._bytes -= _SHELF_BYTES
            if len(self._emptied) > self._most_rooms:
                self._emptied.popitem(last=False)

    def _forget_oldest(self, key: str, shelf: _Shelf) -> None:
        said = shelf.messages.popleft()
        self._bytes -= _size(said) + self.moderation.forget(key, said.number)
        if shelf.tokens and (name := shelf.names.pop(said.number, "")):
            del shelf.tokens[name]

    def _counts(self) -> Counts:
        shelves = self._shelves.values()
        many = len(shelves) + len(self._emptied)
        return Counts(many, sum(len(shelf.messages) for shelf in shelves), self._bytes)


def _size(said: Said) -> int:
    return size_of(said.text) + _MESSAGE_BYTES + (_TOKEN_BYTES if said.token else 0)


def _is_within(key: str, within: Collection[str]) -> bool:
    return any(scope in within for scope in scopes(key)) if key[0] == "@" else key in within


def _overdue(shelf: _Shelf, older_than: int, beyond: int) -> bool:
    messages = shelf.messages
    return bool(messages) and (len(messages) > beyond or messages[0].at < older_than)
