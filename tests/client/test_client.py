"""A client for programs, at a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat.client import (
    ChatClient,
    Connected,
    Disconnected,
    Entered,
    Event,
    Gone,
    Joined,
    Left,
    Members,
    Message,
    Notice,
    Refused,
    RefusedError,
    Returned,
    UnreachableError,
)
from chat.client import client as clients
from chat.client.memory import inbox
from chat.client.session import backfill, presence
from tests.client.meeting import Guest, guest, pretender
from tests.integration.server import PATIENCE, Server

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "client.md"


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


def test_what_is_said_is_told_to_everyone_with_its_number(port: int) -> None:
    """Each message comes once, in order, with number, time and sender; one's own too."""

    async def meet() -> None:
        async with guest(port, "alice") as alice, guest(port, "bob") as bob:
            await bob.hears(Entered)
            await alice.hears(Entered)
            assert await alice.client.say("lobby", "hi") == 1
            assert await bob.client.say("lobby", "  hello, alice") == 2
            for somebody in (alice, bob):
                hi = await somebody.hears(Message, lambda event: event.number == 1)
                hello = await somebody.hears(Message, lambda event: event.number == 2)
                assert (hi.room, hi.user, hi.text, hi.old) == ("lobby", "alice", "hi", False)
                assert hello.text == "  hello, alice"
                assert hi.own is (somebody is alice)
                assert hi.at <= hello.at

    asyncio.run(meet())


def test_the_bot_of_the_document(port: int) -> None:
    """The bot in the documents runs as it stands there, and answers."""
    code = DOCUMENT.read_text().split("```python\n")[1].split("```")[0]
    assert len(code.strip().splitlines()) <= 14
    bot = subprocess.Popen([sys.executable, "-c", code.replace("5000", str(port))])
    try:

        async def meet() -> None:
            async with guest(port, "alice") as alice:
                await alice.hears(Entered)
                await _somebody(alice.client, "echo")
                await alice.client.say("lobby", "is there anybody?")
                answer = await alice.hears(Message, lambda event: event.user == "echo")
                assert answer.text == "is there anybody?"

        asyncio.run(meet())
    finally:
        bot.kill()
        bot.wait()


async def _somebody(client: ChatClient, user: str) -> None:
    while user not in await client.who("lobby"):
        await asyncio.sleep(0)


def test_a_backlog_is_told_as_old(port: int) -> None:
    """Who comes is told what was said before, if it wants, as what was before."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            for number in range(5):
                await alice.client.say("lobby", f"line {number}")
            async with guest(port, "bob", backlog=3) as bob:
                entered = await bob.hears(Entered)
                assert [message.text for message in entered.backlog] == [
                    "line 2",
                    "line 3",
                    "line 4",
                ]
                assert all(message.old for message in entered.backlog)
                await alice.client.say("lobby", "now")
                await bob.hears(Message, lambda event: event.text == "now")
                assert bob.heard() == ["now"]

    asyncio.run(meet())


def test_what_the_server_repeats_on_coming_is_no_news(tmp_path: Path) -> None:
    """A replay on coming to a room is not told as if it was said now."""
    (tmp_path / "chat.toml").write_text("[history]\nreplay = 20\n")

    async def meet(port: int) -> None:
        async with guest(port, "alice", "lobby", "tea") as alice:
            await alice.client.say("tea", "before")
            await alice.client.say("lobby", "before")
            async with guest(port, "bob", "lobby", "tea") as bob:
                await bob.hears(Entered, lambda event: event.room == "tea")
                await bob.hears(Entered, lambda event: event.room == "lobby")
                await alice.client.say("tea", "now")
                await alice.client.say("lobby", "now")
                await bob.hears(Message, lambda event: event.room == "lobby")
                await bob.hears(Message, lambda event: event.room == "tea")
                assert bob.heard("tea") == bob.heard("lobby") == ["now"]
                await alice.client.join("ops")
                await alice.client.say("ops", "before")
                await bob.client.join("ops")
                await alice.client.say("ops", "now")
                await bob.hears(Message, lambda event: event.room == "ops")
                assert bob.heard("ops") == ["now"]

    words = ("--host", "127.0.0.1", "--port", "0", "--store", "memory:", "--config", "chat.toml")
    with Server(tmp_path, *words) as server:
        asyncio.run(meet(server.ports[0]))


def test_direct_messages_are_a_room(port: int) -> None:
    """What two say to each other alone is told to both, with numbers, once."""

    async def meet() -> None:
        async with guest(port, "alice") as alice, guest(port, "bob") as bob:
            await _somebody(alice.client, "bob")
            for number in range(1, 21):
                await alice.client.say("@bob", f"to bob {number}")
                await bob.client.say("@alice", f"to alice {number}")
            await alice.hears(Message, lambda event: event.text == "to alice 20")
            await bob.hears(Message, lambda event: event.text == "to alice 20")
            spoken = [f"to {name} {at}" for at in range(1, 21) for name in ("bob", "alice")]
            assert alice.heard("@bob") == bob.heard("@alice") == spoken
            numbers = [event.number for event in alice.told if isinstance(event, Message)]
            assert numbers == list(range(1, 41))

    asyncio.run(meet())


def test_one_may_talk_to_oneself(port: int) -> None:
    """A direct message to oneself is told once."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            await alice.client.say("@alice", "milk")
            await alice.client.say("@ALICE", "bread")
            await alice.hears(Message, lambda event: event.text == "bread")
            assert alice.heard("@alice") == ["milk", "bread"]

    asyncio.run(meet())


