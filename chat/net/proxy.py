"""The PROXY header, in which a proxy says for whom a connection is; see HAProxy's
proxy-protocol.txt. Knows nothing of what comes behind it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final, NamedTuple, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from chat.logbook.visits import Visits
from chat.net.address import host_of, shown
from chat.vocabulary.limits import PROXY_SECONDS, PROXY_V1_BYTES, PROXY_V2_BYTES

_V1: Final = b"PROXY "
_V1_LINE: Final = re.compile(r"PROXY (TCP[46]) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})")
_V1_UNKNOWN: Final = re.compile(r"PROXY UNKNOWN( .*)?")
_V2: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_BYTES: Final = 16
"""The signature, a version and a command, what the addresses are like, and how much follows."""
_LOCAL, _PROXY = 0x20, 0x21
_TCP4, _TCP6 = 0x11, 0x21
_ADDRESSES: Final = {0x1: 12, 0x2: 36, 0x3: 216}
"""What the two addresses and ports take, by the family."""
_SSL: Final = 0x20
_TLV_BYTES: Final = 3
"""What stands before each of the further values: its type, and two bytes for its length."""
_CLIENT_SSL: Final = 1


class HeaderError(ValueError):
    """What a proxy has sent is no PROXY header; its text says what is wrong."""


class Header(NamedTuple):
    """For whom a connection is.

    peer: the client's address; None where the proxy does not tell.
    port: the port of the proxy that the client has come to; 0 where it does not tell.
    is_own: it is for the proxy itself, which looks whether the chat is there.
    is_private: the client has come to the proxy over TLS, as that tells.
    """

    peer: IPv4Address | IPv6Address | None = None
    is_own: bool = False
    is_private: bool = False
    port: int = 0


def parsed(data: bytes) -> tuple[Header, int] | None:
    """The header that stands in front, and its length; None where more has to come.

    Raises HeaderError.
    """
    if data[: len(_V2)] == _V2[: len(data)]:
        return _parsed_bytes(data)
    if data[: len(_V1)] == _V1[: len(data)]:
        return _parsed_words(data)
    raise HeaderError("there is none")


def _parsed_words(data: bytes) -> tuple[Header, int] | None:
    end = data.find(b"\r\n", 0, PROXY_V1_BYTES)
    if end < 0:
        if len(data) >= PROXY_V1_BYTES:
            raise HeaderError("it has no end")
        return None
    line = data[:end].decode("latin-1")
    if _V1_UNKNOWN.fullmatch(line):
        return Header(), end + 2
    found = _V1_LINE.fullmatch(line)
    if not found:
        raise HeaderError("it is not to be understood")
    kind, source, destination, port, other_port = found.groups()
    if int(port) > 65535 or int(other_port) > 65535:
        raise HeaderError("it has a port that is none")
    _ = _address(kind[-1], destination, 0)
    return Header(_address(kind[-1], source, int(port)), port=int(other_port)), end + 2


def _address(version: str, host: str, port: int) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(host)
    except ValueError:
        raise HeaderError("it has an address that is none") from None
    if str(address.version) != version or "%" in host:
        raise HeaderError("it has an address that is none")
    kind = IPv4Address if version == "4" else IPv6Address
    family = socket.AF_INET if version == "4" else socket.AF_INET6
    return kind("TCP", socket.inet_ntop(family, address.packed), port)


def _parsed_bytes(data: bytes) -> tuple[Header, int] | None:
    if len(data) < _V2_BYTES:
        return None
    command, family = data[12], data[13]
    size = _V2_BYTES + int.from_bytes(data[14:_V2_BYTES], "big")
    if command not in (_LOCAL, _PROXY):
        raise HeaderError("its version or its command is unknown")
    if size > PROXY_V2_BYTES:
        raise HeaderError("it is too long")
    if len(data) < size:
        return None
    if command == _LOCAL:
        return Header(is_own=True), size
    body = data[_V2_BYTES:size]
    addresses = _ADDRESSES.get(family >> 4, 0)
    if len(body) < addresses:
        raise HeaderError("its addresses are cut off")
    peer: IPv4Address | IPv6Address | None = None
    port = 0
    if family == _TCP4:
        host = socket.inet_ntop(socket.AF_INET, body[:4])
        peer = IPv4Address("TCP", host, int.from_bytes(body[8:10], "big"))
        port = int.from_bytes(body[10:12], "big")
    elif family == _TCP6:
        host = socket.inet_ntop(socket.AF_INET6, body[:16])
        peer = IPv6Address("TCP", host, int.from_bytes(body[32:34], "big"))
        port = int.from_bytes(body[34:36], "big")
    return Header(peer, is_private=_tells_of_tls(body[addresses:]), port=port), size


def _tells_of_tls(values: bytes) -> bool:
    """Whether one of the further values says that the client has come over TLS."""
    found = False
    while values:
        end = _TLV_BYTES + int.from_bytes(values[1:_TLV_BYTES], "big")
        if len(values) < end:
            raise HeaderError("its values are cut off")
        if values[0] == _SSL and end > _TLV_BYTES:
            found = found or bool(values[_TLV_BYTES] & _CLIENT_SSL)
        values = values[end:]
    return found


class Arrivals(Protocol):
    """Where connections arrive: a ChatFactory."""

    clock: Any
    visits: Visits
    arriving: set[ProxiedConnection]

    @property
    def takes_more(self) -> bool:
        """Whether there may be one more."""

    @property
    def login_timeout(self) -> float:
        """The seconds within which a connection has to say who it is."""


class ProxiedConnection:
    """A connection from a proxy, until it has said for whom it is.

    go_on: given the header, returns the protocol for what comes behind it.
    """

    def __init__(self, factory: Arrivals, go_on: Callable[[Header], Any]) -> None:
        self.transport: Any = None
        self._factory: Any = factory
        self._go_on: Any = go_on
        self._data = b""
        self._timer: IDelayedCall | None = None

    def makeConnection(self, transport: Any) -> None:
        """A proxy has come."""
        self.transport = transport
        if not self._factory.takes_more:
            transport.abortConnection()
            return
        self._factory.arriving.add(self)
        seconds = min(PROXY_SECONDS, self._factory.login_timeout)
        self._timer = self._factory.clock.callLater(seconds, transport.abortConnection)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come, cut anywhere."""
        if self._factory is None:
            return
        self._data += data
        try:
            found = parsed(self._data)
        except HeaderError as error:
            self._complain(str(error))
            self._leave()
            self.transport.loseConnection()
            return
        if found is not None:
            header, size = found
            rest, transport = self._data[size:], self.transport
            protocol = transport.protocol = self._go_on(header)
            self._leave()  # from here on the transport talks to that one
            protocol.makeConnection(transport)
            if rest:
                protocol.dataReceived(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone. To come and go without a word is a way to look whether somebody is there."""
        if self._factory is not None:
            if self._data:
                self._complain("it was broken off")
            else:
                self._factory.visits.was_silent(host_of(self.transport.getPeer()))
            self._leave()

    def _complain(self, reason: str) -> None:
        peer = self.transport.getPeer()
        how = f"has sent no PROXY header: {reason}"
        self._factory.visits.failed(shown(peer), host_of(peer), how)

    def _leave(self) -> None:
        """Nothing is left to do here."""
        self._factory.arriving.discard(self)
        self._factory = self._go_on = None  # so that nothing refers to itself
        self._data = b""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
