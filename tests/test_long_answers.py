"""Answers of many lines: a piece at a time, as they are read, and in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from chat.vocabulary.limits import CATCH_UP_MESSAGES, PIECE_BYTES
from tests.people import Visitor

Turns = list[Callable[[], object]]


@pytest.fixture
def turns() -> Turns:
    return []


@pytest.fixture
def factory(turns: Turns) -> ChatFactory:
    return ChatFactory(later=turns.append)


@pytest.fixture
def turn(turns: Turns) -> Callable[[], None]:
    """Let one turn of the reactor pass."""

    def turn() -> None:
        acts, turns[:] = turns[:], []
        for act in acts:
            act()

    return turn


def crowd(factory: ChatFactory, turns: Turns, turn: Callable[[], None]) -> list[Visitor]:
    people = [Visitor(factory).says(f"JOIN lobby user{number}") for number in range(3000)]
    while turns:
        turn()
    for person in people:
        person.heard()
    return people


def test_a_list_of_thousands_takes_many_turns(
    factory: ChatFactory, turns: Turns, turn: Callable[[], None]
) -> None:
    """A piece each, whole lines, in order; what one says next is answered after it, and others do
    not wait."""
    alice, bob, *_ = people = crowd(factory, turns, turn)
    alice.says("WHO", "PING")
    sizes = []
    heard: list[str] = []
    while not heard or heard[-1] != "PONG":
        bob.says("PING").hears("PONG")
        sizes.append(len(alice.transport.value()))
        heard += alice.heard()
        if heard[-1] != "PONG":
            assert turns
            turn()
    assert len(sizes) >= 3
    assert max(sizes) <= PIECE_BYTES
    names = [f"USER user{number}" for number in range(len(people))]
    assert heard == [*names, "INFO 3000 users here", "PONG"]


def test_it_waits_for_its_reader(
    factory: ChatFactory, turns: Turns, turn: Callable[[], None]
) -> None:
    """Nothing more is written than what it has room for; then it goes on where it was."""
    alice, *_ = crowd(factory, turns, turn)
    alice.stops_reading()
    alice.reads_on()
    alice.says("WHO")
    first = alice.heard()
    alice.stops_reading()
    for _ in range(20):
        turn()
    second = alice.heard()
    assert len(second) <= len(first) + 1
    alice.reads_on()
    rest: list[str] = []
    for _ in range(20):
        turn()
        rest += alice.heard()
    assert len(first + second + rest) == 3001


def test_who_goes_in_the_middle_leaves_nothing_behind(
    factory: ChatFactory, turns: Turns, turn: Callable[[], None]
) -> None:
    """The rest of the list is for nobody."""
    alice, *_ = crowd(factory, turns, turn)
    alice.says("WHO", "PING").heard()
    alice.vanishes()
    for _ in range(20):
        turn()
    assert not turns
    alice.hears()


def test_a_long_history_is_read_page_by_page(
    factory: ChatFactory, turn: Callable[[], None]
) -> None:
    """The last so many before a number, oldest first, however they are cut."""
    alice = Visitor(factory).says("JOIN tea alice")
    many = 5 * CATCH_UP_MESSAGES
    for number in range(1, many + 1):
        alice.says(f"MSG tea {number}")
        turn()
    alice.heard()

    def shown(words: str) -> list[int]:
        alice.says(f"HISTORY tea {words}")
        lines = alice.heard()
        while not lines or not lines[-1].startswith("INFO"):
            turn()
            lines += alice.heard()
        assert lines[-1] == f"INFO {len(lines) - 1} messages from tea"
        return [int(line.split()[2]) for line in lines[:-1]]

    assert shown("450") == list(range(51, 501))
    assert shown("1000") == list(range(1, 501))
    assert shown("250 BEFORE 401") == list(range(151, 401))
    assert shown("250 BEFORE 9999") == list(range(251, 501))
    assert shown("250 BEFORE 101") == list(range(1, 101))
    assert shown("250 AFTER 100") == list(range(101, 351))
    assert shown("250 AFTER 400") == list(range(401, 501))
    assert shown("100") == list(range(401, 501))
    assert shown("101") == list(range(400, 501))
    assert shown("250 AFTER 500") == []


def test_many_long_answers_take_many_turns(
    factory: ChatFactory, turns: Turns, turn: Callable[[], None]
) -> None:
    """However many ask at once: in one turn there is one piece for one of them, so that what others
    say meanwhile is heard in between; and each has all of it in the end."""
    alice, bob, *people = crowd(factory, turns, turn)
    askers = people[:30]
    heard: dict[Visitor, list[str]] = {each: [] for each in askers}
    for each in askers:
        each.says("WHO")
    told = [each for each in askers if each.transport.value()]
    assert len(told) == 1
    alice.says("MSG lobby hi")
    for number in range(500):
        for each in askers:
            heard[each] += each.heard()
        turn()
        if number == 5:
            bob.hears("MSG lobby user0 hi")
        assert sum(len(each.transport.value()) for each in askers) <= PIECE_BYTES + 30 * 64
    assert not turns
    for each in askers:
        assert heard[each].count("MSG lobby user0 hi") == 1
        assert len([line for line in heard[each] if line.startswith("USER ")]) == 3000
