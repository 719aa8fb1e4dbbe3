"""One connection to a server: lines out, lines in, and each answer to its question.

Knows the shape of a conversation, not what is said in it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from errno import ECONNREFUSED
from typing import Final, Protocol

from chat.client.terms.bounds import ANSWER_BYTES, ANSWER_LINES
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.numbers import is_number
from chat.client.wire.grammar import (
    Answer,
    CameIn,
    Found,
    Headed,
    Line,
    Pong,
    Refusal,
    Ruled,
    Stands,
    WentOut,
    parse,
)
from chat.vocabulary.limits import RUNAWAY_BYTES

CONNECT_SECONDS: Final = 10.0
"""Who does not answer by then is taken not to be there."""

SILENCE_SECONDS: Final = 30.0
"""After so much silence the server is asked whether it is there. A connection whose other end is
gone without a word looks like one on which nobody speaks."""

ANSWER_SECONDS: Final = 15.0
"""What that question may take; a slow answer of a server under load is none too late."""


_Shared = CameIn | WentOut | Headed | Ruled | Stands
"""What is told unasked, and may be an answer as well: then it is both."""


class Listener(Protocol):
    """Who hears what nobody has asked for."""

    def heard(self, line: Line) -> None:
        """A line that is no answer; also what may be one and is told unasked as well."""


class _Question:
    """What was asked, and its answer as far as it has come."""

    def __init__(self, number: int, answered: Callable[[list[Line]], None]) -> None:
        self.number = number
        self.answered = answered
        self.lines: list[Line] = []
        self.size = 0


class Connection(asyncio.Protocol):
    """A connection, from its beginning to its end."""

    def __init__(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        """Done with the reason when the connection is gone."""
        self.goodbye = ""
        """The last refusal that was no answer: why the server hung up, if it does."""
        self.has_heard = False
        """The server has said something."""
        self._listener = listener
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._tail = b""
        self._unsent: list[bytes] = []
        self._questions: deque[_Question] = deque()
        self._pings = 0
        self._lines = self._bytes = 0
        self.sent = 0
        """How many lines were sent."""
        self._paused = False
        self._heard_at = loop.time()
        self._asked_at: float | None = None  # whether it is there
        self._room_to_write = asyncio.Event()
        self._room_to_write.set()
        self._watch = loop.call_later(SILENCE_SECONDS, self._look_after_it)

    def send(self, line: str) -> None:
        """Send a line, at the end of this turn of the loop with all others of it.

        Where the connection is gone it goes nowhere. Raises RefusedError for more than a line.
        """
        if "\n" in line or "\r" in line:
            raise RefusedError("a command is one line")
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(line.encode(errors="replace"))
        self.sent += 1

    async def drain(self) -> None:
        """Wait until the server takes more."""
        await self._room_to_write.wait()

    def ask(self, line: str, answered: Callable[[list[Line]], None], *more: str) -> None:
        """Send a command, and have its answer told in its place among the other lines.

        What answers a command ends where the answer to the next one, a PING, begins. Where the
        connection is lost before, nothing is told. more: other commands behind it, whose answers
        are told with its own. Raises RefusedError for more than a line.
        """
        for command in (line, *more):
            self.send(command)
        self._questions.append(_Question(self._ping(), answered))

    async def answer(
        self, line: str, answered: Callable[[list[Line]], None] | None = None
    ) -> list[Line]:
        """Send a command; the lines of its answer, as `reply` does.

        Raises RefusedError and UnreachableError.
        """
        return granted(await self.reply(line, answered))

    async def reply(
        self, line: str, answered: Callable[[list[Line]], None] | None = None
    ) -> list[Line]:
        """Send a command; the lines of its answer, refused or not. They are told to `answered`
        before, in their place among the other lines.

        Raises UnreachableError, and RefusedError for more than a line.
        """
        told: asyncio.Future[list[Line]] = self._loop.create_future()

        def tell(lines: list[Line]) -> None:
            if answered:
                answered(lines)
            if not told.done():
                told.set_result(lines)

        self.ask(line, tell)
        await asyncio.wait((told, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            raise UnreachableError(self.lost.result())
        return told.result()

    @property
    def is_private(self) -> bool:
        """Nobody on the way can read what is sent: it is TLS, or it does not leave the machine."""
        if self._transport is None:
            return False
        if self._transport.get_extra_info("ssl_object") is not None:
            return True
        peer = self._transport.get_extra_info("peername")
        return isinstance(peer, tuple) and _is_loopback(str(peer[0]))

    @property
    def is_asking(self) -> bool:
        """An answer is on its way."""
        return bool(self._questions)

    @property
    def received(self) -> tuple[int, int]:
        """How many lines have come, and bytes."""
        return self._lines, self._bytes

    def pause(self) -> None:
        """Read nothing for now: the server will wait."""
        if self._transport and not self._paused and not self.lost.done():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport and self._paused and not self.lost.done():
            self._paused = False
            self._heard_at = self._loop.time()  # what waits is only now being read
            self._transport.resume_reading()

    def close(self, reason: str = "closed") -> None:
        """End it here; what was sent is still delivered if the server takes it."""
        self._flush()
        self._end(reason)
        if self._transport:
            self._transport.close()

    def abort(self, reason: str) -> None:
        """End it at once."""
        self._end(reason)
        if self._transport:
            self._transport.abort()

    # --- what asyncio calls ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._heard_at = self._loop.time()
        self.has_heard = True
        self._bytes += len(data)
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            if len(line) <= RUNAWAY_BYTES and not self.lost.done():
                self._received(parse(line.removesuffix(b"\r")), len(line))
        if max(map(len, (self._tail, *lines))) > RUNAWAY_BYTES:
            self.abort("what answers there is no chat server")

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._room_to_write.clear()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._room_to_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        lines = self._questions[0].lines if self._questions else []
        refusals = [line.reason for line in lines if isinstance(line, Refusal)]
        last_word = refusals[-1] if refusals else self.goodbye
        self._end(last_word or (explained(exc) if exc else "the server hung up"))

    # --- within ---------------------------------------------------------------------------------

    def _flush(self) -> None:
        lines, self._unsent = self._unsent, []
        if lines and self._transport and not self._transport.is_closing():
            self._transport.write(b"\n".join(lines) + b"\n")

    def _received(self, line: Line, size: int) -> None:
        self._lines += 1
        question = self._questions[0] if self._questions else None
        if question and isinstance(line, Pong):
            self._ponged(question, line.token)
        elif question and _is_answer(line):
            question.lines.append(line)
            question.size += size
            if question.size > ANSWER_BYTES or len(question.lines) > ANSWER_LINES:
                self.abort("the server's answer does not end")
            if isinstance(line, _Shared):
                self._listener.heard(line)
        else:
            if isinstance(line, Refusal) and not line.token:
                self.goodbye = line.reason
            self._listener.heard(line)

    def _ponged(self, question: _Question, token: str) -> None:
        """An answer has ended. Answers come in the order of the questions, or not at all."""
        number = int(token) if is_number(token) else 0
        if number == question.number:
            self._questions.popleft()
            question.answered(question.lines)
        elif number > question.number:
            self.abort("the server does not answer as it should")

    def _ping(self) -> int:
        """Have it known when all before has been answered; the number that comes back."""
        self._pings += 1
        self.send(f"PING {self._pings}")
        return self._pings

    def _look_after_it(self) -> None:
        now = self._loop.time()
        silence = now - self._heard_at
        is_asked = self._asked_at is not None and self._heard_at < self._asked_at
        if is_asked and not self._paused:
            self.abort(f"the server has not answered for {silence:.0f} s")
            return
        self._asked_at, pause = None, SILENCE_SECONDS
        if not self._paused and silence >= SILENCE_SECONDS:
            self._asked_at, pause = now, ANSWER_SECONDS
            self._ping()
        elif not self._paused:
            pause -= silence
        self._watch = self._loop.call_later(pause, self._look_after_it)

    def _end(self, reason: str) -> None:
        self._watch.cancel()
        self._room_to_write.set()
        self._questions.clear()
        if not self.lost.done():
            self.lost.set_result(reason)


def _is_answer(line: Line) -> bool:
    is_refusal = isinstance(line, Refusal) and not line.token
    return is_refusal or isinstance(line, Answer | Found | _Shared)


def granted(lines: list[Line]) -> list[Line]:
    """The lines of an answer. Raises RefusedError if they begin with a refusal: what is told to
    nobody's question may stand before it.
    """
    first = next((line for line in lines if not isinstance(line, _Shared)), None)
    if isinstance(first, Refusal):
        raise RefusedError(first.reason)
    return lines


def one_word(word: str) -> str:
    """A word for a command. Raises RefusedError for what is none."""
    if not word or len(word.split()) != 1:
        raise RefusedError(f"a name is one word: {word!r} is not")
    return word


def _is_loopback(address: str) -> bool:
    from ipaddress import IPv6Address, ip_address  # here, as only passwords need it

    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (inner or found).is_loopback


async def connect(
    host: str, port: int, listener: Listener, tls: ssl.SSLContext | None = None
) -> Connection:
    """A new connection. Raises UnreachableError with a reason for people."""
    loop = asyncio.get_running_loop()
    made: list[Connection] = []

    def protocol() -> Connection:
        made.append(Connection(listener))
        return made[-1]

    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, connection = await loop.create_connection(protocol, host, port, ssl=tls)
    except (OSError, TimeoutError, UnicodeError) as error:
        for unfinished in made:
            unfinished.abort("never made")
        raise UnreachableError(f"{host}:{port} can't be reached: {explained(error)}") from None
    return connection


def explained(error: Exception) -> str:
    """What went wrong with a connection, in words for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS there"
    if isinstance(error, TimeoutError):
        return f"no answer in {CONNECT_SECONDS:.0f} s"
    if isinstance(error, ConnectionRefusedError) or f"[Errno {ECONNREFUSED}]" in str(error):
        return "nothing listens there; is the server running?"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the server broke the connection"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
