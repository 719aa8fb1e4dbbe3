"""Rooms that people keep, in plain mode: real processes, pipes and terminals."""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.client.house import HELD, House, house
from tests.client.plain.test_pipes import STUMBLES, Client
from tests.client.test_secrets import Teletype
from tests.integration.server import until

FACTS = [
    "TOPIC tea milk?",
    "MODE tea private=on slow=0",
    "MODERATOR tea bob owner",
    "HIDDEN tea 1",
    "EDITED tea 2 bob better",
    "SHOWN tea 1",
]


def at_terminal(scene: Callable[[House, Teletype], Coroutine[Any, Any, None]]) -> None:
    """Somebody sits at a terminal, in the tea room."""

    async def sit() -> None:
        async with house() as (the, port):
            the.answers = {
                "TOPIC tea": ["TOPIC tea milk?"],
                "MODE tea": ["MODE tea private=on"],
                "MODERATOR tea": ["MODERATOR tea bob owner"],
            }
            alice = Teletype(port, "--user", "alice", "--room", "tea")
            try:
                await to_thread(alice.sees, "tea: the topic is: milk?")
                await scene(the, alice)
                alice.types("/quit")
                await to_thread(alice.process.wait)
            finally:
                alice.ends()

    asyncio.run(sit())


async def asked(the: House, line: str) -> None:
    """The client has said it."""
    async with asyncio.timeout(30):
        while line not in the.heard:
            await asyncio.sleep(0.001)


def test_commands_at_a_terminal() -> None:
    """They are passed on with the room one talks in; answers, refusals and news are told."""

    async def scene(the: House, alice: Teletype) -> None:
        for typed, said, answer, shown in [
            ("/bans", "BANS #tea", "BAN tea eve - bob spam", "eve for good, by bob: spam"),
            ("/ban * eve 1h", "BAN * eve 1h", "INFO eve is banned", "-- eve is banned"),
            ("/kick eve", "KICK #tea eve", "ERROR ask bob", "-- ask bob"),
        ]:
            the.answers = {said: [answer]}
            alice.types(typed)
            await to_thread(alice.sees, shown)
        alice.types("/claim")
        await to_thread(alice.sees, "/register makes yours one")
        alice.types("/edit x")
        await to_thread(alice.sees, "you have said nothing here")
        seen = alice.forgets()
        assert "is the owner" not in seen
        assert "private" not in seen
        the.says("mallory", "spam")
        the.tells("HIDDEN tea 1", "EDITED tea 2 bob better", "MODERATOR tea eve moderator")
        await to_thread(alice.sees, "1 message of tea was taken back (mallory)")
        await to_thread(alice.sees, "bob in tea, edited: better")
        await to_thread(alice.sees, "tea: eve is a moderator")
        alice.types("/help")
        await to_thread(alice.sees, "/ban [*] <username> [time] [reason]: send somebody out")

    at_terminal(scene)


def test_being_sent_out_at_a_terminal() -> None:
    """One is told why, and talks in no room until one joins one."""

    async def scene(the: House, alice: Teletype) -> None:
        the.tells("INFO bob has sent you out of tea: spam", "INFO left room tea")
        await to_thread(alice.sees, "you are not in tea: bob has sent you out: spam")
        alice.types("hello?")
        await to_thread(alice.sees, "you are in no room: /join <room>")
        alice.types("/bans")
        await to_thread(alice.sees, "/bans is about a room, and you are in no room")
        alice.types("/join tea")
        await to_thread(alice.sees, "you talk in tea now")

    at_terminal(scene)


def pipe(
    folder: Path,
    scene: Callable[[House, Client], Coroutine[Any, Any, None]],
    *words: str,
    **options: Any,
) -> Client:
    """A program talks in the tea room."""
    clients: list[Client] = []

    async def run() -> None:
        async with house() as (the, port):
            client = Client(folder, "--port", str(port), "--user", "ci", *words, **options)
            clients.append(client)
            try:
                await asked(the, "HELP held")
                await scene(the, client)
            finally:
                client.process.kill()

    asyncio.run(run())
    assert not [word for word in STUMBLES if word in clients[0].complaints]
    return clients[0]


