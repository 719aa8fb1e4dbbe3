"""Usernames that are owned, as a client has them, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.client import (
    ChatClient,
    Disconnected,
    Entered,
    Gone,
    Message,
    Read,
    RefusedError,
    Returned,
    UnreachableError,
    Unread,
)
from chat.client.memory import marks
from chat.client.session import presence
from chat.client.wire import connection
from tests.client.meeting import Guest, guest, pretender
from tests.integration.server import Server

PASSWORD = "correct-horse"


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


@asynccontextmanager
async def owner(
    port: int, user: str, *rooms: str, password: str = PASSWORD, **settings: Any
) -> AsyncIterator[Guest]:
    """A device of somebody whose username is an account, and who is in all rooms."""
    async with guest(port, user, *rooms, password=password, **settings) as somebody:
        for room in rooms or ("lobby",):
            await somebody.hears(Entered, lambda event, room=room: event.room == room)
        yield somebody


async def register(port: int, user: str, *rooms: str) -> None:
    """Make a username an account, which is in these rooms."""
    async with guest(port, user, *rooms) as somebody:
        await somebody.client.register(PASSWORD)


def test_a_username_is_made_ones_own(port: int) -> None:
    """Who has registered comes with the password, also after a loss; nobody else under the name."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            assert not alice.client.is_registered
            await alice.client.register(PASSWORD)
            assert alice.client.is_registered
            await _lose(alice)
            assert alice.client.is_registered
            await alice.client.say("lobby", "still here")
        for password, code in [(None, "password-required"), ("not-that-one", "wrong-password")]:
            with pytest.raises(RefusedError) as refused:
                async with ChatClient("127.0.0.1", port, user="alice", password=password):
                    pass
            assert refused.value.code == code
        async with owner(port, "ALICE") as alice:
            assert alice.client.user == "alice"
            said = await alice.client.say("lobby", "me again")
            assert (await alice.hears(Message, lambda event: event.number == said)).own

    asyncio.run(meet())


async def _lose(somebody: Guest) -> None:
    """Its connection is lost, and made again."""
    assert somebody.client._connection
    await somebody.hears(Entered)
    before = len(somebody.told)
    somebody.client._connection.abort("pulled")
    somebody.client.hurry()
    while not any(isinstance(event, Returned) for event in somebody.told[before:]):
        somebody.client.hurry()
        await asyncio.sleep(0.01)


def test_the_password_is_changed_and_given_up(port: int) -> None:
    """A new password counts at once, also for coming back; without one the name is anybody's."""

    async def meet() -> None:
        await register(port, "alice")
        async with owner(port, "alice") as alice:
            with pytest.raises(RefusedError) as refused:
                await alice.client.change_password("not-that-one", "battery-staple")
            assert refused.value.code == "wrong-password"
            await alice.client.change_password(PASSWORD, "battery-staple")
            await _lose(alice)
            await alice.client.unregister("battery-staple")
            assert not alice.client.is_registered
            await _lose(alice)
        async with guest(port, "alice"):
            pass

    asyncio.run(meet())


@pytest.mark.parametrize("password", ["two words", "", "line\nbreak", " "])
def test_a_password_is_one_word(port: int, password: str) -> None:
    """What could not be said is refused here, and not repeated."""

    async def meet() -> None:
        async with guest(port, "alice") as alice:
            for act in (alice.client.register, alice.client.unregister):
                with pytest.raises(RefusedError, match="a password is one word"):
                    await act(password)
            with pytest.raises(RefusedError, match="a password is one word"):
                await alice.client.change_password(PASSWORD, password)
            assert await alice.client.say("lobby", "hi") == 1

    asyncio.run(meet())


def test_who_is_asked_may_answer(port: int) -> None:
    """Where a password is wanted, or another one, it can be asked for, until there is none."""
    answers: list[str | None] = ["not-that-one", PASSWORD]
    reasons: list[str] = []

    async def ask(refused: RefusedError) -> str | None:
        reasons.append(refused.code)
        return answers.pop(0)

    async def meet() -> None:
        await register(port, "alice")
        async with guest(port, "alice", ask=ask) as alice:
            assert alice.client.is_registered
            assert reasons == ["password-required", "wrong-password"]
        answers.append(None)
        with pytest.raises(RefusedError, match="registered"):
            async with guest(port, "alice", ask=ask):
                pass

    asyncio.run(meet())


