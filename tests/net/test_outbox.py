"""What is on its way to one client, on real pairs of sockets that the test reads or does not."""

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.testing import StringTransport

from chat.net.outbox import Outbox
from chat.vocabulary.limits import CLOGGED_BYTES


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


class Told(list[str]):
    """What an outbox has told its connection. Implements chat.net.outbox.Reader."""

    def lagging(self) -> None:
        self.append("lagging")

    def clogged(self) -> None:
        self.append("clogged")

    def drained(self) -> None:
        self.append("drained")


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
    outbox = Outbox(transport, Told())
    outbox.write(b"one\n")
    assert outbox.offer(b"two\n")
    assert client.recv(100) == b"one\ntwo\n"
    assert transport.value() == b""


def test_what_does_not_fit_waits_and_is_not_overtaken(pair: Pair) -> None:
    """Everything comes once, in order, across the change of ways."""
    transport, client = pair
    told = Told()
    outbox = Outbox(transport, told)
    left = fill(outbox, transport)
    assert told == ["lagging"]
    assert outbox.offer(b"last")
    while left:
        left -= len(client.recv(left))
    outbox.write(b"er")  # now there is room again, and still it may not overtake
    assert transport.drain().lstrip(b"x") == b"laster"
    assert told == ["lagging", "drained"]
    assert outbox.offer(b"!")
    assert client.recv(100) == b"!"
    assert outbox.idle


def test_what_is_offered_to_a_client_that_does_not_read_is_bounded(pair: Pair) -> None:
    """Past a limit it is not taken, and nothing of it is kept; answers still are. When all is
    read it is as before."""
    transport, _ = pair
    told = Told()
    outbox = Outbox(transport, told)
    fill(outbox, transport)
    while outbox.offer(b"y" * 1000):
        assert len(transport.value()) <= CLOGGED_BYTES + 1000
    waiting = len(transport.value())
    assert waiting > CLOGGED_BYTES
    assert not outbox.offer(b"z")
    outbox.write(b"answer")
    assert told == ["lagging", "clogged"]
    assert transport.drain().endswith(b"yanswer")
    assert told == ["lagging", "clogged", "drained"]
    assert outbox.offer(b"!")


def test_it_is_noticed_that_a_client_has_taken_something() -> None:
    """However little it is, and though all that waits for it is as much as before."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with ours, theirs:
        ours.setblocking(False)
        transport = SocketTransport(ours)
        outbox = Outbox(transport, Told())
        left = fill(outbox, transport)
        theirs.settimeout(5)
        before = outbox.taken
        while outbox.taken == before:
            left -= len(theirs.recv(left))
        assert left


def test_a_broken_socket_raises_nothing(pair: Pair) -> None:
    """The transport will find out, and say so in its own way."""
    transport, client = pair
    outbox = Outbox(transport, Told())
    client.close()
    outbox.write(b"x")
    assert outbox.offer(b"y")
    assert transport.value() == b"xy"


def test_a_transport_without_a_socket_takes_the_ordinary_way() -> None:
    """As TLS does: it says when it wants no more, and when it wants more again."""
    transport, told = StringTransport(), Told()
    outbox = Outbox(transport, told)
    assert outbox.offer(b"x")
    outbox.pauseProducing()
    assert not outbox.offer(b"y")
    outbox.write(b"answer")
    assert transport.value() == b"xanswer"
    assert told == ["lagging", "clogged"]
    outbox.resumeProducing()
    assert told == ["lagging", "clogged", "drained"]
    assert outbox.offer(b"y")


def test_after_closing_nothing_is_written(pair: Pair) -> None:
    """The last words were the last."""
    transport, client = pair
    outbox = Outbox(transport, Told())
    outbox.write(b"bye")
    outbox.close()
    outbox.write(b"more")
    assert outbox.offer(b"more")
    assert client.recv(100) == b"bye"
    assert transport.value() == b""
    assert transport.producer is None


def test_closing_leaves_what_waits_to_the_transport(pair: Pair) -> None:
    """Which sends it, then hangs up."""
    transport, _ = pair
    outbox = Outbox(transport, Told())
    fill(outbox, transport)
    outbox.write(b"last words")
    outbox.close()
    assert transport.value().endswith(b"last words")