def test_what_scripts_read_has_messages_alone(tmp_path: Path) -> None:
    """How the room is kept is news for people, on standard error; and nothing is asked of it."""

    async def scene(the: House, client: Client) -> None:
        await to_thread(until, lambda: "you are in tea" in client.complaints)
        the.says("bob", "one")
        the.says("bob", "two")
        the.tells(*FACTS)
        the.says("bob", "three")
        await to_thread(until, lambda: "three" in client.printed)
        assert not [line for line in the.heard if line.split()[0] in ("TOPIC", "MODE", "MODERATOR")]

    client = pipe(tmp_path, scene, "--room", "tea", "--follow")
    told = [line.split(" ", 2)[2] for line in client.printed.splitlines()]
    assert told == ["bob: one", "bob: two", "bob: three"]
    told = [line[9:] for line in client.complaints.splitlines()]
    assert told[-6:] == [
        "tea: the topic is: milk?",
        "tea: private on; slow off",
        "tea: bob is the owner",
        "1 message of tea was taken back (bob)",
        "bob in tea, edited: better",
        "1 message of tea was shown again",
    ]


def test_programs_are_told_all(tmp_path: Path) -> None:
    """Each as an event of its own."""

    async def scene(the: House, client: Client) -> None:
        await to_thread(until, lambda: client.told("entered"))
        the.tells(*FACTS)
        await to_thread(until, lambda: client.told("shown"))

    client = pipe(tmp_path, scene, "--room", "tea", "--follow", "--json")
    assert [event["event"] for event in client.events][-6:] == [
        *("topic", "modes", "standing", "hidden", "edited", "shown"),
    ]
    assert client.told("hidden") == [{"event": "hidden", "room": "tea", "numbers": [[1, 1]]}]


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_what_waits_for_a_moderator_is_not_delivered(
    flags: tuple[str, ...], tmp_path: Path
) -> None:
    """A pipe does not wait for a moderator: it ends, says so, and fails."""

    async def scene(the: House, client: Client) -> None:
        await to_thread(client.writes, b"one\ntwo\n")
        await to_thread(until, lambda: len([one for one in the.heard if " MSG " in one]) == 2)
        first, second = [line.split() for line in the.heard if " MSG " in line]
        the.says("ci", "one", token=first[0][1:])
        the.tells(f"{second[0]} ERROR {HELD}: bob")
        assert await to_thread(client.ends) == 1

    client = pipe(tmp_path, scene, "--room", "tea", *flags, stdin=-1)
    assert f"1 line was not delivered: {HELD}: bob" in client.complaints
    assert ("two (what you said waits" in client.complaints) is not flags


def test_a_long_pipe_that_waits_comes_to_its_end(tmp_path: Path) -> None:
    """What waits for a moderator holds up nothing that comes behind it."""

    async def scene(the: House, client: Client) -> None:
        await to_thread(client.writes, b"line\n" * 2500)
        ending = asyncio.create_task(to_thread(client.ends))
        answered = 0
        while not ending.done():
            new, answered = the.heard[answered:], len(the.heard)
            said = [line.split()[0] for line in new if " MSG " in line]
            the.tells(*(f"{token} ERROR {HELD}: bob" for token in said))
            await asyncio.sleep(0.001)
        assert await ending == 1

    client = pipe(tmp_path, scene, "--room", "tea", stdin=-1)
    assert f"2500 lines were not delivered: {HELD}: bob" in client.complaints


def test_a_pipe_that_is_sent_out_ends(tmp_path: Path) -> None:
    """There is nothing left to do: it fails, and says why."""

    async def scene(the: House, client: Client) -> None:
        await to_thread(until, lambda: "you are in tea" in client.complaints)
        the.tells("INFO bob has sent you out of tea: spam", "INFO left room tea")
        assert await to_thread(client.ends) == 1

    client = pipe(tmp_path, scene, "--room", "tea", "--follow")
    assert "you are not in tea: bob has sent you out: spam" in client.complaints
