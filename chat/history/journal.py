"""Accepted -> stored -> delivered, a batch at a time. Knows neither users nor wires.

A message gets its number where its batch is stored: see Store.append.

Everything that has a place in the order of things is an entry: a message, which has to be
stored before anyone hears it, or an act (somebody comes or goes, a reply), which only has to
wait for the messages before it. While one batch is being committed the next one grows.

What a batch tells is written when all of it has been told, in as many turns of the reactor as
that takes; then the batch is done. An act that writes to a session itself has what that was told
before written first.

What waits for a store that stalls is bounded: what is said past that is refused at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.history.store import DoubtError, Store, StoreError
from chat.vocabulary.clock import Task, Timing
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.limits import (
    BATCH_ENTRIES,
    CROWDED_BYTES,
    ENTRIES_PER_STEP,
    GATHER_MESSAGES,
    GATHER_SECONDS,
    SENT_AGAIN,
    STALL_SECONDS,
    TURN_SECONDS,
    WAITING_BYTES,
    WAITING_BYTES_EACH,
)
from chat.vocabulary.text import size_of

log = Logger()


class Speaker(Protocol):
    """Who says something, at one connection: a session."""

    position: int
    """The position in the journal of the last entry that waits there for this session."""

    def refuse_now(self, error: ChatError, token: str = "", /) -> None:
        """Answer with the refusal of what came with a token, before all that waits."""

    def rest(self) -> int:
        """Say nothing more until all that has been said by now is delivered. Returns the journal's
        position for that."""


class Destination(Protocol):
    """Where messages are heard: a room, or a conversation of two."""

    key: str
    """What the store calls it."""

    def hear(self, said: Said, by: Any, /) -> None:
        """A message said here by a Speaker has been stored: tell it."""

    def repeat(self, said: Said, to: Any, /) -> None:
        """A message said here had been stored before: tell it to its Speaker."""


Message = tuple[Draft, Destination, Speaker]
"""What was said, where it will be heard, and who has to know if it won't be."""


