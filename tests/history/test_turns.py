"""Whose turn it is: by what they and their address have had, and not by who was first."""

from __future__ import annotations

from collections import Counter, deque
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock

from chat.history.turns import Asker, Turns
from tests.turns import Turns as Reactor

PEOPLE = [Asker(address, name) for address in "pqr" for name in "abc"]


class Desk:
    """A store that takes a second for each question."""

    def __init__(self, at_once: int = 1) -> None:
        self.clock, self.later = Clock(), Reactor()
        self.turns = Turns(at_once, self.clock.seconds, self.later.append)
        self.asked: list[Asker] = []
        self.cancelled: list[Asker] = []
        self._open: deque[Deferred[Any]] = deque()

    def ask(self, asker: Asker) -> Deferred[Any]:
        def ask() -> Deferred[Any]:
            self.asked.append(asker)
            answer: Deferred[Any] = Deferred(lambda _: self.cancelled.append(asker))
            self._open.append(answer)
            return answer

        return self.turns.take(asker, ask)

    def answer(self) -> bool:
        """Answer the next question that is under way, if there is one."""
        while self._open:
            answer = self._open.popleft()
            if not answer.called:
                self.clock.advance(1)
                answer.callback(None)
                return True
        return False


def order(*askers: Asker) -> list[Asker]:
    desk = Desk()
    for asker in askers:
        desk.ask(asker)
    while desk.answer():
        pass
    return desk.asked


def test_who_asks_little_does_not_wait_for_who_asks_much() -> None:
    """But for what is under way; nor does somebody of the same address, or of another one with the
    same account there."""
    many, other, beside = Asker("p", "a"), Asker("q", "b"), Asker("p", "c")
    assert order(*[many] * 5, other)[:3] == [many, other, many]
    assert order(*[many] * 5, beside)[:3] == [many, beside, many]
    crowd = [Asker("p", f"a{at}") for at in range(50)]
    assert other in order(*crowd, other)[:2]
    bots = [Asker(f"p{at}", "a") for at in range(50)]
    assert other in order(*bots, other)[:2]


def test_a_trusted_address_is_many_people() -> None:
    """They have their turn more often than those of another address together."""
    school = [Asker("school", f"pupil{at}", 16.0) for at in range(8)]
    rude = [Asker("p", f"a{at}") for at in range(8)]
    asked = order(*rude, *school)
    assert set(school) <= set(asked[:10])


@given(st.lists(st.sampled_from(PEOPLE), max_size=40), st.integers(1, 3))
def test_everybody_has_their_turn(askers: list[Asker], at_once: int) -> None:
    """Once for each question, no more at a time than may be; and nobody who has asked for less than
    another comes behind all that they have asked for."""
    desk = Desk(at_once)
    for asker in askers:
        desk.ask(asker)
        assert len(desk.asked) <= at_once
    while desk.answer():
        pass
    assert Counter(desk.asked) == Counter(askers)
    assert desk.turns._spent == {}
    for one in set(askers):
        alone = sum(other.address == one.address for other in askers) == 1
        if alone and sum(other.name == one.name for other in askers) == 1:
            addresses = {other.address for other in askers}
            assert desk.asked.index(one) < at_once + len(addresses)


def test_what_nobody_wants_any_more_is_not_asked() -> None:
    """And what is under way is broken off; the others go on."""
    desk, one, other = Desk(), Asker("p", "a"), Asker("q", "b")
    under_way, waiting, _ = desk.ask(one), desk.ask(one), desk.ask(other)
    for done in (waiting, under_way):
        done.addErrback(lambda failure: failure.trap(CancelledError))
        done.cancel()
    assert desk.cancelled == [one]
    assert desk.asked == [one, other]
    assert desk.answer()
    assert not desk.answer()
    assert desk.turns._spent == {}


def test_what_can_not_be_asked_is_told() -> None:
    """And does not stand in anybody's way."""
    desk = Desk()

    def fail() -> Deferred[None]:
        raise ValueError

    told: list[Any] = []
    desk.turns.take(PEOPLE[0], fail).addErrback(lambda failure: told.append(failure.type))
    assert told == [ValueError]
    desk.later.pass_all()
    assert desk.turns.take(PEOPLE[0], lambda: succeed("fine")).result == "fine"


def test_what_is_answered_at_once_takes_the_turn_of_the_reactor() -> None:
    """A hundred who ask a store in memory at the same moment hold up nobody for longer than one."""
    desk, asked = Desk(), list[Asker]()

    def ask(asker: Asker) -> Deferred[None]:
        asked.append(asker)
        return succeed(None)

    for asker in PEOPLE:
        desk.turns.take(asker, partial(ask, asker))
    for many in range(1, len(PEOPLE) + 1):
        assert len(asked) == many
        desk.later.pass_one()
    assert desk.turns._spent == {}
