"""How many wrong passwords there may be, and that nobody is kept out for another's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from chat.accounts.tries import Tries
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    REGISTERED_AT_ONCE,
    REGISTERED_SECONDS,
    TRIES,
    TRIES_SECONDS,
    TRIES_WAITING,
)
from tests.accounts.setting import HOME, code
from tests.soaking import examples


class Door:
    """Where passwords are checked: at once, or when it is told to."""

    def __init__(self, **words: Any) -> None:
        self.clock = Clock()
        self.tries = Tries(self.clock.seconds, **words)
        self.checked = 0
        self.waiting: list[Deferred[None]] = []

    def right(self) -> Deferred[None]:
        self.checked += 1
        return succeed(None)

    def wrong(self) -> Deferred[None]:
        self.checked += 1
        return fail(ChatError("wrong-password"))

    def later(self) -> Deferred[None]:
        self.checked += 1
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def guess(self, origin: str = HOME, key: str = "alice") -> str:
        return code(self.tries.check(origin, key, self.wrong))

    def know(self, origin: str = HOME, key: str = "alice") -> str:
        return code(self.tries.check(origin, key, self.right))


@pytest.fixture
def door() -> Door:
    return Door()


def test_an_address_has_five_wrong_passwords_a_minute(door: Door) -> None:
    """What comes then is refused, unchecked, whether it is right or not; others are not."""
    assert [door.guess(key=f"a{number}") for number in range(5)] == ["wrong-password"] * 5
    assert door.guess(key="b") == door.know(key="c") == "too-many-tries"
    assert door.checked == 5
    assert door.know(origin="192.0.2.2/32", key="c") == ""
    door.clock.advance(TRIES_SECONDS / TRIES)
    assert door.guess(key="b") == "wrong-password"
    assert door.guess(key="b") == "too-many-tries"
    door.clock.advance(TRIES_SECONDS)
    assert [door.guess(key=f"a{number}") for number in range(5)] == ["wrong-password"] * 5


def test_an_account_has_five_wrong_passwords_a_minute(door: Door) -> None:
    """From wherever they come; one that does not exist as well, or that would tell."""
    assert [door.guess(f"10.0.0.{number}/32") for number in range(5)] == ["wrong-password"] * 5
    assert door.guess("10.0.0.9/32") == door.know("10.0.0.8/32") == "too-many-tries"
    assert door.checked == 5
    assert door.know("10.0.0.8/32", "bob") == ""
    door.clock.advance(TRIES_SECONDS / TRIES)
    assert door.know("10.0.0.8/32") == ""


def test_a_right_password_costs_nothing(door: Door) -> None:
    """Neither the address nor the account."""
    for number in range(100):
        assert door.know() == ""
        assert door.know(f"10.0.0.{number}/32") == ""
    assert [door.guess() for _ in range(6)] == ["wrong-password"] * 5 + ["too-many-tries"]


def test_guessing_keeps_nobody_out_where_an_account_has_been_proved(door: Door) -> None:
    """From there it is bound by what the address itself has tried, and by nothing else."""
    assert door.know(HOME) == ""
    for number in range(10):
        door.guess(f"10.0.0.{number}/32")
    assert door.know("10.0.1.1/32") == "too-many-tries"
    assert door.know(HOME) == ""
    assert [door.guess(HOME) for _ in range(6)] == ["wrong-password"] * 5 + ["too-many-tries"]
    assert door.know(HOME) == "too-many-tries"


def test_what_goes_wrong_where_an_account_has_been_proved_is_its_owners(door: Door) -> None:
    """It costs the account nothing elsewhere."""
    door.know(HOME)
    for _ in range(5):
        door.guess(HOME)
    assert door.guess("10.0.0.1/32") == "wrong-password"


def test_an_address_proves_one_account_not_all(door: Door) -> None:
    """An account of one's own opens no other."""
    assert door.know(HOME, "mallory") == ""
    for number in range(5):
        door.guess(f"10.0.0.{number}/32")
    assert door.guess(HOME, "alice") == "too-many-tries"


