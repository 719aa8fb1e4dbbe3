"""The store that forgets: the last messages of each room, as long as the server runs."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Sequence

from twisted.internet.defer import Deferred, succeed

from chat.events import Draft, Said
from chat.limits import MEMORY_BYTES, MEMORY_MESSAGES, MEMORY_ROOMS

_MESSAGE_BYTES = 256
"""What a message costs in memory besides its text, about."""

_SHELF_BYTES = 1024
"""What a room costs besides its messages, about: most of it the empty deque."""


class _Shelf:
    """The messages of one room."""

    __slots__ = ("last", "messages")

    def __init__(self, last: int) -> None:
        self.last = last
        self.messages: deque[Said] = deque()


class MemoryStore:
    """Implements Store, at once and without a thread.

    per_room: messages of a room that are kept.
    most_bytes: what all messages may take, about; past it the room that has been quiet for
        longest forgets its oldest ones.
    most_rooms: rooms whose numbers are remembered; past it the quietest starts at 1 again.
    """

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

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """See Store."""
        return succeed([self._append(draft) for draft in drafts])

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """See Store."""
        shelf = self._shelves.get(key)
        if shelf is None or not shelf.messages:
            return succeed([])
        first, end = shelf.messages[0].number, shelf.last + 1
        if after is not None:
            start = max(first, after + 1)
            stop = min(end, start + count)
        else:
            stop = end if before is None else max(first, min(end, before))
            start = max(first, stop - count)
        return succeed([shelf.messages[number - first] for number in range(start, stop)])

    def close(self) -> Deferred[None]:
        """See Store."""
        return succeed(None)

    def _append(self, draft: Draft) -> Said:
        key = draft.key
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = _Shelf(self._emptied.pop(key, 0))
            self._bytes += _SHELF_BYTES
        shelf.last += 1
        said = Said(draft.room, draft.user, draft.text, shelf.last, draft.at)
        shelf.messages.append(said)
        self._bytes += _size(said)
        if len(shelf.messages) > self._per_room:
            self._forget_oldest(shelf)
        self._shelves.move_to_end(key)
        while self._bytes > self._most_bytes:
            self._forget_quietest()
        return said

    def _forget_quietest(self) -> None:
        key, shelf = next(iter(self._shelves.items()))
        self._forget_oldest(shelf)
        if not shelf.messages:
            self._emptied[key] = self._shelves.pop(key).last
            self._bytes -= _SHELF_BYTES
            if len(self._emptied) > self._most_rooms:
                self._emptied.popitem(last=False)

    def _forget_oldest(self, shelf: _Shelf) -> None:
        self._bytes -= _size(shelf.messages.popleft())


def _size(said: Said) -> int:
    return sys.getsizeof(said.text) + _MESSAGE_BYTES
