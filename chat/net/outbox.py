"""What is on its way to one client: tried on the socket at once, and bounded.

Knows the transport, not what is sent.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from chat.vocabulary.limits import CLOGGED_BYTES

_BYTES_ACKED: Final = slice(120, 128)
"""Where Linux has tcpi_bytes_acked in its struct tcp_info: what the client's side has taken."""


class Reader(Protocol):
    """Who is told how a client keeps up with what it is sent."""

    def lagging(self) -> None:
        """Something has begun to wait for the client."""

    def clogged(self) -> None:
        """More than CLOGGED_BYTES wait for it."""

    def drained(self) -> None:
        """Nothing waits for it any more."""


@implementer(IPushProducer)
class Outbox:
    """Writes to a transport, and knows how much waits there.

    Over TCP and Unix sockets, where nothing waits, the socket's own send takes the bytes: a
    write through the reactor costs three times as much. Where that is full, and for every other
    transport, the transport keeps them. TLS has an outbox like this one: see chat.net.tls.

    transport: the connection's.
    reader: is told how its client keeps up.
    """

    __slots__ = ("_clogged", "_passed_on", "_queued", "_reader", "_send", "_transport", "direct")

    is_open = True
    """Whether what is written is sent: with TLS there is a handshake before that."""

    def __init__(self, transport: Any, reader: Reader) -> None:
        self._transport = transport
        self._reader: Reader | None = reader
        self._queued = 0  # bytes in the transport, at the most
        self._passed_on = 0  # how often that has come to nothing
        self._clogged = False
        handle: Any = transport.getHandle() if hasattr(transport, "getHandle") else None
        self.direct = isinstance(handle, socket.socket)
        """Whether the transport is a plain socket."""
        self._send: Callable[[bytes], int] = handle.send if self.direct else self._pass_on
        if not self.direct:
            bottom(transport).bufferSize = CLOGGED_BYTES  # with more it asks for a pause
        # A plain transport tells a pull producer whenever it has nothing left; any other tells
        # a push producer when it has more than it likes.
        transport.registerProducer(self, not self.direct)

    @property
    def idle(self) -> bool:
        """Whether nothing waits; or little, where only much of it would be known."""
        return not self._queued

    @property
    def taken(self) -> int:
        """A number that changes when the client has taken something."""
        with suppress(OSError, AttributeError):  # not TCP, or not Linux
            handle = bottom(self._transport).getHandle()
            info = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.stop)
            return int.from_bytes(info[_BYTES_ACKED], "little")
        return self._passed_on + getattr(self._transport, "offset", 0)

    def offer(self, data: bytes) -> bool:
        """Send the bytes after those before them, unless the client does not keep up.

        Returns whether they were taken. Never blocks, never raises.
        """
        if not self._queued:
            try:
                sent = self._send(data)
            except OSError:  # full, or broken: the transport finds out which
                sent = 0
            if sent == len(data):
                return True
            data = data[sent:]
        elif self._clogged:
            return False
        self._keep(data)
        return True

    def write(self, data: bytes) -> None:
        """Send the bytes, whatever waits."""
        if not Outbox.offer(self, data):
            self._keep(data)

    def close(self) -> None:
        """Nothing will be written any more; what waits is still sent."""
        self.stopProducing()
        self._transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """The transport has more bytes than it likes."""
        self._count(CLOGGED_BYTES + 1)

    def resumeProducing(self) -> None:
        """The transport has no bytes left."""
        if self._queued:
            self._queued = 0
            self._passed_on += 1
            self._clogged = False
            if self._reader is not None:
                self._reader.drained()

    def stopProducing(self) -> None:
        """The connection is gone."""
        self._send = len  # what comes now goes nowhere
        self._queued = 0
        self._reader = None  # so that nothing refers to itself

    def _keep(self, data: bytes) -> None:
        """Leave the bytes to the transport, behind those it has."""
        if self._reader is not None:
            self._transport.write(data)
            self._count(len(data))

    def _pass_on(self, data: bytes) -> int:
        self._transport.write(data)
        return len(data)

    def _count(self, size: int) -> None:
        """So many bytes more are waiting."""
        was, self._queued = self._queued, self._queued + size
        if self._reader is not None and not was:
            self._reader.lagging()
        if self._reader is not None and not self._clogged and self._queued > CLOGGED_BYTES:
            self._clogged = True
            self._reader.clogged()


def outbox(transport: Any, reader: Reader) -> Outbox:
    """An outbox for a transport: its own, where it has one as chat.net.tls has."""
    return transport.outbox(reader) if hasattr(transport, "outbox") else Outbox(transport, reader)


def bottom(transport: Any) -> Any:
    """The transport that has the socket: TLS is around another one."""
    while hasattr(transport, "transport"):
        transport = transport.transport
    return transport