def test_what_an_address_has_proved_is_forgotten_the_oldest_first() -> None:
    """There is an end to what is remembered."""
    door = Door(proved=2)
    door.know(HOME)
    door.know("10.0.0.1/32")
    door.know(HOME)
    door.know("10.0.0.2/32")
    for number in range(5):
        door.guess(f"10.0.1.{number}/32")
    assert door.know("10.0.0.1/32") == "too-many-tries"
    assert door.know(HOME) == ""
    assert len(door.tries._proved) == 2


def test_passwords_from_one_address_are_checked_one_after_the_other(door: Door) -> None:
    """So that thirty people behind one router get in, and thirty guesses are five."""
    told = [door.tries.check(HOME, f"a{number}", door.later) for number in range(30)]
    other = door.tries.check("10.0.0.1/32", "bob", door.later)
    assert door.checked == 2
    door.waiting[1].callback(None)
    assert code(other) == ""
    door.waiting.pop(1)
    for each in told:
        assert not each.called
        door.waiting.pop().callback(None)
        assert code(each) == ""
    assert not door.tries._lines


def test_who_waits_behind_five_wrong_ones_is_refused_unchecked(door: Door) -> None:
    """When it is their turn there are no tries left; and more than Python can nest may wait."""
    told = [door.tries.check(HOME, f"a{number}", door.later) for number in range(TRIES_WAITING)]
    for _ in range(TRIES):
        door.waiting.pop().errback(ChatError("wrong-password"))
    codes = [code(each) for each in told]
    assert codes == ["wrong-password"] * 5 + ["too-many-tries"] * (TRIES_WAITING - 5)
    assert door.checked == 5
    assert not door.tries._lines


def test_no_more_wait_than_a_class(door: Door) -> None:
    """Whoever comes and goes in a row can't have the server remember it all."""
    for _ in range(TRIES_WAITING):
        door.tries.check(HOME, "alice", door.later).addErrback(lambda failure: None)
    assert code(door.tries.check(HOME, "alice", door.later)) == "too-many-tries"
    assert code(door.tries.check("10.0.0.1/32", "bob", door.right)) == ""


def test_an_account_is_tried_no_more_often_for_being_tried_at_once(door: Door) -> None:
    """Each takes one before it is known whether it is wrong."""
    told = [door.tries.check(f"10.0.0.{number}/32", "alice", door.later) for number in range(9)]
    assert [each.called for each in told] == [False] * 5 + [True] * 4
    assert {code(each) for each in told[5:]} == {"too-many-tries"}
    for waiting in door.waiting:
        waiting.callback(None)
    assert [code(each) for each in told[:5]] == [""] * 5
    assert [door.guess("10.0.1.1/32") for _ in range(6)] == ["wrong-password"] * 5 + [
        "too-many-tries"
    ]


@pytest.mark.parametrize("error", [ChatError("no-accounts"), RuntimeError("a bug")])
def test_what_could_not_be_checked_costs_nothing(door: Door, error: Exception) -> None:
    """Nobody knows whether it was wrong."""
    for _ in range(20):
        failed: list[Any] = []
        door.tries.check(HOME, "alice", lambda: fail(error)).addErrback(failed.append)
        assert failed[0].value is error
    assert door.know() == ""
    assert len(door.tries._addresses._buckets) == 0
    assert len(door.tries._accounts._buckets) == 0


def test_one_who_tries_again_in_the_answer_waits_for_its_turn(door: Door) -> None:
    """A client's next line may be at hand already."""
    told: list[str] = []

    def again(failure: Any) -> None:
        told.append(failure.value.code)
        if len(told) < 50:
            door.tries.check(HOME, "alice", door.wrong).addErrback(again)

    door.tries.check(HOME, "alice", door.wrong).addErrback(again)
    assert told == ["wrong-password"] * 5 + ["too-many-tries"] * 45
    assert not door.tries._lines


def test_of_who_has_been_quiet_nothing_is_known(door: Door) -> None:
    """Memory comes back."""
    for number in range(1000):
        door.guess(f"10.0.{number // 250}.{number % 250}/32", f"a{number}")
    assert len(door.tries._addresses._buckets) == 1000
    door.clock.advance(TRIES_SECONDS)
    for _ in range(1000):
        door.guess(HOME, "alice")
        door.clock.advance(TRIES_SECONDS)
    assert len(door.tries._addresses._buckets) <= 2
    assert len(door.tries._accounts._buckets) <= 2


