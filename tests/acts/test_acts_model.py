"""Whatever moderators do, one after the other: what the server tells is what its log comes to."""

from __future__ import annotations

import random

import pytest

from benchmarks.acts import Record, settle
from benchmarks.wardens import Played, RoomAdmin, Teller, Warden
from tests.moderation.town import Town

STEPS = 600
LOOK = 60
"""Steps between two looks at what is told."""


class Indoors:
    """A caller of the same process."""

    def __init__(self, town: Town, name: str) -> None:
        self.visitor = town.rooms(name, "lobby")

    def __exit__(self, *_: object) -> None:
        self.visitor.vanishes()

    def ask(self, line: str) -> list[str]:
        """See benchmarks.wardens.Caller."""
        return self.visitor.says(line).heard()


def comes(town: Town, each: Teller) -> None:
    """All of somebody's connections, at first or anew."""
    each.leave()
    each.callers = {name: Indoors(town, name) for name in each.names}  # type: ignore[misc]


def looks(overseer: RoomAdmin, everyone: list[Teller]) -> None:
    """The log has what was done, and all is told as it comes to."""
    entries, record = overseer.entries(1000, 0), Record()
    for each in everyone:
        its, played = [entry for entry in entries if entry.room == each.room], Played()
        settle(list(each.acts), its, record)
        assert record.report() == ""
        for entry in its:
            played.play(entry)
        acts = each.acts
        each.resume(played)
        each.acts = acts
        for expected, told in each.compared():
            assert told == expected


@pytest.mark.parametrize("seed", range(3))
def test_a_day_of_moderators(seed: int) -> None:
    """Two rooms, an operator, and connections that break: nothing is refused that was allowed,
    nothing is in the log twice or missing, and nothing is told that it does not say."""
    names = ["amy0", "ben0", "gus0", "amy1", "ben1", "gus1"]
    town, chance = Town(*names, operators=("op",)), random.Random(seed)
    overseer = RoomAdmin("op", chance)
    everyone: list[Teller] = [overseer, Warden(0, chance), Warden(1, chance)]
    for each in everyone:
        comes(town, each)
        each.resume(Played())
    for step in range(1, STEPS + 1):
        town.passes(1)
        assert chance.choice(everyone).step() == ""
        if step % LOOK == 0:
            looks(overseer, everyone)
            comes(town, chance.choice(everyone))
            looks(overseer, everyone)
