"""What accounts are told, and have read, when they come back. Knows no wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.accounts.directory import Account
from chat.accounts.store import AccountStore, Place
from chat.catchup import CatchUp, Lag, Letters
from chat.errors import ChatError
from chat.history.store import StoreError
from chat.session import GONE, Session
from chat.user import User

log = Logger()


class Away:
    """Keeps direct messages for who is away, and how far everyone has read.

    store: where it is kept.
    way: the way back of a session that has not been sent all that it hears, which it gets.
    settled: returns what fires when all that has been accepted by then has been told.
    """

    def __init__(
        self,
        store: AccountStore,
        way: Callable[[Session], CatchUp],
        settled: Callable[[], Deferred[None]],
    ) -> None:
        self._store = store
        self._way = way
        self._settled = settled

    def begin(self, user: User, key: str, name: str, number: int) -> None:
        """Somebody has said something in a conversation of an account: it is a place of it."""
        if key not in user.conversations:
            user.conversations[key] = None
            _do(self._store.begin(user.key, key, name, number))

    def keep(self, user: User, key: str, name: str, number: int) -> None:
        """An account could not be told a message, nor those after it."""
        _do(self._store.wait(user.key, key, name, number))

    def come(self, session: Session, user: User) -> None:
        """A session of an account has come: send it what waits for the account, if it is the first
        one; if not, what another one has not been sent yet, as that one may never be."""
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
        found = self._store.places(user.key).addCallback(self._after_all_that_is_stored)
        found.addCallback(partial(self._found, session, user))
        found.addErrback(self._not_found, session)
        found.addErrback(lambda failure: session.connection.fail(failure))
        found.addCallback(lambda _: way.found())

    def _pass_on(self, lag: Lag, session: Session) -> None:
        """Send a session letters that another one has not been sent, if it has heard none of that
        conversation."""
        place, way = lag.place, self._way(session)
        if not isinstance(place, Letters) or place.key in session.letters or place.key in way.lags:
            way.end()
            return
        letters = Letters(place.key, place.name, lag.reached + 1)
        letters.last = place.last
        session.letters[place.key] = lag.reached + 1
        way.lags[place.key] = same = Lag(letters, lag.reached)
        way.start(same)

    def _after_all_that_is_stored(self, places: list[Place]) -> Deferred[list[Place]]:
        """What is stored may be just about to be told."""
        return self._settled().addCallback(lambda _: places)

    def _found(self, session: Session, user: User, places: list[Place]) -> None:
        """It hears those of each place in their order: where it has heard later ones, those that
        are left have to wait for the next coming."""
        way = self._way(session)
        for place in places:
            came, first = way.lags.get(place.key), session.letters.get(place.key)
            is_late = first is not None and (came is None or came.reached + 1 != first)
            if not place.waiting or is_late:
                continue
            first = min(place.waiting, first or place.waiting)
            session.letters[place.key] = first
            lag = Lag(Letters(place.key, place.name, first), first - 1)
            lag.place.last = max(place.last, place.waiting, (came and came.place.last) or 0)
            lag.has_waited = True
            lag.caught_up = partial(self._told, session, user, lag)
            way.lags[place.key] = lag

    def _not_found(self, failure: Failure, session: Session) -> None:
        failure.trap(StoreError)
        session.write(session.dialect.refusal(ChatError("no-history")))

    def _told(self, session: Session, user: User, lag: Lag) -> None:
        session.sent[lag.place.key] = (lag.place.name, lag.reached)
        _do(self._store.told(user.key, lag.place.key, lag.reached))

    def recall(self, account: Account) -> Deferred[None]:
        """Fires when it is known which rooms are an account's."""

        def recalled(places: list[Place]) -> None:
            if account.rooms is None:
                account.rooms = {place.key: place.name for place in places if place.is_joined}

        if account.rooms is not None:
            return succeed(None)
        found = self._store.places(account.key).addCallback(recalled)
        return found.addErrback(_refuse)

    def join_room(self, user: User, key: str, name: str) -> None:
        """A room is one of the account's."""
        _do(self._store.join(user.key, {key: name}))

    def leave_room(self, user: User, key: str) -> None:
        """It is not any more."""
        _do(self._store.leave(user.key, key))

    def go(self, session: Session, user: User) -> None:
        """A session of an account has gone. Others are sent what it has not been sent, or it is
        kept."""
        way, others = session.catching_up, user.reachable
        if way is None:
            return
        letters = [lag for lag in way.lags.values() if isinstance(lag.place, Letters)]
        for lag in letters:
            if lag.has_waited:
                _do(self._store.told(user.key, lag.place.key, lag.reached))
            for other in () if lag.has_waited else others:
                self._pass_on(lag, other)
            if not others and lag.reached < (lag.place.last or 0):
                self.keep(user, lag.place.key, lag.place.name, lag.reached + 1)
        if others and (way.is_looking or any(lag.has_waited for lag in letters)):
            self._look(others[0], user)

    def mark(self, user: User) -> Deferred[None] | None:
        """Have stored what has been read; fires when it is, if there is something."""
        if not user.marks:
            return None
        marks, user.marks = user.marks, {}
        return self._store.mark(user.key, marks)

    def mark_what_was_sent(self, session: Session, user: User) -> None:
        """A session goes: what it was sent has been read, unless its client tells that itself."""
        if not session.marks_itself:
            user.marks.update(session.sent)
            lags = session.catching_up.lags if session.catching_up else {}
            for audience in session.audiences:
                lag = lags.get(audience.key)
                number = lag.number if lag else audience.last
                if number:
                    user.marks[audience.key] = (audience.name, number)
        if marked := self.mark(user):
            _do(marked)


def _do(done: Deferred[Any]) -> None:
    """What the store can't do now is not done."""
    done.addErrback(_say)


def _refuse(failure: Failure) -> None:
    failure.trap(StoreError)
    raise ChatError("no-accounts")


def _say(failure: Failure) -> None:
    if failure.check(StoreError):
        log.warn("what an account has read, or was told, was not noted: {why}", why=failure.value)
    else:
        log.failure("what an account has read, or was told, was not noted", failure)
