"""TLS on a connection: what comes is decrypted, what goes is encrypted and tried on the socket at
once. Knows no lines and no certificates. See docs/adr/0015."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chat.net.hello import Hello
from chat.net.outbox import Outbox, Reader
from chat.net.rates import Bucket
from chat.vocabulary.limits import (
    TLS_OVERHEAD_BYTES,
    TLS_OVERHEAD_RATE,
    TLS_READ_BYTES,
    TLS_RECORD_BYTES,
)


class Carried(Protocol):
    """What a TLS connection carries: told what the client says, and how that begins and ends."""

    def makeConnection(self, transport: Any) -> None:
        """A client has come. TLS has still to be agreed on."""

    def dataReceived(self, data: bytes) -> None:
        """It has said this."""

    def readConnectionLost(self) -> None:
        """It will say no more."""

    def writeConnectionLost(self) -> None:
        """All that it is told has been sent, and that it was all."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone."""

    def met_without_tls(self) -> None:
        """The client does not speak TLS. What is written goes out as it is: tell it, and end."""

    def rest(self, seconds: float) -> None:
        """Read nothing for so long."""

    def failed_by_tls(self, reason: str) -> None:
        """Nothing can be said any more: end."""


def _as_it_is(data: bytes) -> bytes:
    return data


def _nothing(data: bytes) -> bytes:
    return b""


class SealedOutbox(Outbox):
    """An Outbox that encrypts what it takes. What waits in it is encrypted already.

    seal: makes bytes into records; into nothing where they have to wait for the handshake.
    """

    __slots__ = ("is_open", "seal")

    def __init__(self, transport: Any, reader: Reader, seal: Callable[[bytes], bytes]) -> None:
        super().__init__(transport, reader)
        self.seal = seal
        self.is_open = False

    def offer(self, data: bytes) -> bool:
        """See Outbox. What is not taken is not encrypted: records are numbered."""
        if self._queued:
            if self._clogged:
                return False
            self._keep(self.seal(data))
            return True
        records = self.seal(data)
        try:
            sent = self._send(records)
        except OSError:
            sent = 0
        if sent != len(records):
            self._keep(records[sent:])
        return True

    def write(self, data: bytes) -> None:
        """See Outbox."""
        if sealed := self.seal(data):
            self.pass_on(sealed)

    def pass_on(self, records: bytes) -> None:
        """Send records as they are, after those before them; also when this is closed."""
        if self._reader is None:
            self._transport.write(records)
        else:
            super().write(records)

    def stopProducing(self) -> None:
        """See Outbox."""
        super().stopProducing()
        self.seal = _nothing


