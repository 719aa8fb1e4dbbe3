"""What time it must be at the least, where the clock may be wrong. Knows no store and no clock. See
docs/adr/0022."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chat.vocabulary.limits import CLOCK_FAR_SECONDS, CLOCK_SETTLED_SECONDS


class Sighting(NamedTuple):
    """What was known of the time when somebody looked, in ms; kept in the store.

    believed: what time it was at the least, since 1970 UTC.
    wall: what the clock said then.
    agreed: how long the chat had run with that clock, where it was not believed.
    """

    believed: int
    wall: int
    agreed: int = 0


class Timekeeper:
    """Believes a clock that goes along with the time that passes; and one that has leapt once it
    has gone along for a day, in all runs of the chat together.

    elapsed: the time in seconds from some point on, by a clock that nobody sets.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._looked = 0.0  # when, by that clock
        self._believed: float | None = None  # the time; None where nothing is known of it
        self._wall = 0.0
        self._agreed = 0.0
        self._is_first = True  # it may have been a while since somebody looked

    def begin(self, seen: Sighting | None) -> None:
        """What was seen before this run of the chat; None where nothing was."""
        self._looked = self._elapsed()
        self._is_first = True
        if seen is not None:
            self._believed, self._wall = seen.believed / 1000, seen.wall / 1000
            self._agreed = seen.agreed / 1000

    @property
    def doubt(self) -> float:
        """By how many seconds the clock was ahead of what it must be, or behind, as of the last
        look; 0 where it is believed."""
        return 0.0 if self._believed is None else self._wall - self._believed

    @property
    def seen(self) -> Sighting:
        """What the last look has shown."""
        believed, wall, agreed = self._believed or 0.0, self._wall, self._agreed
        return Sighting(int(believed * 1000), int(wall * 1000), int(agreed * 1000))

    def look(self, wall: float) -> float:
        """The clock says that; what time has come for certain. Both in seconds since 1970 UTC."""
        now = self._elapsed()
        passed, self._looked = now - self._looked, now
        expected, self._wall = self._wall + passed, wall
        if self._believed is None:
            self._believed = wall
            return wall
        self._believed += passed
        goes_along = _is_near(wall, expected) or (self._is_first and wall > expected)
        self._agreed = self._agreed + passed if goes_along else 0.0
        self._is_first = False
        if _is_near(wall, self._believed) or self._agreed >= CLOCK_SETTLED_SECONDS:
            self._believed, self._agreed = wall, 0.0
        return min(wall, self._believed)


def _is_near(one: float, other: float) -> bool:
    return abs(one - other) <= CLOCK_FAR_SECONDS
