"""How far accounts have read, and which rooms are theirs. Knows no wire."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from chat.accounts.directory import Account
from chat.history.account_records import AccountStore, Bookmark
from chat.history.store import StoreError
from chat.history.write_behind import WriteBehind
from chat.realm.session import Session
from chat.realm.user import User
from chat.vocabulary.errors import ChatError


class Marks:
    """Keeps how far accounts have read, and their rooms.

    store: where that is kept.
    write: brings changes of that to the store.
    most: how many rooms are remembered of an account.
    """

    def __init__(self, store: AccountStore, write: WriteBehind, most: int) -> None:
        self._store = store
        self._write = write
        self._most = most

    def recall(self, account: Account) -> Deferred[None]:
        """Fires when it is known which rooms are an account's. Fails with ChatError: no-accounts"""

        def recalled(bookmarks: list[Bookmark]) -> None:
            if account.rooms is None:
                account.rooms = {each.key: each.name for each in bookmarks if each.is_joined}

        if account.rooms is not None:
            return succeed(None)
        return self._store.bookmarks(account.key).addCallbacks(recalled, _refuse)

    def join(self, session: Session, user: User, key: str, name: str) -> None:
        """A room is one of the user's from now on, if they have an account."""
        rooms = user.account.rooms if user.account else None
        if rooms is not None and key not in rooms and len(rooms) < self._most:
            rooms[key] = name
            self._write.take(lambda: self._store.join(user.key, {key: name}), session.connection)

    def leave(self, session: Session, user: User, key: str) -> bool:
        """A room is not one of the user's any more; returns whether it was."""
        rooms = user.account.rooms if user.account else None
        if rooms is None or key not in rooms:
            return False
        del rooms[key]
        self._write.take(lambda: self._store.leave(user.key, key), session.connection)
        return True

    def keep(self, user: User) -> Deferred[None]:
        """Have stored how far a user has read; fires when that is done. Fails with StoreError."""
        if not user.marks:
            return succeed(None)
        marks, user.marks = user.marks, {}
        kept = self._store.mark(user.key, marks)
        return kept.addErrback(self._keep_later, user, marks)

    def _keep_later(
        self, failure: Failure, user: User, marks: dict[str, tuple[str, int]]
    ) -> Failure:
        for key, (name, number) in marks.items():
            user.mark(key, name, number)
        return failure

    def go(self, session: Session, user: User) -> None:
        """A session of an account goes: what it was sent has been read, where that joins up with
        what had been read before, unless its client says itself what was read."""
        if user.marks:
            marks, user.marks = user.marks, {}
            self._write.take(lambda: self._store.mark(user.key, marks))
        if session.device is None or session.says_read:
            return
        lags = session.catching_up.lags if session.catching_up else {}
        for audience in session.audiences:
            since, lag = session.device.since.get(audience.key), lags.get(audience.key)
            since = audience.first if since is None else since
            number = lag.number if lag else audience.last
            self._read_on(user, audience.key, audience.name, since, number)
        for key, (name, number) in session.device.sent.items():
            self._read_on(user, key, name, session.device.letters[key] - 1, number)

    def _read_on(
        self, user: User, key: str, name: str, since: int | None, number: int | None
    ) -> None:
        """A place has been read from behind `since` up to a number, if both are known."""
        if since is not None and number is not None and number > since:
            read, after = number, since
            self._write.take(lambda: self._store.read_on(user.key, key, name, after, read))


def _refuse(failure: Failure) -> None:
    failure.trap(StoreError)
    raise ChatError("no-accounts")
