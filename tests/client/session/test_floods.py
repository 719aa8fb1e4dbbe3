"""A server that wants a client to grow: whatever it sends, what is kept has bounds."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from chat.client import ChatClient, Disconnected
from chat.client.memory import inbox, marks, profile
from chat.client.session import reception
from chat.client.wire import connection
from tests.client.meeting import pretender
from tests.integration.server import PATIENCE

LINES = 4000
"""As many lines a flood has, a thousand bytes each: 4 MB, if all of them were kept."""

MOST = 2_000_000
"""Bytes that a client may grow by here: the bounds are made small."""

TEXT = "x" * 950
AT = "2026-05-04T09:33:00.001Z"

FLOODS: dict[str, Callable[[int], str]] = {
    "joins": lambda at: f"INFO {at}{TEXT} joined lobby",
    "joins and leaves": lambda at: f"INFO {at // 2}{TEXT} {('joined', 'left')[at % 2]} lobby",
    "rooms": lambda at: f"INFO joined room {at}{TEXT}",
    "rooms that go again": lambda at: f"INFO {('joined', 'left')[at % 2]} room {at // 2}{TEXT}",
    "topics": lambda at: f"TOPIC lobby {at}{TEXT}",
    "topics of other rooms": lambda at: f"TOPIC {at}{TEXT} about",
    "moderators": lambda at: f"MODERATOR lobby {at}{TEXT} moderator",
    "direct messages": lambda at: f"DM bob {at}{TEXT}",
    "direct messages of many": lambda at: f"DM {at}{TEXT} hi",
    "sent elsewhere": lambda at: f"SENT {at}{TEXT} hi",
    "messages": lambda at: f"@{at + 1} {AT} MSG lobby bob {TEXT}",
    "numbers that jump": lambda at: f"@{at * 2**48 + 9} {AT} MSG lobby bob {TEXT}",
    "times to come": lambda at: f"@{at + 9} 9998-12-31T23:59:59Z MSG lobby bob {TEXT}",
    "histories unasked": lambda at: f"HISTORY lobby {at + 1} {AT} bob {TEXT}",
    "users unasked": lambda at: f"USER {at}{TEXT}",
    "what is hidden": lambda at: (
        f"HIDDEN lobby {','.join(str(at * 999 + n * 2) for n in range(20))}"
    ),
    "edits": lambda at: f"EDITED lobby {at} bob {TEXT}",
    "marks": lambda at: f"READ {at}{TEXT} 7",
    "notices": lambda at: f"INFO {at} {TEXT}",
    "refusals": lambda at: f"ERROR {at} {TEXT}",
    "refusals of tokens": lambda at: f"@{at} ERROR {TEXT}",
    "nonsense": lambda at: f"{at} {TEXT}",
    "escapes": lambda at: f"INFO \x1b[2J{at}{TEXT} joined lobby",
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test comes to soon."""
    for module, name, bound in (
        (inbox, "WAITING_EVENTS", 100),
        (inbox, "WAITING_BYTES", 100_000),
        (reception, "KEPT_BYTES", 300_000),
        (reception, "LOOK_LINES", 50),
        (reception, "MOST_ROOMS", 50),
        (reception, "MOST_TASKS", 200),
        (profile, "MOST_KEEPERS", 50),
        (marks, "MOST_MARKS", 50),
        (connection, "ANSWER_BYTES", 200_000),
    ):
        monkeypatch.setattr(module, name, bound)


def flooded(flood: Callable[[int], str], end: str = "\n") -> int:
    """By how many bytes a client grows whose server lets it in, and answers nothing more."""
    growth = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = 0
        while asked < 2 and (line := (await reader.readline()).decode()):
            if line.startswith("JOIN"):
                writer.write(b"INFO joined room lobby\n")
            elif line.startswith("PING"):
                asked += 1
                writer.write(f"PONG {line.split()[1]}\n".encode())
        with suppress(OSError):
            for at in range(LINES):
                writer.write(f"{flood(at)}{end}".encode())
                await writer.drain()
        writer.close()

    async def come(port: int) -> None:
        nonlocal growth
        client = ChatClient("127.0.0.1", port, user="alice", patience=0)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        async with asyncio.timeout(PATIENCE), client:
            assert client._running
            await asyncio.wait((client._running,))
            assert [type(event) async for event in client][-1] is Disconnected
        growth = tracemalloc.get_traced_memory()[1] - before

    async def meet() -> None:
        async with pretender(talk) as port:
            await come(port)

    tracemalloc.start()
    try:
        asyncio.run(meet())
    finally:
        tracemalloc.stop()
    return growth


@pytest.mark.parametrize("kind", FLOODS)
def test_no_flood_makes_a_client_grow(kind: str) -> None:
    """Of names, rooms, messages, numbers and nonsense only so much is kept."""
    assert flooded(FLOODS[kind]) < MOST


@pytest.mark.parametrize("end", ["", "\n"], ids=["never", "late"])
def test_a_line_that_does_not_end(end: str) -> None:
    """A line that is longer than any is the end of the connection, also if it ends at last."""
    assert flooded(lambda at: "x" * 100_000, end) < MOST
