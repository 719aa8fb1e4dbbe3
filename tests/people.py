"""People for tests to talk through: `alice.says("MSG tea hi")`, `bob.hears("MSG tea alice hi")`."""

from __future__ import annotations

import socket
from typing import Self

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chat.factory import ChatFactory


class Person:
    """Somebody at a connection, whatever carries it."""

    def __init__(self) -> None:
        self._heard = b""

    def sends(self, data: bytes) -> None:
        """Send bytes as they are."""
        raise NotImplementedError

    def _listen(self, lines: int) -> None:
        """Get what has come into `_heard`: all there is, or at least so many lines."""
        raise NotImplementedError

    def says(self, *lines: str) -> Self:
        """Send lines."""
        self.sends("".join(line + "\n" for line in lines).encode())
        return self

    def heard(self, lines: int = 0) -> list[str]:
        """The lines that have come since the last look; where they take time, so many."""
        self._listen(lines)
        *heard, self._heard = self._heard.split(b"\n")
        return [line.decode() for line in heard]

    def hears_the_end(self) -> list[str]:
        """The lines that come before the server hangs up; that it does not is an error."""
        raise NotImplementedError

    def hangs_up(self) -> None:
        """Close one's own side, as nc -N does."""
        raise NotImplementedError

    def hears(self, *lines: str) -> Self:
        """These lines have come since the last look, in this order, and no others."""
        heard = self.heard(len(lines))
        assert heard == list(lines)
        return self


class Visitor(Person):
    """Somebody in the same process, at a StringTransport."""

    def __init__(self, factory: ChatFactory, host: str = "127.0.0.1", port: int = 5000) -> None:
        super().__init__()
        self.protocol = factory.buildProtocol(None)
        peer, own = IPv4Address("TCP", host, 54321), IPv4Address("TCP", "127.0.0.1", port)
        self.transport = StringTransport(own, peer)
        self.protocol.makeConnection(self.transport)

    def sends(self, data: bytes) -> None:
        """See Person."""
        self.protocol.dataReceived(data)

    def _listen(self, lines: int) -> None:
        self._heard += self.transport.value()
        self.transport.clear()
        assert self._heard == b"" or self._heard.endswith(b"\n"), f"half a line: {self._heard!r}"

    def hangs_up(self) -> None:
        """See Person."""
        self.protocol.readConnectionLost()

    def stops_reading(self) -> None:
        """From here on what is sent to it waits in the transport, which is full."""
        self.transport.producer.pauseProducing()

    def reads_on(self) -> None:
        """It has read what has been waiting."""
        self.transport.producer.resumeProducing()

    def vanishes(self) -> None:
        """The connection is gone, however that came."""
        was_closed = self.transport.disconnecting
        self.protocol.connectionLost(Failure(ConnectionDone() if was_closed else ConnectionLost()))

    def hears_the_end(self) -> list[str]:
        """See Person."""
        assert self.is_sent_away
        self.vanishes()
        return self.heard()

    @property
    def is_sent_away(self) -> bool:
        """The server has hung up."""
        return bool(self.transport.disconnecting)


class Caller(Person):
    """Somebody at a real socket. Whatever takes longer than 10 s is an error."""

    def __init__(self, port: int, host: str = "127.0.0.1", own: str = "") -> None:
        super().__init__()
        self.socket = socket.create_connection((host, port), 10, (own, 0) if own else None)

    def sends(self, data: bytes) -> None:
        """See Person."""
        self.socket.sendall(data)

    def _listen(self, lines: int) -> None:
        """At least so many lines, and at least what comes before the answer to a PING."""
        if lines == 0:
            self.sends(b"PING is-there-more\n")
            while (answer := b"PONG is-there-more\n") not in self._heard:
                self._receive()
            self._heard = self._heard.replace(answer, b"")
        while self._heard.count(b"\n") < lines:
            self._receive()

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"the server hung up after {self._heard!r}"
        self._heard += data

    def hangs_up(self) -> None:
        """See Person."""
        self.socket.shutdown(socket.SHUT_WR)

    def vanishes(self) -> None:
        """The connection is gone."""
        self.socket.close()

    def hears_the_end(self) -> list[str]:
        """See Person."""
        pieces = [self._heard]
        with self.socket:
            while data := self.socket.recv(65536):
                pieces.append(data)
        self._heard = b""
        return b"".join(pieces).decode().split("\n")[:-1]