def test_many_addresses_make_it_neither_grow_nor_forget() -> None:
    """Those that there is no room for share the tries of one; those that it knows it goes on
    knowing."""
    door = Door(known=100)
    for _ in range(5):
        assert door.guess("10.0.0.1/32", "alice") == "wrong-password"
    guesses = [door.guess(f"2001:db8:0:{n:x}::/64", f"a{n % 90}") for n in range(2000)]
    assert guesses.count("wrong-password") <= 99 + TRIES
    assert len(door.tries._addresses._buckets) <= 100
    assert len(door.tries._accounts._buckets) <= 100
    assert door.guess("10.0.0.1/32", "a99") == "too-many-tries"
    door.clock.advance(TRIES_SECONDS * 2)
    assert door.guess("2001:db8:0:9999::/64", "a99") == "wrong-password"
    assert door.know("2001:db8:0:9998::/64", "a98") == ""


def test_nobody_has_more_tries_for_having_had_no_room() -> None:
    """Whoever had to share gets a bucket when the common one is full again."""
    door = Door(known=2)
    for number in range(2):
        door.guess(f"10.0.0.{number}/32", f"a{number}")
    guesses = [door.guess(HOME, f"a{number % 2}") for number in range(5)]
    assert guesses == ["wrong-password"] * 5
    door.clock.advance(TRIES_SECONDS / TRIES)
    assert [door.guess(HOME, "a0") for _ in range(2)] == ["wrong-password", "too-many-tries"]


@settings(max_examples=examples(200))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["guess", "know", "wait"]),
            st.integers(0, 5),
            st.integers(0, 2),
            st.floats(0, 30),
        ),
        max_size=60,
    )
)
def test_there_are_never_more_wrong_ones_than_there_may_be(
    steps: list[tuple[str, int, int, float]],
) -> None:
    """In no time, from no address, for no account where it has not been proved."""
    door = Door(known=2)
    times: dict[str, list[float]] = {}
    proved: set[tuple[str, str]] = set()
    for what, number, other, seconds in steps:
        origin, key = f"10.0.0.{number}/32", f"a{other}"
        door.clock.advance(seconds if what == "wait" else 0)
        if what == "know" and door.know(origin, key) == "":
            proved.add((origin, key))
        if what == "guess" and door.guess(origin, key) == "wrong-password":
            times.setdefault(origin, []).append(door.clock.seconds())
            if (origin, key) not in proved:
                times.setdefault(key, []).append(door.clock.seconds())
    for wrong in times.values():
        for first, at in enumerate(wrong):
            for last in range(first, len(wrong)):
                may = TRIES + (wrong[last] - at) * TRIES / TRIES_SECONDS
                assert last - first + 1 <= may + 1e-6


def test_a_prank_keeps_no_neighbour_out(door: Door) -> None:
    """Who has proved an account from an address gets in there, whatever others guess there; its own
    wrong ones are counted for that account alone."""
    assert door.know(key="bob") == ""
    for _ in range(TRIES):
        door.guess(key="alice")
    assert door.know(key="carol") == "too-many-tries"
    assert door.know(key="bob") == ""
    for _ in range(TRIES):
        assert door.guess(key="bob") == "wrong-password"
    assert door.guess(key="bob") == "too-many-tries"


def test_usernames_are_not_registered_without_end(door: Door) -> None:
    """So many from one address in an hour; from this machine any number, as failures cost none."""

    def register(origin: str, how: Any) -> str:
        return code(door.tries.register(origin, how))

    for _ in range(REGISTERED_AT_ONCE):
        assert register("192.0.2.1/32", door.right) == ""
        assert register("127.0.0.1", door.right) == ""
        assert register("192.0.2.2/32", door.wrong) == "wrong-password"
    assert register("192.0.2.1/32", door.right) == "too-many-accounts"
    assert register("127.0.0.1", door.right) == ""
    assert register("192.0.2.2/32", door.right) == ""
    door.clock.advance(REGISTERED_SECONDS)
    assert register("192.0.2.1/32", door.right) == ""
