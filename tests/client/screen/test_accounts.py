"""An account on the screen: how one comes in, what one types, and what is unread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.client import ChatClient, RefusedError
from chat.client.session import presence
from tests.client.screen.sitting import Sitting, sitting
from tests.integration.server import PATIENCE, Server

PASSWORD = "correct-horse"


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


@asynccontextmanager
async def device(port: int, user: str, *rooms: str, **settings: Any) -> AsyncIterator[ChatClient]:
    """Another client of somebody."""
    rooms = rooms or ("lobby",)
    async with ChatClient("127.0.0.1", port, user=user, rooms=rooms, **settings) as client:
        yield client


async def register(port: int, user: str, *rooms: str) -> None:
    """Make a username an account, which is in these rooms."""
    async with device(port, user, *rooms) as client:
        await client.register(PASSWORD)


async def answers(person: Sitting, *secrets: str) -> None:
    """Type into a dialog, which shows none of it."""
    for secret in secrets:
        await person.types(secret, enter=False)
        assert not secret or secret not in person.screen
        await person.presses("enter")


def test_the_password_is_asked_for(port: int) -> None:
    """Where the username is registered one is asked, and once more after a wrong answer."""

    async def sit() -> None:
        await register(port, "alice")
        async with sitting(port, "alice") as alice:
            await alice.sees("Welcome to the chat")
            await alice.presses("enter", "enter")
            await alice.sees("Password of alice", "that username is registered")
            await alice.sees("Enter goes on; Escape: another username.")
            await answers(alice, "")
            await alice.sees("Password of alice", "a password is needed")
            await answers(alice, "not-that-one")
            await alice.sees("Password of alice", "that is not the password")
            await answers(alice, PASSWORD)
            await alice.sees("1 lobby", "● alice at")
            assert alice.app.visit.client.is_registered

    asyncio.run(sit())


def test_who_does_not_answer_may_choose_another_name(port: int) -> None:
    """Escape goes back to where username and room are asked for."""

    async def sit() -> None:
        await register(port, "alice")
        async with sitting(port, "alice") as alice:
            await alice.sees("Welcome to the chat")
            await alice.presses("enter", "enter")
            await alice.sees("Password of alice")
            await alice.presses("escape")
            await alice.sees("Welcome to the chat", "that username is registered")
            await alice.presses("end")
            await alice.types("2")
            await alice.presses("enter")
            await alice.sees("1 lobby", "● alice2 at")

    asyncio.run(sit())


def test_a_password_that_is_given_is_not_asked_for(port: int) -> None:
    """With a password file one is in at once; another server is not told the password."""

    async def sit() -> None:
        await register(port, "alice")
        async with sitting(port, "alice", "lobby", password=PASSWORD) as alice:
            assert alice.app.visit.client.is_registered
            there = alice.app._client(alice.app.goal)
            assert there._account._passwords == [PASSWORD]
            for goal in (
                alice.app.goal._replace(server=f"127.0.0.2:{port}"),
                alice.app.goal._replace(server=f"chats://127.0.0.1:{port}"),
                alice.app.goal._replace(user="bob"),
            ):
                assert alice.app._client(goal)._account._passwords == []

    asyncio.run(sit())


def test_a_username_is_registered_changed_and_given_up(port: int) -> None:
    """/register, /password and /unregister ask for passwords, and show none of them."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            for command in ("/unregister", "/password", "/catchup"):
                await alice.types(command)
                await alice.sees("/register makes yours one")
                assert alice.typed == command
                await alice.presses("escape")
            await alice.types("/register")
            await alice.sees("/register: make your username your own", "Once more")
            await alice.sees("Enter goes on; Escape cancels.")
            await answers(alice, PASSWORD, "correct-hearse")
            await alice.sees("the two are not the same")
            await answers(alice, PASSWORD, PASSWORD)
            await alice.sees("your username is registered")
            await alice.types("/register")
            await alice.sees("registered already: /password changes its password")
            await alice.presses("escape")
            await alice.types("/password")
            await alice.sees("Old password", "New password", "Once more")
            await answers(alice, "not-that-one", "battery-staple", "battery-staple")
            await alice.sees("that is not the password")
            assert alice.typed == "/password"
            await alice.presses("enter")
            await answers(alice, PASSWORD, "battery-staple", "battery-staple")
            await alice.sees("the password is changed")
            await alice.types("/unregister")
            await alice.presses("escape")
            assert alice.app.visit.client.is_registered
            await alice.types("/unregister")
            await answers(alice, "battery-staple")
            await alice.sees("your username is not registered any more")
            async with device(port, "bob") as bob:
                with pytest.raises(RefusedError, match="taken"):
                    async with device(port, "alice"):
                        pass
                await bob.say("lobby", "hi")
            await alice.sees("hi")

    asyncio.run(sit())


