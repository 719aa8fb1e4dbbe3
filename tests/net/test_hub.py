"""Many connections as one for the reactor: real sockets, and transports that note what they do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from chat.net.hub import AVAILABLE, Hub
from chat.vocabulary.limits import READY_PER_STEP, READY_PER_TURN, TURN_SECONDS

if not AVAILABLE:
    pytest.skip("there is no epoll", allow_module_level=True)


class Reactor(Clock):
    """Knows what it watches, and the time."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: list[Any] = []
        self.addReader = self.watched.append


class Transport:
    """One end of a pair of sockets."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.socket, self.client = socket.socketpair()
        self.socket.setblocking(False)
        self.fileno = self.socket.fileno
        self.happened: list[Any] = []
        self.why: Any = None  # what doRead and doWrite return
        self.takes = 0.0  # seconds to read
        self.lost: Exception | None = None  # what connectionLost raises
        self.served: Any = None  # called then

    def stopReading(self) -> None:
        if isinstance(self.reactor, Hub):
            self.reactor.removeReader(self)

    def startReading(self) -> None:
        self.reactor.addReader(self)

    def stopWriting(self) -> None:
        self.reactor.removeWriter(self)

    def doRead(self) -> Any:
        self.happened.append(self.socket.recv(100))
        if self.served:
            self.served()
        if self.takes:
            self.reactor._reactor.advance(self.takes)
        if isinstance(self.why, RuntimeError):
            raise self.why
        return self.why

    def doWrite(self) -> Any:
        self.happened.append("write")
        return self.why

    def connectionLost(self, reason: Failure) -> None:
        self.happened.append(reason.type)
        if self.lost:
            raise self.lost

    def close(self) -> None:
        self.socket.close()
        self.client.close()


@implementer(IHalfCloseableDescriptor)
class HalfCloseable(Transport):
    """One that goes on when its client has said all."""

    def readConnectionLost(self, reason: Failure) -> None:
        self.happened.append("end of input")


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(Reactor())
    yield hub
    if hub._epoll is not None:
        hub._watched.clear()  # their sockets are closed
        hub.connectionLost(Failure(ConnectionDone()))


def adopted(hub: Hub, cls: type[Transport] = Transport) -> Transport:
    transport = cls(Reactor())
    hub.adopt(transport)
    return transport


def test_the_reactor_watches_the_hub_alone(hub: Hub) -> None:
    """From the first transport on, and once."""
    reactor: Any = hub._reactor
    assert reactor.watched == []
    transports = [adopted(hub) for _ in range(3)]
    assert reactor.watched == [hub]
    for transport in transports:
        assert transport.reactor is hub
        transport.close()


def test_who_is_ready_is_served_and_nobody_else(hub: Hub) -> None:
    """Reading when something has come, writing while that is asked for."""
    one, other = adopted(hub), adopted(hub)
    one.client.send(b"hi")
    hub.doRead()
    assert (one.happened, other.happened) == ([b"hi"], [])
    hub.addWriter(other)
    hub.doRead()
    assert other.happened == ["write"]
    hub.removeWriter(other)
    hub.removeReader(one)
    one.client.send(b"later")
    hub.doRead()
    assert (one.happened, other.happened) == ([b"hi"], ["write"])
    hub.addReader(one)
    hub.doRead()
    assert one.happened == [b"hi", b"later"]
    one.close(), other.close()


def test_no_more_are_served_in_a_turn_than_it_may_take(hub: Hub) -> None:
    """In number and in time; the others are in the next one, and nobody is passed over."""
    transports = [adopted(hub) for _ in range(3 * READY_PER_TURN)]
    for transport in transports:
        transport.client.send(b"x")
    for turn in range(1, 4):
        hub.doRead()
        assert sum(len(transport.happened) for transport in transports) == turn * READY_PER_TURN
    assert all(transport.happened == [b"x"] for transport in transports)
    for transport in transports:
        transport.client.send(b"y")
        transport.takes = TURN_SECONDS / READY_PER_STEP
    turns = 0
    while any(transport.happened == [b"x"] for transport in transports):
        began = hub._reactor.seconds()
        hub.doRead()
        assert hub._reactor.seconds() - began < 4 * TURN_SECONDS
        turns += 1
    assert turns > 3
    for transport in transports:
        transport.close()


def test_at_the_end_of_a_turn_is_done_what_was_left_for_it(
    hub: Hub, logged_errors: list[str]
) -> None:
    """Once, when all have been served; what is left for later then has the next turn; an error
    costs nobody else his."""
    done: list[str] = []

    def first() -> None:
        done.append("first")
        hub.later(lambda: done.append("next turn"))
        raise RuntimeError("bug")

    transport = adopted(hub)
    transport.served = lambda: hub.later(first) or hub.later(lambda: done.append("second"))
    transport.client.send(b"x")
    hub.doRead()
    assert done == ["first", "second"]
    hub.doRead()
    assert done == ["first", "second", "next turn"]
    hub.later(lambda: done.append("on its own"))
    hub.doRead()
    assert done[3:] == ["on its own"]
    assert logged_errors == ["an act at the end of a turn failed: bug"]
    logged_errors.clear()
    transport.close()


def test_an_end_is_told_as_the_reactor_tells_it(hub: Hub) -> None:
    """An end of input to who can go on without; all other ends are ends."""
    half, whole, lost = adopted(hub, HalfCloseable), adopted(hub), adopted(hub, HalfCloseable)
    half.why = whole.why = ConnectionDone()
    lost.why = ConnectionLost()
    for transport in (half, whole, lost):
        transport.client.send(b"x")
    hub.doRead()
    assert half.happened == [b"x", "end of input"]
    assert whole.happened == [b"x", ConnectionDone]
    assert lost.happened == [b"x", ConnectionLost]
    for transport in (half, whole, lost):
        transport.client.send(b"more")
    hub.doRead()
    assert half.happened == [b"x", "end of input"]
    for transport in (half, whole, lost):
        transport.close()


def test_a_client_that_is_gone_is_noticed_while_it_is_written_to(hub: Hub) -> None:
    """Though nothing is read from it."""
    transport = adopted(hub)
    hub.removeReader(transport)
    hub.addWriter(transport)
    hub._watch(transport, 0x2000)  # EPOLLRDHUP alone: only an end wakes it
    transport.client.close()
    hub.doRead()
    assert transport.happened == [ConnectionLost]
    transport.close()


def test_an_error_costs_one_connection(hub: Hub, logged_errors: list[str]) -> None:
    """It is logged, that one closed, and the others are served."""
    one, other = adopted(hub), adopted(hub)
    one.why = RuntimeError("bug")
    for transport in (one, other):
        transport.client.send(b"x")
    hub.doRead()
    assert one.happened == [b"x", RuntimeError]
    assert other.happened == [b"x"]
    assert logged_errors == ["a connection could not be served and is closed: bug"]
    logged_errors.clear()
    one.close(), other.close()


def test_nor_does_an_error_at_an_end_cost_more(hub: Hub, logged_errors: list[str]) -> None:
    """The others are served, and so is who comes later."""
    one, other = adopted(hub), adopted(hub)
    one.why = ConnectionLost()
    one.lost = RuntimeError("bug")
    for transport in (one, other):
        transport.client.send(b"x")
    hub.doRead()
    assert other.happened == [b"x"]
    late = adopted(hub)
    late.client.send(b"y")
    hub.doRead()
    assert late.happened == [b"y"]
    assert logged_errors == ["a connection did not come to its end in good order: bug"]
    logged_errors.clear()
    for transport in (one, other, late):
        transport.close()


def test_nobody_is_starved_by_those_who_are_always_ready(hub: Hub) -> None:
    """However long each of them takes."""
    transports = [adopted(hub) for _ in range(5 * READY_PER_STEP)]
    for transport in transports:
        transport.client.send(b"x" * 10_000)
        transport.takes = TURN_SECONDS / 5
    for _ in range(20):
        hub.doRead()
    counts = [len(transport.happened) for transport in transports]
    assert max(counts) - min(counts) <= 1
    for transport in transports:
        transport.close()


def test_at_the_end_of_the_reactor_all_connections_end(hub: Hub) -> None:
    """As if it had watched them itself; what comes too late harms nobody."""
    transport = adopted(hub)
    hub.connectionLost(Failure(ConnectionDone()))
    assert transport.happened == [ConnectionLost]
    hub.later(lambda: None)
    transport.close()


def test_who_goes_with_another_one_is_not_served(hub: Hub) -> None:
    """Both were ready, and the first takes the second along."""
    one, other = adopted(hub), adopted(hub)
    for transport, its_other in ((one, other), (other, one)):
        transport.client.send(b"x")
        transport.doRead = lambda its_other=its_other: hub.removeReader(its_other)  # type: ignore[method-assign]
    hub.doRead()
    assert len(hub._transports) == 1
    one.close(), other.close()
