"""The time that is told and written down, where the clock is set."""

from __future__ import annotations

import time

from chat.vocabulary.calendar import Calendar, elapsed
from chat.vocabulary.limits import CLOCK_LEAP_SECONDS, CLOCK_LEAPT_SECONDS
from tests.moderation.town import DAY, NOON


class Clocks:
    """One that is set, and one that is not."""

    def __init__(self) -> None:
        self.ran = 50.0
        self.ahead = 0.0
        self.calendar = Calendar(lambda: NOON + self.ran + self.ahead, lambda: self.ran)
        self.start = self.calendar.now()

    def told(self) -> tuple[float, float]:
        """How much later it is than at the start: as it is told, and as it is written down."""
        return self.calendar.wall() - self.start, self.calendar.now() - self.start


def test_what_is_written_down_never_goes_back() -> None:
    """It stands until the clock has caught up; what is told of now follows the clock."""
    clocks = Clocks()
    clocks.ran += 10
    assert clocks.told() == (10, 10)
    clocks.ahead = -3600
    assert clocks.told() == (-3590, 10)
    clocks.ran += 3599
    assert clocks.told() == (9, 10)
    clocks.ran += 2
    assert clocks.told() == (11, 11)


def test_who_comes_while_the_clock_is_behind_is_told_from_who_was_there_before() -> None:
    """By the millisecond; where it is not behind it is what the clock says."""
    clocks = Clocks()
    assert clocks.calendar.apart() == clocks.start
    clocks.ahead = -3600
    for _ in range(3):
        before = int(clocks.calendar.now() * 1000)
        apart = int(clocks.calendar.apart() * 1000)
        assert before < apart < int(clocks.calendar.now() * 1000)


def test_a_clock_that_is_set_ahead_a_little_is_followed() -> None:
    """By an hour or two, as for a time zone."""
    clocks = Clocks()
    clocks.ahead = CLOCK_LEAP_SECONDS
    assert clocks.told() == (CLOCK_LEAP_SECONDS, CLOCK_LEAP_SECONDS)


def test_a_clock_that_is_wrong_for_a_moment_is_not_believed() -> None:
    """The time goes on meanwhile, and nothing of it is left afterwards."""
    clocks = Clocks()
    for ahead in (DAY, 70 * 365 * DAY):
        clocks.ahead = ahead
        began = clocks.ran
        clocks.told()
        while clocks.ran < began + CLOCK_LEAPT_SECONDS - 1:
            clocks.ran += 1
            assert clocks.told() == (clocks.ran - 50, clocks.ran - 50)
        clocks.ahead = 0
        clocks.ran += 5
        assert clocks.told() == (clocks.ran - 50, clocks.ran - 50)


def test_a_clock_that_stays_where_it_has_leapt_is_believed() -> None:
    """As the one of a machine that has found out what time it is."""
    clocks = Clocks()
    clocks.ahead = 40 * 365 * DAY
    clocks.told()
    clocks.ran += CLOCK_LEAPT_SECONDS
    assert clocks.told()[0] == clocks.ahead + CLOCK_LEAPT_SECONDS


def test_what_was_written_down_before_is_not_older() -> None:
    """By the server that ran before this one."""
    clocks = Clocks()
    clocks.calendar.see(clocks.start + 60)
    assert clocks.told() == (0, 60)
    clocks.calendar.see(clocks.start + 30)
    assert clocks.told() == (0, 60)


def test_a_clock_of_the_system_goes_on() -> None:
    """It is not the one that is set."""
    began = elapsed()
    assert 0 < began <= elapsed() < time.time()