def test_a_password_behind_its_command(port: int) -> None:
    """A password may be typed on the same line; the arrow keys bring back only the command."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types(f"/register {PASSWORD}")
            await alice.sees("your username is registered")
            await alice.presses("up")
            assert alice.typed == "/register"
            await alice.presses("escape")
            await alice.types(f"/password {PASSWORD} battery-staple")
            await alice.sees("the password is changed")
            await alice.types("/unregister battery staple")
            await alice.sees("passwords are one word each: /unregister [password]")
            assert alice.typed == "/unregister"

    asyncio.run(sit())


def test_a_password_that_was_changed_elsewhere_is_asked_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back and has no valid password is asked; what was said meanwhile is not lost."""
    monkeypatch.setattr(presence, "PAUSES", (PATIENCE,))  # it comes back when it is told to

    async def sit() -> None:
        await register(port, "alice")
        async with sitting(port, "alice", "lobby", password=PASSWORD) as alice:
            async with device(port, "alice", password=PASSWORD) as phone:
                await phone.change_password(PASSWORD, "battery-staple")
            client = alice.app.visit.client
            await alice.until(lambda: not client.is_connected, "the end of the connection")
            await alice.types("said meanwhile")
            client.hurry()
            await alice.sees("Password of alice", "your account was changed: come back with its")
            await alice.sees("Escape: no more tries")
            assert "that is not the password" not in alice.screen
            await answers(alice, "battery-staple")
            await alice.until(lambda: client.is_connected and not client.waiting, "the way back")
            await alice.sees("said meanwhile", "● alice at")

    asyncio.run(sit())


# --- many devices ---------------------------------------------------------------------------------


def test_what_is_unread_is_there_on_coming(port: int) -> None:
    """Rooms and conversations show on coming what is unread since one was last here, with the line
    above it; looking at it ends that, on the other devices too.
    """

    async def sit() -> None:
        await register(port, "alice", "lobby", "tea")
        async with device(port, "bob", "lobby", "tea") as bob:
            async with device(port, "alice", "lobby", password=PASSWORD) as alice:
                await bob.say("tea", "before")
                alice.read("tea", 1)
            for text in ("one", "two", "where is alice?"):
                await bob.say("tea", text)
            await bob.say("@alice", "psst")
            async with (
                sitting(port, "alice", "lobby", password=PASSWORD) as desk,
                sitting(port, "alice", "lobby", password=PASSWORD) as phone,
            ):
                for device_ in (desk, phone):
                    await device_.until(lambda d=device_: "@1" in _room(d, "tea"), "tea")
                    await device_.until(lambda d=device_: "@1" in _room(d, "@bob"), "bob")
                await desk.presses("alt+2")
                await desk.sees("before", "── new ──", "where is alice?")
                lines = desk.lines
                new = next(at for at, line in enumerate(lines) if "── new ──" in line)
                assert "│ before" in lines[new - 1]
                assert "│ one" in lines[new + 1]
                await desk.until(lambda: "@" not in _room(desk, "tea"), "no count")
                await phone.until(lambda: "@" not in _room(phone, "tea"), "no count")
                await desk.presses("alt+3")
                await desk.sees("psst")
                await phone.until(lambda: "@1" not in _room(phone, "@bob"), "no count")
                await bob.say("tea", "three")
                await phone.until(lambda: _room(phone, "tea").endswith(" 1"), "a count")
                await phone.types("/catchup")
                await phone.sees("tea: 1 unread")

    asyncio.run(sit())


def test_the_room_that_one_comes_to_has_its_line_too(port: int) -> None:
    """What one sees at once on coming counts as read only when it is known what is new there."""

    async def sit() -> None:
        rooms = ("lobby", "tea", "ops")
        await register(port, "alice", *rooms)
        async with device(port, "bob") as bob:
            for text in ("one", "two"):
                await bob.say("lobby", text)
            async with sitting(port, "alice", *rooms, password=PASSWORD) as alice:
                await alice.sees("── new ──", "│ one", "│ two")
                async with device(port, "alice", password=PASSWORD) as phone:
                    while await phone.catchup():
                        await asyncio.sleep(0.01)
            async with sitting(port, "alice", *rooms, password=PASSWORD) as alice:
                await alice.types("/catchup")
                await alice.sees("│ two", "nothing is unread")
                assert "── new ──" not in alice.screen

    asyncio.run(sit())


