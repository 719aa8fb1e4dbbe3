"""Brings a session up to what has been told, from the history. Knows no style.

A session that is sent more than it reads falls behind: it is told nothing more where that
happened, is sent pages of the history as it reads them, and is told again where they meet. Whoever
comes to a room and is sent its last messages comes the same way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.history.store import Store, StoreError
from chat.realm.session import GONE, Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Event, Missed, Said, Whispered
from chat.vocabulary.limits import CATCH_UP_MESSAGES, MISSED_EVENTS
from chat.vocabulary.pieces import is_cut, pieces


class Stream(Protocol):
    """Messages that are told one after the other: to a room's audience, or to one of two people."""

    key: str
    """What the store calls it."""
    name: str
    """What people call it."""
    first: int | None
    """The number of the last message before those that are told."""
    last: int | None
    """The number of the last message that was told."""

    def begin(self, number: int) -> None:
        """Note what `first` is, if that was not known."""

    def add(self, session: Session) -> None:
        """From here on the session hears what is told."""


class Letters:
    """What two users say to each other alone. Implements Stream; there is nobody to add.

    name: @ and the other one's username.
    number: that of the first message that is missing.
    """

    __slots__ = ("first", "key", "last", "name")

    def __init__(self, key: str, name: str, number: int) -> None:
        self.key = key
        self.name = name
        self.first: int | None = number - 1
        self.last: int | None = number

    def begin(self, number: int) -> None:
        """`first` is known."""

    def add(self, session: Session) -> None:
        """Each letter finds its own way."""


class Lag:
    """How far behind a session is in one place.

    since: the number of the last message before it fell behind, or None if nothing had been
        told there yet.
    before: how many messages before that one it is sent as well.
    caught_up: called when nothing is missing any more.
    has_waited: these are offline messages, said while nobody of the account was here.
    """

    __slots__ = ("before", "caught_up", "has_waited", "missed", "number", "since", "stream")

    def __init__(self, stream: Stream, since: int | None, before: int = 0) -> None:
        self.stream = stream
        self.since = since
        self.before = before
        self.caught_up: Callable[[], object] | None = None
        self.has_waited = False
        self.missed: list[Event] = []
        """What has happened to the place meanwhile, besides messages."""
        self.number: int | None = None
        """The number of the last message that the session was sent; None as long as it was sent
        none."""

    def miss(self, event: Event) -> None:
        """Keep an event of the place, to be told at the end, if it is one of the last."""
        self.missed.append(event)
        del self.missed[:-MISSED_EVENTS]

    @property
    def reached(self) -> int:
        """The number of the last message that the session need not be sent, if that is known."""
        return (self.since or 0) if self.number is None else self.number


