"""Whose name is whose: all accounts, in memory. Knows no passwords, no connections, no storage."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from chat.accounts.store import AccountStore, Changes, Record
from chat.history.store import StoreError
from chat.journal import Clock
from chat.likeness import Likenesses
from chat.limits import ACCOUNTS_PER_STEP, ACCOUNTS_SECONDS, TURN_SECONDS
from chat.names import Name

log = Logger()


class Account(Struct, eq=False, gc=False):
    """A username that is owned. There is one object for it, as long as it is.

    key, name: the username, as in chat.names.Name.
    since, is_disabled, secret: see Record.
    rooms: the names of its rooms by their keys, once they are known.
    """

    key: str
    name: str
    since: int
    is_disabled: bool = False
    secret: int = 0
    rooms: dict[str, str] | None = None


class Directory:
    """All accounts, as of less than a second ago.

    What is done through it is known once its Deferred has fired. What other processes do is known
    once it has looked, which it does every ACCOUNTS_SECONDS from `start` on.

    store: keeps them.
    clock: for the waiting, and to know when a turn is over.
    """

    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self.appeared: Callable[[Account], object] = _nobody
        """Called when an account is new."""
        self.signed_out: Callable[[Account], object] = _nobody
        """Called when an account is none any more, is disabled, or has a new secret."""
        self._store = store
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._likenesses = Likenesses(is_strict=True)
        self._given_up: dict[str, int] = {}  # since when those names are nobody's
        self._revision: tuple[int, int] | None = None
        self._loading: list[Deferred[None]] = []
        self._busy = False
        self._stopped = False
        self._failing = False

    def get(self, key: str) -> Account | None:
        """The account of a username, by its key; a disabled one as well."""
        return self._accounts.get(key)

    def since(self, key: str) -> int:
        """From when on what was said under a username, by its key, belongs to whoever has it now;
        in ms since 1970 UTC."""
        account = self._accounts.get(key)
        return account.since if account else self._given_up.get(key, 0)

    def alike(self, shown: str) -> bool:
        """Whether another account's name looks like that one."""
        return self._likenesses.is_taken(shown)

    def create(self, name: Name, password: str | None, since: int) -> Deferred[Account | None]:
        """Make an account, as AccountStore does; None if there is one already.

        Fails with StoreError.
        """
        return self._create(name, password, since)

    def give_up(self, account: Account, since: int) -> Deferred[None]:
        """The name is nobody's any more, as AccountStore has it. Fails with StoreError."""
        return self._give_up(account, since)

    def load(self) -> Deferred[None]:
        """Look what has changed. Fires once all is known that had when this was called.

        Fails with StoreError.
        """
        done: Deferred[None] = Deferred()
        self._loading.append(done)
        if not self._busy:
            self._load_all()
        return done

    def start(self) -> None:
        """Look every ACCOUNTS_SECONDS from now on."""
        self._clock.callLater(ACCOUNTS_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True

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

    @inlineCallbacks
    def _load_all(self) -> Generator[Deferred[Any], Any, None]:
        """Ask the store, once at a time, as long as somebody waits for it."""
        self._busy = True
        while self._loading:
            loading, self._loading = self._loading, []
            try:
                changes = yield self._store.changes(self._revision)
                yield from self._in_turns(self._take(changes))
                self._revision = changes.revision
            except Exception:
                failure = Failure()
                for done in loading:
                    done.errback(failure)
            else:
                for done in loading:
                    done.callback(None)
        self._busy = False

    def _in_turns(self, steps: Iterator[None]) -> Generator[Deferred[None], Any, None]:
        """Go through the steps, as long as a turn of the reactor may take, and then in others."""
        until = self._clock.seconds() + TURN_SECONDS
        for _ in steps:
            if self._clock.seconds() > until:
                turn: Deferred[None] = Deferred()
                self._clock.callLater(0, partial(turn.callback, None))
                yield turn
                until = self._clock.seconds() + TURN_SECONDS

    def _take(self, changes: Changes) -> Iterator[None]:
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
            is_out = record.is_disabled or record.secret != account.secret
            account.is_disabled, account.secret = record.is_disabled, record.secret
            if is_out:
                self._tell(self.signed_out, account)

    def _add(self, record: Record) -> None:
        key = record.key
        name = key if record.name == key else record.name  # one string for both
        self._accounts[key] = Account(key, name, record.since, record.is_disabled, record.secret)
        self._likenesses.add(name)
        self._tell(self.appeared, self._accounts[key])

    def _remove(self, key: str) -> None:
        account = self._accounts.pop(key, None)
        if account is None:
            return
        self._likenesses.remove(account.name)
        self._tell(self.signed_out, account)

    def _tell(self, callback: Callable[[Account], object], account: Account) -> None:
        try:
            callback(account)
        except Exception:
            log.failure("somebody could not be signed out")

    def _look(self) -> None:
        if not self._stopped:
            self.load().addCallbacks(self._looked, self._failed).addBoth(self._look_again)

    def _look_again(self, _: object) -> None:
        self._clock.callLater(ACCOUNTS_SECONDS, self._look)

    def _looked(self, _: None) -> None:
        if self._failing:
            self._failing = False
            log.info("changes of accounts are seen again")

    def _failed(self, failure: Failure) -> None:
        if self._stopped:
            return
        if not failure.check(StoreError):
            log.failure("changes of accounts can't be seen", failure)
        elif not self._failing:
            reason = str(failure.value)
            log.error("changes of accounts can't be seen: {reason}", reason=reason)
        self._failing = True


def _nobody(account: Account) -> None:
    """Nobody is here."""
