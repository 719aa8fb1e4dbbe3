"""ChatProtocol: bytes to lines, and nothing else."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chat.address import shown
from chat.dialects.newcomer import HINT, NEWCOMER, TLS_HELLO
from chat.errors import ChatError
from chat.limits import (
    CLOSE_SECONDS,
    HINT_SECONDS,
    KEEPALIVE_INTERVAL_SECONDS,
    KEEPALIVE_PROBES,
    KEEPALIVE_SECONDS,
    LINE_BYTES,
    LINES_PER_TURN,
    LINGER_SECONDS,
    RUNAWAY_BYTES,
    TLS_CLOSE_SECONDS,
    TURN_SECONDS,
)
from chat.outbox import Outbox
from chat.session import Session

if TYPE_CHECKING:
    from chat.factory import ChatFactory

log = Logger()

_TELNET: Final = re.compile(
    rb"\xff(?:\xff"  # the byte 255 itself
    rb"|[\xf0-\xf9]"  # a command
    rb"|[\xfb-\xfe](?:.|$)"  # a command and its option
    rb"|\xfa(?:[^\xff]|\xff[^\xf0])*(?:\xff\xf0|\xff?$)"  # a subnegotiation up to its end
    rb"|$)",
    re.DOTALL,
)
"""Telnet's commands (RFC 854, RFC 855). One that is unfinished ends with its line: clients send
no subnegotiation unasked, so no line's end is part of one."""

_KEEPALIVE: Final = {
    getattr(socket, name): value
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_SECONDS),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    )
    if hasattr(socket, name)  # not everywhere
}

_END_OF_TRANSMISSION: Final = b"\x04"
"""What telnet sends for Ctrl-D: somebody wanted to leave, and now begins a line behind it."""

_DO_TIMING_MARK: Final = b"\xff\xfd\x06"
_WONT_TIMING_MARK: Final = b"\xff\xfc\x06"
"""RFC 860. After Ctrl-C telnet asks for a mark, and shows nothing more until it is answered."""


def without_telnet(line: bytes) -> bytes:
    """The line without telnet's commands."""
    return _TELNET.sub(lambda found: b"\xff" if found[0] == b"\xff\xff" else b"", line)


def _tune(transport: Any) -> None:
    """Have answers sent at once, and clients missed that went without a word."""
    transport.setTcpNoDelay(True)
    transport.setTcpKeepAlive(True)
    while hasattr(transport, "transport"):  # TLS is around another one
        transport = transport.transport
    for option, value in _KEEPALIVE.items():
        transport.getHandle().setsockopt(socket.IPPROTO_TCP, option, value)


