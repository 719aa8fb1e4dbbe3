"""All users: who comes under which name, registers, and goes. Knows no rooms."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.accounts.directory import Account, Directory
from chat.realm.session import Session
from chat.realm.user import Device, User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.limits import CONNECTIONS_PER_ACCOUNT
from chat.vocabulary.names import Name, username
from chat.vocabulary.writing.readings import check_is_name, unmarked


class Doorkeeper(Protocol):
    """Lets people prove that a name is theirs, and make it so: see chat.accounts.portal."""

    def prove(self, origin: str, word: str, secret: str, /) -> Deferred[Account]:
        """Somebody at an address gives a username and its password; the account."""

    def register(self, name: Name, secret: str, since: int, origin: str, /) -> Deferred[Account]:
        """Make a username an account, with that password."""

    def change(self, account: Account, origin: str, old: str, new: str, /) -> Deferred[None]:
        """Replace the password of an account."""

    def give_up(self, account: Account, origin: str, secret: str, /) -> Deferred[None]:
        """Make an account's name nobody's again."""


class People:
    """All users.

    accounts: whose names are owned.
    doorkeeper: has their owners prove that.
    now: the time in seconds since 1970 UTC.
    """

    def __init__(
        self, accounts: Directory, doorkeeper: Doorkeeper, now: Callable[[], float]
    ) -> None:
        self.users: dict[str, User] = {}
        self.accounts = accounts
        self.doorkeeper = doorkeeper
        self._now = now
        self._likenesses = Likenesses()
        self._changing: dict[str, Session] = {}  # where an account is made, or ended, now

    def come(self, session: Session, word: str) -> User:
        """Somebody says who they are: nothing, if they have proved that.

        Raises ChatError: missing-username, invalid-username, ambiguous-username, username-taken,
        username-alike, password-required, already-logged-in, signed-out, too-many-connections.
        """
        self.check_may_come(session, word)
        device = session.device
        if device is None:
            user = self._add(username(word), None)
            user.listeners.append(session)
        else:
            user = self._come_as(device.account)
        user.sessions[session] = None
        return user

    def check_may_come(self, session: Session, word: str) -> None:
        """Whether somebody may come under the name that they say. Raises ChatError as `come`
        does."""
        device = session.device
        if device is None:
            self._check_is_free(username(word))
            return
        account = device.account
        if word and username(word).key != account.key:
            raise ChatError("already-logged-in")
        is_valid = self.accounts.get(account.key) is account and account.secret == device.proof
        if not is_valid or account.is_disabled:
            raise ChatError("signed-out")
        user = self.users.get(account.key)
        is_its = user is not None and user.account is account
        if user is not None and is_its and len(user.sessions) >= CONNECTIONS_PER_ACCOUNT:
            raise ChatError("too-many-connections")

    def go(self, session: Session, user: User) -> None:
        """A connection of a user is gone; with the last one their name is free."""
        del user.sessions[session]
        if not user.sessions:
            del self.users[user.key]
            self._likenesses.remove(user.name)

    def changed(self, account: Account) -> None:
        """An account is new, or none any more, is disabled, or has a new secret: whoever is here
        under its name, and has not just brought that about, has to prove anew who they are."""
        user = self.users.get(account.key)
        if user is not None:
            _sign_out(user, self._changing.get(account.key))

    @inlineCallbacks
    def register(
        self, session: Session, user: User, password: str
    ) -> Generator[Deferred[Any], Any, None]:
        """A guest's name becomes an account, with all that was said to them since they came.

        Fails with ChatError as Doorkeeper.register does: already-registered, bad-password, ...
        """
        if user.account is not None or user.key in self._changing:
            raise ChatError("already-registered")
        if self.accounts.is_reserved(user.key):
            raise ChatError("not-allowed")
        name, origin = Name(user.name, user.key), session.connection.origin
        since = max(user.since, self.accounts.since(user.key))
        self._changing[user.key] = session
        try:
            account = yield self.doorkeeper.register(name, password, since, origin)
        finally:
            del self._changing[user.key]
        account.rooms = {}
        if not session.ended:
            user.account = account
            session.device = Device(account, account.secret)

    @inlineCallbacks
    def unregister(
        self, session: Session, user: User, password: str
    ) -> Generator[Deferred[Any], Any, None]:
        """An account becomes a guest, at this connection.

        Fails with ChatError as Doorkeeper.give_up does: wrong-password, too-many-tries, ...;
        account-required.
        """
        account = user.account
        if account is None or user.key in self._changing:
            raise ChatError("account-required")
        self._changing[user.key] = session
        try:
            yield self.doorkeeper.give_up(account, session.connection.origin, password)
        finally:
            del self._changing[user.key]
        if not session.ended:
            user.be_guest()
            session.device = None

    @inlineCallbacks
    def change_password(
        self, session: Session, user: User, old: str, new: str
    ) -> Generator[Deferred[Any], Any, None]:
        """An account has another password. All other connections have to prove anew who they are.

        Fails with ChatError as Doorkeeper.change does: wrong-password, bad-password, ...;
        account-required.
        """
        if user.account is None:
            raise ChatError("account-required")
        yield self.doorkeeper.change(user.account, session.connection.origin, old, new)
        _sign_out(user, session)

    def private_since(self, user: User) -> int:
        """The time since when direct messages to a user's name are theirs: before, it was somebody
        else's. In ms since 1970 UTC."""
        return self.accounts.since(user.key)

    def addressee(self, word: str) -> tuple[Name, User | None]:
        """Whom a direct message is for: their name, and the user if they are here. One whose
        account is disabled is away, like others: that is told to nobody.

        Raises ChatError: missing-username, invalid-username, user-not-found.
        """
        key = username(word).key
        other, account = self.users.get(key), self.accounts.get(key)
        if other is not None and other.account is account:
            return Name(other.name, key), other
        if account is None:
            raise ChatError("user-not-found", word)
        return Name(account.name, key), None

    def is_here(self, word: str) -> bool:
        """Whether a word is the name of somebody who is here."""
        with suppress(ChatError):
            return username(unmarked(word)).key in self.users
        return False

    def may_be_meant(self, word: str) -> bool:
        """Whether a word may mean somebody: who is here, or is registered; or an address."""
        with suppress(ChatError):
            if self.accounts.get(username(unmarked(word)).key) or self.is_here(word):
                return True
        return word[0] in "@#" or "/" in word or ":" in word or word[0].isdecimal()

    def _check_is_free(self, name: Name) -> None:
        if self.accounts.get(name.key):
            raise ChatError("password-required")
        check_is_name(name)
        if name.key in self.users:
            raise ChatError("username-taken")
        if self._likenesses.is_taken(name.shown) or self.accounts.alike(name.shown):
            raise ChatError("username-alike")

    def _come_as(self, account: Account) -> User:
        """The user of an account, which may be here already."""
        user = self.users.get(account.key)
        if user is not None and user.account is not account:  # here since before this account
            _sign_out(user)
            user = None
        return user or self._add(Name(account.name, account.key), account)

    def _add(self, name: Name, account: Account | None) -> User:
        user = self.users[name.key] = User(name, int(self._now() * 1000), account)
        self._likenesses.add(name.shown)
        return user


def _sign_out(user: User, but: Session | None = None) -> None:
    """All connections of a user but one have to prove anew who they are."""
    for session in list(user.sessions):
        if session is not but:
            session.sign_out()