class CatchUp:
    """All places where a session is behind, and its way back.

    settled: its Deferred fires when all messages that have been accepted by then have been told.
    """

    __slots__ = ("_queue", "_running", "_session", "_settled", "_store", "is_looking", "lags")

    def __init__(
        self, session: Session, store: Store, settled: Callable[[], Deferred[None]]
    ) -> None:
        self._session = session
        self._store = store
        self._settled = settled
        self._queue: deque[Lag] = deque()
        self._running = False
        self.lags: dict[str, Lag] = {}
        """How far behind it is in each place, by the place's key."""
        self.is_looking = False
        """It is not known yet which offline messages there are: no letter is told before."""

    def look(self) -> None:
        """Tell no letters until `found`."""
        self.is_looking = True

    def found(self) -> None:
        """It is known which offline messages there are."""
        self.is_looking = False
        for lag in list(self.lags.values()):
            if isinstance(lag.stream, Letters):
                self.start(lag)
        self.end()

    def start(self, lag: Lag) -> None:
        """Begin to make up for a lag. Several take turns."""
        if self.is_looking and isinstance(lag.stream, Letters):
            return
        self._queue.append(lag)
        if not self._running:
            self._running = True
            self._run().addErrback(lambda failure: self._session.connection.fail(failure))

    @inlineCallbacks
    def _run(self) -> Generator[Deferred[Any], Any, None]:
        while self._queue:
            yield self._session.connection.ready()
            lag = self._queue.popleft()
            if not self._is_on(lag):
                continue
            try:
                yield from self._send_page(lag)
            except StoreError:
                self._give_up(lag)
            except ChatError:  # the session is gone
                break
            if self._is_on(lag):
                if lag.number == lag.stream.last:
                    self._finish(lag)
                else:
                    self._queue.append(lag)
        self._running = False

    def drop(self, key: str) -> None:
        """The messages missing in a place are not wanted any more, or can't be had."""
        lag = self.lags.pop(key, None)
        if lag and lag.caught_up and not lag.has_waited:
            lag.caught_up()
        self.end()

    def _give_up(self, lag: Lag) -> None:
        """The history can't be read: say how many messages are missed, and be up to date. Offline
        messages go on waiting."""
        dialect, last = self._session.dialect, lag.stream.last or 0
        self._session.write(dialect.refusal(ChatError("no-history")))
        if lag.has_waited:
            self.drop(lag.stream.key)
            return
        if lag.since is not None and (missed := last - max(lag.number or 0, lag.since)) > 0:
            self._session.write(dialect.encode(self._missed(missed, lag.stream)))
        lag.number = lag.stream.last

    def _is_on(self, lag: Lag) -> bool:
        """Whether the session still waits for what is missing there."""
        return self._session.connection is not GONE and self.lags.get(lag.stream.key) is lag

    def _finish(self, lag: Lag) -> None:
        del self.lags[lag.stream.key]
        for event in lag.missed:
            self._session.write(self._session.dialect.encode(event))
        lag.stream.add(self._session)
        if lag.caught_up:
            lag.caught_up()
        self.end()

    def end(self) -> None:
        """Let go of the way back, if nothing is missing any more."""
        if not self.lags and not self.is_looking:
            self._session.catching_up = None

    def _send_page(self, lag: Lag) -> Generator[Deferred[Any], Any, None]:
        """Send some of what is missing. What is stored but has not been told yet is not missing."""
        stream = lag.stream
        is_first = lag.number is None
        if is_first:
            yield from self._begin(lag)
        last = stream.last or 0
        if lag.number == last:
            return
        page, reached = yield from self._read_page(lag, is_first, last)
        page = [said for said in page if said.number <= (stream.last or 0)]
        reached = page[-1].number if page else reached
        first = page[0].number if page else last + 1
        if first > max(lag.number or 0, lag.since or 0) + 1:  # the rest is hidden, or forgotten
            first = yield self._store.first(stream.key)
        for data, number in pieces(self._lines(lag, page, first)):
            yield self._session.connection.ready()
            if not self._is_on(lag):
                return
            self._session.write(data)
            lag.number = number
        lag.number = reached

    def _read_page(
        self, lag: Lag, is_first: bool, last: int
    ) -> Generator[Deferred[Any], Any, tuple[list[Said], int]]:
        """Some messages that are missing; and where none of them is shown, up to which number."""
        key = lag.stream.key
        if is_first and 0 < lag.before <= CATCH_UP_MESSAGES:  # so many that are not hidden
            since = lag.since or 0
            page = yield self._page(key, lag.before, before=since + 1)
            lag.number = page[0].number - 1 if page else since
            if not is_cut(page, lag.before):
                return page, since
            lag.number = yield from self._find_start(key, lag.number, lag.before - len(page))
        page = yield self._page(key, CATCH_UP_MESSAGES, after=lag.number)
        return page, last

    def _page(self, key: str, count: int, **where: int | None) -> Deferred[list[Said]]:
        session = self._session
        return session.ask(session.realm.reading, lambda: self._store.page(key, count, **where))

    def _find_start(self, key: str, number: int, most: int) -> Generator[Deferred[Any], Any, int]:
        """The number before the first one of `most` messages up to a number."""
        while most > 0 and number > 0:
            page = yield self._page(key, most, before=number + 1)
            if not page:
                break
            most, number = most - len(page), page[0].number - 1
        return number

    def _begin(self, lag: Lag) -> Generator[Deferred[Any], Any, None]:
        """Find out from which message on the session is behind.

        Where nothing has been told yet, what is stored may be just about to be told.
        """
        stream = lag.stream
        if stream.first is None:
            stored = yield self._store.last(stream.key)
            yield self._settled()
            stream.begin(stored)
        if lag.since is None:
            lag.since = stream.first
        lag.number = max(0, (lag.since or 0) - lag.before)

    def _lines(self, lag: Lag, page: list[Said], first: int) -> Iterator[tuple[bytes, int]]:
        """What a page looks like, each line with the number of its message. What stands before the
        number `first` is missing."""
        stream = lag.stream
        missed = first - 1 - max(lag.number or 0, lag.since or 0)
        if missed > 0:
            yield self._session.dialect.encode(self._missed(missed, stream)), first - 1
        for said in page:
            yield self._line(lag, said), said.number

    def _line(self, lag: Lag, said: Said) -> bytes:
        """A message as the session would have heard it."""
        dialect = self._session.dialect
        if isinstance(lag.stream, Letters):
            return self._letter(lag.stream, said)
        own = said.number > (lag.since or 0) and self._session.has_said(lag.stream.key, said)
        token = said.token if own else ""
        heard = Said(
            *(lag.stream.name, said.user, said.text, said.number, said.at, token),
            *(said.account, said.kind, lag.stream.key),
        )
        return dialect.own(heard) if own and not dialect.alike else dialect.encode(heard)

    def _missed(self, count: int, stream: Stream) -> Missed:
        return Missed(stream.key, stream.name, count, self._session.realm.at)

    def _letter(self, letters: Letters, said: Said) -> bytes:
        user, dialect = self._session.user, self._session.dialect
        is_from_other = user is None or said.user != user.name or letters.name == f"@{user.name}"
        if not is_from_other and self._session.has_said(letters.key, said):
            return b""
        return dialect.encode(whispered(said, letters.key, letters.name, is_own=not is_from_other))


def whispered(said: Said, key: str, name: str, *, is_own: bool) -> Whispered:
    """A message of a conversation as one of the two hears it; name: what they call the place."""
    text, number, at = said.text, said.number, said.at
    return Whispered(key, name, said.user, text, number, at, said.account, said.kind, is_own)
