"""Whose name is whose, in memory, and within a second as it is in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from chat.accounts.directory import Account, Directory
from chat.history.account_records import AccountChanges, Record
from chat.history.memory.memory_accounts import MemoryAccounts
from chat.history.store import StoreError
from chat.vocabulary.limits import ACCOUNTS_SECONDS
from chat.vocabulary.names import username
from tests.accounts.setting import result


class Watched:
    """A directory beside another process that changes the same store."""

    def __init__(self, operators: Collection[str] = ()) -> None:
        self.clock = Clock()
        self.store = MemoryAccounts(lambda key: 0, lambda key: [])
        self.directory = Directory(self.store, self.clock, operators)
        self.signed_out: list[str] = []
        self.directory.signed_out = lambda account: self.signed_out.append(account.key)
        self.appeared: list[tuple[str, bool]] = []
        self.directory.appeared = lambda account: self.appeared.append(rights(account))
        self.changed_rights: list[tuple[str, bool]] = []
        self.directory.changed_rights = lambda account: self.changed_rights.append(rights(account))
        result(self.directory.load())
        self.directory.start()

    def change(self, key: str, **words: Any) -> None:
        """As an operator does."""
        account = self.store._all[key]
        account.record = replace(account.record, **words)
        account.revision = self.store._next()

    def passes(self) -> None:
        self.clock.advance(ACCOUNTS_SECONDS)

    def account(self, key: str) -> Account:
        account = self.directory.get(key)
        assert account is not None
        return account


def rights(account: Account) -> tuple[str, bool]:
    return account.key, account.is_operator


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_what_was_there_is_known_once_it_has_loaded() -> None:
    """Owned names and such as were given up."""
    store = MemoryAccounts(lambda key: 0, lambda key: [])
    store.create("alice", "Alice", None, 5)
    store.create("bob", "bob", None, 6)
    store.give_up("bob", 7)
    directory = Directory(store, Clock())
    assert directory.get("alice") is None
    result(directory.load())
    account = directory.get("alice")
    assert account is not None
    assert (account.key, account.name, account.since) == ("alice", "Alice", 5)
    assert (account.is_disabled, account.secret, account.rooms) == (False, 0, None)
    assert directory.get("bob") is None
    assert [directory.since(key) for key in ("alice", "bob", "carol")] == [5, 7, 0]


def test_what_is_done_through_it_is_known_at_once(watched: Watched) -> None:
    """Whose account was given up is signed out, and so is who sits where one appears."""
    account = result(watched.directory.create(username("Alice"), None, 5))
    assert account is not None
    assert watched.directory.get("alice") is account
    assert result(watched.directory.create(username("ALICE"), None, 6)) is None
    watched.passes()
    assert watched.directory.get("alice") is account
    result(watched.directory.give_up(account, 9))
    assert watched.directory.get("alice") is None
    assert watched.directory.since("alice") == 9
    watched.passes()
    assert watched.signed_out == ["alice"]
    again = result(watched.directory.create(username("alice"), None, 12))
    assert again is not None
    assert again is not account
    assert watched.directory.since("alice") == 12


def test_what_another_process_does_is_known_within_a_second(watched: Watched) -> None:
    """An account is made, disabled, given another secret, and removed."""
    watched.store.create("alice", "Alice", None, 5)
    watched.passes()
    account = watched.account("alice")
    watched.change("alice", is_disabled=True)
    watched.passes()
    assert account.is_disabled
    assert watched.signed_out == ["alice"]
    watched.change("alice", is_disabled=False)
    watched.passes()
    assert not account.is_disabled
    assert watched.signed_out == ["alice"]
    watched.change("alice", secret=3)
    watched.passes()
    assert (account.secret, watched.signed_out) == (3, ["alice", "alice"])
    watched.store.give_up("alice", 9)
    watched.passes()
    assert watched.directory.get("alice") is None
    assert watched.signed_out == ["alice"] * 3
    assert watched.directory.since("alice") == 9


def test_a_name_that_was_given_up_and_taken_again_is_another_account(watched: Watched) -> None:
    """Even where both happened between two looks."""
    watched.store.create("alice", "Alice", None, 5)
    watched.passes()
    account = watched.account("alice")
    account.rooms = {"tea": "tea"}
    watched.store.give_up("alice", 9)
    watched.store.create("alice", "ALICE", None, 10)
    watched.passes()
    assert watched.account("alice") is not account
    assert (watched.account("alice").name, watched.account("alice").rooms) == ("ALICE", None)
    assert watched.signed_out == ["alice"]


def test_an_account_keeps_its_object(watched: Watched) -> None:
    """What is known of it besides is not lost when something about it changes."""
    watched.store.create("alice", "Alice", None, 5)
    watched.passes()
    account = watched.account("alice")
    account.rooms = {"tea": "tea"}
    watched.change("alice", secret=1)
    watched.passes()
    assert watched.account("alice") is account
    assert account.rooms == {"tea": "tea"}


def test_names_that_look_like_a_registered_one_are_known(watched: Watched) -> None:
    """Until that is no account's any more; a name does not look like itself."""
    watched.store.create("admin", "admin", None, 5)
    watched.passes()
    assert watched.directory.alike("\u0430dmin")
    assert not watched.directory.alike("Admin")
    assert not watched.directory.alike("\u0430lice")
    watched.store.give_up("admin", 9)
    watched.passes()
    assert not watched.directory.alike("\u0430dmin")


