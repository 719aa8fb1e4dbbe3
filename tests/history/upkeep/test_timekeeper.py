"""What time it must be at the least, where the clock may be wrong."""

from __future__ import annotations

import pytest

from chat.history.upkeep.timekeeper import Sighting, Timekeeper
from chat.vocabulary.limits import CLOCK_FAR_SECONDS, CLOCK_SETTLED_SECONDS
from tests.moderation.town import DAY, MONTH, NOON

MINUTE = 60


class Runs:
    """The runs of a chat, one after the other. It is noon when the first one begins."""

    def __init__(self, ahead: float = 0) -> None:
        self.time = float(NOON)
        self.ahead = ahead
        self.start()

    def start(self, seen: Sighting | None = None) -> None:
        self.timekeeper = Timekeeper(lambda: self.time)
        self.timekeeper.begin(seen)
        self.look()

    def restart(self, after: float = 0) -> None:
        """The chat is stopped, and started again after so many seconds."""
        seen = self.timekeeper.seen
        self.time += after
        offset, start = self.time, 7.0  # the other clock begins anew
        self.timekeeper = Timekeeper(lambda: self.time - offset + start)
        self.timekeeper.begin(seen)
        self.look()

    def look(self) -> float:
        """By how many seconds what must have come is behind what time it is."""
        return self.time - self.timekeeper.look(self.time + self.ahead)

    def run(self, seconds: float) -> float:
        """The chat runs so long, and looks at the clock every minute."""
        for _ in range(int(seconds // MINUTE)):
            self.time += MINUTE
            behind = self.look()
        return behind

    @property
    def doubts(self) -> bool:
        return self.timekeeper.doubt != 0


@pytest.mark.parametrize("ahead", [2 * CLOCK_FAR_SECONDS, DAY, 70 * 365 * DAY])
def test_a_clock_that_is_ahead_for_a_while_is_not_believed(ahead: float) -> None:
    """The time goes on as before, however far it leaps; then it is believed again at once."""
    runs = Runs()
    runs.run(3600)
    runs.ahead = ahead
    assert runs.run(CLOCK_SETTLED_SECONDS - MINUTE) == 0
    assert runs.doubts
    runs.ahead = 0
    assert runs.run(MINUTE) == 0
    assert not runs.doubts


@pytest.mark.parametrize("behind", [2 * CLOCK_FAR_SECONDS, DAY, 50 * 365 * DAY])
def test_a_clock_that_is_behind_has_nothing_come_too_soon(behind: float) -> None:
    """It is doubted as well; what is certain is what it says. When it is right again that is
    believed at once."""
    runs = Runs()
    runs.ahead = -behind
    assert runs.run(3600) == behind
    assert runs.doubts
    runs.ahead = 0
    assert runs.run(MINUTE) == 0
    assert not runs.doubts


def test_a_clock_that_is_a_little_off_is_believed() -> None:
    """As it is set right, now and then."""
    runs = Runs()
    for ahead in (CLOCK_FAR_SECONDS - 1, 0, 1 - CLOCK_FAR_SECONDS, 0):
        runs.ahead = ahead
        runs.run(MINUTE)
        assert not runs.doubts


@pytest.mark.parametrize("ahead", [DAY, -DAY])
def test_a_clock_that_stays_where_it_is_is_believed_in_the_end(ahead: float) -> None:
    """After a day."""
    runs = Runs()
    runs.run(3600)
    runs.ahead = ahead
    runs.run(CLOCK_SETTLED_SECONDS + MINUTE)
    assert not runs.doubts
    assert runs.run(MINUTE) == -ahead


def test_a_clock_that_leaps_again_and_again_is_not_believed() -> None:
    """Each time begins anew."""
    runs = Runs()
    for days in range(1, 9):
        runs.ahead = days * DAY
        assert runs.run(DAY / 2) == 0


def test_a_chat_that_is_started_again_at_once_believes_its_clock() -> None:
    """Nobody is warned."""
    runs = Runs()
    runs.run(3600)
    runs.restart(after=CLOCK_FAR_SECONDS - 2 * MINUTE)
    assert not runs.doubts
    assert runs.run(MINUTE) == 0


def test_a_wrong_clock_is_wrong_after_a_start_as_well() -> None:
    """To start the chat again does not make it right; nor has it run with it for longer."""
    runs = Runs()
    runs.run(3600)
    runs.ahead = DAY
    for _ in range(5):
        runs.restart()
        assert runs.run(3600) == 0
        assert runs.doubts
    runs.ahead = 0
    runs.restart()
    assert not runs.doubts


def test_a_pause_of_a_month_counts_after_a_day() -> None:
    """What time must have come goes on from when the chat ran last, until then."""
    runs = Runs()
    runs.run(3600)
    runs.restart(after=MONTH)
    assert runs.look() == MONTH
    assert runs.run(CLOCK_SETTLED_SECONDS - MINUTE) == MONTH
    assert runs.run(2 * MINUTE) == 0


def test_a_chat_that_runs_in_the_day_only_gets_there_as_well() -> None:
    """As on somebody's own machine: all its runs count together, and it is never more than some
    days behind."""
    runs = Runs()
    behind = []
    for _ in range(60):
        behind.append(runs.run(8 * 3600))
        runs.restart(after=16 * 3600)
    assert max(behind) < 4 * DAY
    assert min(behind[10:]) == 0


def test_without_anything_known_the_clock_is_believed() -> None:
    """As there is nothing to be forgotten yet."""
    assert not Runs(ahead=DAY).doubts
