"""Keeping house: has the store forget messages that are too old or too many, and what was done as
long ago. Knows no database."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from chat.history.store import Store, StoreError
from chat.history.upkeep.timekeeper import Sighting, Timekeeper
from chat.vocabulary.limits import CLOCK_SETTLED_SECONDS, EVERYTHING, FORGET_SECONDS
from chat.vocabulary.times import in_words

log = Logger()


class Expiry:
    """Looks every FORGET_SECONDS which messages are to be forgotten, and forgets them in small
    steps.

    store: the one that is to forget.
    clock: for the waiting.
    now: the time in seconds since 1970 UTC.
    seconds: how old a message may become; 0 for any age.
    messages: how many of each room are kept; 0 for all.
    elapsed: the time in seconds from some point on, by a clock that nobody sets; that for the
        waiting unless given.
    """

    def __init__(
        self,
        store: Store,
        clock: Any,
        now: Callable[[], float],
        seconds: int,
        messages: int,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._timekeeper = Timekeeper(elapsed or clock.seconds)
        self._has_begun = False
        self._doubts = False  # the log says that the clock is not believed
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
        """Forget all messages, and all entries of the audit log, that are to be forgotten now."""
        older_than = 0
        if self._seconds:
            time = yield self._look_at_clock()
            older_than = int((time - self._seconds) * 1000)
        for key in (yield self._store.overdue(older_than, self._messages)):
            while not self._stopped and (yield self._store.forget(key, older_than, self._messages)):
                pass
        forget = self._store.moderation.forget_entries
        while self._seconds and not self._stopped and (yield forget(older_than)):
            pass
        if self._failing:
            self._failing = False
            log.info("old messages are forgotten again")

    @inlineCallbacks
    def _look_at_clock(self) -> Generator[Deferred[Any], Any, float]:
        """What time has come for certain, in seconds since 1970 UTC."""
        if not self._has_begun:
            seen = yield self._store.sighting()
            newest = yield self._store.newest()
            if seen is None and newest:
                seen = Sighting(newest, newest)
            self._timekeeper.begin(seen)
            self._has_begun = True
        time = self._timekeeper.look(self._now())
        if bool(self._timekeeper.doubt) is not self._doubts:
            self._doubts = not self._doubts
            self._tell_of_clock(self._timekeeper.doubt)
        yield self._store.note_sighting(self._timekeeper.seen)
        return time

    def _tell_of_clock(self, doubt: float) -> None:
        if not doubt:
            log.info("the clock is right again, or has been as it is for long: it is believed")
            return
        log.warn(
            "the clock is {by} {way} of when the chat ran last and the time since: no old message "
            "is forgotten for that. If it is wrong, set it. If it is right there is nothing to do: "
            "the chat believes it once it has run with it for {long}",
            by=in_words(abs(doubt)),
            way="ahead" if doubt > 0 else "behind",
            long=in_words(CLOCK_SETTLED_SECONDS),
        )

    def _failed(self, failure: Any) -> None:
        if failure.check(StoreError):
            if not self._failing:
                log.error("old messages can't be forgotten: {reason}", reason=str(failure.value))
        else:
            log.failure("old messages can't be forgotten", failure)
        self._failing = True
