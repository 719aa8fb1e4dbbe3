"""Events, until somebody takes them. Knows neither what they mean nor where they come from."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from chat.client.terms.events import Event

WAITING_EVENTS: Final = 10_000
"""So many events may wait for whoever takes them, and where nobody has ever taken one the oldest
go."""

EVENTS_PER_TURN: Final = 32
"""Events that are handed out before the loop has its turn: however many wait, a key is heard."""


class Inbox:
    """A queue of events, from its beginning to its end."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._taken = 0
        self._is_closed = False
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def is_full(self) -> bool:
        """More have come than whoever takes them can take."""
        return len(self._events) > WAITING_EVENTS

    @property
    def is_low(self) -> bool:
        """More may come."""
        return len(self._events) < WAITING_EVENTS // 2

    def put(self, event: Event) -> None:
        """Something has happened."""
        self._events.append(event)
        self._news.set()
        if self.is_full and not self._taken:
            self._events.popleft()

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
        return self._events.popleft()
