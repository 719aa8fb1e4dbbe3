"""The client over TLS, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.client import ChatClient, UnreachableError
from chat.client.options.settings import Settings
from chat.client.wire import connection
from tests.client.meeting import pretender
from tests.integration.server import Server
from tests.integration.test_tls import certificate


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a server listens behind TLS, with a certificate of its own in server.pem."""
    certificate(tmp_path)
    words = ("--listen", "ssl:0:interface=127.0.0.1", "--store", "memory:")
    with Server(tmp_path, *words) as server:
        yield server.ports[0]


def speak(port: int, ca: str, host: str = "127.0.0.1") -> int:
    """Say something there; the message's number."""

    async def meet() -> int:
        context = Settings(tls=True, ca=ca).tls_context()
        async with ChatClient(host, port, user="alice", tls=context) as alice:
            return await alice.say("lobby", "hi")

    return asyncio.run(meet())


def test_a_certificate_that_is_trusted(port: int, tmp_path: Path) -> None:
    """With --ca a server with a certificate of its own is talked to."""
    assert speak(port, str(tmp_path / "server.pem")) == 1


def test_a_certificate_that_is_not(port: int) -> None:
    """A certificate that nobody has vouched for ends the connection, and one is told why."""
    with pytest.raises(UnreachableError, match="its certificate is not to be trusted"):
        speak(port, "")


def test_who_forgets_tls(port: int) -> None:
    """Who comes to a port behind TLS without it is told what is wrong; where the server says
    nothing, what may be.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async def come(port: int) -> None:
        async with ChatClient("127.0.0.1", port, user="alice"):
            pass

    async def meet() -> None:
        with pytest.raises(UnreachableError, match="connect with TLS"):
            await come(port)
        async with pretender(talk) as silent:
            with pytest.raises(UnreachableError, match="does it want TLS"):
                await come(silent)

    asyncio.run(meet())


def test_a_password_over_tls(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS a password is said to any machine."""
    monkeypatch.setattr(connection, "_is_loopback", lambda _: False)

    async def meet() -> None:
        tls = Settings(tls=True, ca=str(tmp_path / "server.pem")).tls_context()
        async with ChatClient("127.0.0.1", port, user="alice", tls=tls) as alice:
            await alice.register("correct-horse")
        async with ChatClient(
            "127.0.0.1", port, user="alice", tls=tls, password="correct-horse"
        ) as alice:
            assert alice.is_registered

    asyncio.run(meet())


def test_who_speaks_tls_where_nobody_does(server: Server, tmp_path: Path) -> None:
    """Who speaks TLS to a port without it is told so."""
    with pytest.raises(UnreachableError, match="does not speak TLS there"):
        speak(server.ports[0], "")
