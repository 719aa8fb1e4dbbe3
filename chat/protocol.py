"""ChatProtocol: bytes to lines, and when a client may say more. Knows no commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IHalfCloseableProtocol,
    INegotiated,
    ITCPTransport,
)
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chat.dialects.foreign import TLS_HELLO, Overlong
from chat.dialects.newcomer import newcomer_at
from chat.logbook.visits import Visits
from chat.net.address import host_of, is_loopback, shown
from chat.net.admission import Admission
from chat.net.hub import Hub
from chat.net.keepalive import tune
from chat.net.outbox import bottom, outbox
from chat.net.proxy import Header
from chat.net.rates import Bucket
from chat.net.telnet import DO_TIMING_MARK, END_OF_TRANSMISSION, WONT_TIMING_MARK, without_telnet
from chat.net.tls import TlsConnection
from chat.net.watchdog import Watchdog
from chat.queries.seam import Seam
from chat.realm.realm import Realm
from chat.realm.session import Session
from chat.vocabulary.clock import Task
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    CLOSE_SECONDS,
    HINT_SECONDS,
    LINE_BYTES,
    LINES_PER_TURN,
    LINGER_SECONDS,
    RUNAWAY_BYTES,
    TLS_CLOSE_SECONDS,
    TURN_SECONDS,
)

log = Logger()

_FOR_NOTHING, _FOR_ANSWERS, _FOR_ITS_READER, _FOR_ITS_TURN, _FOR_TIME = 0, 1, 2, 4, 8
"""What the next line of a connection may have to wait for: until its commands are done, until the
client reads, until others have had their turn, until it may say more."""


class Factory(Protocol):
    """What a connection needs of its factory: see chat.factory."""

    realm: Realm
    seam: Seam
    admission: Admission
    hub: Hub | None
    clock: Any
    later: Callable[[Task], object]
    visits: Visits

    @property
    def is_crowded(self) -> bool:
        """Whether many who were refused have not gone yet."""

    def admit(self, connection: ChatProtocol, host: str, /) -> Bucket | None:
        """A client has come; the bucket for its lines. Raises ChatError."""

    def disconnected(self, connection: ChatProtocol, username: str, /) -> None:
        """A client is gone."""


@implementer(IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """One connection. Implements chat.realm.session.Connection.

    It cuts lines itself: LineReceiver hangs up on a long line, or runs its tail as a command,
    and copies the rest of a packet once for each line in it. Its raw mode is not supported.

    came: when it was accepted, by the factory's clock.
    """

    factory: Factory
    transport: Any
    delimiter = b"\n"
    MAX_LENGTH = LINE_BYTES

    peer = ""
    """Where the client is: address and port."""

    host: str | None = None
    """Its address, once it has been admitted."""

    origin = ""
    """Its address, or as much of it as one person has at their disposal."""

    is_trusted = False
    """No limit binds those who come from its address."""

    is_private = False
    """Nobody on the way can read what is sent: it is TLS, or stays on this machine."""

    is_noted = False
    """The log has that it came: it has stayed for a while, or has said something."""

    proxied: Header | None = None
    """What a proxy has told of the client. To be set before the connection is made."""

    def __init__(self, came: float) -> None:
        self._came = came
        self._unended = b""  # the beginning of a line
        self._overlong: Overlong | None = None  # or what is kept of it, since it is too long
        self._receiving = False
        self._heard = False  # a first line has come
        self._ended = False  # the client has closed its side: no more will come
        self._bucket: Bucket | None = None  # for lines; some connections need none
        self._waits = _FOR_NOTHING  # what its next line has to wait for
        self._holds = 0  # commands of its own that are not done yet
        self._unready: list[Deferred[None]] = []  # what waits until the client reads
        self._watch: Watchdog | None = None  # once something has waited for the client
        self._closing = False
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """A client has come."""
        beneath, peer = bottom(self.transport), self.transport.getPeer()
        if ITCPTransport.providedBy(beneath) and not isinstance(peer, UNIXAddress):
            tune(beneath)
        if self.proxied is not None and self.proxied.peer is not None:
            peer = self.proxied.peer
        host = host_of(peer)
        self.peer = shown(peer)
        self.origin = self.factory.admission.shared(host)
        self.is_trusted = self.factory.admission.origin(host) is None
        self.is_private = self._find_out_whether_private(host)
        if self.factory.hub is not None:
            self.factory.hub.adopt(beneath)
        self._seconds = self.factory.clock.seconds
        self._outbox = outbox(self.transport, self)
        self.write = self._outbox.write
        self.offer = self._outbox.offer
        self._newcomer = newcomer_at(getattr(self.transport.getHost(), "port", None))
        self.session = Session(self.factory.realm, self._newcomer, self, self.factory.seam)
        try:
            self._bucket = self.factory.admit(self, host)
        except ChatError as error:
            self._be_refused(error)
            return
        self._after(min(HINT_SECONDS, self._left()), self._hint)

    def _find_out_whether_private(self, host: str) -> bool:
        if isinstance(self.transport, TlsConnection) or INegotiated.providedBy(self.transport):
            return True  # our TLS, or Twisted's
        if self.proxied is not None and not self.proxied.is_own:
            tls_ports = self.factory.realm.settings.proxy_tls_ports
            return self.proxied.is_private or self.proxied.port in tls_ports
        return is_loopback(host)

    def _left(self) -> float:
        """The seconds that are left to log in."""
        timeout = self.factory.realm.settings.limits.login_timeout
        left: float = self._came + timeout - self._seconds()
        return max(0.0, left)

    def _be_refused(self, error: ChatError) -> None:
        """Say why, and hang up; without waiting for the client where others are waited for."""
        self.session.refuse(error)
        if self.factory.is_crowded:
            self._closing = self.session.ended = True
            self._outbox.close()
            if self._outbox.direct and self._outbox.is_open:
                self.transport.loseConnection()
            else:
                self.transport.abortConnection()
        else:
            self.session.end()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone."""
        self._cancel_timer()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        self._closing = True
        self._outbox.stopProducing()
        user = self.session.user
        if self._overlong or without_telnet(self._unended)[:1] not in (b"", TLS_HELLO):
            self._be_noted()
        self.session.disconnect()
        self.factory.disconnected(self, user.name if user else "")
        self._be_ready()

    # Bytes to lines

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come, cut anywhere."""
        if not self.session.ended:
            if b"\xff" in data and DO_TIMING_MARK in data:
                self.write(WONT_TIMING_MARK)
            self._unended += data
            self._receive()

    def readConnectionLost(self) -> None:
        """The client has closed its side: what it asked for is answered, then it's over."""
        self._ended = True
        if self._closing:
            self.transport.loseConnection()
        else:
            self._receive()

    def _receive(self) -> None:
        """Take every whole line, unless the connection has to wait."""
        if self._receiving:
            return
        self._receiving = True
        try:
            self._take_lines()
        finally:
            self._receiving = False

    def _take_lines(self) -> None:
        lines = self._unended.split(b"\n")
        self._unended = lines.pop()
        bucket = self._bucket
        until = self._seconds() + TURN_SECONDS if len(lines) > 1 else 0.0  # most packets are one
        for at, line in enumerate(lines):
            if at and (at % LINES_PER_TURN == 0 or self._seconds() > until):
                self._end_turn()
            if bucket is not None and (rest := bucket.wait()):
                self._rest(rest)
            if self._waits:
                self._unended = b"\n".join([*lines[at:], self._unended])
                return
            if self.session.ended:
                return
            if bucket is not None:
                bucket.take()
            if self._overlong or len(line) >= LINE_BYTES:
                self._take_long(line)
            else:
                self.lineReceived(line)
        if self._unended or self._overlong:
            self._look_at_unended()
        if self._ended:
            self._look_at_end()

    def _rest(self, seconds: float) -> None:
        """The client has been too fast: what comes next waits, at the client if it does not fit
        here."""
        if not self._waits & _FOR_TIME:
            self._wait(_FOR_TIME)
            again = partial(self._go_on, _FOR_TIME)
            self.factory.clock.callLater(seconds, again)

    def _end_turn(self) -> None:
        """Go on in the reactor's next turn, or at once where there are no turns."""
        self._wait(_FOR_ITS_TURN)
        self.factory.later(partial(self._go_on, _FOR_ITS_TURN))

    def _take_long(self, line: bytes) -> None:
        overlong, self._overlong = self._overlong or Overlong(), None
        overlong.add(line)
        self.lineLengthExceeded(overlong.glimpse)
        if overlong.size >= RUNAWAY_BYTES:
            self.session.end()

    def _look_at_unended(self) -> None:
        """No line may grow without bounds, none is waited for where none will come."""
        if not self._heard and self._unended.startswith(TLS_HELLO):
            self.lineReceived(TLS_HELLO)
            return
        if self._overlong or len(self._unended) >= LINE_BYTES:
            self._overlong = self._overlong or Overlong()
            self._overlong.add(self._unended)
            self._unended = b""
            if self._overlong.size >= RUNAWAY_BYTES:
                self._take_long(b"")

    def _look_at_end(self) -> None:
        """The client has closed its side and has its answers: that was all."""
        if self._ended and not (self._waits or self.session.ended):
            if self._unended or self._overlong:
                self.session.refuse(ChatError("unfinished-line"))
            self.session.end()

    def lineReceived(self, line: bytes) -> None:
        """A line has come, without its LF."""
        if not self._heard:
            self._heard = True
            if line[:1] != TLS_HELLO:
                self._be_noted()
        if line[-1:] == b"\r":
            line = line[:-1]
        if line[:1] == END_OF_TRANSMISSION:
            line = line.lstrip(END_OF_TRANSMISSION)
        if b"\xff" in line:
            line = without_telnet(line)
        try:
            self.session.dialect.receive(self.session, line)
        except Exception:
            self.fail(Failure())

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line has come to its end that was too long: its beginning and its end are here, the
        rest is thrown away."""
        self._heard = True
        self._be_noted()
        if self.session.dialect is not self._newcomer or self._newcomer.receives(
            self.session, line
        ):
            self.session.refuse(ChatError("line-too-long"))

    # What TLS tells: see chat.net.tls.Carried

    def met_without_tls(self) -> None:
        """The client speaks plainly, where that is not done."""
        self._be_noted()
        self.session.refuse(ChatError("tls-port"))
        self._end_at_once()

    def rest(self, seconds: float) -> None:
        """The client has sent much that was no text."""
        self._rest(seconds)

    def failed_by_tls(self, reason: str) -> None:
        """TLS was not agreed on, or has been broken; there is nothing left to say."""
        self.factory.visits.failed(self.peer, self.origin, f"has failed at TLS: {reason}")
        self.is_noted = True
        self._end_at_once()

    def _end_at_once(self) -> None:
        """End, also where the end has been waiting for TLS."""
        if self._closing:
            self.transport.abortConnection()
        else:
            self.session.end()

    # What a session asks of its connection

    def hold(self) -> None:
        """See chat.realm.session.Connection."""
        self._holds += 1
        self._wait(_FOR_ANSWERS)

    def release(self) -> None:
        """See chat.realm.session.Connection."""
        self._holds -= 1
        if not self._holds:
            self._go_on(_FOR_ANSWERS)

    def ready(self) -> Deferred[None]:
        """See chat.realm.session.Connection."""
        ready: Deferred[None] = Deferred()
        if self._waits & _FOR_ITS_READER:
            self._unready.append(ready)
        else:
            self.factory.later(partial(ready.callback, None))
        return ready

    def spend(self, lines: int) -> None:
        """See chat.realm.session.Connection."""
        if self._bucket is not None:
            self._bucket.take(lines)

    def entered(self, username: str) -> None:
        """See chat.realm.session.Connection."""
        self._cancel_timer()
        self._be_noted()
        self.factory.visits.is_called(self.peer, username)

    def note(self, what: str, username: str) -> None:
        """See chat.realm.session.Connection."""
        self.factory.visits.noted(self.peer, self.origin, what, username)

    def _be_noted(self) -> None:
        """The log says that somebody has come, once they stay or have said something."""
        if not self.is_noted and self.host is not None:
            self.is_noted = True
            self.factory.visits.came(self.peer)

    def close(self) -> None:
        """See chat.realm.session.Connection."""
        if self._closing:
            return
        self._closing = True
        if self._waits:
            self.transport.resumeProducing()  # to notice when the client hangs up
        idle = self._outbox.idle
        self._outbox.close()
        if self._outbox.direct and not self._ended:
            self.transport.loseWriteConnection()
        else:
            self.transport.loseConnection()
        little = idle and not (self._outbox.direct and self._outbox.is_open)
        seconds = TLS_CLOSE_SECONDS if little else CLOSE_SECONDS
        self._after(seconds, self.transport.abortConnection)

    def writeConnectionLost(self) -> None:
        """The last words are sent. Wait a little for the client to hang up."""
        self._after(LINGER_SECONDS, self.transport.abortConnection)

    def fail(self, failure: Failure) -> None:
        """See chat.realm.session.Connection."""
        log.failure("{peer} caused an error and is sent away", failure, peer=self.peer)
        try:
            self.write(self.session.dialect.refusal(ChatError("server-error")))
            self.session.end()
        except Exception:
            log.failure("{peer} could not be sent away in good order", peer=self.peer)
            self.transport.abortConnection()

    # Time-outs, and clients that do not read

    def _hint(self) -> None:
        self._be_noted()
        if self._outbox.is_open and not self._heard and not without_telnet(self._unended):
            self._newcomer.blank(self.session)
        self._after(self._left(), self._time_out)

    def _time_out(self) -> None:
        if self._outbox.is_open:
            self.session.refuse(ChatError("login-timeout"))
            self.session.end()
        else:
            self.transport.abortConnection()

    def lagging(self) -> None:
        """See chat.net.outbox.Reader."""
        if self._watch is None:
            self._watch = Watchdog(self._outbox, self.factory.clock, self._drop)
        self._watch.start()

    def _drop(self) -> None:
        """A client that takes nothing is not waited for."""
        log.warn("{peer} does not read what it is sent and is dropped", peer=self.peer)
        self.transport.abortConnection()

    def clogged(self) -> None:
        """See chat.net.outbox.Reader. A client that does not read may not ask for more."""
        self._wait(_FOR_ITS_READER)

    def drained(self) -> None:
        """See chat.net.outbox.Reader."""
        self._go_on(_FOR_ITS_READER)
        self._be_ready()

    def _be_ready(self) -> None:
        unready, self._unready = self._unready, []
        for ready in unready:
            ready.callback(None)

    def _wait(self, reason: int) -> None:
        """Take no further line, and read nothing, as long as there is a reason."""
        if not self._waits and not self._closing:
            self.transport.pauseProducing()
        self._waits |= reason

    def _go_on(self, reason: int) -> None:
        """The reason is gone; read on if it was the last one."""
        if self._waits & reason:
            self._waits &= ~reason
            if not self._waits and not self._closing:
                self.transport.resumeProducing()
                self._receive()

    def _after(self, seconds: float, act: Any) -> None:
        """Call `act` then, instead of what was to be called before."""
        self._cancel_timer()
        self._timer = self.factory.clock.callLater(seconds, act)

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
