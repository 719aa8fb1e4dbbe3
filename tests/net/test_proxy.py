"""The PROXY header: what it tells, and what else may come in its place."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chat.factory import ChatFactory
from chat.net.proxy import Header, HeaderError, ProxiedConnection, parsed
from chat.vocabulary.limits import (
    PROXY_SECONDS,
    PROXY_V1_BYTES,
    PROXY_V2_BYTES,
    SILENT_SECONDS,
)
from chat.vocabulary.settings import Limits
from tests.chats import chat_with
from tests.people import Person

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
ALICE = IPv4Address("TCP", "192.0.2.7", 53210)
ALICE6 = IPv6Address("TCP", "2001:db8::7", 53210)


def v2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + len(body).to_bytes(2, "big") + body


def value(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(2, "big") + body


def addresses(family: int, one: str, other: str) -> bytes:
    ports = (53210).to_bytes(2, "big") + (6697).to_bytes(2, "big")
    return socket.inet_pton(family, one) + socket.inet_pton(family, other) + ports


IPV4 = addresses(socket.AF_INET, "192.0.2.7", "192.0.2.1")
IPV6 = addresses(socket.AF_INET6, "2001:db8::7", "2001:db8::1")
OVER_TLS = value(0x20, b"\x01\0\0\0\0" + value(0x21, b"TLSv1.3"))
NOT_OVER_TLS = value(0x20, b"\0\0\0\0\0")

GOOD = {
    b"PROXY TCP4 192.0.2.7 192.0.2.1 53210 6697\r\n": Header(ALICE, port=6697),
    b"PROXY TCP6 2001:db8::7 2001:db8::1 53210 6697\r\n": Header(ALICE6, port=6697),
    b"PROXY TCP6 2001:DB8:0:0::7 2001:db8::1 53210 0\r\n": Header(ALICE6),
    b"PROXY UNKNOWN\r\n": Header(),
    b"PROXY UNKNOWN whatever it \xff is\r\n": Header(),
    v2(0x21, 0x11, IPV4): Header(ALICE, port=6697),
    v2(0x21, 0x21, IPV6): Header(ALICE6, port=6697),
    v2(0x21, 0x11, IPV4 + value(4, b"\0" * 7) + OVER_TLS): Header(
        ALICE, is_private=True, port=6697
    ),
    v2(0x21, 0x11, IPV4 + NOT_OVER_TLS + value(1, b"h2")): Header(ALICE, port=6697),
    v2(0x21, 0x31, b"/tmp/a".ljust(216, b"\0")): Header(),
    v2(0x21, 0x00, b""): Header(),
    v2(0x21, 0x00, OVER_TLS): Header(is_private=True),
    v2(0x20, 0x00, b""): Header(is_own=True),
    v2(0x20, 0x11, IPV4 + OVER_TLS): Header(is_own=True),
}

BAD = {
    b"LOGIN alice\n": "there is none",
    b"\x16\x03\x01": "there is none",
    b"PROXY TCP4 192.0.2.7 192.0.2.1 53210\r\n": "not to be understood",
    b"PROXY TCP5 192.0.2.7 192.0.2.1 53210 6697\r\n": "not to be understood",
    b"PROXY TCP4  192.0.2.7 192.0.2.1 53210 6697\r\n": "not to be understood",
    b"PROXY UNKNOWNS\r\n": "not to be understood",
    b"PROXY TCP4 192.0.2.7 192.0.2.1 99999 6697\r\n": "a port",
    b"PROXY TCP4 192.0.2.7 192.0.2.1 053 6697\r\n": "not to be understood",
    b"PROXY TCP4 192.0.2.777 192.0.2.1 53210 6697\r\n": "an address",
    b"PROXY TCP4 2001:db8::7 2001:db8::1 53210 6697\r\n": "an address",
    b"PROXY TCP6 fe80::1%eth0 2001:db8::1 53210 6697\r\n": "an address",
    b"PROXY " + b"x" * PROXY_V1_BYTES: "no end",
    b"PROXY UNKNOWN ".ljust(PROXY_V1_BYTES - 1, b"x") + b"\r\n": "no end",
    v2(0x11, 0x11, IPV4): "its version",
    v2(0x22, 0x11, IPV4): "its version",
    v2(0x21, 0x11, IPV4[:-1]): "cut off",
    v2(0x21, 0x21, IPV4): "cut off",
    v2(0x21, 0x11, IPV4 + b"\x20\0"): "cut off",
    v2(0x21, 0x11, IPV4 + OVER_TLS[:-1]): "cut off",
    v2(0x21, 0x11, b"\0" * PROXY_V2_BYTES): "too long",
}


@pytest.mark.parametrize("header", GOOD)
def test_a_header_tells_for_whom_a_connection_is(header: bytes) -> None:
    """As soon as it is whole, and no byte earlier; what is behind it is not looked at."""
    for end in range(len(header)):
        assert parsed(header[:end]) is None
    for rest in (b"", b"LOGIN alice\n", b"\xff" * 70_000):
        assert parsed(header + rest) == (GOOD[header], len(header))


@pytest.mark.parametrize("header", BAD)
def test_a_wrong_one_is_refused(header: bytes) -> None:
    """With a reason for the log."""
    with pytest.raises(HeaderError, match=BAD[header]):
        parsed(header)


@given(
    st.one_of(
        st.binary(max_size=100),
        st.binary(max_size=300).map(lambda rest: SIGNATURE + rest),
        st.binary(max_size=150).map(lambda rest: b"PROXY " + rest),
        st.binary(max_size=90).map(lambda body: v2(0x21, 0x11, IPV4 + body)),
        st.text(alphabet="TCPUNKOW46 0123456789.:abcdef\r\n", max_size=110).map(
            lambda rest: b"PROXY " + rest.encode()
        ),
    )
)
def test_whatever_comes_is_a_header_or_none(data: bytes) -> None:
    """Nothing else is raised; it is known after a bounded number of bytes; and where it is none,
    more bytes do not make it one."""
    seen: object = None
    for end in range(len(data) + 1):
        try:
            found = parsed(data[:end])
        except HeaderError:
            found = None
            seen = seen or "wrong"
        else:
            assert seen != "wrong" or found is None
            assert seen in (None, "wrong") or found == seen
            seen = seen or found
        if end >= max(PROXY_V1_BYTES, PROXY_V2_BYTES):
            assert seen


# On a connection

PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")


class Transport(StringTransport):
    """Notes whether it was aborted."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True