@pytest.mark.parametrize(
    ("room", "text", "reason"),
    [
        ("lobby", "  ", "there is no text to send"),
        ("lobby", "one\ntwo", "a message is one line"),
        ("lobby", "é" * 2100, "bytes too long"),
        ("tea", "hi", "you are not in the room tea"),
        ("@nobody", "hi", "nobody here is called nobody"),
    ],
)
def test_what_can_not_be_said_is_refused(port: int, room: str, text: str, reason: str) -> None:
    """A line that can't be sent, or that the server refuses, says why; the chat goes on."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            with pytest.raises(RefusedError, match=reason):
                await alice.client.say(room, text)
            if room == "@nobody":
                assert (await alice.hears(Refused)).text == "hi"
            assert await alice.client.say("lobby", "hi") == 1
            assert alice.client.waiting == 0

    asyncio.run(meet())


def test_the_longest_line_arrives_whole(port: int) -> None:
    """Whatever the client lets through, the server takes."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            length = 4096
            while True:
                try:
                    sent = alice.client.send("lobby", "x" * length)
                    break
                except RefusedError:
                    length -= 1
            await sent
            said = await alice.hears(Message)
            assert len(said.text) == length > 4000

    asyncio.run(meet())


def test_rooms_are_joined_and_left(port: int) -> None:
    """One comes to rooms under whatever spelling, and leaves them; others are told."""

    async def meet() -> None:
        async with guest(port, "alice", "#lobby") as alice, guest(port, "bob") as bob:
            await bob.hears(Entered)
            assert await alice.client.join("Tea") == "Tea"
            assert await bob.client.join("#tEA") == "Tea"
            assert bob.client.rooms == ["lobby", "Tea"]
            await alice.hears(Joined, lambda event: event == Joined("Tea", "bob"))
            await bob.client.say("TEA", "milk?")
            await alice.hears(Message, lambda event: event.room == "Tea")
            await alice.hears(Entered, lambda event: event.room == "Tea")
            alice.client.ask_members("Tea")
            assert (await alice.hears(Members)).users == ("alice", "bob")
            assert await alice.client.open_rooms() == [("lobby", 2), ("Tea", 2)]
            await bob.client.leave("tea")
            await bob.hears(Gone, lambda event: event == Gone("Tea"))
            await alice.hears(Left, lambda event: event == Left("Tea", "bob"))
            with pytest.raises(RefusedError, match="not in the room"):
                await bob.client.leave("tea")
            with pytest.raises(RefusedError, match="one word"):
                await bob.client.join("two words")

    asyncio.run(meet())


def test_history_and_search(port: int) -> None:
    """What was said can be read again by number, and found by its words."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            for number in range(1, 8):
                await alice.client.say("lobby", f"line {number}" + " tea" * (number == 3))
            ask = alice.client.history
            assert [one.number for one in await ask("lobby", 2)] == [6, 7]
            assert [one.number for one in await ask("lobby", 2, before=3)] == [1, 2]
            assert [one.number for one in await ask("lobby", 2, after=3)] == [4, 5]
            found = await alice.client.search("TEA")
            assert [(one.number, one.text) for one in found] == [(3, "line 3 tea")]
            with pytest.raises(RefusedError, match="makes no sense"):
                await alice.client.search('"')

    asyncio.run(meet())


def test_a_username_that_is_taken(port: int) -> None:
    """Who can't come is told why, at once."""

    async def meet() -> None:
        async with guest(port, "alice"):
            with pytest.raises(RefusedError, match="taken"):
                async with ChatClient("127.0.0.1", port, user="Alice"):
                    pass
            with pytest.raises(RefusedError, match="one word"):
                async with ChatClient("127.0.0.1", port, user="no body"):
                    pass

    asyncio.run(meet())


