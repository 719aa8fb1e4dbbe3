"""Accepted -> stored -> delivered, a batch at a time. Knows neither users nor wires.

Everything that has a place in the order of things is an entry: a message, which has to be
stored before anyone hears it, or an act (somebody comes or goes, a reply), which only has to
wait for the messages before it. While one batch is being committed the next one grows.

What a batch tells is written when all of it has been told. An act that writes to somebody
itself has what was told to it before written first.

What waits for a store that stalls is bounded: what is said past that is refused at once.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from itertools import takewhile
from typing import NamedTuple, Protocol, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.errors import ChatError
from chat.events import Draft, Repeated, Said
from chat.history.store import DoubtError, Store, StoreError
from chat.limits import (
    GATHER_MESSAGES,
    GATHER_SECONDS,
    SENT_AGAIN,
    STALL_SECONDS,
    WAITING_BYTES,
    WAITING_MESSAGES,
)
from chat.session import Session

log = Logger()

Act = Callable[[], object]


class Place(Protocol):
    """Where messages are heard: a room, or a conversation of two."""

    key: str
    """What the store calls it."""

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it."""

    def repeat(self, said: Said, to: Session) -> None:
        """A message said here had been stored before: tell it to its speaker."""


class Clock(Protocol):
    """Tells the time, and when it has come."""

    def seconds(self) -> float:
        """The time, from some point on."""

    def callLater(self, delay: float, call: Act, /) -> object:
        """Call something after so many seconds."""


class Message(NamedTuple):
    """What was said, where it will be heard, and who has to know if it won't be."""

    draft: Draft
    place: Place
    by: Session


