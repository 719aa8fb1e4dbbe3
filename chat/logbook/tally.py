"""The first of many things that are alike; the others are counted. Knows no log."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from chat.vocabulary.clock import Clock


class Tally:
    """Tells what is to be told, and how much more there was.

    clock: for the period. seconds: how long that is, from the first thing on.
    most: how many different things are told in one period.
    tell: called at its end with how many things were not told, if there were any.
    """

    def __init__(
        self, clock: Clock, seconds: float, most: int, tell: Callable[[int], object]
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._tell = tell
        self._told: set[Hashable] = set()
        self._untold = 0
        self._is_counting = False

    def is_first(self, thing: Hashable) -> bool:
        """Whether a thing is to be told now: the same was not, of late, and not too much else."""
        if not self._is_counting:
            self._is_counting = True
            self._clock.callLater(self._seconds, self.end)
        if thing in self._told or len(self._told) >= self._most:
            self._untold += 1
            return False
        self._told.add(thing)
        return True

    def end(self) -> None:
        """The period is over."""
        untold, self._untold = self._untold, 0
        self._told.clear()
        self._is_counting = False
        if untold:
            self._tell(untold)
