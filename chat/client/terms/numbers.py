"""Many numbers at once: as runs, and as a server writes them (17,19-25). Knows no messages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

Run = tuple[int, int]
"""The first number and the last one of some that follow each other."""

MOST_RUNS: Final = 10_000
"""So many are remembered; then the oldest go: a server could make them up."""

_MOST_DIGITS: Final = 19
"""A store's numbers have 63 bits."""


def is_number(word: str) -> bool:
    """A number that a server may have sent."""
    return word.isdecimal() and len(word) < _MOST_DIGITS


def runs_of(text: str) -> tuple[Run, ...]:
    """What is written there, in order; () if it makes no sense."""
    found: list[Run] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not dash:
            last = first
        if not (is_number(first) and is_number(last) and int(first) <= int(last)):
            return ()
        found.append((int(first), int(last)))
    return Numbers(found).runs


def written(runs: Iterable[Run]) -> str:
    """The same the other way round."""
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def count_of(runs: Iterable[Run]) -> int:
    """How many numbers these are."""
    return sum(last - first + 1 for first, last in runs)


class Numbers:
    """A set of numbers."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._runs: list[Run] = []
        self.add(runs)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._runs, number, key=lambda run: run[0])
        return at > 0 and number <= self._runs[at - 1][1]

    def __len__(self) -> int:
        return count_of(self._runs)

    def __bool__(self) -> bool:
        return bool(self._runs)

    @property
    def runs(self) -> tuple[Run, ...]:
        """They, in order, each run as long as it can be."""
        return tuple(self._runs)

    def put(self, number: int) -> None:
        """One more, which is mostly the next one."""
        if self._runs and self._runs[-1][1] + 1 == number:
            self._runs[-1] = (self._runs[-1][0], number)
        else:
            self.add([(number, number)])

    def add(self, runs: Iterable[Run]) -> None:
        """These are among them. A run that ends before it begins is none."""
        whole: list[Run] = []
        for first, last in sorted([*self._runs, *(run for run in runs if run[0] <= run[1])]):
            if whole and first <= whole[-1][1] + 1:
                whole[-1] = (whole[-1][0], max(last, whole[-1][1]))
            else:
                whole.append((first, last))
        self._runs = whole[-MOST_RUNS:]

    def discard(self, runs: Iterable[Run]) -> None:
        """These are not among them."""
        for first, last in runs:
            left: list[Run] = []
            for start, end in self._runs:
                left += [(start, min(end, first - 1))] if start < first else []
                left += [(max(start, last + 1), end)] if end > last else []
            self._runs = left

    def clear(self) -> None:
        """There are none."""
        self._runs.clear()