def test_a_password_that_was_changed_elsewhere_ends_it(port: int) -> None:
    """Who comes back with what is no password any more does not try again: that would shut the
    owner out. Who can be asked goes on, and nothing that was said is lost. At first the reason is
    what the server said on sending one away, and only then that a password was wrong.
    """
    asked: list[str] = []

    async def ask(refused: RefusedError) -> str:
        asked.append(f"{refused.code}: {refused}")
        return "battery-staple" if asked[1:] else "not-that-one"

    async def meet() -> None:
        await register(port, "alice")
        async with owner(port, "alice") as one, owner(port, "alice", ask=ask) as two:
            async with owner(port, "alice") as three:
                await three.client.change_password(PASSWORD, "battery-staple")
            for device in (one, two):
                await device.hears(Disconnected)
                device.client.hurry()
            said = two.client.send("lobby", "meanwhile")
            end = await one.hears(Disconnected, lambda event: event.pause is None)
            assert end.code == "wrong-password"
            assert end.reason == "your account was changed: come back with its password"
            assert await said == 1
            assert asked == [
                "wrong-password: your account was changed: come back with its password",
                "wrong-password: that is not the password of that username",
            ]

    asyncio.run(meet())


def test_after_too_many_tries_it_waits(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At first too many wrong passwords are an error; who comes back waits until it may try."""
    monkeypatch.setattr(presence, "TRIES_SECONDS", 1000.0)

    async def meet() -> None:
        await register(port, "alice")
        async with owner(port, "alice") as alice:
            while True:
                with pytest.raises(RefusedError) as refused:
                    async with ChatClient("127.0.0.1", port, user="alice", password="wrong-one"):
                        pass
                if refused.value.code == "too-many-tries":
                    break
                assert refused.value.code == "wrong-password"
            assert alice.client._connection
            alice.client._connection.abort("pulled")
            alice.client.hurry()
            lost = await alice.hears(Disconnected, lambda event: (event.pause or 0) >= 1000)
            assert "too many" in lost.reason

    asyncio.run(meet())


def test_a_wire_that_others_read_gets_no_password(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TLS a password goes to this machine alone, unless one says that it may be sent."""
    monkeypatch.setattr(connection, "_is_loopback", lambda _: False)
    heard: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode():
            heard.append(line)

    async def meet() -> None:
        async with pretender(talk) as elsewhere:
            with pytest.raises(RefusedError, match="TLS only") as refused:
                async with guest(elsewhere, "alice", password=PASSWORD):
                    pass
            assert refused.value.code == "tls-required"
            assert not heard
        await _plaintext_register(port)
        async with guest(port, "bob") as bob:
            with pytest.raises(RefusedError, match="TLS only"):
                await bob.client.register(PASSWORD)
        with pytest.raises(RefusedError, match="is registered: passwords") as refused:
            async with guest(port, "alice"):
                pass
        assert refused.value.code == "tls-required"
        async with owner(port, "alice", plaintext=True) as alice:
            assert alice.client.is_registered

    asyncio.run(meet())


async def _plaintext_register(port: int) -> None:
    async with guest(port, "alice", plaintext=True) as alice:
        await alice.client.register(PASSWORD)


def test_loopback_is_this_machine() -> None:
    """Whatever an address looks like."""
    for address in ("127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"):
        assert connection._is_loopback(address)
    for address in ("10.0.0.1", "fe80::1%eth0", "::ffff:10.0.0.1", "", "localhost"):
        assert not connection._is_loopback(address)


def old(line: str) -> str:
    """What a server says to a line that has never heard of accounts."""
    word, _, rest = line.partition(" ")
    if word == "PING":
        return f"PONG {rest}\n"
    if word in ("JOIN", "STAMPS", "HISTORY"):
        return {"JOIN": "INFO joined room lobby\n", "STAMPS": "INFO stamps on\n"}.get(word, "")
    return f"ERROR there is no command {word}: HELP lists what there is\n"


def test_a_server_that_knows_no_accounts() -> None:
    """With a password or without, one is a guest there."""
    heard: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().rstrip("\n"):
            heard.append(line)
            writer.write(old(line).encode())

    async def meet() -> None:
        async with pretender(talk) as port, guest(port, "bob", password=PASSWORD) as bob:
            await bob.hears(Entered)
            assert not bob.client.is_registered
            assert "JOIN lobby bob" in heard
            bob.client.read("lobby", 7)
            with pytest.raises(RefusedError, match="no command REGISTER"):
                await bob.client.register(PASSWORD)
            with pytest.raises(RefusedError, match="no command CATCHUP"):
                await bob.client.catchup()
        assert not [line for line in heard if line.startswith("READ")]

    asyncio.run(meet())


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        ("register", "", PASSWORD),
        ("change", PASSWORD, "battery-staple"),
        ("unregister", PASSWORD, ""),
    ],
)
@pytest.mark.parametrize("is_done", [False, True])
def test_a_connection_that_is_lost_while_the_password_changes(
    act: str, before: str, after: str, is_done: bool
) -> None:
    """Whether the server has done it or not, one comes back, and nothing that was said is lost."""
    valid = [before]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_proved = False
        while line := (await reader.readline()).decode().rstrip("\n"):
            words = line.split()
            if words[0] in ("REGISTER", "PASSWORD", "UNREGISTER"):
                valid[0] = after if is_done else before
                writer.close()
                return
            if words[:2] == ["HELP", "wrong-password"]:
                writer.write(b"INFO that is not it\n")
            elif words[0] == "AUTH":
                is_proved = words[2] == valid[0]
                said = "INFO you are bob: go on" if is_proved else "ERROR that is not it"
                writer.write(f"{said}\n".encode())
            elif words[0] == "JOIN" and valid[0] and not is_proved:
                writer.write(b"ERROR that username is registered\n")
            elif words[0].startswith("@"):
                token = words[0][1:]
                writer.write(f"@1 2026-05-04T09:33:00Z {token} MSG lobby bob hi\n".encode())
            else:
                writer.write(old(line).encode())

    async def meet() -> None:
        async with pretender(talk) as port, guest(port, "bob", password=before) as bob:
            await bob.hears(Entered)
            does = {
                "register": lambda: bob.client.register(PASSWORD),
                "change": lambda: bob.client.change_password(PASSWORD, "battery-staple"),
                "unregister": lambda: bob.client.unregister(PASSWORD),
            }
            with pytest.raises(UnreachableError):
                await does[act]()
            said = bob.client.send("lobby", "hi")
            bob.client.hurry()
            assert await said == 1
            assert bob.client.is_registered is bool(valid[0])

    asyncio.run(meet())


