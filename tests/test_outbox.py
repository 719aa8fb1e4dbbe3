"""What is on its way to one client, on real pairs of sockets that the test reads or does not."""

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.testing import StringTransport

from chat.limits import CLOGGED_BYTES, QUEUED_BYTES
from chat.outbox import Outbox


class SocketTransport(StringTransport):
    """A transport with a real socket; what is written to it waits until `drain`."""

    def __init__(self, handle: socket.socket) -> None:
        super().__init__()
        self._handle = handle

    def getHandle(self) -> socket.socket:
        return self._handle

    def drain(self) -> bytes:
        """What waits here is sent, as FileDescriptor.doWrite tells a pull producer."""
        sent = self.value()
        self.clear()
        assert self.producer is not None
        self.producer.resumeProducing()
        return sent


@pytest.fixture
def pair() -> Iterator[tuple[SocketTransport, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    with ours, theirs:
        yield SocketTransport(ours), theirs


class Told(list[object]):
    """What an outbox has told its connection."""

    def outbox(self, transport: StringTransport) -> Outbox:
        return Outbox(transport, self.append, lambda: self.append("overflow"))


Pair = tuple[SocketTransport, socket.socket]


def fill(outbox: Outbox, transport: StringTransport) -> int:
    """Write until the socket takes no more; how many bytes it has taken."""
    size = 0
    while not transport.value():
        outbox.write(b"x" * 4096)
        size += 4096
    return size - len(transport.value())


def test_what_fits_into_the_socket_goes_there_at_once(pair: Pair) -> None:
    """Without the reactor, and in order."""
    transport, client = pair
    outbox = Told().outbox(transport)
    outbox.write(b"one\n")
    outbox.write(b"two\n")
    assert client.recv(100) == b"one\ntwo\n"
    assert transport.value() == b""


def test_what_does_not_fit_waits_and_is_not_overtaken(pair: Pair) -> None:
    """Everything comes once, in order, across the change of ways."""
    transport, client = pair
    outbox = Told().outbox(transport)
    left = fill(outbox, transport)
    outbox.write(b"last")
    while left:
        left -= len(client.recv(left))
    outbox.write(b"er")  # now there is room again, and still it may not overtake
    assert transport.drain().strip(b"x") == b""
    assert transport.drain() == b"laster"
    assert transport.drain() == b""
    outbox.write(b"!")
    assert client.recv(100) == b"!"


def test_the_transport_gets_a_piece_at_a_time(pair: Pair) -> None:
    """The next one when it has got rid of the last; whoever shares the bytes, none is lost."""
    transport, _ = pair
    told = Told()
    outbox = told.outbox(transport)
    fill(outbox, transport)
    transport.drain()
    outbox._send = None  # as full as before
    data = bytes(range(256)) * 1024
    outbox.write(data)
    outbox.write(b"end")
    pieces = []
    while piece := transport.drain():
        assert len(piece) <= CLOGGED_BYTES
        pieces.append(piece)
    assert b"".join(pieces) == data + b"end"


def test_a_client_that_does_not_read_is_clogged_until_it_has(pair: Pair) -> None:
    """Told once, and told again when little waits any more."""
    transport, _ = pair
    told = Told()
    outbox = told.outbox(transport)
    fill(outbox, transport)
    for _ in range(3):
        outbox.write(b"x" * CLOGGED_BYTES)
    assert told == [True]
    transport.drain()
    assert told == [True]
    transport.drain()
    assert told == [True, False]


def test_a_slow_reader_who_reads_on_is_not_given_up(pair: Pair) -> None:
    """What counts is what waits, not what has been written since nothing did."""
    transport, _ = pair
    told = Told()
    outbox = told.outbox(transport)
    fill(outbox, transport)
    outbox.write(b"x" * 4 * CLOGGED_BYTES)
    for _ in range(0, 2 * QUEUED_BYTES, CLOGGED_BYTES):
        outbox.write(b"x" * CLOGGED_BYTES)
        transport.drain()
    assert told == [True]


def test_a_client_that_never_reads_is_given_up(pair: Pair) -> None:
    """What waits for it is bounded; nothing is kept after that."""
    transport, _ = pair
    told = Told()
    outbox = told.outbox(transport)
    for _ in range(0, 3 * QUEUED_BYTES, CLOGGED_BYTES):
        outbox.write(b"x" * CLOGGED_BYTES)
    assert told == [True, "overflow"]
    assert len(transport.value()) <= CLOGGED_BYTES


def test_a_broken_socket_raises_nothing(pair: Pair) -> None:
    """The transport will find out, and say so in its own way."""
    transport, client = pair
    outbox = Told().outbox(transport)
    client.close()
    outbox.write(b"x")
    outbox.write(b"y")
    assert transport.value() == b"x"
    assert transport.drain() == b"x"
    assert transport.drain() == b"y"


def test_a_transport_without_a_socket_takes_the_ordinary_way() -> None:
    """As TLS does: it says when it wants no more, and when it wants more again."""
    transport, told = StringTransport(), Told()
    outbox = told.outbox(transport)
    outbox.write(b"x" * CLOGGED_BYTES)
    assert len(transport.value()) == CLOGGED_BYTES
    outbox.pauseProducing()
    outbox.write(b"y" * (CLOGGED_BYTES + 1))
    assert len(transport.value()) == CLOGGED_BYTES
    assert told == [True]
    outbox.resumeProducing()
    assert told == [True, False]
    assert transport.value() == b"x" * CLOGGED_BYTES + b"y" * (CLOGGED_BYTES + 1)


def test_after_closing_nothing_is_written(pair: Pair) -> None:
    """The last words were the last."""
    transport, client = pair
    outbox = Told().outbox(transport)
    outbox.write(b"bye")
    outbox.close()
    outbox.write(b"more")
    assert client.recv(100) == b"bye"
    assert transport.value() == b""
    assert transport.producer is None


def test_closing_sends_what_waits(pair: Pair) -> None:
    """All of it is the transport's then."""
    transport, _ = pair
    outbox = Told().outbox(transport)
    left = fill(outbox, transport)
    outbox.write(b"last words")
    outbox.close()
    assert left
    assert transport.value().endswith(b"last words")
