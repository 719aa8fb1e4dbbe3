"""Clients for tests to talk through, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from chat.client import ChatClient, Event, Message
from tests.integration.server import PATIENCE

Told = TypeVar("Told", bound=Event)


class Guest:
    """A client, and all that it has been told."""

    def __init__(self, client: ChatClient) -> None:
        self.client = client
        self.told: list[Event] = []
        self._more = asyncio.Event()

    async def listen(self) -> None:
        """Take what is told."""
        async for event in self.client:
            self.told.append(event)
            self._more.set()

    async def hears(self, kind: type[Told], when: Callable[[Told], object] = bool) -> Told:
        """The first event of this kind for which that is so, once it has been told."""
        at = 0
        while True:
            for at in range(at, len(self.told)):  # noqa: B020 -- goes on where it was
                event = self.told[at]
                if isinstance(event, kind) and when(event):
                    return event
            self._more.clear()
            more = asyncio.ensure_future(self._more.wait())
            await asyncio.wait((more,), timeout=PATIENCE)
            assert more.done(), f"{kind.__name__} did not come: {self.told[-5:]}"

    def heard(self, room: str = "lobby") -> list[str]:
        """What was said in a room, as far as it has been told."""
        return [
            event.text for event in self.told if isinstance(event, Message) and event.room == room
        ]


@asynccontextmanager
async def guest(port: int, user: str, *rooms: str, **settings: Any) -> AsyncIterator[Guest]:
    """A client that listens."""
    async with ChatClient(
        "127.0.0.1", port, user=user, rooms=rooms or ("lobby",), **settings
    ) as client:
        somebody = Guest(client)
        listening = asyncio.create_task(somebody.listen())
        try:
            yield somebody
        finally:
            listening.cancel()


@asynccontextmanager
async def pretender(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
) -> AsyncIterator[int]:
    """A server that talks like this to everyone who comes; its port."""
    talking: set[asyncio.Task[None]] = set()

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(came, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
