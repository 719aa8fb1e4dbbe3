"""Whose name is whose: all accounts, in memory. Knows no connections; it passes passwords on to the
store unseen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger

from chat.history.account_records import AccountChanges, AccountStore, Record
from chat.history.poller import Poller
from chat.history.store import StoreError
from chat.vocabulary.clock import Clock
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.limits import ACCOUNTS_PER_STEP
from chat.vocabulary.names import Name, key_of

log = Logger()


class Account(Struct, eq=False, gc=False):
    """A username that is owned. There is one object for it, as long as it is owned.

    key, name: the username, as in chat.vocabulary.names.Name.
    since, is_disabled, secret: see Record.
    is_operator: by its record, or by the configuration.
    rooms: the names of its rooms by their keys, once they are known.
    """

    key: str
    name: str
    since: int
    is_disabled: bool = False
    secret: int = 0
    is_operator: bool = False
    rooms: dict[str, str] | None = None


class Directory:
    """All accounts, as of less than a second ago.

    What is done through it is known once its Deferred has fired. What other processes do is known
    once it has looked, which it does every ACCOUNTS_SECONDS from `start` on.

    store: keeps them.
    clock: for the waiting, and to know when a turn is over.
    operators: keys of usernames that are operators as soon as they are accounts.
    """

    def __init__(self, store: AccountStore, clock: Clock, operators: Collection[str] = ()) -> None:
        self.appeared: Callable[[Account], object] = _nobody
        """Called when an account is new."""
        self.signed_out: Callable[[Account], object] = _nobody
        """Called when an account is none any more, is disabled, or has a new secret."""
        self.changed_rights: Callable[[Account], object] = _nobody
        """Called when an account that was there before may act as an operator, or may not any more:
        it was made one or is none now; or an operator's was enabled or disabled."""
        self._store = store
        self._operators = frozenset(operators)
        self._accounts: dict[str, Account] = {}
        self._likenesses = Likenesses(is_strict=True)
        self._given_up: dict[str, int] = {}  # since when those names are nobody's
        self._looking = Poller(self._ask, self._take, clock, "changes of accounts")

    def get(self, key: str) -> Account | None:
        """The account of a username, by its key; a disabled one as well."""
        return self._accounts.get(key)

    def since(self, key: str) -> int:
        """From when on what was said under a username, by its key, belongs to whoever has it now;
        in ms since 1970 UTC."""
        account = self._accounts.get(key)
        return account.since if account else self._given_up.get(key, 0)

    def behind(self, username: str, at: int) -> str:
        """The account whose name somebody had at that time, in ms since 1970 UTC; empty for a
        guest."""
        account = self._accounts.get(key_of(username))
        return account.name if account and at >= account.since else ""

    def alike(self, shown: str) -> bool:
        """Whether another account's name looks like that one."""
        return self._likenesses.is_taken(shown)

    def before(self, since: int) -> set[str]:
        """The accounts, by key, that were there before that time, in ms since 1970 UTC."""
        return {key for key, account in self._accounts.items() if account.since < since}

    def is_reserved(self, key: str) -> bool:
        """Whether a username, by its key, is that of an operator and no account yet: whoever took
        it would be an operator."""
        return key in self._operators and key not in self._accounts

    def create(self, name: Name, password: str | None, since: int) -> Deferred[Account | None]:
        """Make an account, as AccountStore does; None if there is one already.

        Fails with StoreError.
        """
        return self._create(name, password, since)

    def give_up(self, account: Account, since: int) -> Deferred[None]:
        """An account's name is nobody's any more, as AccountStore has it. Fails with StoreError."""
        return self._give_up(account, since)

    def load(self) -> Deferred[None]:
        """Look what has changed. Fires once all is known that had when this was called.

        Fails with StoreError.
        """
        return self._looking.load()

    def start(self) -> None:
        """Look every ACCOUNTS_SECONDS from now on."""
        self._looking.start()

    def stop(self) -> None:
        """Look no more."""
        self._looking.stop()

    @inlineCallbacks
    def _create(
        self, name: Name, password: str | None, since: int
    ) -> Generator[Deferred[Any], Any, Account | None]:
        made = yield self._store.create(name.key, name.shown, password, since)
        try:
            yield self.load()
        except StoreError:  # it is there all the same
            if made:
                self._note(Record(name.key, name.shown, since))
        return self._accounts.get(name.key) if made else None

    @inlineCallbacks
    def _give_up(self, account: Account, since: int) -> Generator[Deferred[Any], Any, None]:
        yield self._store.give_up(account.key, since)
        yield self.load()

    def _ask(self, after: tuple[int, int] | None) -> Deferred[AccountChanges]:
        return self._store.changes(after)

    def _take(self, changes: AccountChanges) -> Iterator[None]:
        """Know what has changed, in steps."""
        there = set()
        for number, record in enumerate(changes.records, 1):
            self._note(record)
            if changes.is_all:
                there.add(record.key)
            if number % ACCOUNTS_PER_STEP == 0:
                yield
        if not changes.is_all:
            return
        for number, key in enumerate([*self._accounts, *self._given_up], 1):
            if key not in there:
                self._given_up.pop(key, None)
                self._remove(key)
            if number % ACCOUNTS_PER_STEP == 0:
                yield

    def _note(self, record: Record) -> None:
        account = self._accounts.get(record.key)
        if account is not None and not (record.is_owned and record.since == account.since):
            self._remove(record.key)
            account = None
        if not record.is_owned:
            self._given_up[record.key] = record.since
        elif account is None:
            self._given_up.pop(record.key, None)
            self._add(record)
        else:
            self._change(account, record)

    def _change(self, account: Account, record: Record) -> None:
        is_out = record.is_disabled or record.secret != account.secret
        had_rights = account.is_operator and not account.is_disabled
        account.is_disabled, account.secret = record.is_disabled, record.secret
        account.is_operator = self._is_operator(record)
        if (account.is_operator and not account.is_disabled) != had_rights:
            self._tell(self.changed_rights, account, "somebody's rights could not be changed")
        if is_out:
            self._tell(self.signed_out, account)

    def _is_operator(self, record: Record) -> bool:
        return record.is_operator or record.key in self._operators

    def _add(self, record: Record) -> None:
        key = record.key
        name = key if record.name == key else record.name  # one string for both
        account = Account(key, name, record.since, record.is_disabled, record.secret)
        account.is_operator = self._is_operator(record)
        self._accounts[key] = account
        self._likenesses.add(name)
        self._tell(self.appeared, account)

    def _remove(self, key: str) -> None:
        account = self._accounts.pop(key, None)
        if account is None:
            return
        self._likenesses.remove(account.name)
        self._tell(self.signed_out, account)

    def _tell(
        self,
        callback: Callable[[Account], object],
        account: Account,
        mishap: str = "somebody could not be signed out",
    ) -> None:
        try:
            callback(account)
        except Exception:
            log.failure(mishap)


def _nobody(account: Account) -> None:
    """Nobody is here."""
