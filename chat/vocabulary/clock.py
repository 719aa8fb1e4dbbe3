"""Time, and the reactor's turns, as they are handed in. Knows neither reactor nor clock."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

Task = Callable[[], object]
"""Something to be done."""


class Clock(Protocol):
    """Tells the time, and when it has come."""

    def seconds(self) -> float:
        """The time, from some point on."""

    def callLater(self, delay: float, call: Task, /) -> object:
        """Call something after `delay` seconds."""


class Timing(NamedTuple):
    """All that the core knows of time.

    clock: for time-outs.
    later: calls a function at the end of the reactor's turn.
    now: the time in seconds since 1970 UTC, for what is stored.
    """

    clock: Clock
    later: Callable[[Task], object]
    now: Callable[[], float]