# --- many devices ---------------------------------------------------------------------------------


def test_rooms_are_the_same_on_all_devices(port: int) -> None:
    """A room that is joined or left on one device is joined or left on the other one."""

    async def meet() -> None:
        await register(port, "alice")
        async with owner(port, "alice") as phone, owner(port, "alice") as desk:
            await phone.client.join("Tea")
            await desk.hears(Entered, lambda event: event.room == "Tea")
            await desk.client.say("Tea", "from the desk")
            said = await phone.hears(Message, lambda event: event.room == "Tea")
            assert said.own
            assert said.text == "from the desk"
            await desk.client.leave("tea")
            await phone.hears(Gone, lambda event: event == Gone("Tea"))
            assert phone.client.rooms == desk.client.rooms == ["lobby"]
            assert await phone.client.who("") == ["alice"]
        async with owner(port, "alice", "tea", "ops"):
            pass
        async with owner(port, "alice", "ops") as later:
            await later.hears(Entered, lambda event: event.room == "tea")
            await later.hears(Entered, lambda event: event.room == "lobby")

    asyncio.run(meet())


def test_an_answer_with_the_news_of_another_device_in_it() -> None:
    """Where another device comes to a room, or leaves one, between a question and its answer, each
    is what it is.
    """
    unasked = {
        "WHO": "INFO joined room ops\nUSER bob\nINFO 1 user here\n",
        "WHO ops": "INFO left room ops\nERROR you are not in the room ops\n",
        "JOIN tea": "INFO joined room ops\nINFO joined room tea\n",
        "JOIN full": "INFO joined room ops\nERROR you are in too many rooms\n",
    }

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().rstrip("\n"):
            writer.write(unasked.get(line, old(line)).encode())

    async def meet() -> None:
        async with pretender(talk) as port, guest(port, "bob") as bob:
            await bob.hears(Entered)
            assert await bob.client.who("") == ["bob"]
            await bob.hears(Entered, lambda event: event.room == "ops")
            with pytest.raises(RefusedError, match="not in the room ops"):
                await bob.client.who("ops")
            await bob.hears(Gone, lambda event: event.room == "ops")
            assert await bob.client.join("tea") == "tea"
            with pytest.raises(RefusedError, match="too many"):
                await bob.client.join("full")
            assert bob.client.rooms == ["lobby", "ops", "tea"]

    asyncio.run(meet())