class Journal:
    """The one order of all that happens.

    store: where messages go before they are heard.
    flush: called when the entries of a batch have all been told; returns the steps in which these
        are written.
    timing: `later` is called at most once a turn, and where a batch takes more than one; the clock
        is for stalls, and to know when a turn is over.
    """

    def __init__(self, store: Store, flush: Callable[[], Iterator[None]], timing: Timing) -> None:
        self.accepted = 0
        """How many entries there have ever been."""
        self.delivered = 0
        """How many entries are done."""
        self._store = store
        self._flush = flush
        self._later = timing.later
        self._clock = timing.clock
        self._waiting: list[Message | Task] = []
        self._under_way: Counter[tuple[str, str, str]] = Counter()  # messages with a token
        self._bytes = 0  # of messages that are not done, about
        self._busy = False
        self._stalled = False  # the commit under way takes too long
        self._began: float | None = None  # when it was begun
        self._gathers = False  # the store takes its time: a batch may wait for more
        self._watching = False
        self._failing = False  # the log says that the store has failed

    def accept(self, draft: Draft, place: Destination, by: Speaker) -> int:
        """Take a message on: stored with the next batch, then heard in its place.

        Returns the entry's position. If it can't be stored, `by` is told so and nobody hears it.
        """
        if self._stalled or self._bytes >= WAITING_BYTES:
            copies = self._copies(draft)
            if not copies:
                self._complain("too much waits for it")
                _refuse((draft, place, by))
            if not 0 < copies <= SENT_AGAIN:  # so many copies are answered
                return by.position
        self._bytes += size_of(draft.text) + WAITING_BYTES_EACH
        if draft.token:
            self._under_way[draft.key, draft.user_key, draft.token] += 1
        if self._bytes > CROWDED_BYTES and not self._stalled:
            self._enter((draft, place, by))
            return by.rest()
        return self._enter((draft, place, by))

    def then(self, act: Task) -> int:
        """Call `act` when all messages accepted so far have been delivered.

        Returns the entry's position.
        """
        return self._enter(act)

    def settled(self) -> Deferred[None]:
        """Fires when all messages accepted so far have been delivered."""
        fired: Deferred[None] = Deferred()
        self._enter(lambda: fired.callback(None))
        return fired

    def _enter(self, entry: Message | Task) -> int:
        self._waiting.append(entry)
        self.accepted = position = self.accepted + 1
        if len(self._waiting) == 1 and not self._busy:
            self._later(self._commit)
        return position

    def _commit(self) -> None:
        """Store the messages that wait, as one batch. Acts before them wait for none of them."""
        batch, self._waiting = self._waiting[:BATCH_ENTRIES], self._waiting[BATCH_ENTRIES:]
        if not isinstance(batch[0], tuple):
            acts = list(takewhile(lambda entry: not isinstance(entry, tuple), batch))
            batch, self._waiting = acts, batch[len(acts) :] + self._waiting
        self._busy = True
        drafts = [entry[0] for entry in batch if isinstance(entry, tuple)]
        if not drafts:
            self._work(self._tell([], batch))
            return
        self._began = self._clock.seconds()
        if not self._watching:
            self._watch(STALL_SECONDS)
        try:
            stored = self._store.append(drafts)
        except Exception:
            stored = Deferred()
            stored.errback(Failure())
        self._gathers = not stored.called
        stored.addBoth(self._stored, batch)

    def _stored(self, stored: list[Said] | Failure, batch: list[Message | Task]) -> None:
        self._stalled, self._began = False, None
        if isinstance(stored, Failure):
            self._failed(stored, batch)
            return
        if self._failing:
            self._failing = False
            log.info("messages are stored again")
        self._work(self._tell(stored, batch))

    def _failed(self, failure: Failure, batch: list[Message | Task]) -> None:
        """Tell nobody but those who said something; who came and went did so all the same."""
        if failure.check(StoreError):
            self._complain(str(failure.value))
        else:
            log.failure("messages could not be stored", failure)
        self._work(self._tell(None, batch, in_doubt=bool(failure.check(DoubtError))))

    def _work(self, steps: Iterator[None]) -> None:
        """Go on with the batch, as long as this turn of the reactor may take."""
        until = None
        for _ in steps:
            now = self._clock.seconds()
            until = until or now + TURN_SECONDS
            if now > until:
                self._later(partial(self._work, steps))
                return

    def _tell(
        self, stored: list[Said] | None, batch: list[Message | Task], in_doubt: bool = False
    ) -> Iterator[None]:
        """Tell everyone what is stored, in order, and do what is to be done, in steps."""
        messages = iter(stored or ())
        for at, entry in enumerate(batch):
            try:
                if not isinstance(entry, tuple):
                    entry()
                elif stored is not None:
                    said = next(messages)
                    if type(said) is Said:
                        entry[1].hear(said, entry[2])
                    else:
                        entry[1].repeat(said, entry[2])
                elif not in_doubt:
                    _refuse(entry)
            except Exception:
                log.failure("a message could not be delivered, or an answer not be given")
            if at % ENTRIES_PER_STEP == ENTRIES_PER_STEP - 1:
                yield
        try:
            yield from self._flush()
        except Exception:
            log.failure("a batch could not be delivered")
        self._done(batch)

    def _done(self, batch: list[Message | Task]) -> None:
        self._settle([entry[0] for entry in batch if isinstance(entry, tuple)])
        self.delivered += len(batch)
        self._busy = False
        if not self._waiting:
            return
        both = isinstance(batch[-1], tuple) and isinstance(self._waiting[0], tuple)
        if both and self._gathers and len(self._waiting) >= GATHER_MESSAGES:
            self._clock.callLater(GATHER_SECONDS, self._commit)
        else:
            self._later(self._commit)

    def _watch(self, seconds: float) -> None:
        """Look then whether a commit takes too long. One timer serves many commits."""
        self._watching = True
        self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        self._watching = False
        if self._began is not None and not self._stalled:
            left = self._began + STALL_SECONDS - self._clock.seconds()
            if left > 0:
                self._watch(left)
            else:
                self._stall()

    def _stall(self) -> None:
        """The commit takes too long: those behind it are told, as long as it takes."""
        self._stalled = True
        self._complain(f"it does not answer within {STALL_SECONDS:g} s")
        acts: list[Message | Task] = []
        for entry in self._waiting:
            if isinstance(entry, tuple) and self._copies(entry[0]) <= 1:
                self._settle([entry[0]])
                _refuse(entry)
                acts.append(_nothing)
            else:
                acts.append(entry)
        self._waiting = acts

    def _complain(self, reason: str) -> None:
        """Log it once, until the store works again."""
        if not self._failing:
            self._failing = True
            log.error("messages can't be stored, who sends one is told so: {reason}", reason=reason)

    def _copies(self, draft: Draft) -> int:
        """How often a draft has been sent, with its token, and may yet be stored: to refuse another
        copy would be a lie."""
        return self._under_way[draft.key, draft.user_key, draft.token] if draft.token else 0

    def _settle(self, drafts: list[Draft]) -> None:
        """Drafts do not wait any more."""
        sizes = [size_of(draft.text) for draft in drafts]
        self._bytes -= sum(sizes) + len(sizes) * WAITING_BYTES_EACH
        if self._under_way:
            names = [(draft.key, draft.user_key, draft.token) for draft in drafts if draft.token]
            self._under_way.subtract(names)
            for name in names:
                if not self._under_way[name]:
                    del self._under_way[name]


def _refuse(message: Message) -> None:
    draft, _, by = message
    by.refuse_now(ChatError("not-stored"), draft.token)


def _nothing() -> None:
    """What is left of a message that was refused: it keeps its position."""
