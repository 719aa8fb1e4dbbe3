"""Rooms that people keep, as clients have them at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chat.client import (
    Connected,
    Edited,
    Entered,
    Gone,
    Held,
    Hidden,
    Message,
    Modes,
    Notice,
    RefusedError,
    Shown,
    Standing,
    Topic,
)
from tests.client.meeting import Guest, guest
from tests.integration.server import Server

PASSWORD = "correct-horse"


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


@asynccontextmanager
async def tea(port: int) -> AsyncIterator[tuple[Guest, Guest]]:
    """Alice keeps the tea room, and mallory is in it."""
    async with guest(port, "alice", "tea") as alice, guest(port, "mallory", "tea") as mallory:
        for somebody in (alice, mallory):
            await somebody.hears(Entered)
        await alice.client.register(PASSWORD)
        await alice.client.order("CLAIM #tea")
        yield alice, mallory


def test_how_a_room_is_kept(port: int) -> None:
    """Everybody is told of it; who comes later may ask, and is told that it was so before."""

    async def meet() -> None:
        async with tea(port) as (alice, mallory):
            await mallory.hears(Standing, lambda event: event.standing == "owner")
            await alice.client.order("TOPIC #tea milk or lemon?")
            await alice.client.order("MODE #tea slow 30s")
            for somebody in (alice, mallory):
                assert await somebody.hears(Topic) == Topic("tea", "milk or lemon?")
                assert (await somebody.hears(Modes)).on == ["slow 30 s"]
            with pytest.raises(RefusedError, match="ask alice"):
                await mallory.client.order("TOPIC #tea spam")
            async with guest(port, "bob", "tea") as bob:
                await bob.hears(Entered)
                bob.client.ask_kept("tea")
                assert (await bob.hears(Topic)).old
                assert (await bob.hears(Modes)).old
                known = bob.client.kept("tea")
                assert known
                assert await bob.hears(Standing) == Standing("tea", "alice", "owner", True)
                assert known.standing("ALICE") == "owner"
                await bob.client.register(PASSWORD)
                await alice.client.order("INVITE #tea bob")
                await bob.hears(Notice, lambda event: "alice invites you to tea" in event.text)

    asyncio.run(meet())


def test_what_is_taken_back(port: int) -> None:
    """It is in no history, and everybody is told; it comes back; nothing is waited for."""

    async def meet() -> None:
        async with tea(port) as (alice, mallory):
            for text in ("spam", "spam"):
                await mallory.client.say("tea", text)
            await alice.client.say("tea", "helo")
            await alice.client.order("HIDE #tea mallory 10m")
            for somebody in (alice, mallory):
                assert (await somebody.hears(Hidden)).numbers == ((1, 2),)
            assert [one.number for one in await mallory.client.history("tea")] == [3]
            await alice.client.order(f"EDIT #tea {alice.client.own_last('tea')} hello")
            assert (await mallory.hears(Edited)).text == "hello"
            async with guest(port, "bob", "tea", backlog=9) as bob:
                assert [one.text for one in (await bob.hears(Entered)).backlog] == ["hello"]
                await alice.client.order("UNHIDE #tea mallory")
                assert (await bob.hears(Shown)).numbers == ((1, 2),)
                await mallory.client.say("tea", "oops")
                await bob.hears(Message)
                await mallory.client.order("UNSAY #tea")
                assert (await bob.hears(Hidden)).numbers == ((4, 4),)
                await alice.client.say("tea", "five")
                await bob.hears(Message, lambda event: event.number == 5)
                assert bob.heard("tea") == ["oops", "five"]

    asyncio.run(meet())


def test_what_waits_for_a_moderator(port: int) -> None:
    """In a raid it waits, is let through, and comes as one's own message, once."""

    async def meet() -> None:
        async with tea(port) as (alice, mallory):
            await alice.client.order("RAID #tea on 1h")
            await mallory.hears(Modes, lambda event: event.on == ["raid"])
            said = mallory.client.send("tea", "may I?")
            held = await mallory.hears(Held)
            assert held.text == "may I?"
            assert held.reason.endswith("alice")
            assert [line[0] for line in await alice.client.order("HELD #tea")] == ["HELD", "INFO"]
            await alice.client.order("LET #tea mallory")
            assert await said == 1
            assert (await mallory.hears(Message)).own
            assert mallory.client.held == 0

    asyncio.run(meet())


def test_who_is_sent_out(port: int) -> None:
    """It is told why, may come back after a kick, and not after a ban; nothing is tried in vain."""

    async def meet() -> None:
        async with tea(port) as (alice, mallory):
            await alice.client.order("KICK #tea mallory too loud")
            assert await mallory.hears(Gone) == Gone("tea", "alice has sent you out: too loud")
            await mallory.client.join("tea")
            await mallory.hears(Entered)
            await alice.client.order("BAN #tea mallory 1h spam")
            gone = await mallory.hears(Gone, lambda event: "banned" in event.reason)
            assert "spam" in gone.reason
            assert gone.reason.endswith("ask alice")
            assert mallory.client._connection
            mallory.client._connection.abort("pulled")
            mallory.client.hurry()
            await mallory.hears(Connected, lambda event: event.again)
            assert mallory.client.rooms == []
            with pytest.raises(RefusedError, match="you are banned from tea"):
                await mallory.client.join("tea")
            await alice.client.order("UNBAN #tea mallory")
            assert await mallory.client.join("tea") == "tea"

    asyncio.run(meet())


def test_a_ban_while_one_is_away(port: int) -> None:
    """Who comes back to a room from which it is banned meanwhile is told so, and is in no room."""

    async def meet() -> None:
        async with tea(port) as (alice, mallory):
            assert mallory.client._connection
            mallory.client._connection.abort("pulled")
            await alice.client.order("BAN #tea mallory")
            mallory.client.hurry()
            gone = await mallory.hears(Gone)
            assert gone.reason.startswith("you are banned from tea")
            await mallory.hears(Connected, lambda event: event.again)
            assert mallory.client.rooms == []
            assert await mallory.client.who("") == ["alice", "mallory"]

    asyncio.run(meet())