@implementer(IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """One connection. Implements chat.session.Connection.

    It cuts lines itself: LineReceiver hangs up on a long line, or runs its tail as a command,
    and copies the rest of a packet once for each line in it. Its raw mode is not supported.
    """

    factory: ChatFactory
    transport: Any
    delimiter = b"\n"
    MAX_LENGTH = LINE_BYTES

    peer = ""
    """Where the client is: address and port."""

    def __init__(self) -> None:
        self._unended = b""  # the beginning of a line
        self._thrown_away = 0  # or how many bytes of it are gone, since it was too long
        self._receiving = False
        self._heard = False  # a first line has come
        self._ended = False  # the client has closed its side: no more will come
        self._holds = 0  # commands of its own that are not done yet
        self._clogged = False  # it does not read what it has asked for
        self._in_turn = True  # it has not used up this turn of the reactor
        self._closing = False
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """A client has come."""
        peer = self.transport.getPeer()
        if ITCPTransport.providedBy(self.transport) and not isinstance(peer, UNIXAddress):
            _tune(self.transport)
        self.peer = shown(peer)
        self._outbox = Outbox(self.transport, self._clog, self._overflow)
        self.write = self._outbox.write
        self.session = Session(self.factory.realm, NEWCOMER, self)
        timeout = self.factory.realm.limits.login_timeout
        self._after(min(HINT_SECONDS, timeout), self._hint)
        self.factory.connected(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone."""
        self._cancel_timer()
        self._closing = True
        self._outbox.stopProducing()
        user = self.session.user
        self.session.disconnect()
        self.factory.disconnected(self, user.name if user else "")

    # Bytes to lines

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come, cut anywhere."""
        if not self.session.ended:
            if _DO_TIMING_MARK in data:
                self.write(_WONT_TIMING_MARK)
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
        seconds = self.factory.clock.seconds
        until = seconds() + TURN_SECONDS
        lines = self._unended.split(b"\n")
        self._unended = lines.pop()
        for at, line in enumerate(lines):
            if at and (at % LINES_PER_TURN == 0 or seconds() > until):
                self._end_turn()
            if self._has_to_wait:
                self._unended = b"\n".join([*lines[at:], self._unended])
                break
            if self.session.ended:
                break
            self._take(line)
        else:
            self._look_at_unended()
            self._look_at_end()

    @property
    def _has_to_wait(self) -> bool:
        return self._holds > 0 or self._clogged or not self._in_turn

    def _end_turn(self) -> None:
        """Go on in the reactor's next turn, or at once where there are no turns."""
        self._in_turn = False
        self._go_on_or_wait()
        self.factory.later(self._begin_turn)

    def _begin_turn(self) -> None:
        self._in_turn = True
        self._go_on_or_wait()

    def _take(self, line: bytes) -> None:
        size = self._thrown_away + len(line)
        self._thrown_away = 0
        if size < LINE_BYTES:
            self.lineReceived(line)
        else:
            self.lineLengthExceeded(line)
            if size >= RUNAWAY_BYTES:
                self.session.end()

    def _look_at_unended(self) -> None:
        """No line may grow without bounds, none is waited for where none will come."""
        if not self._heard and self._unended.startswith(TLS_HELLO):
            self.lineReceived(TLS_HELLO)
            return
        size = self._thrown_away + len(self._unended)
        if size >= LINE_BYTES:
            self._thrown_away, self._unended = size, b""
        if size >= RUNAWAY_BYTES:
            self._take(b"")

    def _look_at_end(self) -> None:
        """The client has closed its side and has its answers: that was all."""
        if self._ended and not (self._has_to_wait or self.session.ended):
            if self._unended or self._thrown_away:
                self.session.refuse(ChatError("unfinished-line"))
            self.session.end()

    def lineReceived(self, line: bytes) -> None:
        """A line has come, without its LF."""
        self._heard = True
        if line.endswith(b"\r"):
            line = line[:-1]
        if line.startswith(_END_OF_TRANSMISSION):
            line = line.lstrip(_END_OF_TRANSMISSION)
        if b"\xff" in line:
            line = without_telnet(line)
        try:
            self.session.dialect.receive(self.session, line)
        except Exception:
            self.fail(Failure())

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line has come to its end that was too long; what is left of it is thrown away."""
        self.session.refuse(ChatError("line-too-long"))

    # What a session asks of its connection

    def hold(self) -> None:
        """See chat.session.Connection."""
        self._holds += 1
        self._go_on_or_wait()

    def release(self) -> None:
        """See chat.session.Connection."""
        self._holds -= 1
        self._go_on_or_wait()

    def entered(self, username: str) -> None:
        """See chat.session.Connection."""
        self._cancel_timer()
        log.info("{peer} is {username}", peer=self.peer, username=username)

    def close(self) -> None:
        """See chat.session.Connection."""
        if self._closing:
            return
        self._closing = True
        if self._has_to_wait:
            self.transport.resumeProducing()  # to notice when the client hangs up
        idle = self._outbox.idle
        self._outbox.close()
        if self._outbox.direct and not self._ended:
            self.transport.loseWriteConnection()
        else:
            self.transport.loseConnection()
        little = idle and not self._outbox.direct
        seconds = TLS_CLOSE_SECONDS if little else CLOSE_SECONDS
        self._after(seconds, self.transport.abortConnection)

    def writeConnectionLost(self) -> None:
        """The last words are sent. Wait a little for the client to hang up."""
        self._after(LINGER_SECONDS, self.transport.abortConnection)

    def fail(self, failure: Failure) -> None:
        """See chat.session.Connection."""
        log.failure("{peer} caused an error and is sent away", failure, peer=self.peer)
        try:
            self.write(self.session.dialect.refusal(ChatError("server-error")))
            self.session.end()
        except Exception:
            log.failure("{peer} could not be sent away in good order", peer=self.peer)
            self.transport.abortConnection()

    # Time-outs, and clients that do not read

    def _hint(self) -> None:
        if not self._heard and not without_telnet(self._unended):
            self.session.reply(HINT)
        timeout = self.factory.realm.limits.login_timeout
        self._after(max(0.0, timeout - HINT_SECONDS), self._time_out)

    def _time_out(self) -> None:
        self.session.refuse(ChatError("login-timeout"))
        self.session.end()

    def _clog(self, clogged: bool) -> None:
        """A client that does not read what it asked for may not ask for more."""
        self._clogged = clogged
        self._go_on_or_wait()

    def _overflow(self) -> None:
        log.warn("{peer} does not read what it is sent and is dropped", peer=self.peer)
        self.transport.abortConnection()

    def _go_on_or_wait(self) -> None:
        """Read on, or do not."""
        if self._closing:
            return
        if self._has_to_wait:
            self.transport.pauseProducing()
        else:
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
