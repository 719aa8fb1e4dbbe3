"""What a person types, while the client asks for all rooms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from chat.client import Entered
from chat.client.session import pace
from chat.client.wire.connection import Connection
from tests.client.meeting import guest
from tests.integration.server import PATIENCE, Server

CONFIG = """
    [server]
    host = "127.0.0.1"
    port = 0
    proxy_protocol = ["127.0.0.2/32"]
    """
ASKED_AT_ONCE = 7
"""Rooms for which the limits have room, beside a person."""

ROOMS = [f"room{number}" for number in range(40)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with its usual limits, that believes a proxy."""
    (tmp_path / "chat.toml").write_text(CONFIG)
    with Server(tmp_path, "--config", "chat.toml", "--store", "memory:") as server:
        yield server


async def proxy(port: int) -> asyncio.Server:
    """A way to the server on which everyone comes from an address that it does not trust."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        inner[1].write(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 5000\r\n")
        await asyncio.gather(relay(reader, inner[1]), relay(inner[0], writer))

    return await asyncio.start_server(came, "127.0.0.1", 0)


def test_what_is_typed_first_goes_out_before_forty_histories(server: Server) -> None:
    """From an address that is not trusted a line is delivered within a second, at once on coming
    and while the rooms are read: first the one that is seen.
    """

    async def meet() -> None:
        way = await proxy(server.ports[0])
        port = way.sockets[0].getsockname()[1]
        async with guest(port, "alice", *ROOMS) as alice:
            alice.client.prefer("room39")
            entered: dict[str, None] = {}
            while len(entered) < ASKED_AT_ONCE + 3:
                began = time.monotonic()
                await alice.client.say("room0", "hello")
                assert time.monotonic() - began < 1
                await alice.hears(Entered, lambda event: event.room not in entered)
                told = (event for event in alice.told if isinstance(event, Entered))
                entered.update((event.room, None) for event in told)
            assert next(iter(entered)) == "room39"
            assert len(entered) < len(ROOMS)
        way.close()

    asyncio.run(meet())


def test_what_a_slow_server_has_taken_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer says that all lines before it were taken, however many of them there were."""
    monkeypatch.setattr(pace, "SLOW_SECONDS", -1.0)
    monkeypatch.setattr(pace, "RATE", 1000.0)

    class Talkative:
        sent = 0

    async def scene() -> None:
        connection = Talkative()
        own = pace.Pace(cast(Connection, connection))
        connection.sent = 10_000_000
        async with asyncio.timeout(PATIENCE):
            for _ in range(3):
                await own.turn([asyncio.create_task(asyncio.sleep(0))])

    asyncio.run(scene())