class Proxy(Person):
    """Somebody at a connection that comes from a proxy, or from somewhere else."""

    def __init__(self, chat: ChatFactory, host: str = "10.0.0.5") -> None:
        super().__init__()
        kind = IPv6Address if ":" in host else IPv4Address
        address = kind("TCP", host, 999)
        self.transport = Transport(peerAddress=address)
        self.transport.protocol = chat.buildProtocol(address)
        self.transport.protocol.makeConnection(self.transport)

    def sends(self, data: bytes) -> None:
        self.transport.protocol.dataReceived(data)

    def _listen(self, lines: int) -> None:
        self._heard += self.transport.value()
        self.transport.clear()

    def vanishes(self) -> None:
        self.transport.protocol.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chat(clock: Clock) -> ChatFactory:
    limits = Limits(login_timeout=20, connections_per_address=2, trusted=("192.0.2.9/32",))
    return chat_with(clock=clock, limits=limits, proxies=PROXIES)


WORDS = b"PROXY TCP4 192.0.2.7 192.0.2.1 53210 6697\r\n"


@pytest.mark.parametrize("header", [WORDS, v2(0x21, 0x11, IPV4)])
def test_the_address_in_it_is_the_clients(
    chat: ChatFactory, logged: list[str], header: bytes
) -> None:
    """In the log too. The header may come byte by byte, or with the first lines."""
    at_once, slowly = Proxy(chat), Proxy(chat, "2001:db8:ffff::1")
    at_once.sends(header + b"LOGIN alice\nWHO\n")
    at_once.hears("OK", "USER alice")
    for byte in header + b"LOGIN bob\n":
        slowly.sends(bytes([byte]))
    slowly.hears("OK")
    assert logged[:2] == ["192.0.2.7:53210 connected", "192.0.2.7:53210 is alice"]
    assert not chat.arriving


def test_limits_hold_for_that_address(chat: ChatFactory) -> None:
    """Not for the proxy's; and who is trusted is that one."""
    people = [Proxy(chat).says(WORDS.decode().strip() + "\r") for _ in range(3)]
    people[0].says("PING").hears("PONG")
    assert people[2].heard()[0].startswith("ERROR there are too many connections")
    others = [Proxy(chat) for _ in range(5)]
    for other in others:
        other.sends(b"PROXY TCP4 192.0.2.9 192.0.2.1 53210 6697\r\nPING\n")
        other.hears("PONG")


def test_from_elsewhere_it_is_a_line_like_any_other(chat: ChatFactory) -> None:
    """Nobody else may say who somebody is."""
    mallory = Proxy(chat, "192.0.2.66")
    mallory.sends(WORDS)
    assert mallory.heard()[0].startswith("ERROR say who you are first")
    assert mallory.transport.protocol.peer == "192.0.2.66:999"


@pytest.mark.parametrize("data", [b"LOGIN alice\n", b"PROXY what\r\n", b"\x16\x03\x01\x02\x00"])
def test_a_proxy_has_to_send_one(chat: ChatFactory, logged: list[str], data: bytes) -> None:
    """Otherwise it is hung up on, and the log says so once."""
    proxy = Proxy(chat)
    proxy.sends(data)
    assert proxy.transport.disconnecting
    proxy.sends(b"more")
    proxy.vanishes()
    assert len(logged) == 1
    assert logged[0].startswith("10.0.0.5:999 has sent no PROXY header: ")
    assert not chat.arriving
    assert not chat.connections