def test_direct_messages_of_another_device(port: int) -> None:
    """What one says to somebody alone is told on one's other devices, once and in order."""

    async def meet() -> None:
        await register(port, "alice")
        async with (
            owner(port, "alice") as phone,
            owner(port, "alice") as desk,
            guest(port, "bob") as bob,
        ):
            await bob.hears(Entered)
            for number in range(10):
                await desk.client.say("@bob", f"desk {number}")
                await bob.client.say("@alice", f"bob {number}")
                await phone.client.say("@bob", f"phone {number}")
            spoken = [f"{who} {at}" for at in range(10) for who in ("desk", "bob", "phone")]
            for device in (phone, desk):
                await device.hears(Message, lambda event: event.text == "phone 9")
                assert device.heard("@bob") == spoken

    asyncio.run(meet())


@pytest.mark.parametrize("count", [1, 40, 900])
def test_direct_messages_that_have_waited(port: int, count: int) -> None:
    """What was said to somebody who was away is told at the next coming, once, in order, all."""

    async def meet() -> None:
        await register(port, "alice")
        async with guest(port, "bob") as bob:
            for _ in range(count):
                bob.client.send("@alice", "the disk is full")
            await bob.client.delivered()
            last = await bob.client.say("@alice", "for good")
            async with owner(port, "alice") as alice:
                await alice.hears(Message, lambda event: event.number == last)
                told = [event for event in alice.told if isinstance(event, Message)]
                assert [event.number for event in told] == list(range(1, count + 2))
                await bob.client.say("@alice", "now")
                await alice.hears(Message, lambda event: event.text == "now")
            async with owner(port, "alice") as again:
                await bob.client.say("@alice", "later")
                await again.hears(Message, lambda event: event.text == "later")
                assert again.heard("@bob") == ["later"]

    asyncio.run(meet())


# --- what is read ---------------------------------------------------------------------------------


