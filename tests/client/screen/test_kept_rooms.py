"""Rooms that people keep, on the screen, at a real server."""

from __future__ import annotations

import asyncio

import pytest

from chat.client import ChatClient
from tests.client.screen.sitting import sitting
from tests.integration.server import Server

PASSWORD = "correct-horse"


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


def test_a_room_of_ones_own(port: int) -> None:
    """Two sit in it; one of them claims it, and does what a moderator does: both see it."""

    async def sit() -> None:
        async with ChatClient("127.0.0.1", port, user="alice", rooms=["tea"]) as client:
            await client.register(PASSWORD)
        size = (120, 30)
        async with (
            sitting(port, "alice", "tea", password=PASSWORD, size=size) as alice,
            sitting(port, "mallory", "tea", size=size) as mallory,
        ):
            await alice.types("/claim")
            await alice.sees("tea is yours", "~alice")
            await mallory.sees("~alice", "alice is the owner")
            await alice.types("/topic milk or lemon?")
            await alice.types("/mode slow 1s")
            await mallory.sees("tea  [slow 1 s]  2 here  milk or lemon?  ● mallory")
            await mallory.types("/topic spam")
            await mallory.sees("that is not allowed here: ask alice")
            await mallory.presses("escape")
            await alice.types("/mode slow off")
            await mallory.sees_no("[slow 1 s]")
            await mallory.types("spam spam")
            await alice.sees("spam spam")
            await alice.types("/hide mallory 10m")
            await mallory.sees_no("spam spam")
            await alice.sees("taken back: 1 ", "1 message hidden in tea")
            await alice.types("/unhide mallory")
            await mallory.sees("spam spam")
            await mallory.types("/edit spa")
            await alice.sees("spa (edited)")
            await alice.types("/earlier")
            await alice.sees("spam spam", "1 text of message 1")
            await alice.types("/raid on 1h")
            await mallory.sees("[raid]")
            await mallory.types("may I?")
            await mallory.sees("waits until a moderator lets it through: alice", "…")
            await alice.types("/let mallory")
            await alice.sees("may I?")
            await mallory.sees_no("… ")
            await alice.types("/ban mallory 1h enough")
            await mallory.sees("you are banned from tea until", "(enough): ask alice")
            await alice.types("/bans")
            await alice.sees("by alice: enough", "1 ban in tea")

    asyncio.run(sit())