def _room(person: Sitting, name: str) -> str:
    """The line of a room on the left."""
    rooms = [person.room(number) for number in range(1, 6)]
    return next((line for line in rooms if f" {name}" in line), "")


def test_the_line_above_what_is_new_may_be_far_up(port: int) -> None:
    """Where more is unread than is read on coming, Alt-N goes to where it begins."""

    async def sit() -> None:
        await register(port, "alice", "lobby", "tea")
        async with device(port, "bob", "tea") as bob:
            for number in range(1, 301):
                bob.send("tea", f"line {number}.")
            await bob.delivered()
            async with sitting(port, "alice", "lobby", password=PASSWORD) as alice:
                await alice.until(lambda: _room(alice, "tea").endswith("300"), "the count")
                await alice.presses("alt+2")
                await alice.sees("line 300.")
                await alice.presses("alt+n")
                await alice.sees("── new ──", "line 1.")

    asyncio.run(sit())


def test_rooms_open_and_close_as_on_the_other_device(port: int) -> None:
    """What one joins, leaves and says on another device is joined, left and said here."""

    async def sit() -> None:
        await register(port, "alice")
        async with (
            device(port, "bob", "tea") as bob,
            sitting(port, "alice", "lobby", password=PASSWORD) as desk,
            device(port, "alice", password=PASSWORD) as phone,
        ):
            await phone.join("tea")
            await desk.sees("2 tea")
            await bob.say("tea", "hi alice")
            await desk.until(lambda: "@1" in _room(desk, "tea"), "the mention")
            await phone.say("tea", "hi bob")
            await desk.until(lambda: "@1" not in _room(desk, "tea"), "what one has answered")
            await phone.say("@bob", "psst")
            await desk.sees("3 @bob")
            assert not any(character.isdigit() for character in _room(desk, "@bob")[1:])
            await phone.leave("tea")
            await desk.sees_no(" tea")

    asyncio.run(sit())


def test_a_room_that_one_has_to_come_to_anew(tmp_path: Path) -> None:
    """On a server that brings nobody back to its rooms, a room with something unread is in the
    list, and /join opens it there.
    """
    (tmp_path / "chat.toml").write_text("[accounts]\nrejoin = false\n")
    words = ("--host", "127.0.0.1", "--port", "0", "--store", "memory:", "--config", "chat.toml")

    async def sit(port: int) -> None:
        await register(port, "alice", "lobby", "tea")
        async with device(port, "bob", "tea") as bob:
            await bob.say("tea", "one")
            async with sitting(port, "alice", "lobby", password=PASSWORD) as alice:
                await alice.until(lambda: _room(alice, "tea").endswith("1"), "the count")
                await alice.presses("alt+2")
                await alice.sees("you are not in here: /join tea")
                await alice.types("/join tea")
                await alice.sees("── new ──", "│ one", "tea  2 here")
                await alice.types("hi")
                await alice.sees("│ hi")

    with Server(tmp_path, *words) as server:
        asyncio.run(sit(server.ports[0]))


def test_a_dialog_stands_alone_in_its_lines(port: int) -> None:
    """In a narrow terminal nothing of the chat is left at the sides of what is asked."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", size=(80, 24)) as alice:
            for _ in range(8):
                await alice.types("word " * 12)
            await alice.types("/register")
            await alice.sees("Once more")
            lines = alice.lines
            first, last = _line(lines, "/register: make"), _line(lines, "Escape cancels")
            assert not [line for line in lines[first:last] if "word" in line.split()]

    asyncio.run(sit())


def _line(lines: list[str], text: str) -> int:
    return next(number for number, line in enumerate(lines) if text in line)


def test_an_address_with_a_password_is_refused(port: int) -> None:
    """It does not stay where it was typed."""

    async def sit() -> None:
        async with sitting(port, "alice") as alice:
            await alice.sees("Welcome to the chat")
            await alice.presses("tab", "tab", "home", "ctrl+k")
            await alice.types("chat://alice:sesame-4711@h")
            await alice.sees("a password does not belong into an address")
            assert "sesame" not in alice.screen

    asyncio.run(sit())
