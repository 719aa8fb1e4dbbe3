"""The time of day, as it is told to people and written down, where the clock may be set. Knows no
clock: it is handed in. See docs/adr/0022."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from chat.vocabulary.limits import CLOCK_LEAP_SECONDS, CLOCK_LEAPT_SECONDS

Seconds = Callable[[], float]
"""The time, from some point on."""


class Calendar:
    """The time that is told and written down: that of the wall clock, but for this.

    Where the clock leaps ahead, further than anybody means it to, the time goes on as before until
    it has stayed there for a while: so a clock that is wrong for a moment is not believed. And what
    is written down is never older than what was before.

    wall: the time in seconds since 1970 UTC, by a clock that may be set.
    elapsed: the time from some point on, by one that can't be; None where there is none.
    """

    def __init__(self, wall: Seconds, elapsed: Seconds | None = None) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._began = math.inf  # the wall clock where the other one is at 0; unknown yet
        self._leapt: float | None = None  # when it has leapt, by the other one
        # What the wall clock may say without it having leapt: mostly no other has to be asked.
        self._from, self._to = (math.inf, math.inf) if elapsed else (-math.inf, math.inf)
        self._written = -math.inf

    def wall(self) -> float:
        """The time in seconds since 1970 UTC. It may go back: when something ends is measured by
        it, and told."""
        now = self._wall()
        return now if self._from <= now < self._to else self._compared(now)

    def _compared(self, now: float) -> float:
        """The time, where the wall clock says that."""
        elapsed = self._elapsed() if self._elapsed else 0.0
        began = now - elapsed
        if began > self._began + CLOCK_LEAP_SECONDS:
            self._leapt = elapsed if self._leapt is None else self._leapt
            if elapsed - self._leapt < CLOCK_LEAPT_SECONDS:
                self._from = math.inf
                return self._began + elapsed
        self._began, self._leapt = began, None
        self._from, self._to = now, now + CLOCK_LEAP_SECONDS
        return now

    def now(self) -> float:
        """The same, but never less than it was before, nor than what was seen: for what is written
        down."""
        now = self._wall()  # as in `wall`: every message costs this
        if not self._from <= now < self._to:
            now = self._compared(now)
        if now > self._written:
            self._written = now
        return self._written

    def apart(self) -> float:
        """The same, but where the clock has gone back it lies between what was written down before
        and what will be: a name is somebody else's from then on."""
        now = self.now()
        if self.wall() >= now:
            return now
        apart = (math.floor(now * 1000) + 1.1) / 1000  # floats: it is to be the next millisecond
        self._written = apart + 0.001
        return apart

    def see(self, written: float) -> None:
        """That time was written down before, by whoever it was: in seconds since 1970 UTC."""
        self._written = max(self._written, written)


def elapsed() -> float:
    """Seconds since the system was started, also while it slept, where it can tell that; whatever
    its clock is set to."""
    return time.clock_gettime(_AWAKE_OR_NOT)


_AWAKE_OR_NOT: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
