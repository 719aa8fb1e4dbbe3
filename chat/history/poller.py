"""A store is asked again and again what has changed. Knows neither the store nor what is in it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.history.store import StoreError
from chat.vocabulary.clock import Clock
from chat.vocabulary.limits import ACCOUNTS_SECONDS, TURN_SECONDS

log = Logger()


class Changed(Protocol):
    """What has changed in a store."""

    @property
    def revision(self) -> tuple[int, int]:
        """That of the last change; what has changed since then is asked for next."""


T = TypeVar("T", bound=Changed)


class Poller(Generic[T]):
    """Has its owner know what is in a store, as of less than a second ago.

    ask: asks the store what has changed since a revision, or for all there is (None). It is called
        again only once what it returned has fired and has been taken.
    take: takes the changes in, in steps: between two of them others may have their turn.
    clock: for the waiting, and to know when a turn is over.
    what: what is looked for, as the log calls it: "changes of accounts".
    """

    def __init__(
        self,
        ask: Callable[[tuple[int, int] | None], Deferred[T]],
        take: Callable[[T], Iterator[None]],
        clock: Clock,
        what: str,
    ) -> None:
        self._ask = ask
        self._take = take
        self._clock = clock
        self._what = what
        self._revision: tuple[int, int] | None = None
        self._loading: list[Deferred[None]] = []
        self._busy = False
        self._stopped = False
        self._failing = False

    def load(self) -> Deferred[None]:
        """Look what has changed. Fires once all is taken that had when this was called.

        Fails with StoreError.
        """
        done: Deferred[None] = Deferred()
        self._loading.append(done)
        if not self._busy:
            self._load_all()
        return done

    def start(self) -> None:
        """Look every ACCOUNTS_SECONDS from now on."""
        self._clock.callLater(ACCOUNTS_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True

    @inlineCallbacks
    def _load_all(self) -> Generator[Deferred[Any], Any, None]:
        """Ask the store, once at a time, as long as somebody waits for it."""
        self._busy = True
        while self._loading:
            loading, self._loading = self._loading, []
            try:
                changed = yield self._ask(self._revision)
                yield from self._in_turns(self._take(changed))
                self._revision = changed.revision
            except Exception:
                failure = Failure()
                for done in loading:
                    done.errback(failure)
            else:
                for done in loading:
                    done.callback(None)
        self._busy = False

    def _in_turns(self, steps: Iterator[None]) -> Generator[Deferred[None], Any, None]:
        """Go through the steps, as long as a turn of the reactor may take, and then in others."""
        until = self._clock.seconds() + TURN_SECONDS
        for _ in steps:
            if self._clock.seconds() > until:
                turn: Deferred[None] = Deferred()
                self._clock.callLater(0, partial(turn.callback, None))
                yield turn
                until = self._clock.seconds() + TURN_SECONDS

    def _look(self) -> None:
        if not self._stopped:
            self.load().addCallbacks(self._looked, self._failed).addBoth(self._look_again)

    def _look_again(self, _: object) -> None:
        self._clock.callLater(ACCOUNTS_SECONDS, self._look)

    def _looked(self, _: None) -> None:
        if self._failing:
            self._failing = False
            log.info("{what} are seen again", what=self._what)

    def _failed(self, failure: Failure) -> None:
        if self._stopped:
            return
        if not failure.check(StoreError):
            log.failure("{what} can't be seen", failure, what=self._what)
        elif not self._failing:
            reason = str(failure.value)
            log.error("{what} can't be seen: {reason}", what=self._what, reason=reason)
        self._failing = True