class Journal:
    """The one order of all that happens.

    store: where messages go before they are heard.
    flush: called when the entries of a batch have all been told, to have them written.
    later: calls a function at the end of the turn; called at most once a turn.
    clock: for stalls.
    """

    def __init__(
        self,
        store: Store,
        flush: Callable[[], None],
        later: Callable[[Act], object],
        clock: Clock,
    ) -> None:
        self.accepted = 0
        """How many entries there have ever been."""
        self.delivered = 0
        """How many of them are done."""
        self._store = store
        self._flush = flush
        self._later = later
        self._clock = clock
        self._waiting: list[Message | Act] = []
        self._under_way: Counter[tuple[str, str, str]] = Counter()  # messages with a token
        self._messages = 0  # that are not done
        self._bytes = 0  # of their texts, about
        self._busy = False
        self._stalled = False  # the commit under way takes too long
        self._began = 0.0  # when it was begun
        self._watching = False
        self._failing = False  # the log says that the store has failed

    def accept(self, draft: Draft, place: Place, by: Session) -> int:
        """Take a message on: stored with the next batch, then heard in its place.

        Returns the entry's number. If it can't be stored, `by` is told so and nobody hears it.
        """
        message = Message(draft, place, by)
        size = sys.getsizeof(draft.text)
        many = self._messages >= WAITING_MESSAGES or self._bytes + size > WAITING_BYTES
        if many or self._stalled:
            copies = self._copies(draft)
            if not copies:
                self._complain("too much waits for it")
                _refuse(message)
            if not 0 < copies <= SENT_AGAIN:  # so many are answered
                return by.mark
        self._messages += 1
        self._bytes += size
        if draft.token:
            self._under_way[draft.key, draft.user_key, draft.token] += 1
        return self._enter(message)

    def then(self, act: Act) -> int:
        """Call `act` when everything accepted so far has been delivered: at once if it has.

        Returns the entry's number.
        """
        if self._busy or self._waiting:
            return self._enter(act)
        self._do(act)
        self._flush()
        return self.delivered

    def _enter(self, entry: Message | Act) -> int:
        self._waiting.append(entry)
        self.accepted += 1
        number = self.accepted
        if len(self._waiting) == 1 and not self._busy:
            self._later(self._commit)
        return number

    def _commit(self) -> None:
        """Store all that waits as one batch."""
        batch, self._waiting = self._waiting, []
        self._busy = True
        self._began = self._clock.seconds()
        if not self._watching:
            self._watch(STALL_SECONDS)
        drafts = [entry.draft for entry in batch if isinstance(entry, Message)]
        try:
            stored = self._store.append(drafts) if drafts else succeed([])
        except Exception:
            stored = Deferred()
            stored.errback(Failure())
        told = stored.addCallbacks(self._stored, self._failed, (batch,), {}, (batch,))
        told.addErrback(lambda failure: log.failure("a batch could not be delivered", failure))
        told.addCallback(self._done, batch)
        told.addErrback(lambda failure: log.failure("the journal has stopped", failure))

    def _stored(self, stored: list[Said], batch: list[Message | Act]) -> None:
        """Tell everyone, in order."""
        if self._failing and stored:
            self._failing = False
            log.info("messages are stored again")
        messages = iter(stored)
        for entry in batch:
            if isinstance(entry, Message):
                self._tell(entry, next(messages))
            else:
                self._do(entry)
        self._do(self._flush)

    def _tell(self, entry: Message, said: Said) -> None:
        try:
            tell = entry.place.repeat if type(said) is Repeated else entry.place.hear
            tell(said, entry.by)
        except Exception:
            log.failure("a message could not be delivered")

    def _failed(self, failure: Failure, batch: list[Message | Act]) -> None:
        """Tell nobody but those who said something; who came and went did so all the same."""
        if failure.check(StoreError):
            self._complain(str(failure.value))
        else:
            log.failure("messages could not be stored", failure)
        for entry in batch:
            if not isinstance(entry, Message):
                self._do(entry)
            elif not failure.check(DoubtError):
                _refuse(entry)
        self._do(self._flush)

    def _watch(self, seconds: float) -> None:
        """Look then whether a commit takes too long. One timer serves many commits."""
        self._watching = True
        self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        self._watching = False
        if self._busy and not self._stalled:
            left = self._began + STALL_SECONDS - self._clock.seconds()
            if left > 0:
                self._watch(left)
            else:
                self._stall()

    def _stall(self) -> None:
        """The commit takes too long: those behind it are told, as long as it takes."""
        self._stalled = True
        self._complain(f"it does not answer within {STALL_SECONDS:g} s")
        acts: list[Message | Act] = []
        for entry in self._waiting:
            if isinstance(entry, Message) and self._copies(entry.draft) <= 1:
                self._settle(entry)
                _refuse(entry)
                acts.append(_nothing)
            else:
                acts.append(entry)
        self._waiting = acts

    def _complain(self, reason: str) -> None:
        """Once, until it works again."""
        if not self._failing:
            self._failing = True
            log.error("messages can't be stored, who sends one is told so: {reason}", reason=reason)

    def _copies(self, draft: Draft) -> int:
        """How often it has been sent, with its token, and may yet be stored: to refuse another copy
        would be a lie."""
        return self._under_way[draft.key, draft.user_key, draft.token] if draft.token else 0

    def _settle(self, message: Message) -> None:
        """It does not wait any more."""
        draft = message.draft
        self._messages -= 1
        self._bytes -= sys.getsizeof(draft.text)
        if draft.token:
            name = (draft.key, draft.user_key, draft.token)
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]

    def _done(self, _: None, batch: list[Message | Act]) -> None:
        self._stalled = False
        for entry in batch:
            if isinstance(entry, Message):
                self._settle(entry)
        self.delivered += len(batch)
        self._do_first_acts()
        self._busy = False
        if len(self._waiting) >= GATHER_MESSAGES:
            self._clock.callLater(GATHER_SECONDS, self._commit)
        elif self._waiting:
            self._later(self._commit)

    def _do_first_acts(self) -> None:
        """Acts with no message before them have nothing to wait for."""
        while self._waiting and not isinstance(self._waiting[0], Message):
            acts = list(takewhile(lambda entry: not isinstance(entry, Message), self._waiting))
            del self._waiting[: len(acts)]
            for act in acts:
                self._do(cast("Act", act))
            self.delivered += len(acts)
        self._do(self._flush)

    def _do(self, act: Act) -> None:
        try:
            act()
        except Exception:
            log.failure("an act of the journal failed")


def _refuse(message: Message) -> None:
    by = message.by
    by.write(by.dialect.refusal(ChatError("not-stored"), message.draft.token))


def _nothing() -> None:
    """What is left of a message that was refused: it keeps its number."""
