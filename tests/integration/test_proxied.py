"""The chat behind a proxy, on plain ports and on ports with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import certificate, trusting
from tests.integration.server import Server, until
from tests.people import Caller

CONFIG = """
    [server]
    host = "127.0.0.1"
    port = 0
    proxy_protocol = ["127.0.0.2/32"]
    [tls]
    port = 0
    certificate = "server.pem"
    [limits]
    connections_per_address = 3
    login_timeout = 2
    """
HEADER = b"PROXY TCP4 192.0.2.7 192.0.2.1 %d 6697\r\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with a plain port and one with TLS, and a proxy."""
    certificate(tmp_path)
    (tmp_path / "chat.toml").write_text(CONFIG)
    with Server(tmp_path, "--config", "chat.toml", "--store", "memory:") as server:
        yield server
        assert "Traceback" not in server.log


def proxy(server: Server, sealed: bool) -> Caller:
    """A connection from the proxy."""
    return Caller(server.ports[1 if sealed else 0], own="127.0.0.2")


@pytest.mark.parametrize("sealed", [False, True])
def test_a_client_behind_a_proxy(server: Server, sealed: bool) -> None:
    """Its address is the one that the proxy tells, before TLS begins."""
    alice = proxy(server, sealed)
    for byte in HEADER % 4711:
        alice.sends(bytes([byte]))
    if sealed:
        alice.socket = trusting().wrap_socket(alice.socket, server_hostname="localhost")
    alice.says("LOGIN alice", "WHO").hears("OK", "USER alice")
    assert "192.0.2.7:4711 connected" in server.log
    assert "192.0.2.7:4711 is alice" in server.log
    alice.says("QUIT")
    assert alice.hears_the_end() == ["Goodbye!"]
    until(lambda: "192.0.2.7:4711 (alice) disconnected" in server.log)


def test_limits_are_those_of_the_client(server: Server) -> None:
    """Not of the proxy, and not of this machine."""
    people = [proxy(server, False) for _ in range(4)]
    for number, person in enumerate(people):
        person.sends(HEADER % number + b"PING\n")
    for person in people[:3]:
        person.hears("PONG")
    assert people[3].hears_the_end()[0].startswith("ERROR there are too many connections")


@pytest.mark.parametrize("sealed", [False, True])
def test_a_proxy_without_a_header_is_sent_away(server: Server, sealed: bool) -> None:
    """At once where something else comes, with the login's time where nothing does."""
    wrong, silent = proxy(server, sealed), proxy(server, sealed)
    wrong.sends(b"LOGIN mallory\n")
    assert wrong.hears_the_end() == []
    until(lambda: "has sent no PROXY header: there is none" in server.log)
    with pytest.raises(ConnectionResetError):
        silent.hears_the_end()


def test_nobody_else_may_send_one(server: Server) -> None:
    """It is a line that makes no sense, or no TLS."""
    plain, sealed = Caller(server.ports[0]), Caller(server.ports[1])
    for mallory in (plain, sealed):
        mallory.sends(HEADER % 1)
    assert plain.heard(1)[0].startswith("ERROR say who you are first")
    assert sealed.hears_the_end() == ["ERROR this port is TLS only: connect with TLS"]
    assert "192.0.2.7" not in server.log
