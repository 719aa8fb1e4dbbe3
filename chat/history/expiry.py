"""Keeping house: has the store forget messages that are too old or too many. Knows no database."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from chat.history.store import Store, StoreError
from chat.vocabulary.limits import EVERYTHING, FORGET_SECONDS

log = Logger()


class Expiry:
    """Looks every FORGET_SECONDS which messages are to be forgotten, and forgets them in small
    steps.

    store: the one that is to forget.
    clock: for the waiting.
    now: the time in seconds since 1970 UTC.
    seconds: how old a message may become; 0 for any age.
    messages: how many of each room are kept; 0 for all.
    """

    def __init__(
        self, store: Store, clock: Any, now: Callable[[], float], seconds: int, messages: int
    ) -> None:
        self._store = store
        self._now = now
        self._seconds = seconds
        self._messages = messages or EVERYTHING
        self._stopped = False
        self._failing = False
        self._loop = LoopingCall(self._begin)
        self._loop.clock = clock

    def start(self) -> None:
        """Begin, where there is something to do at all."""
        if self._seconds or self._messages < EVERYTHING:
            self._loop.start(FORGET_SECONDS)

    def stop(self) -> None:
        """Begin no further step."""
        self._stopped = True
        if self._loop.running:
            self._loop.stop()

    def _begin(self) -> Deferred[None]:
        return self.look().addErrback(self._failed)

    @inlineCallbacks
    def look(self) -> Generator[Deferred[Any], Any, None]:
        """Forget all messages that are to be forgotten now."""
        older_than = int((self._now() - self._seconds) * 1000) if self._seconds else 0
        for key in (yield self._store.overdue(older_than, self._messages)):
            while not self._stopped and (yield self._store.forget(key, older_than, self._messages)):
                pass
        if self._failing:
            self._failing = False
            log.info("old messages are forgotten again")

    def _failed(self, failure: Any) -> None:
        if failure.check(StoreError):
            if not self._failing:
                log.error("old messages can't be forgotten: {reason}", reason=str(failure.value))
        else:
            log.failure("old messages can't be forgotten", failure)
        self._failing = True