@implementer(IHalfCloseableProtocol)
class TlsConnection:
    """A protocol for the TCP transport below, the transport for what it carries above.

    OpenSSL is asked for nothing before a client has sent a whole hello: one that never does costs
    the bytes that it has sent.

    context: gives what a handshake is done with, for the host that the client asks for.
    carried: the protocol above.
    """

    def __init__(self, context: Callable[[str | None], ssl.SSLContext], carried: Carried) -> None:
        self.transport: Any = None
        self._context = context
        self._carried: Any = carried
        self._outbox: Any = None
        self._hello: Hello | None = None  # what has come of it
        self._tls: Any = None  # an SSLObject, between the next two
        self._incoming: Any = None
        self._outgoing: Any = None
        self._kept: list[bytes] = []  # words that wait for the handshake
        self._is_open = False  # it is done
        self._end: Any = None  # how to end when these are sent
        self._has_ended = False  # the client has said that it will say no more
        self._is_over = False  # nothing that comes is looked at any more
        self._undecrypted = 0  # bytes that have come, less those that were in them
        self._overhead = Bucket(TLS_OVERHEAD_RATE, TLS_OVERHEAD_BYTES, monotonic)

    # As a protocol: what comes from the socket

    def makeConnection(self, transport: Any) -> None:
        """A client has come."""
        self.transport = transport
        transport.bufferSize = TLS_READ_BYTES
        self._carried.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come, cut anywhere."""
        if self._has_ended:
            return
        if self._is_open:
            self._incoming.write(data)
            self._decrypt(len(data))
        elif self._tls is not None:
            self._incoming.write(data)
            self._shake_hands()
        elif not self._is_over:
            self._hello = self._hello or Hello()
            is_whole = self._hello.add(data)
            if not self._hello.is_tls:
                self._go_on_without()
            elif is_whole:
                self._begin(self._hello)

    def readConnectionLost(self) -> None:
        """The client has closed its side. With TLS it should say so first; but lines have ends, so
        nobody can make them others by cutting them off."""
        if self._tls is not None and not self._is_open:
            self._forget()
            self._carried.failed_by_tls("the client has hung up in the middle of the handshake")
        self._carried.readConnectionLost()

    def writeConnectionLost(self) -> None:
        """All has been sent."""
        self._carried.writeConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone."""
        carried, self._carried = self._carried, None
        self._forget()
        self._outbox = None  # so that nothing refers to itself
        carried.connectionLost(reason)

    def _go_on_without(self) -> None:
        """The client does not speak TLS: what is written goes out as it is."""
        self._forget()
        self._outbox.is_open, self._outbox.seal = True, _as_it_is
        self._carried.met_without_tls()

    def _begin(self, hello: Hello) -> None:
        """Begin the handshake."""
        context = self._context(hello.host)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._incoming.write(hello.data)
        self._hello = None
        self._shake_hands()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(error)
        else:
            self._flush()
            self._open()

    def _open(self) -> None:
        """What has been kept is sent, and what has come with the handshake is read."""
        self._is_open = self._outbox.is_open = True
        kept, self._kept = b"".join(self._kept), []
        if kept:
            self._outbox.pass_on(self._encrypt(kept))
        if self._end is not None:
            self._end()
            return
        self._outbox.seal = self._encrypt
        if self._incoming.pending:
            self._decrypt(0)

    def _decrypt(self, size: int) -> None:
        """Pass on what has come in so many bytes, all at once; then, perhaps, that this was all."""
        pieces: list[bytes] = []
        is_end, failure = False, None
        try:
            while self._incoming.pending and not is_end:
                pieces.append(self._tls.read(TLS_RECORD_BYTES))
                is_end = not pieces[-1]
        except ssl.SSLWantReadError:  # half a record is left, or TLS has read something for itself
            pass
        except ssl.SSLError as error:
            failure = error
        if self._outgoing.pending:
            self._flush()
        self._has_ended = is_end
        data = b"".join(pieces)
        self._undecrypted += size - len(data)
        if self._undecrypted > TLS_RECORD_BYTES:
            self._count()
        if data:
            self._carried.dataReceived(data)
        if failure is not None:
            self._fail(failure)
        elif is_end and not self._is_over:
            self._carried.readConnectionLost()

    def _count(self) -> None:
        """More than one record can wait for its end has come to nothing, so it was for TLS itself:
        keys can be changed for ever, which is work, and is no line."""
        self._overhead.take(self._undecrypted - TLS_RECORD_BYTES)
        self._undecrypted = TLS_RECORD_BYTES
        if seconds := self._overhead.wait():
            self._carried.rest(seconds)

    def _fail(self, error: ssl.SSLError) -> None:
        """Send what OpenSSL wants the client to know, and give up."""
        if not self._is_over:
            self._flush()
            self._forget()
            self._carried.failed_by_tls((error.reason or str(error)).replace("_", " ").lower())

    def _forget(self) -> None:
        """From here on nothing is decrypted, and nothing encrypted."""
        self._is_open, self._is_over = False, True
        self._tls = self._incoming = self._outgoing = self._end = None
        self._hello = None
        self._kept.clear()
        if self._outbox is not None:
            self._outbox.seal = _nothing

    def _flush(self) -> None:
        """Send what TLS has to say for itself."""
        if records := self._outgoing.read():
            self._outbox.pass_on(records)

    def _keep(self, data: bytes) -> bytes:
        self._kept.append(data)
        return b""

    def _encrypt(self, data: bytes) -> bytes:
        try:
            done = self._tls.write(data)
            while done < len(data):
                done += self._tls.write(data[done:])
        except ssl.SSLError:
            self.abortConnection()
            return b""
        records: bytes = self._outgoing.read()
        return records

    # As a transport: what is asked for above

    def outbox(self, reader: Reader) -> SealedOutbox:
        """Where what is written goes. `reader` is told how the client keeps up."""
        self._outbox = box = SealedOutbox(self.transport, reader, self._keep)
        return box

    def write(self, data: bytes) -> None:
        """Send the bytes."""
        self._outbox.write(data)

    def loseWriteConnection(self) -> None:
        """Send what was written, say that this was all, and hear the client's end."""
        if self._kept:
            self._end = self.loseWriteConnection  # when the handshake is done
        else:
            self._say_that_this_was_all()
            self.transport.loseWriteConnection()

    def loseConnection(self) -> None:
        """Send what was written, say that this was all, and hang up."""
        if self._kept:
            self._end = self.loseConnection
        else:
            self._say_that_this_was_all()
            self.transport.loseConnection()

    def abortConnection(self) -> None:
        """Hang up, whatever waits."""
        self._forget()
        self.transport.abortConnection()

    def _say_that_this_was_all(self) -> None:
        if self._is_open:
            with suppress(ssl.SSLError):  # the client's own end has not come
                self._tls.unwrap()
            self._flush()
        self._forget()

    def pauseProducing(self) -> None:
        """Read nothing."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read on."""
        self.transport.resumeProducing()

    def getPeer(self) -> Any:
        """The client's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """One's own."""
        return self.transport.getHost()

    def getHandle(self) -> Any:
        """The socket."""
        return self.transport.getHandle()
