"""A reactor that is turned by hand: its time stands still, what threads have to say waits."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

T = TypeVar("T")


class TurningReactor(Clock):
    """What a store wants of a reactor."""

    PATIENCE = 30.0
    """Seconds after which what was waited for is taken not to come."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: Queue[tuple[Callable[..., object], tuple[Any, ...]]] = Queue()

    def callFromThread(self, call: Callable[..., object], *words: Any) -> None:
        """Have it called in the next turn."""
        self._calls.put((call, words))

    def turn(self) -> None:
        """Wait for what a thread has to say, and hear it."""
        call, words = self._calls.get(timeout=self.PATIENCE)
        call(*words)

    def result(self, deferred: Deferred[T]) -> T:
        """Turn until it fires; what it fires with. Raises what it fails with."""
        found: list[T] = []
        failed: list[Any] = []
        deferred.addCallbacks(found.append, failed.append)
        while not (found or failed):
            self.turn()
        for failure in failed:
            failure.raiseException()
        return found[0]


REACTOR = TurningReactor()
"""Stores of a test are told apart by their Deferreds; they may share it."""

result = REACTOR.result