def test_what_is_unread_is_told_on_coming(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account is told how much is unread, where from, and how often it is named; what it reads
    is read on all its devices, and what was told of conversations is told once.
    """
    monkeypatch.setattr(marks, "MARK_SECONDS", 0.01)

    async def meet() -> None:
        await register(port, "alice", "lobby", "tea")
        async with guest(port, "bob", "lobby", "tea") as bob:
            for number in range(1, 6):
                await bob.client.say("tea", f"line {number}" + ", alice!" * (number == 3))
            await bob.client.say("@alice", "psst")
            async with owner(port, "alice", unread=True) as desk:
                unread = await desk.hears(Unread, lambda event: event.room == "tea")
                assert unread == Unread("tea", 5, 1, 0)
                assert await desk.hears(Unread, lambda event: event == Unread("@bob", 1, 1, 0))
                await desk.hears(Message, lambda event: event.text == "psst")
                assert desk.heard("@bob") == ["psst"]
                assert [one.room for one in await desk.client.catchup()] == ["tea", "@bob"]
                async with owner(port, "alice", unread=True) as phone:
                    await phone.hears(Unread, lambda event: event.room == "@bob")
                    await phone.hears(Message, lambda event: event.text == "psst")
                    assert phone.heard("@bob") == ["psst"]
                    phone.client.read("tea", 4)
                    await desk.hears(Read, lambda event: event == Read("tea", 4))
                    phone.client.read("tea", 5)
                    await desk.hears(Read, lambda event: event == Read("tea", 5))
                    assert await desk.client.catchup() == [Unread("@bob", 1, 1, 0)]
                    phone.client.read("@bob", 1)
                await desk.hears(Read, lambda event: event == Read("@bob", 1))
                assert await desk.client.catchup() == []

    asyncio.run(meet())


def test_reading_is_told_now_and_then(port: int) -> None:
    """However fast one reads, the server is told every few seconds, and the rest on leaving."""

    async def meet() -> None:
        await register(port, "alice")
        async with guest(port, "bob") as bob, owner(port, "alice") as desk:
            for _ in range(20):
                await bob.client.say("lobby", "line")
            async with owner(port, "alice") as phone:
                for number in range(1, 21):
                    phone.client.read("lobby", number)
                    await phone.client.who()
                await desk.hears(Read, lambda event: event == Read("lobby", 1))
            await desk.hears(Read, lambda event: event == Read("lobby", 20))
            assert len([event for event in desk.told if isinstance(event, Read)]) == 2

    asyncio.run(meet())


def test_what_was_read_without_a_connection_is_told_later(port: int) -> None:
    """What one has read of what is there is told when the connection is back; and what was read
    elsewhere meanwhile is told to oneself.
    """

    async def meet() -> None:
        await register(port, "alice", "lobby", "tea")
        async with guest(port, "bob", "lobby", "tea") as bob:
            await bob.client.say("lobby", "one")
            await bob.client.say("tea", "one")
            async with (
                owner(port, "alice", "lobby", "tea", unread=True) as phone,
                owner(port, "alice", "lobby", "tea", unread=True) as desk,
            ):
                await phone.hears(Unread, lambda event: event.room == "lobby")
                assert phone.client._connection
                phone.client._connection.abort("pulled")
                phone.client.read("lobby", 1)
                desk.client.read("tea", 1)
                await desk.client.who()
                while not any(isinstance(event, Returned) for event in phone.told):
                    phone.client.hurry()
                    await asyncio.sleep(0.01)
                await phone.hears(Read, lambda event: event == Read("tea", 1))
                await desk.hears(Read, lambda event: event == Read("lobby", 1))

    asyncio.run(meet())


def test_a_killed_server_keeps_what_one_owns(tmp_path: Path, own_port: int) -> None:
    """After a kill one comes back with the password to the rooms that one has everywhere."""
    words = ("--host", "127.0.0.1", "--port", str(own_port))

    async def meet() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            await register(own_port, "alice")
            async with owner(own_port, "alice") as phone, owner(own_port, "alice") as desk:
                await phone.client.join("tea")
                await desk.hears(Entered, lambda event: event.room == "tea")
                server.process.kill()
                server.process.wait()
                said = phone.client.send("tea", "still there?")
                server = Server(tmp_path, *words).__enter__()
                phone.client.hurry()
                desk.client.hurry()
                assert await said == 1
                heard = await desk.hears(Message, lambda event: event.room == "tea")
                assert heard.own
                assert desk.client.is_registered
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(meet())


def test_two_devices_hear_the_same_through_kills(tmp_path: Path, own_port: int) -> None:
    """Kill the server again and again while two devices of somebody, and somebody else, talk in a
    room and alone: all of it is told on all of them, once, in one order.
    """
    words = ("--host", "127.0.0.1", "--port", str(own_port))

    async def meet() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            await register(own_port, "alice")
            await register(own_port, "bob")
            async with (
                owner(own_port, "alice") as phone,
                owner(own_port, "alice") as desk,
                owner(own_port, "bob") as bob,
            ):
                everyone, said = (phone, desk, bob), 0
                for _ in range(3):
                    for _ in range(100):
                        said += 1
                        for name, device in zip("pdb", everyone, strict=True):
                            device.client.send("lobby", f"{name} {said}")
                            if said % 5 == 0:
                                other = "@alice" if device is bob else "@bob"
                                device.client.send(other, f"{name} {said} alone")
                        if said % 20 == 0:
                            await asyncio.sleep(0)
                    server.process.kill()
                    server.process.wait()
                    server = Server(tmp_path, *words).__enter__()
                    for device in everyone:
                        device.client.hurry()
                await asyncio.gather(*(device.client.delivered() for device in everyone))
                await bob.client.say("@alice", "the end")
                last = await bob.client.say("lobby", "the end")
                for device in everyone:
                    await device.hears(Message, lambda event: event.number == last)
                    room = "@alice" if device is bob else "@bob"
                    for wanted in ("lobby", room):
                        await device.hears(
                            Message,
                            lambda event, wanted=wanted: (
                                (event.room, event.text) == (wanted, "the end")
                            ),
                        )
                for device in everyone:
                    room = "@alice" if device is bob else "@bob"
                    assert device.heard("lobby") == bob.heard("lobby")
                    assert device.heard(room) == bob.heard("@alice")
                    assert len(device.heard("lobby")) == len(set(device.heard("lobby"))) == 901
                    assert len(device.heard(room)) == len(set(device.heard(room))) == 181
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(meet())
