"""Changes of accounts' rooms and bookmarks, on their way to the store. Knows no wire, and not what
is changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.history.store import StoreError
from chat.vocabulary.clock import Clock
from chat.vocabulary.limits import NOTES_WAITING, RETRY_SECONDS

log = Logger()

Note = Callable[[], Deferred[Any]]
"""Has something changed in the store."""


class Line(Protocol):
    """Where somebody's commands come from: a connection."""

    def hold(self) -> None:
        """Receive no further command until `release`."""

    def release(self) -> None:
        """Receive again."""


class WriteBehind:
    """Has changes made in their order, and again where the store can't make them just now.

    clock: for the waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._again: deque[Note] = deque()  # what could not be done, and what came after that

    def take(self, note: Note, by: Line | None = None) -> None:
        """Have something changed. No further line is received from the connection that wants it
        before that was tried."""
        if self._again:
            self._keep(note)
            return
        done = note()
        if by is not None and not done.called:
            by.hold()
            done.addBoth(partial(_let_go, by))
        done.addErrback(self._failed, note)

    def _failed(self, failure: Failure, note: Note) -> None:
        if not failure.check(StoreError):
            log.failure("something of an account could not be stored", failure)
            return
        if not self._again:
            log.warn("what belongs to accounts waits to be stored: {why}", why=failure.value)
            self._clock.callLater(RETRY_SECONDS, self._try_again)
        self._keep(note)

    def _keep(self, note: Note) -> None:
        if len(self._again) < NOTES_WAITING:
            self._again.append(note)

    def _try_again(self) -> None:
        self._again[0]().addCallbacks(self._works, self._fails)

    def _works(self, _: object) -> None:
        """Make all the other changes."""
        waiting, self._again = self._again, deque()
        waiting.popleft()
        for note in waiting:
            self.take(note)

    def _fails(self, failure: Failure) -> None:
        if not failure.check(StoreError):
            log.failure("something of an account could not be stored", failure)
            self._again.popleft()
        if self._again:
            self._clock.callLater(RETRY_SECONDS, self._try_again)


def _let_go(line: Line, result: object) -> object:
    line.release()
    return result
