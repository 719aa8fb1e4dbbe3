"""The service on a real reactor and real sockets."""

import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ServerEndpoint, clientFromString, connectProtocol
from twisted.internet.task import Clock
from twisted.protocols.basic import LineOnlyReceiver

from chat.factory import ChatFactory
from chat.service.service import ChatService, ListenError
from chat.vocabulary.limits import (
    GIVE_BACK_CONNECTIONS,
    GIVE_BACK_SECONDS,
    GONE_SECONDS,
    KEEPALIVE_SECONDS,
)
from tests.reasons import ADDRESS_IN_USE


class Lines(LineOnlyReceiver):
    """A client that keeps what it hears."""

    delimiter = b"\n"

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.gone: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        self.heard.append(line)

    def connectionLost(self, reason: Any = None) -> None:
        self.gone.callback(None)


@pytest.fixture
def service() -> Iterator[ChatService]:
    factory = ChatFactory(clock=reactor, later=lambda act: reactor.callLater(0, act))
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    service = ChatService(factory, [("127.0.0.1:0", endpoint)])
    service.open()
    yield service
    pytest_twisted.blockon(service.stopService())


def call(service: ChatService) -> Deferred[Lines]:
    port = service.ports[0].getHost().port
    return connectProtocol(clientFromString(reactor, f"tcp:127.0.0.1:{port}"), Lines())


@pytest_twisted.inlineCallbacks
def test_it_serves_from_its_start_to_its_end(service: ChatService) -> Any:
    """Stopping fires when everyone has been told and is gone, and nothing is left."""
    service.privilegedStartService()
    service.startService()
    alice = yield call(service)
    alice.transport.write(b"LOGIN alice\nWHO\n")
    alice.transport.write(b"PING\n")
    while alice.heard[-1:] != [b"PONG"]:
        yield turn()
    yield service.stopService()
    yield alice.gone
    assert alice.heard == [b"OK", b"USER alice", b"PONG", b"INFO server is shutting down"]
    assert not service.factory.connections
    assert service.ports == []


@pytest_twisted.inlineCallbacks
def test_a_connection_is_quick_and_notices_when_the_other_side_is_dead(
    service: ChatService,
) -> Any:
    """TCP_NODELAY, or an answer waits 40 ms for the one before it; and keep-alive."""
    alice = yield call(service)
    while not service.factory.connections:
        yield turn()
    (connection,) = service.factory.connections
    assert connection.transport.getTcpNoDelay()
    assert connection.transport.getTcpKeepAlive()
    handle = connection.transport.getHandle()
    if hasattr(socket, "TCP_KEEPIDLE"):
        assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == KEEPALIVE_SECONDS
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # where there is much to tell keep-alive asks nothing
        waits = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        assert waits == 1000 * GONE_SECONDS
    alice.transport.loseConnection()
    yield alice.gone


@inlineCallbacks
def turn() -> Any:
    """Let the reactor turn once."""
    turned: Deferred[None] = Deferred()
    reactor.callLater(0, turned.callback, None)
    yield turned


def test_where_one_port_is_taken_none_is_opened(service: ChatService) -> None:
    """It says which, and why, in one line."""
    taken = service.ports[0].getHost().port
    endpoints = [
        (f"127.0.0.1:{port}", TCP4ServerEndpoint(reactor, port, interface="127.0.0.1"))
        for port in (0, taken)
    ]
    other = ChatService(ChatFactory(), endpoints)
    with pytest.raises(ListenError) as refused:
        other.open()
    assert str(refused.value) == f"cannot listen on 127.0.0.1:{taken}: {ADDRESS_IN_USE}"
    assert other.ports == []


def test_memory_is_given_back_when_many_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, though they go one by one; not when a few go."""
    given: list[int] = []
    monkeypatch.setattr("chat.service.heap.give_back", lambda: given.append(len(people)))
    factory = ChatFactory(clock=Clock())
    service, people = ChatService(factory, []), factory.connections
    service._give_back()
    for there in (GIVE_BACK_CONNECTIONS - 1, 0, GIVE_BACK_CONNECTIONS + 100, 101, 100, 50, 0):
        people.clear()
        people.update(cast(Any, range(there)))
        factory.clock.advance(GIVE_BACK_SECONDS)
    assert given == [100]