def test_a_look_whether_somebody_is_there_is_none(chat: ChatFactory, logged: list[str]) -> None:
    """A connection that comes and goes without a word is not worth one. One that breaks off is."""
    Proxy(chat).vanishes()
    assert logged == []
    cut = Proxy(chat)
    cut.sends(b"PROXY TCP4 ")
    cut.vanishes()
    assert logged == ["10.0.0.5:999 has sent no PROXY header: it was broken off"]


def test_a_proxy_that_only_looks_is_counted(
    chat: ChatFactory, clock: Clock, logged: list[str]
) -> None:
    """Whether it sends a header of its own, for nobody, or none; and one that does it wrong is told
    once in a while."""
    for data in (b"", v2(0x20, 0, b""), b"PROXY UNKNOWN\r\n", b"\x16\x03\x01") * 100:
        look = Proxy(chat)
        if data:
            look.sends(data)
        look.vanishes()
    assert logged == ["10.0.0.5:999 has sent no PROXY header: there is none"]
    clock.advance(SILENT_SECONDS)
    assert logged[1:] == [
        "300 came and went without a word, 300 of them from 10.0.0.5",
        "and 99 more have failed at TLS, or have sent no PROXY header",
    ]


def test_a_header_that_does_not_come_is_not_waited_for(chat: ChatFactory, clock: Clock) -> None:
    """A proxy says at once for whom it is; if late, there is less time for a username."""
    silent, late = Proxy(chat), Proxy(chat)
    clock.advance(PROXY_SECONDS - 1)
    assert not silent.transport.aborted
    late.sends(WORDS)
    clock.advance(1)
    assert silent.transport.aborted
    clock.advance(20 - PROXY_SECONDS)
    assert late.heard()[-1].startswith("ERROR you did not say who you are in time")
    silent.vanishes()
    assert not chat.arriving


def test_at_the_end_nobody_waits_for_one(chat: ChatFactory) -> None:
    """Who has not said for whom it is is dropped."""
    proxy = Proxy(chat)
    assert chat.shut_down().called
    assert proxy.transport.aborted


def test_a_full_server_takes_none(chat: ChatFactory) -> None:
    """As it could not admit whoever comes."""
    chat.admission.most = 0
    assert Proxy(chat).transport.protocol._timer is None


@pytest.mark.parametrize(
    ("host", "header", "is_private"),
    [
        ("192.0.2.7", b"", False),
        ("127.0.0.1", b"", True),
        ("::1", b"", True),
        ("::ffff:127.0.0.1", b"", True),
        ("10.0.0.5", WORDS, False),
        ("10.0.0.5", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n", False),
        ("10.0.0.5", b"PROXY UNKNOWN\r\n", False),
        ("10.0.0.5", v2(0x21, 0x11, IPV4 + OVER_TLS), True),
        ("10.0.0.5", v2(0x21, 0x11, IPV4 + NOT_OVER_TLS), False),
        ("10.0.0.5", v2(0x20, 0, b""), False),
    ],
)
def test_what_is_private(chat: ChatFactory, host: str, header: bytes, is_private: bool) -> None:
    """What stays on this machine, or has come to the proxy over TLS."""
    proxy = Proxy(chat, host)
    if header:
        proxy.sends(header)
    assert proxy.transport.protocol.is_private is is_private


@pytest.mark.parametrize(
    ("header", "is_private"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 53210 6697\r\n", True),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 6697 6698\r\n", True),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 6697 5000\r\n", False),
        (b"PROXY UNKNOWN\r\n", False),
        (v2(0x21, 0x11, IPV4), True),
        (v2(0x21, 0x11, IPV4[:-2] + b"\x13\x88"), False),
        (v2(0x21, 0x00, b""), False),
    ],
)
def test_a_port_of_the_proxy_may_be_known_to_have_tls(
    clock: Clock, header: bytes, is_private: bool
) -> None:
    """Where the proxy can't say so: the header tells which port of it the client has come to. It
    counts for nobody else."""
    chat = chat_with(clock=clock, proxies=PROXIES, proxy_tls_ports=frozenset({6697, 6698}))
    proxy = Proxy(chat)
    proxy.sends(header)
    assert proxy.transport.protocol.is_private is is_private
    mallory = Proxy(chat, "192.0.2.66")
    mallory.sends(header)
    assert not mallory.transport.protocol.is_private


def test_a_proxy_on_this_machine(clock: Clock) -> None:
    """It is not the client: that it is near does not make the client so. A Unix socket is not
    the proxy's."""
    chat = chat_with(clock=clock, proxies=["127.0.0.0/8"])
    proxy = Proxy(chat, "127.0.0.1")
    assert isinstance(proxy.transport.protocol, ProxiedConnection)
    proxy.sends(WORDS)
    assert not proxy.transport.protocol.is_private
    own = Proxy(chat, "127.0.0.1")
    own.sends(v2(0x20, 0, b""))
    assert own.transport.protocol.is_private
    local = chat.buildProtocol(UNIXAddress(None))
    local.makeConnection(StringTransport(peerAddress=UNIXAddress(None)))
    assert local.is_private
