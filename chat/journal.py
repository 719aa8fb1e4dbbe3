"""Accepted -> stored -> delivered, a batch at a time. Knows neither users nor wires.

Everything that has a place in the order of things is an entry: a message, which has to be
stored before anyone hears it, or an act (somebody comes or goes, a reply), which only has to
wait for the messages before it. While one batch is being committed the next one grows.

What a batch tells is written when all of it has been told. An act that writes to somebody
itself has what was told to it before written first.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import NamedTuple, Protocol, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.errors import ChatError
from chat.events import Draft, Said
from chat.history.store import Store
from chat.session import Session

log = Logger()

Act = Callable[[], object]


class Place(Protocol):
    """Where messages are heard: a room, or a conversation of two."""

    key: str
    """What the store calls it."""

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it."""


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
    """

    def __init__(
        self, store: Store, flush: Callable[[], None], later: Callable[[Act], object]
    ) -> None:
        self.accepted = 0
        """How many entries there have ever been."""
        self.delivered = 0
        """How many of them are done."""
        self._store = store
        self._flush = flush
        self._later = later
        self._waiting: list[Message | Act] = []
        self._busy = False

    def accept(self, draft: Draft, place: Place, by: Session) -> int:
        """Take a message on: stored with the next batch, then heard in its place.

        Returns the entry's number. If it can't be stored, `by` is told so and nobody hears it.
        """
        return self._enter(Message(draft, place, by))

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
        drafts = [entry.draft for entry in batch if isinstance(entry, Message)]
        try:
            stored = self._store.append(drafts) if drafts else succeed([])
        except Exception:
            stored = Deferred()
            stored.errback(Failure())
        told = stored.addCallbacks(self._stored, self._failed, (batch,), {}, (batch,))
        told.addErrback(lambda failure: log.failure("a batch could not be delivered", failure))
        told.addCallback(self._done, len(batch))

    def _stored(self, stored: list[Said], batch: list[Message | Act]) -> None:
        """Tell everyone, in order."""
        said = iter(stored)
        for entry in batch:
            if isinstance(entry, Message):
                entry.place.hear(next(said), entry.by)
            else:
                self._do(entry)
        self._flush()

    def _failed(self, failure: Failure, batch: list[Message | Act]) -> None:
        """Tell nobody but those who said something; who came and went did so all the same."""
        log.failure("messages could not be stored", failure)
        for entry in batch:
            if isinstance(entry, Message):
                by = entry.by
                by.write(by.dialect.refusal(ChatError("not-stored")))
            else:
                self._do(entry)
        self._flush()

    def _done(self, _: None, entries: int) -> None:
        self.delivered += entries
        self._do_first_acts()
        self._busy = False
        if self._waiting:
            self._later(self._commit)

    def _do_first_acts(self) -> None:
        """Acts with no message before them have nothing to wait for."""
        while self._waiting and not isinstance(self._waiting[0], Message):
            acts = list(takewhile(lambda entry: not isinstance(entry, Message), self._waiting))
            del self._waiting[: len(acts)]
            for act in acts:
                self._do(cast("Act", act))
            self.delivered += len(acts)
        self._flush()

    def _do(self, act: Act) -> None:
        try:
            act()
        except Exception:
            log.failure("an act of the journal failed")
