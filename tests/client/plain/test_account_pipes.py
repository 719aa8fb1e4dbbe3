"""Plain mode under a username that is owned: real processes, pipes and terminals."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.client import ChatClient, Unread
from tests.client.meeting import guest
from tests.client.plain.test_pipes import Client, run, server
from tests.client.test_secrets import Teletype
from tests.integration.server import Server, until

__all__ = ["run", "server"]

PASSWORD = "correct-horse"


@pytest.fixture
def password(tmp_path: Path) -> str:
    """A file with the password."""
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    return str(file)


def register(server: Server, user: str, *rooms: str) -> None:
    """Make a username an account, which is in these rooms."""

    async def meet() -> None:
        async with guest(server.ports[0], user, *rooms) as somebody:
            await somebody.client.register(PASSWORD)

    asyncio.run(meet())


@pytest.fixture(scope="module")
def carol(server: Server) -> None:
    """Whoever is logged in here has an account under that name."""
    register(server, "carol", "own-c")


def say(server: Server, *lines: tuple[str, str]) -> None:
    """Somebody says something in rooms."""

    async def meet() -> None:
        rooms = {room for room, _ in lines if not room.startswith("@")} or {"lobby"}
        async with ChatClient(
            "127.0.0.1", server.ports[0], user="visitor", rooms=list(rooms)
        ) as visitor:
            for room, text in lines:
                if room not in visitor.rooms and not room.startswith("@"):
                    await visitor.join(room)
                await visitor.say(room, text)

    asyncio.run(meet())


def unread(server: Server, user: str) -> list[Unread]:
    """What an account has not read."""

    async def meet() -> list[Unread]:
        async with guest(server.ports[0], user, password=PASSWORD) as somebody:
            return await somebody.client.catchup()

    return asyncio.run(meet())


def test_a_pipe_tells_what_was_asked_for(
    server: Server, run: Callable[..., Client], password: str
) -> None:
    """Of an account's rooms a pipe tells those that were named, and what is said to it alone; with
    --follow that is read, on the other devices too.
    """
    register(server, "dora", "d1", "d2")
    client = run("--user", "dora", "--room", "d1", "--follow", "--password-file", password)
    until(lambda: "you are in d1" in client.complaints)
    say(server, ("d2", "unheard"), ("d1", "heard"), ("@dora", "psst"))
    until(lambda: "[@visitor] visitor: psst" in client.lines)
    assert "visitor: heard" in client.lines
    assert "d2" not in client.printed + client.complaints
    client.process.terminate()
    assert client.ends() == 143
    assert unread(server, "dora") == [Unread("d2", 1, 0, 0)]


def test_what_is_only_looked_at_stays_unread(
    server: Server, run: Callable[..., Client], password: str
) -> None:
    """--tail and --once tell what was said, and leave it unread."""
    register(server, "emil", "e1")
    say(server, ("e1", "one"), ("e1", "two"))
    for words in (["--once"], ["--tail", "1"], ["--tail", "1", "--once", "--json"]):
        client = run("--user", "emil", "--room", "e1", "--password-file", password, *words)
        assert client.ends() == 0
        assert "two" in client.printed
    assert unread(server, "emil") == [Unread("e1", 2, 0, 0)]


@pytest.mark.usefixtures("carol")
def test_a_pipe_is_asked_nothing(run: Callable[..., Client]) -> None:
    """Without its password a registered username is refused, with a word on where to put it;
    without a name one goes by another one.
    """
    client = run("--user", "carol", "--room", "c1", stdin=subprocess.PIPE)
    assert client.ends(b"hello\n") == 1
    assert "that username is registered" in client.complaints
    assert "--password-file or CHAT_PASSWORD gives it" in client.complaints
    client = run("--json", "--room", "c1", "--once")
    assert client.ends() == 0
    assert [told["user"] for told in client.told("connected")] == ["carol-2"]


@pytest.mark.usefixtures("carol")
def test_with_a_password_ones_own_name_is_ones_own(
    run: Callable[..., Client], tmp_path: Path
) -> None:
    """Who gives a password comes under the name that it is for, also a second time at once."""
    file = tmp_path / "secret"
    file.write_text(PASSWORD)
    words = ("--json", "--room", "own-c", "--password-file", str(file))
    first = run(*words, "--follow")
    until(lambda: first.told("entered"))
    second = run(*words, "--once")
    assert second.ends() == 0
    assert [told["user"] for told in second.told("connected")] == ["carol"]
    assert f"{file} can be read by others: chmod 600 {file}" in second.complaints
    file.write_text("not-that-one")
    third = run(*words, "--once")
    assert third.ends() == 1
    assert third.complaints.splitlines()[-1].endswith("that is not the password of that username")


def test_at_a_terminal_one_is_told_what_is_unread(server: Server, password: str) -> None:
    """On coming, and by /catchup."""
    register(server, "frida", "f1", "f2")
    say(server, ("f2", "one"), ("f2", "where is frida?"), ("@frida", "psst"))
    words = ("--user", "frida", "--password-file", password, "--room", "f1")
    frida = Teletype(server.ports[0], *words)
    try:
        frida.sees("f2: 2 unread, 1 names you")
        frida.sees("[@visitor] visitor: psst")
        frida.forgets()
        frida.types("/catchup")
        frida.sees("f2: 2 unread, 1 names you")
        frida.types("/register")
        frida.sees("registered already: /password changes its password")
        frida.types("/quit")
        frida.process.wait()
    finally:
        frida.ends()
    assert unread(server, "frida") == [Unread("f2", 2, 1, 0)]