def test_who_becomes_an_operator_is_told_once(watched: Watched) -> None:
    """And once more when it is none any more; nobody is signed out for that."""
    watched.store.create("alice", "Alice", None, 5)
    watched.passes()
    account = watched.account("alice")
    assert watched.appeared == [("alice", False)]
    watched.change("alice", is_operator=True)
    watched.passes()
    assert account.is_operator
    watched.change("alice", name="Alice")
    watched.passes()
    watched.change("alice", is_operator=False)
    watched.passes()
    assert not account.is_operator
    assert watched.changed_rights == [("alice", True), ("alice", False)]
    assert watched.signed_out == []


def test_an_operator_who_is_disabled_has_no_rights(watched: Watched) -> None:
    """Until it is enabled; whoever is told looks at both."""
    watched.store.create("alice", "Alice", None, 5)
    watched.change("alice", is_operator=True)
    watched.passes()
    seen: list[tuple[bool, bool]] = []
    watched.directory.changed_rights = lambda account: seen.append(
        (account.is_operator, account.is_disabled)
    )
    watched.change("alice", is_disabled=True)
    watched.passes()
    watched.change("alice", is_disabled=False)
    watched.passes()
    assert seen == [(True, True), (True, False)]
    assert watched.signed_out == ["alice"]


@pytest.mark.parametrize("passes", [True, False])
def test_a_name_that_is_taken_anew_is_no_operators(watched: Watched, passes: bool) -> None:
    """Whoever had it before, and whether that was seen or not."""
    watched.store.create("alice", "Alice", None, 5)
    watched.change("alice", is_operator=True)
    watched.passes()
    assert watched.appeared == [("alice", True)]
    watched.store.give_up("alice", 9)
    if passes:
        watched.passes()
        assert watched.directory.get("alice") is None
    watched.store.create("alice", "alice", None, 10)
    watched.passes()
    assert not watched.account("alice").is_operator
    assert watched.appeared == [("alice", True), ("alice", False)]
    assert watched.changed_rights == []


def test_an_operator_by_the_configuration_is_one_as_long_as_it_is_an_account() -> None:
    """Whatever the store says. Until then its name is kept for it, and again when it is gone."""
    watched = Watched({"alice", "bob"})
    assert watched.directory.is_reserved("alice")
    assert not watched.directory.is_reserved("carol")
    account = result(watched.directory.create(username("Alice"), None, 5))
    assert account is not None
    assert account.is_operator
    assert watched.appeared == [("alice", True)]
    assert not watched.directory.is_reserved("alice")
    assert watched.directory.is_reserved("bob")
    watched.change("alice", is_operator=True)
    watched.passes()
    watched.change("alice", is_operator=False)
    watched.passes()
    assert (account.is_operator, watched.changed_rights) == (True, [])
    result(watched.directory.give_up(account, 9))
    assert watched.directory.is_reserved("alice")