def test_a_room_that_is_refused_keeps_nobody_from_the_others(port: int) -> None:
    """A room with an impossible name is told as gone; one is in the others."""

    async def meet() -> None:
        async with guest(port, "alice", "-tea-", "lobby") as alice:
            gone = await alice.hears(Gone)
            assert gone.room == "-tea-"
            assert "a room's name is one word" in gone.reason
            await alice.client.say("lobby", "hi")
            assert alice.client.rooms == ["lobby"]

    asyncio.run(meet())


async def comes_back(somebody: Guest, times: int) -> None:
    """Somebody has noticed that the server was gone, and is back, so many times by now."""

    def told(kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in somebody.told)

    await somebody.hears(Disconnected, lambda _: told(Disconnected) >= times)
    somebody.client.hurry()
    await somebody.hears(Connected, lambda _: told(Connected) > times)


def test_a_killed_server_loses_nothing_and_doubles_nothing(
    tmp_path: Path, own_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill the server again and again while all talk: all is told to all, once, in order."""
    monkeypatch.setattr(presence, "PAUSES", (PATIENCE,))
    words = ("--host", "127.0.0.1", "--port", str(own_port))

    async def meet() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            async with (
                guest(own_port, "alice", "lobby", "tea") as alice,
                guest(own_port, "bob") as bob,
            ):
                await bob.client.join("tea")
                for somebody in (alice, bob):
                    await somebody.hears(Entered, lambda event: event.room == "tea")
                    await somebody.hears(Entered, lambda event: event.room == "lobby")
                said = 0
                for times in (1, 2, 3):
                    for _ in range(300):
                        said += 1
                        alice.client.send("lobby", f"a {said}")
                        bob.client.send("tea" if said % 2 else "lobby", f"b {said}")
                        if said % 20 == 0:
                            alice.client.send("@bob", f"d {said}")
                            await asyncio.sleep(0)
                    server.process.kill()
                    server.process.wait()
                    bob.client.send("lobby", f"while it is away {said}")
                    server = Server(tmp_path, *words).__enter__()
                    for somebody in (bob, alice):  # who is away can't be told anything alone
                        await comes_back(somebody, times)
                await asyncio.gather(alice.client.delivered(), bob.client.delivered())
                last = await bob.client.say("lobby", "the end")
                for somebody in (alice, bob):
                    await somebody.hears(Message, lambda event: event.text == "the end")
                await alice.hears(Message, lambda event: event.text == f"b {said - 1}")
                await bob.hears(Message, lambda event: event.text == f"d {said}")
                await alice.hears(Message, lambda event: event.text == f"d {said}")
                assert alice.heard("lobby") == bob.heard("lobby")
                assert len(bob.heard("lobby")) == len(set(bob.heard("lobby"))) == last == 1354
                tea = [f"b {at}" for at in range(1, said + 1, 2)]
                assert alice.heard("tea") == bob.heard("tea") == tea
                direct = [f"d {at}" for at in range(20, said + 1, 20)]
                assert alice.heard("@bob") == bob.heard("@alice") == direct
                mine = [text for text in bob.heard("lobby") if text.startswith("a ")]
                assert mine == [f"a {at}" for at in range(1, said + 1)]
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(meet())


def test_coming_back_is_told_with_what_was_missed(tmp_path: Path) -> None:
    """Who was away is told since when, how much was missed, and then that, as old."""

    async def meet() -> None:
        with Server(tmp_path, "--host", "127.0.0.1", "--port", "0") as server:
            async with guest(server.ports[0], "alice") as alice, guest(server.ports[0], "bob") as b:
                await b.hears(Entered)
                await alice.client.say("lobby", "one")
                await b.hears(Message)
                assert b.client._connection
                b.client._connection.abort("pulled")
                for number in range(3):
                    await alice.client.say("lobby", f"missed {number}")
                lost = await b.hears(Disconnected)
                assert lost.reason == "pulled"
                returned = await b.hears(Returned)
                assert await b.hears(Connected, lambda event: event.again)
                assert (returned.room, returned.missed) == ("lobby", 3)
                await b.hears(Message, lambda event: event.text == "missed 2")
                missed = [event for event in b.told if isinstance(event, Message)][1:]
                assert [message.text for message in missed] == [f"missed {at}" for at in range(3)]
                assert all(message.old for message in missed)

    asyncio.run(meet())


def test_who_has_no_patience_gives_up(tmp_path: Path) -> None:
    """After as long as one likes it is over: what was not delivered says so."""

    async def meet() -> None:
        with Server(tmp_path, "--host", "127.0.0.1", "--port", "0") as server:
            async with guest(server.ports[0], "alice", patience=0) as alice:
                await alice.hears(Entered)
                server.process.kill()
                end = await alice.hears(Disconnected)
                assert end.pause is None
                with pytest.raises((UnreachableError, RefusedError)):
                    await alice.client.say("lobby", "hello?")

    asyncio.run(meet())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "hung up"),
        (b"", "hung up"),
        (b"SSH-2.0-x\r\n", "hung up"),
        (b"x" * 200_000, "no chat server"),
        (b"ERROR go away\n", "go away"),
    ],
)
def test_what_is_no_chat_server(answer: bytes, reason: str) -> None:
    """Whatever answers there, one is told that it is not a chat, and why."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def meet() -> None:
        async with pretender(talk) as port:
            with pytest.raises(UnreachableError, match=reason):
                async with ChatClient("127.0.0.1", port, user="alice"):
                    pass

    asyncio.run(meet())


def test_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is given up after a while; one that is not there at once."""
    monkeypatch.setattr(presence, "CONNECT_SECONDS", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def meet() -> None:
        async with pretender(talk) as port:
            with pytest.raises(UnreachableError, match="does not answer"):
                async with ChatClient("127.0.0.1", port, user="alice"):
                    pass
        with pytest.raises(UnreachableError, match="is the server running"):
            async with ChatClient("localhost", port, user="alice"):
                pass
        with pytest.raises(UnreachableError, match="can't be reached"):
            async with ChatClient("no.such.host.invalid", port, user="alice"):
                pass

    asyncio.run(meet())


def test_conversations_alone_are_no_room(port: int) -> None:
    """Who wants only to talk to somebody alone is in no room, also when it comes back."""

    async def meet() -> None:
        async with guest(port, "bob") as bob, guest(port, "alice", "@bob") as alice:
            await alice.client.say("@bob", "psst")
            await bob.hears(Message, lambda event: event.text == "psst")
            assert alice.client.rooms == ["@bob"]
            assert alice.client._connection
            alice.client._connection.abort("pulled")
            await alice.client.say("@bob", "again")
            await bob.hears(Message, lambda event: event.text == "again")
            assert await bob.client.who("lobby") == ["bob"]
            for impossible in ("@", "@bob carol"):
                with pytest.raises(RefusedError, match="one word"):
                    alice.client.send(impossible, "hi")

    asyncio.run(meet())


def test_who_speaks_without_listening_needs_no_more_memory(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that nobody takes do not pile up; what is said is delivered all the same."""
    monkeypatch.setattr(inbox, "WAITING_EVENTS", 100)

    async def meet() -> None:
        async with ChatClient("127.0.0.1", port, user="alice") as alice:
            for number in range(1000):
                alice.send("lobby", f"line {number}")
            await alice.delivered()
            assert len(alice._inbox) <= 100
            assert (await alice.history("lobby", 1))[0].number == 1000

    asyncio.run(meet())


def test_who_listens_slowly_is_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where events are not taken fast enough the server waits; in the end all have come."""
    monkeypatch.setattr(inbox, "WAITING_EVENTS", 50)

    async def meet() -> None:
        async with (
            ChatClient("127.0.0.1", port, user="alice") as alice,
            ChatClient("127.0.0.1", port, user="bob") as bob,
        ):
            await anext(alice)
            await alice.who("lobby")
            for number in range(2000):
                bob.send("lobby", f"line {number} " + "x" * 500)
            await bob.delivered()
            assert len(alice._inbox) < 2000
            texts = []
            while len(texts) < 2000:
                event = await anext(alice)
                if isinstance(event, Message):
                    texts.append(event.number)
            assert texts == list(range(1, 2001))

    asyncio.run(meet())


def test_leaving_while_there_is_no_connection(tmp_path: Path) -> None:
    """Who closes the chat while the server does not answer is not kept waiting."""

    async def meet() -> None:
        with Server(tmp_path, "--host", "127.0.0.1", "--port", "0") as server:
            async with guest(server.ports[0], "alice") as alice:
                await alice.hears(Entered)
                server.process.kill()
                await alice.hears(Disconnected)
                waiting = alice.client.send("lobby", "hello?")
                began = asyncio.get_running_loop().time()
                await alice.client.close()
                assert asyncio.get_running_loop().time() - began < clients.GOODBYE_SECONDS
                with pytest.raises(UnreachableError):
                    await waiting

    asyncio.run(meet())


def test_another_history_begins_anew(tmp_path: Path, own_port: int) -> None:
    """A server that comes back with an emptier store is heard from its first message on."""
    words = ("--host", "127.0.0.1", "--store", "memory:", "--port", str(own_port))

    async def meet() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            async with guest(own_port, "alice") as alice:
                for number in range(1, 6):
                    await alice.client.say("lobby", f"line {number}")
                await alice.hears(Message, lambda event: event.number == 5)
                server.process.kill()
                server.process.wait()
                server = Server(tmp_path, *words).__enter__()
                alice.client.hurry()
                assert await alice.client.say("lobby", "again") == 1
                await alice.hears(Returned, lambda event: event.is_anew)
                await alice.hears(Message, lambda event: event.text == "again")
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(meet())


def test_leaving_and_coming_at_once(port: int) -> None:
    """However fast one goes in and out, client and server agree on where one is."""

    async def meet() -> None:
        async with guest(port, "alice", "lobby") as alice:
            await alice.hears(Entered)
            for _ in range(10):
                await asyncio.gather(
                    alice.client.leave("#lobby"),
                    alice.client.join("lobby"),
                    return_exceptions=True,
                )
                here = "alice" in await alice.client.who("")
                assert here
                try:
                    is_there = "alice" in await alice.client.who("lobby")
                except RefusedError:
                    is_there = False
                assert is_there is ("lobby" in alice.client.rooms)
                if not is_there:
                    await alice.client.join("lobby")

    asyncio.run(meet())


def unreadable(times: int, *lines: str) -> Any:
    """A server whose history of the conversation with bob can't be read so many times."""
    refused = {"left": times}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().strip():
            word, _, rest = line.partition(" ")
            if word == "JOIN":
                writer.write(b"INFO joined room lobby\n")
            elif word == "STAMPS":
                writer.write(b"INFO stamps on\n")
            elif word == "PING":
                writer.write(f"PONG {rest}\n".encode())
            elif word == "WHO":
                writer.write("".join(f"DM bob {text}\n" for text in lines).encode())
            elif line.startswith("HISTORY @bob"):
                if refused["left"]:
                    refused["left"] -= 1
                    writer.write(b"ERROR the history can't be read just now\n")
                elif "AFTER" not in line or line.endswith("AFTER 0"):
                    for at, text in enumerate(lines, 1):
                        stamp = f"{at} 2026-05-04T09:33:00.001Z"
                        writer.write(f"HISTORY @bob {stamp} bob {text}\n".encode())

    return talk


@pytest.mark.parametrize("times", [0, 1, 3])
def test_direct_messages_survive_a_history_that_can_not_be_read(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was said to one alone is told once the history can be read again."""
    monkeypatch.setattr(backfill, "READ_PAUSES", (0.01,) * 4)

    async def meet() -> None:
        async with (
            pretender(unreadable(times, "one", "two", "three")) as port,
            guest(port, "alice") as alice,
        ):
            await alice.client.who()
            await alice.hears(Message, lambda event: event.text == "three")
            assert alice.heard("@bob") == ["one", "two", "three"]

    asyncio.run(meet())


def test_direct_messages_that_can_not_be_read_are_told_as_they_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the history stays unreadable, what was said to one is not kept from one."""
    monkeypatch.setattr(backfill, "READ_PAUSES", (0.01,) * 4)

    async def meet() -> None:
        async with (
            pretender(unreadable(100, "one", "two")) as port,
            guest(port, "alice") as alice,
        ):
            await alice.client.who()
            await alice.hears(Notice, lambda event: event.text == "bob to you alone: two")
            await alice.hears(Notice, lambda event: event.text == "bob to you alone: one")

    asyncio.run(meet())
