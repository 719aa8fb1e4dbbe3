"""The way to an account: somebody proves that it is theirs, registers it, or gives it up. Knows no
wire."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

from twisted.cred.checkers import ICredentialsChecker, InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import LoginFailed, Unauthorized, UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

from chat.accounts.checker import StoreChecker, report
from chat.accounts.directory import Account, Directory
from chat.accounts.passwords import Hashing, password
from chat.accounts.tries import Tries
from chat.history.account_records import AccountStore
from chat.history.store import StoreError
from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.names import Name, key_of, username


class IAccount(Interface):
    """A chat.accounts.directory.Account."""


@implementer(IRealm)
class Accounts:
    """The realm of twisted.cred: whom a checker knows has an account here.

    now: the time in seconds since 1970 UTC.
    makes: whether somebody without an account gets one.
    """

    def __init__(self, directory: Directory, now: Callable[[], float], makes: bool) -> None:
        self._directory = directory
        self._now = now
        self._makes = makes

    @inlineCallbacks
    def requestAvatar(
        self, avatar: object, mind: object, *interfaces: type[Interface]
    ) -> Generator[Deferred[Any], Any, tuple[type[Interface], object, Callable[[], None]]]:
        """The account of a username, in bytes or text, as it is in the store now.

        Fails with UnauthorizedLogin, StoreError, or ChatError: invalid-username, username-alike.
        """
        if IAccount not in interfaces:
            raise NotImplementedError("there are only accounts here")
        if isinstance(avatar, bytes):
            avatar = avatar.decode(errors="replace")
        if not isinstance(avatar, str):
            raise UnauthorizedLogin
        yield self._directory.load()
        account = self._directory.get(key_of(avatar))
        if account is None and self._makes:
            account = yield self._make(username(avatar))
        if account is None or account.is_disabled:
            raise UnauthorizedLogin
        return IAccount, account, _nothing

    def _make(self, name: Name) -> Deferred[Account | None]:
        if self._directory.alike(name.shown):
            raise ChatError("username-alike")
        return self._directory.create(name, None, int(self._now() * 1000))


class _Checker(Protocol):
    """What a checker does: see ICredentialsChecker."""

    def requestAvatarId(self, credentials: Any, /) -> Any: ...


@implementer(ICredentialsChecker)
class Several:
    """Checkers that are asked in turn, until one knows somebody."""

    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, checkers: Sequence[_Checker]) -> None:
        self._checkers = [_in_bytes(checker) for checker in checkers]

    @inlineCallbacks
    def requestAvatarId(self, credentials: Any) -> Generator[Deferred[Any], Any, Any]:
        """Whom the first checker knows that knows somebody. Fails with UnauthorizedLogin."""
        for checker in self._checkers:
            try:
                return (yield maybeDeferred(checker.requestAvatarId, credentials))
            except (LoginFailed, Unauthorized):
                continue
        raise UnauthorizedLogin


class Doorkeeper:
    """Lets people prove that a name is theirs, and make it so.

    All that fails does so with ChatError: no-accounts (the store can't tell now, or there is too
    much to do), server-error, and what is named at each method. No password is in any of them.

    store, directory: of accounts.
    hashing, tries: of passwords.
    now: the time in seconds since 1970 UTC.
    checkers: who checks passwords, in turn, instead of the store; passwords can't be changed here
        then.
    registers: whether people may register.
    """

    def __init__(
        self,
        store: AccountStore,
        directory: Directory,
        hashing: Hashing,
        tries: Tries,
        now: Callable[[], float],
        checkers: Sequence[_Checker] = (),
        registers: bool = True,
    ) -> None:
        self._store = store
        self._directory = directory
        self._hashing = hashing
        self._tries = tries
        self._checker = None if checkers else StoreChecker(store, hashing)
        self._registers = registers
        self._now = now
        self._registering = Likenesses(is_strict=True)  # names, while their passwords are hashed
        realm = Accounts(directory, now, makes=bool(checkers))
        self._portal = Portal(realm, [self._checker or Several(checkers)])

    def prove(self, origin: str, word: str, secret: str) -> Deferred[Account]:
        """Somebody at an address gives a username and its password; the account.

        origin: the address, or as much of it as one person has at their disposal.

        Fails with ChatError: missing-username, invalid-username, wrong-password, too-many-tries.
        """
        return _clean(self._prove(origin, word, secret))

    def register(self, name: Name, secret: str, since: int, origin: str = "") -> Deferred[Account]:
        """Make a username an account, with that password.

        since: what was said under that name from then on is its owner's, in ms since 1970 UTC.
        origin: from where; whoever guesses from elsewhere keeps nobody out there.

        Fails with ChatError: not-allowed, already-registered, username-alike, bad-password,
        too-many-accounts, too-many-tries.
        """
        return _clean(self._register(name, secret, since, origin))

    def change(self, account: Account, origin: str, old: str, new: str) -> Deferred[None]:
        """Replace the password of an account.

        Fails with ChatError: not-allowed, bad-password (the new one), wrong-password,
        too-many-tries.
        """
        return _clean(self._change(account, origin, old, new))

    def give_up(self, account: Account, origin: str, secret: str) -> Deferred[None]:
        """Make an account's name nobody's again. What was said to that name until then is not its
        next owner's.

        Fails with ChatError: not-allowed, wrong-password, too-many-tries.
        """
        return _clean(self._give_up(account, origin, secret))

    @inlineCallbacks
    def _prove(self, origin: str, word: str, secret: str) -> Generator[Deferred[Any], Any, Account]:
        name = username(word)
        account = yield self._try(origin, name.key, lambda: self._log_in(name, secret))
        assert isinstance(account, Account)
        return account

    @inlineCallbacks
    def _log_in(self, name: Name, secret: str) -> Generator[Deferred[Any], Any, Account]:
        """Have a password checked, once more where the account has been changed meanwhile."""
        credentials = UsernamePassword(name.shown.encode(), secret.encode())
        while True:
            before = self._directory.get(name.key)
            proof = before and before.secret
            _, account, _ = yield self._portal.login(credentials, None, IAccount)
            assert isinstance(account, Account)
            if self._checker is None or (account is before and account.secret == proof):
                return account

    @inlineCallbacks
    def _register(
        self, name: Name, secret: str, since: int, origin: str
    ) -> Generator[Deferred[Any], Any, Account]:
        if self._checker is None or not self._registers:
            raise ChatError("not-allowed")
        if self._directory.get(name.key):
            raise ChatError("already-registered")
        if self._directory.alike(name.shown) or self._registering.is_taken(name.shown):
            raise ChatError("username-alike")
        prepared = password(secret, name.shown)
        self._registering.add(name.shown)
        try:
            account = yield self._tries.register(origin, lambda: self._make(name, prepared, since))
        finally:
            self._registering.remove(name.shown)
        self._tries.remember(origin, name.key)
        assert isinstance(account, Account)
        return account

    @inlineCallbacks
    def _make(
        self, name: Name, prepared: str, since: int
    ) -> Generator[Deferred[Any], Any, Account]:
        stored = yield self._hashing.hashed(prepared)
        account = yield self._directory.create(name, stored, since)
        if account is None:
            raise ChatError("already-registered")
        assert isinstance(account, Account)
        return account

    @inlineCallbacks
    def _change(
        self, account: Account, origin: str, old: str, new: str
    ) -> Generator[Deferred[Any], Any, None]:
        checker = self._own_checker()
        prepared = password(new, account.name)

        @inlineCallbacks
        def replace() -> Generator[Deferred[Any], Any, None]:
            is_done = False
            while not is_done:  # unless it has been hashed anew meanwhile
                before = yield checker.hash_of(account.key, old)
                after = yield self._hashing.hashed(prepared)
                is_done = yield self._store.set_password(account.key, before, after)

        yield self._try(origin, account.key, replace)

    @inlineCallbacks
    def _give_up(
        self, account: Account, origin: str, secret: str
    ) -> Generator[Deferred[Any], Any, None]:
        checker = self._own_checker()
        yield self._try(origin, account.key, lambda: checker.hash_of(account.key, secret))
        yield self._directory.give_up(account, int(self._now() * 1000))

    def _own_checker(self) -> StoreChecker:
        """The store's checker. Raises ChatError: not-allowed."""
        if self._checker is None:
            raise ChatError("not-allowed")
        return self._checker

    def _try(self, origin: str, key: str, check: Callable[[], Deferred[Any]]) -> Deferred[Any]:
        return self._tries.check(origin, key, lambda: _clean(check()))


def _clean(done: Deferred[Any]) -> Deferred[Any]:
    """What fails does so with a ChatError and no traceback: in that there are passwords."""
    return done.addErrback(_cleaned)


def _cleaned(failure: Failure) -> Failure:
    error = failure.value
    if isinstance(error, ChatError):
        return Failure(ChatError(error.code, error.word))
    if isinstance(error, (LoginFailed, Unauthorized)):
        return Failure(ChatError("wrong-password"))
    if isinstance(error, StoreError):
        return Failure(ChatError("no-accounts"))
    report("something went wrong with a password", failure)
    return Failure(ChatError("server-error"))


def _in_bytes(checker: _Checker) -> _Checker:
    """What `--auth memory:` makes has text where all others have bytes."""
    if not isinstance(checker, InMemoryUsernamePasswordDatabaseDontUse):
        return checker
    same = InMemoryUsernamePasswordDatabaseDontUse()
    for name, word in checker.users.items():
        same.addUser(*(each.encode() if isinstance(each, str) else each for each in (name, word)))
    return same


def _nothing() -> None:
    """Whoever goes takes nothing with them."""
