"""A clock that is set, back or ahead, while people are here: what rests on when something was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts.owning import PASSWORD
from tests.moderation.town import DAY, Town, hush

BACK = [-20.0, -3600.0, -DAY]


class SetTown(Town):
    """A town with a clock that is set."""

    ahead = 0.0
    """How far it is ahead of what time it is."""

    def __init__(self, *names: str, **settings: Any) -> None:
        super().__init__(*names, elapsed=lambda: self.clock.seconds(), **settings)

    def now(self) -> float:
        """See Town."""
        return super().now() + self.ahead

    def later(self, seconds: float) -> None:
        """Time passes, and the server looks at the clock every half second."""
        for _ in range(int(seconds * 2)):
            self.passes(0.5)


def is_let_in(town: Town, name: str) -> bool:
    visitor = town.stranger().says(f"JOIN tea {name}", "PING")
    heard = visitor.heard()
    visitor.vanishes()
    return heard[0] == "INFO joined room tea"


@pytest.mark.parametrize("ahead", [DAY, 40 * 365 * DAY])
def test_a_ban_outlives_a_clock_that_is_wrong(ahead: float) -> None:
    """For a moment, in which it holds; or for ten minutes: then it is over by that clock, and holds
    again afterwards, to its end."""
    town = SetTown(operators=("op",))
    town.factory.registry.start()
    op = town.rooms("op", "tea").says("BAN * eve 1h")
    town.ahead = ahead
    town.later(60)
    assert not is_let_in(town, "eve")
    town.later(540)
    assert is_let_in(town, "eve")
    town.ahead = 0
    town.later(1)
    assert not is_let_in(town, "eve")
    hush(op)
    assert op.says("BANS *").heard()[0].startswith("BAN * eve ")
    town.later(3000)
    assert is_let_in(town, "eve")


@pytest.mark.parametrize("back", BACK)
def test_a_ban_ends_when_it_is_said_to(back: float) -> None:
    """By the clock on the wall, whatever was written down before that was set back."""
    town = SetTown(operators=("op",))
    town.factory.registry.start()
    op = town.rooms("op", "tea").says("MSG tea hi")
    town.ahead = back
    op.says("BAN * eve 1m")
    town.later(58)
    assert not is_let_in(town, "eve")
    town.later(4)
    assert is_let_in(town, "eve")


@pytest.mark.parametrize("back", BACK)
def test_the_next_guest_of_a_name_is_another(back: float) -> None:
    """What the one before has said is not theirs to edit, or to take back."""
    town = SetTown()
    first = town.rooms("gus").says("MSG tea mine")
    first.says("QUIT").vanishes()
    town.ahead = back
    town.passes(1)
    other = town.rooms("gus")
    refusals = other.says("UNSAY tea", "EDIT tea 1 pills").heard()
    assert [line.partition(" ")[0] for line in refusals] == ["ERROR", "ERROR"]
    assert "mine" in other.says("HISTORY tea").heard()[0]


@pytest.mark.parametrize("back", BACK)
def test_what_one_says_is_ones_own(back: float) -> None:
    """Also where the clock was set back since one came, or was registered."""
    town = SetTown("alice")
    for name in ("alice", "gus"):
        visitor = town.rooms(name).says(f"REGISTER {PASSWORD}" if name == "gus" else "PING")
        town.ahead += back
        visitor.says("MSG tea hi")
        hush(visitor)
        visitor.says("UNSAY tea")
        assert visitor.heard()[-1].startswith("INFO ")


@pytest.mark.parametrize("back", BACK)
def test_nobody_reads_the_letters_of_who_had_the_name_before(back: float) -> None:
    """Whoever registers a name that was given up while the clock was behind."""
    town = SetTown("alice", "bob")
    alice, bob = town.rooms("alice"), town.rooms("bob")
    bob.says("DM alice secret")
    town.ahead = back
    alice.says(f"UNREGISTER {PASSWORD}", "QUIT").vanishes()
    other = town.rooms("alice").says(f"REGISTER {PASSWORD}")
    hush(other)
    other.says("HISTORY @bob", "SEARCH secret")
    assert "secret" not in " ".join(other.heard())


@pytest.mark.parametrize("back", BACK)
def test_a_raid_is_one_whatever_the_clock_says(back: float) -> None:
    """Whoever comes after it has begun is a newcomer, also where the clock was set back."""
    town = SetTown("alice")
    alice = town.rooms("alice").says("CLAIM tea", "RAID tea on 1s")
    town.ahead = back
    hush(alice)
    town.rooms("eve").says("MSG tea pills")
    assert alice.heard() == []


@pytest.mark.parametrize("step", [*BACK, 3600.0, DAY])
def test_stamps_agree_with_numbers(step: float) -> None:
    """In a room, and of what is written down elsewhere: they never go back."""
    town = SetTown("alice")
    alice = town.stamped("alice").says("CLAIM tea")
    hush(alice)
    for ahead in (0, step, 0, 2 * step, 0):
        town.ahead = ahead
        town.passes(1)
        alice.says("MSG tea hi", "TOPIC tea x" + str(ahead))
    heard = alice.heard()
    times = [line.split()[1] for line in heard if "MSG tea" in line]
    assert len(times) == 5
    assert times == sorted(times)
    alice.says("AUDIT tea")
    log = [line.split() for line in alice.heard() if line.startswith("AUDIT")]
    assert [entry[2] for entry in log] == sorted(entry[2] for entry in log)