def test_rights_that_cannot_be_told_do_not_keep_others_from_theirs(
    watched: Watched, logged_errors: list[str]
) -> None:
    """It is logged."""
    for name in ("alice", "bob"):
        watched.store.create(name, name, None, 5)
    watched.passes()

    def change(account: Account) -> None:
        watched.changed_rights.append(rights(account))
        if account.key == "alice":
            raise RuntimeError("a bug")

    watched.directory.changed_rights = change
    for name in ("alice", "bob"):
        watched.change(name, is_operator=True)
    watched.passes()
    assert watched.changed_rights == [("alice", True), ("bob", True)]
    assert logged_errors == ["somebody's rights could not be changed: a bug"]
    logged_errors.clear()


def test_who_is_signed_out_does_not_keep_others_in(
    watched: Watched, logged_errors: list[str]
) -> None:
    """One that can't be is logged."""
    names = ["alice", "bob", "carol"]
    for name in names:
        watched.store.create(name, name, None, 5)
    watched.passes()
    seen: list[str] = []

    def sign_out(account: Account) -> None:
        seen.append(account.key)
        if account.key == "alice":
            raise RuntimeError("a bug")

    watched.directory.signed_out = sign_out
    for name in names:
        watched.change(name, secret=1)
    watched.passes()
    assert seen == names
    assert logged_errors == ["somebody could not be signed out: a bug"]
    logged_errors.clear()


class Held(MemoryAccounts):
    """Tells what has changed when it is told to; or fails to; or has no such accounts any more."""

    def __init__(self) -> None:
        super().__init__(lambda key: 0, lambda key: [])
        self.holds = self.broken = False
        self.asked: list[tuple[tuple[int, int] | None, Deferred[AccountChanges]]] = []
        self.removals = 0

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[AccountChanges]:
        if self.broken:
            return fail(StoreError("gone"))
        if after is not None and after[1] != self.removals:
            after = None
        found: AccountChanges = result(super().changes(after))
        told: Deferred[AccountChanges] = Deferred()
        self.asked.append((after, told))
        changes = AccountChanges((found.revision[0], self.removals), found.records, after is None)
        if not self.holds:
            told.callback(changes)
        self.tell = lambda: told.callback(changes)
        return told

    def remove(self, key: str) -> None:
        """As an operator does: nothing is left of it."""
        del self._all[key]
        self.removals += 1


@pytest.fixture
def held() -> tuple[Held, Directory, Clock]:
    store, clock = Held(), Clock()
    return store, Directory(store, clock), clock


def test_an_account_that_is_removed_is_gone(held: tuple[Held, Directory, Clock]) -> None:
    """With all that was known of it."""
    store, directory, clock = held
    signed_out: list[str] = []
    directory.signed_out = lambda account: signed_out.append(account.key)
    for name in ("alice", "bob", "carol"):
        store.create(name, name, None, 5)
    store.give_up("carol", 6)
    result(directory.load())
    bob = directory.get("bob")
    directory.start()
    store.remove("alice")
    store.remove("carol")
    clock.advance(ACCOUNTS_SECONDS)
    assert directory.get("alice") is None
    assert directory.since("alice") == directory.since("carol") == 0
    assert directory.get("bob") is bob is not None
    assert not directory.alike("\u0430lice")
    assert signed_out == ["alice"]


def test_the_store_is_never_asked_twice_at_a_time(held: tuple[Held, Directory, Clock]) -> None:
    """However long it takes; and from one look to the next only what has changed."""
    store, directory, clock = held
    store.create("alice", "alice", None, 5)
    result(directory.load())
    directory.start()
    store.holds = True
    for _ in range(10):
        clock.advance(ACCOUNTS_SECONDS)
    assert [after for after, _ in store.asked] == [None, (1, 0)]
    store.tell()
    clock.advance(ACCOUNTS_SECONDS)
    assert len(store.asked) == 3


