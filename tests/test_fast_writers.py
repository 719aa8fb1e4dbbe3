"""Who says more than anyone can read: it is read more slowly, and nothing of it is lost."""

import pytest
from twisted.internet.task import Clock

from chat.factory import ChatFactory
from chat.vocabulary.limits import BULK_LINES, REST_SECONDS
from chat.vocabulary.settings import Limits
from tests.chats import chat_with
from tests.people import Visitor

STRANGER = "192.0.2.1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def factory(clock: Clock) -> ChatFactory:
    return chat_with(clock=clock, limits=Limits(rate=10, burst=20))


@pytest.fixture
def stranger(factory: ChatFactory) -> Visitor:
    return Visitor(factory, STRANGER).says("JOIN tea stranger").hears("INFO joined room tea")


def test_what_is_pasted_comes_whole_and_in_order(stranger: Visitor, clock: Clock) -> None:
    """The burst at once, the rest at the rate; meanwhile nothing more is read from it."""
    lines = [f"MSG tea {number}" for number in range(100)]
    stranger.says(*lines)
    heard = stranger.heard()
    assert len(heard) == 19  # the JOIN was the first line
    assert stranger.transport.producerState == "paused"
    stranger.says("MSG tea last")
    began = clock.seconds()
    while len(heard) < 101:
        clock.advance(REST_SECONDS)
        more = stranger.heard()
        assert len(more) <= 2
        heard += more
    assert heard == [f"MSG tea stranger {number}" for number in [*range(100), "last"]]
    assert 8 < clock.seconds() - began < 9
    clock.advance(1)
    assert stranger.transport.producerState == "producing"


def test_who_types_never_waits(stranger: Visitor, clock: Clock) -> None:
    """However long one talks."""
    for number in range(1000):
        stranger.says(f"MSG tea {number}").hears(f"MSG tea stranger {number}")
        clock.advance(0.1)


def test_others_do_not_wait_for_it(stranger: Visitor, factory: ChatFactory) -> None:
    """Each connection has its own measure."""
    stranger.says(*["MSG tea x"] * 50)
    other = Visitor(factory, STRANGER).says("JOIN tea other").hears("INFO joined room tea")
    other.says("PING").hears("PONG")


def test_whom_the_server_trusts_is_not_held_up(factory: ChatFactory) -> None:
    """Loopback, unless said otherwise."""
    friend = Visitor(factory).says("JOIN tea friend").hears("INFO joined room tea")
    friend.says(*["PING"] * 1000).hears(*["PONG"] * 1000)


def test_without_a_rate_nobody_is_held_up(clock: Clock) -> None:
    """Rate = 0 is any rate."""
    factory = chat_with(clock=clock, limits=Limits(rate=0))
    stranger = Visitor(factory, STRANGER).says("LOGIN stranger").hears("OK")
    stranger.says(*["PING"] * 1000).hears(*["PONG"] * 1000)


@pytest.mark.parametrize("command", ["WHO", "who tea", "ROOMS", "HISTORY", "SEARCH tea"])
def test_what_has_a_long_answer_counts_for_more(
    command: str, stranger: Visitor, clock: Clock
) -> None:
    """The next line waits until it is paid for."""
    stranger.says(command, command).heard()
    stranger.says("PING").hears()
    clock.advance((2 * BULK_LINES + 1 + 1 - 20) / 10)
    stranger.hears("PONG")


def test_who_is_held_up_and_goes_is_gone(
    stranger: Visitor, factory: ChatFactory, clock: Clock
) -> None:
    """Its name is free, and nothing of it comes later."""
    stranger.says(*["MSG tea x"] * 50)
    stranger.heard()
    stranger.vanishes()
    assert not factory.users
    clock.advance(10)
    stranger.hears()


def test_who_is_held_up_and_closes_its_side_is_heard_to_the_end(
    stranger: Visitor, clock: Clock
) -> None:
    """A pipe arrives whole, however slowly."""
    stranger.says(*["MSG tea x"] * 50)
    stranger.hangs_up()
    assert not stranger.is_sent_away
    for _ in range(50):
        clock.advance(REST_SECONDS)
    assert stranger.is_sent_away
    assert stranger.heard() == ["MSG tea stranger x"] * 50


@pytest.fixture
def few(clock: Clock) -> ChatFactory:
    return chat_with(clock=clock, limits=Limits(connections_per_address=2))


def test_too_many_connections_are_refused(few: ChatFactory, logged: list[str]) -> None:
    """With a sentence that says so, and closed; nobody else notices, and when one goes there is
    room again."""
    first, second = (Visitor(few, STRANGER).says(f"LOGIN user{n}").hears("OK") for n in (1, 2))
    third = Visitor(few, STRANGER)
    third.hears("ERROR there are too many connections, here or from you: come back later")
    assert third.is_sent_away
    third.says("LOGIN third").hears()
    third.vanishes()
    Visitor(few, "192.0.2.2").says("LOGIN other").hears("OK")
    second.vanishes()
    Visitor(few, STRANGER).says("LOGIN third").hears("OK")
    first.says("PING").hears("INFO user2 disconnected", "PONG")
    assert [line for line in logged if "refused" in line] == [
        "192.0.2.1:54321 is refused: too many connections"
    ]


def test_the_log_does_not_grow_with_those_who_are_refused(
    few: ChatFactory, clock: Clock, logged: list[str]
) -> None:
    """One line for the first of them, one for all others of the next seconds."""
    visitors = [Visitor(few, STRANGER) for _ in range(100)]
    for visitor in visitors:
        visitor.vanishes()
    clock.advance(10)
    refusals = [line for line in logged if "refused" in line]
    assert refusals[1:] == ["and 97 more were refused"]
    assert len(logged) < 10


def test_a_crowd_is_cut_short(few: ChatFactory) -> None:
    """Those who are refused may take their time to read why, as long as they are few."""
    visitors = [Visitor(few, STRANGER) for _ in range(100)]
    for visitor in visitors[2:]:
        visitor.hears("ERROR there are too many connections, here or from you: come back later")
        assert visitor.is_sent_away
    assert few.is_crowded
    for visitor in visitors[2:]:
        visitor.vanishes()
    assert not few.is_crowded
