"""What is on its way to one client: tried on the socket at once, kept back where it must be.

Knows the transport, not what is sent.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from chat.limits import CLOGGED_BYTES, QUEUED_BYTES


def _ignore(*_: object) -> None:
    """Whatever it is, it comes too late."""


@implementer(IPushProducer)
class Outbox:
    """Writes to a transport, and knows how much of it waits.

    Over TCP and Unix sockets, where nothing waits, the socket's own send takes the bytes: a
    write through the reactor costs three times as much. Where that is full, and for every other
    transport, the bytes go to the transport in pieces, and the next piece only when it asks.

    transport: the connection's.
    clogged: called with True when more than CLOGGED_BYTES wait, with False when no more do.
    overflow: called when more than QUEUED_BYTES wait; nothing more is kept from then on.
    """

    __slots__ = (
        "_backlog",
        "_blocked",
        "_clogged",
        "_closed",
        "_is_clogged",
        "_overflow",
        "_send",
        "_transport",
        "_waiting",
        "direct",
    )

    def __init__(
        self,
        transport: Any,
        clogged: Callable[[bool], None],
        overflow: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._clogged = clogged
        self._overflow = overflow
        self._closed = False
        self._blocked = False  # the transport has a piece, and will ask for the next one
        self._backlog: deque[bytes | memoryview] | None = None  # most connections never need one
        self._waiting = 0  # bytes in the backlog
        self._is_clogged = False
        handle: Any = transport.getHandle() if hasattr(transport, "getHandle") else None
        self.direct = isinstance(handle, socket.socket)
        """Whether the transport is a plain socket."""
        self._send: Callable[[bytes], int] | None = handle.send if self.direct else None
        # A plain transport asks a pull producer for more whenever it has nothing left; any
        # other tells a push producer when it has more than it likes.
        transport.registerProducer(self, not self.direct)

    @property
    def idle(self) -> bool:
        """Whether nothing waits here, and little in the transport."""
        return not self._blocked

    def write(self, data: bytes) -> None:
        """Send the bytes after those before them. Never blocks, never raises."""
        if self._send is not None and not self._blocked:
            try:
                sent = self._send(data)
            except OSError:  # full, or broken: the transport finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        if not self._closed:
            self._keep(data)
            self._pass_on()

    def close(self) -> None:
        """Nothing will be written any more; what waits is still sent."""
        if self._backlog:
            self._transport.write(b"".join(self._backlog))
        self.stopProducing()
        self._transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """The transport has more bytes than it likes."""
        self._blocked = True

    def resumeProducing(self) -> None:
        """The transport has no bytes left."""
        self._blocked = False
        self._pass_on()

    def stopProducing(self) -> None:
        """The connection is gone."""
        self._closed = True
        self._send = None
        self._backlog = None
        self._clogged = self._overflow = _ignore  # so that nothing refers to itself

    def _keep(self, data: bytes) -> None:
        """Put the bytes behind those that wait."""
        if self._waiting > QUEUED_BYTES:
            overflow = self._overflow
            self.stopProducing()
            overflow()
            return
        if self._backlog is None:
            self._backlog = deque()
        self._backlog.append(data)
        self._waiting += len(data)

    def _pass_on(self) -> None:
        """Give the transport the next piece, unless it is still busy."""
        while self._backlog and not self._blocked:
            self._blocked = self.direct
            self._transport.write(self._piece(self._backlog))
        if not self._backlog:
            self._backlog = None
        if self._is_clogged != (self._waiting > CLOGGED_BYTES):
            self._is_clogged = not self._is_clogged
            self._clogged(self._is_clogged)

    def _piece(self, backlog: deque[bytes | memoryview]) -> bytes:
        """At most CLOGGED_BYTES from the front of what waits."""
        pieces, room = [], CLOGGED_BYTES
        while backlog and room:
            data = memoryview(backlog.popleft())
            pieces.append(data[:room])
            if len(data) > room:
                backlog.appendleft(data[room:])
            room -= len(pieces[-1])
        piece = b"".join(pieces)
        self._waiting -= len(piece)
        return piece