def test_what_was_asked_before_a_change_does_not_tell_of_it(
    held: tuple[Held, Directory, Clock],
) -> None:
    """Whoever makes one waits for an answer that was asked for afterwards."""
    store, directory, _ = held
    store.holds = True
    first = directory.load()
    made = directory.create(username("alice"), None, 5)
    also = directory.load()
    assert len(store.asked) == 1
    store.tell()
    assert first.called
    assert not made.called
    assert not also.called
    assert directory.get("alice") is None
    store.tell()
    assert result(made) is directory.get("alice") is not None
    assert also.called
    assert len(store.asked) == 2


def test_a_store_that_fails_is_asked_again(
    held: tuple[Held, Directory, Clock], logged_errors: list[str], logged: list[str]
) -> None:
    """The log says so once, and when it is over; what was known is known, and what was done."""
    store, directory, clock = held
    store.create("alice", "alice", None, 5)
    result(directory.load())
    directory.start()
    store.broken = True
    for _ in range(5):
        clock.advance(ACCOUNTS_SECONDS)
    assert logged_errors == ["changes of accounts can't be seen: gone"]
    logged_errors.clear()
    assert directory.get("alice")
    assert result(directory.create(username("bob"), None, 5)) is directory.get("bob") is not None
    store.broken = False
    clock.advance(ACCOUNTS_SECONDS)
    assert logged[-1] == "changes of accounts are seen again"
    assert directory.get("bob")


def test_what_was_given_up_is_so_when_the_store_fails_afterwards(
    held: tuple[Held, Directory, Clock],
) -> None:
    """Whoever did it is told that it is not known; then it is signed out."""
    store, directory, _ = held
    signed_out: list[str] = []
    directory.signed_out = lambda account: signed_out.append(account.key)
    account = result(directory.create(username("alice"), None, 5))
    assert account is not None
    store.broken = True
    with pytest.raises(StoreError):
        result(directory.give_up(account, 6))
    store.broken = False
    result(directory.load())
    assert (directory.get("alice"), signed_out) == (None, ["alice"])


def test_it_stops(held: tuple[Held, Directory, Clock]) -> None:
    """At the end nothing more is asked, and a store that has closed is no error."""
    store, directory, clock = held
    result(directory.load())
    directory.start()
    store.holds = True
    clock.advance(ACCOUNTS_SECONDS)
    directory.stop()
    store.asked[-1][1].errback(StoreError("closed"))
    store.broken = True
    for _ in range(3):
        clock.advance(ACCOUNTS_SECONDS)
    assert len(store.asked) == 2
    assert clock.getDelayedCalls() == []


class Passing(Clock):
    """Its time passes whenever it is looked at."""

    turns = 0

    def seconds(self) -> float:
        self.rightNow += 0.001
        return self.rightNow

    def callLater(self, *words: Any) -> Any:
        self.turns += 1
        return super().callLater(*words)


def records(count: int) -> Iterator[Record]:
    return (Record(f"person{number}", f"Person{number}", 1) for number in range(count))


def test_many_changes_are_taken_in_pieces() -> None:
    """Others come to their turn between them, and in the end all is known."""
    store, clock = Held(), Passing()
    directory = Directory(store, clock)
    for revision, count in ((1, 3000), (2, 1)):
        changes = AccountChanges((revision, 0), list(records(count)), True)
        told: Deferred[AccountChanges] = succeed(changes)
        store.changes = lambda after=None, told=told: told  # type: ignore[method-assign, misc]
        clock.turns = 0
        loaded = directory.load()
        while not loaded.called:
            clock.advance(0)
        assert 5 < clock.turns < 30
        assert directory.get("person0")
    assert directory.get("person2999") is None
