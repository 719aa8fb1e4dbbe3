"""One chat and its connections, from the first to the end of the last."""

import gc
import weakref
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chat.factory import ChatFactory
from chat.vocabulary.limits import SHUTDOWN_SECONDS, TLS_CLOSE_SECONDS
from tests.people import Visitor
from tests.stores import SlowStore

People = Callable[..., Visitor]

BYE = "INFO server is shutting down"


def test_a_factory_without_arguments_is_a_whole_chat(visitor: People, factory: ChatFactory) -> None:
    """No reactor is needed; what is said has been delivered when dataReceived returns."""
    alice = visitor().says("JOIN tea alice", "MSG tea hi")
    alice.hears("INFO joined room tea", "MSG tea alice hi")
    assert list(factory.users) == ["alice"]
    assert list(factory.rooms) == ["tea"]
    alice.vanishes()
    assert not factory.users
    assert not factory.rooms
    assert not factory.connections


def test_who_is_gone_is_forgotten_at_once(factory: ChatFactory) -> None:
    """Without waiting for the garbage collector: nothing of a connection refers to itself."""
    alice = Visitor(factory).says("JOIN tea alice", "MSG tea hi", "HISTORY", "LEAVE tea")
    kept = [weakref.ref(alice.protocol), weakref.ref(factory.users["alice"])]
    gc.disable()
    try:
        alice.vanishes()
        del alice
        assert [ref() for ref in kept] == [None, None]
    finally:
        gc.enable()


def test_at_the_end_everyone_is_told(
    factory: ChatFactory, in_rooms: People, logged_in: People, visitor: People
) -> None:
    """Each in its style, also who has not said who it is; nobody is told who else leaves."""
    people = [in_rooms("alice", "tea"), logged_in("bob"), visitor()]
    stopped: list[None] = []
    factory.shut_down().addCallback(stopped.append)
    for person in people:
        person.hears(BYE)
        assert person.is_sent_away
        person.says("PING").hears()
    assert stopped == []
    for person in people:
        person.vanishes()
        person.hears()
    assert stopped == [None]


def test_at_the_end_what_was_accepted_is_delivered() -> None:
    """A commit under way is waited for; nothing more is taken on."""
    store = SlowStore()
    factory = ChatFactory(store)
    alice = Visitor(factory).says("JOIN tea alice", "MSG tea last words")
    factory.shut_down()
    alice.says("MSG tea too late")
    alice.hears("INFO joined room tea")
    store.commit()
    alice.hears("MSG tea alice last words", BYE)


def test_at_the_end_nobody_is_waited_for_long() -> None:
    """Neither a client that does not hang up, nor a store that does not answer."""
    for store in (SlowStore(), None):
        clock = Clock()
        factory = ChatFactory(store, clock=clock)
        alice = Visitor(factory).says("JOIN tea alice", "MSG tea hi")
        stopped: Deferred[None] = factory.shut_down()
        clock.advance(SHUTDOWN_SECONDS)
        assert alice.is_sent_away
        alice.vanishes()
        assert stopped.called


def test_an_empty_chat_ends_at_once() -> None:
    """There is nobody to wait for."""
    clock = Clock()
    assert ChatFactory(clock=clock).shut_down().called
    assert clock.getDelayedCalls() == []


def test_the_store_is_closed_when_the_last_batch_has_been_told(logged_errors: list[str]) -> None:
    """Also where whoever said it has hung up already, and others come and go meanwhile."""
    store = SlowStore()
    factory = ChatFactory(store)
    Visitor(factory).says("JOIN tea alice", "MSG tea last words").vanishes()
    stopped = factory.shut_down()
    Visitor(factory).vanishes()
    assert not stopped.called
    store.commit()
    assert stopped.called


def test_who_comes_while_it_ends_is_refused(factory: ChatFactory, in_rooms: People) -> None:
    """With the reason."""
    in_rooms("alice")
    factory.shut_down()
    Visitor(factory).says("LOGIN bob").hears("ERR shutting-down")


def test_a_client_that_does_not_hang_up_is_reset() -> None:
    """Its last words wait for it only so long; a plain socket has tests of its own."""
    clock = Clock()
    factory = ChatFactory(clock=clock)
    alice = Visitor(factory)
    aborted: list[None] = []
    alice.transport.abortConnection = lambda: aborted.append(None)  # type: ignore[method-assign]
    alice.says("QUIT")
    clock.advance(TLS_CLOSE_SECONDS - 1)
    assert aborted == []
    clock.advance(1)
    assert aborted == [None]


def test_coming_and_going_is_logged(factory: ChatFactory, logged: list[str]) -> None:
    """Who, and from where."""
    Visitor(factory).says("LOGIN alice").vanishes()
    Visitor(factory).says("HELP").vanishes()
    Visitor(factory).says("LOGIN esc\x1b[2J", "JOIN x rtl\u202e", "LOGIN {peer}").vanishes()
    where = "127.0.0.1:54321"
    assert logged == [
        f"{where} connected",
        f"{where} is alice",
        f"{where} (alice) disconnected",
        f"{where} connected",
        f"{where} (nobody yet) disconnected",
        f"{where} connected",
        f"{where} is {{peer}}",
        f"{where} ({{peer}}) disconnected",
    ]
