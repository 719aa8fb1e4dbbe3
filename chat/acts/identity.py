"""What somebody does to have a username, or to have it no longer: proves, registers, changes its
password, gives it up. Knows no checkers, and of a wire only whether others can read it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure

from chat.accounts.directory import Account
from chat.realm.realm import Realm
from chat.realm.session import Session
from chat.realm.user import Device, user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import key_of

T = TypeVar("T")


class Identity:
    """Every method is somebody's act at one session. Passwords are for wires that nobody else can
    read: each raises ChatError: tls-required, before anything else."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm

    def check_is_private(self, session: Session) -> None:
        """Raises ChatError: tls-required."""
        if not (session.connection.is_private or self._realm.settings.takes_plaintext):
            raise ChatError("tls-required")

    def prove(self, session: Session, username: str, password: str) -> Deferred[Account]:
        """Somebody proves that a username is theirs, with its password; fires with the account.

        Fails with ChatError: wrong-password, too-many-tries, no-accounts.
        """
        self.check_is_private(session)
        account = self._realm.people.accounts.get(key_of(username))
        known = account.name if account else ""  # whoever types both in one place types a password
        return _noted(session, "proved", known, self._prove(session, username, password))

    @inlineCallbacks
    def _prove(
        self, session: Session, username: str, password: str
    ) -> Generator[Deferred[Any], Any, Account]:
        origin = session.connection.origin
        account: Account = yield self._realm.people.doorkeeper.prove(origin, username, password)
        device = Device(account, account.secret)
        yield self._realm.marks.recall(account)
        session.device = device
        return account

    def register(self, session: Session, password: str) -> Deferred[None]:
        """A guest's name becomes an account, with their rooms. Fails as People.register does."""
        self.check_is_private(session)
        user, realm = user_of(session), self._realm

        def remember(_: None) -> None:
            for key in user.joined:
                realm.marks.join(session, user, key, user.rooms[key].name)
            realm.membership.look_again(user)

        registered = realm.people.register(session, user, password).addCallback(remember)
        return _noted(session, "registered", user.name, registered)

    def change_password(self, session: Session, old: str, new: str) -> Deferred[None]:
        """An account has another password; its other connections are sent away. Fails as
        People.change_password does."""
        self.check_is_private(session)
        user = user_of(session)
        changed = self._realm.people.change_password(session, user, old, new)
        return _noted(session, "password-changed", user.name, changed)

    def unregister(
        self, session: Session, password: str, done: Callable[[], object]
    ) -> Deferred[None]:
        """An account's name is nobody's any more. `done` is called once that is so: only then is
        the user sent out of where guests may not be. Fails as People.unregister does."""
        self.check_is_private(session)
        user, realm = user_of(session), self._realm

        def go_on(_: None) -> None:
            if not session.ended:
                done()
                realm.membership.look_again(user)

        given_up = realm.people.unregister(session, user, password).addCallback(go_on)
        return _noted(session, "given-up", user.name, given_up)


def _noted(session: Session, deed: str, username: str, done: Deferred[T]) -> Deferred[T]:
    """The same, with a note of what has become of it, by whichever connection it was asked for.
    username: of an account, or empty where it is not known to be one."""
    note = session.connection.note

    def succeeded(result: T) -> T:
        note(deed, result.name if isinstance(result, Account) else username)
        return result

    def failed(failure: Failure) -> Failure:
        if isinstance(failure.value, ChatError):
            note(failure.value.code, username)
        return failure

    return done.addCallbacks(succeeded, failed)
