"""Events, until somebody takes them. Knows neither what they mean nor where they come from."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from chat.client.terms.bounds import RUN_BYTES, THING_BYTES, WAITING_BYTES, WAITING_EVENTS
from chat.client.terms.events import Entered, Event, Hidden, Members, Shown
from chat.vocabulary.text import size_of

EVENTS_PER_TURN: Final = 32
"""Events that are handed out before the loop has its turn: however many wait, a key is heard."""


class Inbox:
    """A queue of events, from its beginning to its end."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.size = 0
        """About how many bytes they are."""
        self._taken = 0
        self._is_closed = False
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def is_full(self) -> bool:
        """More have come than whoever takes them can take."""
        return len(self._events) > WAITING_EVENTS or self.size > WAITING_BYTES

    @property
    def is_low(self) -> bool:
        """More may come."""
        return len(self._events) < WAITING_EVENTS // 2 and self.size < WAITING_BYTES // 2

    def put(self, event: Event) -> None:
        """Something has happened."""
        self._events.append(event)
        self.size += _size_of(event)
        self._news.set()
        while self.is_full and not self._taken:
            self._next()

    def close(self) -> None:
        """Nothing more will happen."""
        self._is_closed = True
        self._news.set()

    async def take(self) -> Event:
        """The next event. Raises StopAsyncIteration when there will be none."""
        self._taken += 1
        if self._taken % EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        while not self._events:
            if self._is_closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._next()

    def _next(self) -> Event:
        event = self._events.popleft()
        self.size -= _size_of(event)
        return event


def _size_of(event: Event) -> int:
    """About how many bytes it takes."""
    if isinstance(event, Entered):
        return THING_BYTES + sum(map(_size_of, event.backlog))
    if isinstance(event, Hidden | Shown):
        return THING_BYTES + RUN_BYTES * len(event.numbers)
    if isinstance(event, Members):
        return THING_BYTES + sum(map(size_of, event.users))
    texts = (getattr(event, name, "") for name in ("text", "reason"))
    return THING_BYTES + sum(map(size_of, texts))
