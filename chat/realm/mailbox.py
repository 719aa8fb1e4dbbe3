"""Direct messages for accounts that are away, until they come back. Knows no wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.history.account_records import AccountStore, Bookmark
from chat.history.store import StoreError
from chat.history.write_behind import WriteBehind
from chat.realm.catchup import CatchUp, Lag, Letters
from chat.realm.session import GONE, Session
from chat.realm.user import Device, User
from chat.vocabulary.errors import ChatError

log = Logger()


class Mailbox:
    """Sends accounts their offline messages when they come: what was said to them while they were
    away. That a message waits is stored with it: see Draft.away, which Realm.whisper fills in, and
    Store.append.

    store: where it is kept which messages wait.
    write: brings changes of that to the store.
    way: the way back of a session, which gets one if it has none.
    settled: its Deferred fires when all messages that have been accepted by then have been told.
    """

    def __init__(
        self,
        store: AccountStore,
        write: WriteBehind,
        way: Callable[[Session], CatchUp],
        settled: Callable[[], Deferred[None]],
    ) -> None:
        self._store = store
        self._write = write
        self._way = way
        self._settled = settled

    def begin(self, user: User, key: str, name: str, number: int, by: Session) -> None:
        """Something was said in a conversation of an account, which gets a bookmark there."""
        if user.account is not None and key not in user.conversations:
            user.conversations[key] = None
            self._write.take(lambda: self._store.begin(user.key, key, name, number), by.connection)

    def keep(self, user: User, key: str, name: str, number: int) -> None:
        """An account could not be told a message, nor those after it: they are to wait."""
        self._write.take(lambda: self._store.wait(user.key, key, name, number))

    def come(self, session: Session, user: User) -> None:
        """A session of an account has come: send it the offline messages, if it is the first one;
        if not, what another session has not been sent yet, as that session may never be."""
        if session.connection is GONE:
            return
        if not user.reachable:
            self._look(session, user)
        for other in user.listeners:
            for lag in list(other.catching_up.lags.values() if other.catching_up else ()):
                if not lag.has_waited:
                    self._pass_on(lag, session)
        user.listeners.append(session)

    def _look(self, session: Session, user: User) -> None:
        way = self._way(session)
        way.look()
        found = self._store.bookmarks(user.key).addCallback(self._after_all_that_is_stored)
        found.addCallback(partial(self._found, session, user))
        found.addErrback(self._not_found, session)
        found.addErrback(lambda failure: session.connection.fail(failure))
        found.addCallback(lambda _: way.found())

    def _pass_on(self, lag: Lag, session: Session) -> None:
        """Send a session letters that another one has not been sent, if it has heard nothing of
        that conversation."""
        missing, device = lag.stream, session.device
        if device is None or not isinstance(missing, Letters) or missing.key in device.letters:
            return
        device.letters[missing.key] = lag.reached + 1
        letters = Letters(missing.key, missing.name, lag.reached + 1)
        letters.last = missing.last
        way = self._way(session)
        way.lags[missing.key] = same = Lag(letters, lag.reached)
        way.start(same)

    def _after_all_that_is_stored(self, bookmarks: list[Bookmark]) -> Deferred[list[Bookmark]]:
        """Wait, as what is stored may be just about to be told."""
        return self._settled().addCallback(lambda _: bookmarks)

    def _found(self, session: Session, user: User, bookmarks: list[Bookmark]) -> None:
        """Offline messages go before those that have come since, which are held back. Where some of
        these have been sent already, as another session had them first, the order would be wrong:
        there the offline messages wait until the account comes again."""
        way, device = self._way(session), session.device
        for bookmark in bookmarks if device else ():
            assert device
            held, first = way.lags.get(bookmark.key), device.letters.get(bookmark.key)
            is_held = held is not None and first == held.reached + 1
            if not bookmark.waiting or not (first is None or is_held):
                continue
            first = min(bookmark.waiting, first or bookmark.waiting)
            device.letters[bookmark.key] = first
            letters = Letters(bookmark.key, bookmark.name, first)
            letters.last = max(
                bookmark.last, bookmark.waiting, held.stream.last or 0 if held else 0
            )
            way.lags[bookmark.key] = lag = Lag(letters, first - 1)
            lag.has_waited = True
            lag.caught_up = partial(self._told, device, user, lag)

    def _not_found(self, failure: Failure, session: Session) -> None:
        failure.trap(StoreError)
        session.write(session.dialect.refusal(ChatError("no-history")))

    def _told(self, device: Device, user: User, lag: Lag) -> None:
        device.sent[lag.stream.key] = (lag.stream.name, lag.reached)
        self._end(user, lag)

    def _end(self, user: User, lag: Lag) -> None:
        """The offline messages of a conversation have been told as far as this."""
        key, number = lag.stream.key, lag.reached
        self._write.take(lambda: self._store.told(user.key, key, number))

    def go(self, session: Session, user: User) -> None:
        """A session of an account has gone. Others are sent the letters that it has not been sent;
        where there are no others, these letters wait."""
        way, others = session.catching_up, user.reachable
        if way is None:
            return
        letters = [lag for lag in way.lags.values() if isinstance(lag.stream, Letters)]
        for lag in letters:
            if lag.has_waited:
                self._end(user, lag)
            for other in () if lag.has_waited else others:
                self._pass_on(lag, other)
            if not others and lag.reached < (lag.stream.last or 0):
                self.keep(user, lag.stream.key, lag.stream.name, lag.reached + 1)
        if others and (way.is_looking or any(lag.has_waited for lag in letters)):
            self._look(others[0], user)
