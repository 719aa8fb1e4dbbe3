"""The checker for passwords in the store: what is wrong is all alike."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail
from zope.interface.verify import verifyObject

from chat.accounts.checker import StoreChecker
from chat.accounts.passwords import hashed, is_outdated
from chat.history.memory.memory_accounts import MemoryAccounts
from chat.history.store import StoreError
from tests.accounts.setting import CHEAP, RIGHT, WRONG, CountingHashing, SlowHashing, result


@pytest.fixture
def store() -> MemoryAccounts:
    """Has an account with a password, one without, and a disabled one."""
    store = MemoryAccounts(lambda key: 0, lambda key: [])
    store.create("alice", "Alice", hashed(RIGHT, CHEAP), 1)
    store.create("bob", "bob", None, 1)
    return store


def ask(checker: StoreChecker, name: str, word: str) -> Deferred[Any]:
    return checker.requestAvatarId(UsernamePassword(name.encode(), word.encode()))


def test_it_is_a_checker_of_twisted_cred(store: MemoryAccounts) -> None:
    """It can stand in any portal."""
    verifyObject(ICredentialsChecker, StoreChecker(store, CountingHashing()))


@pytest.mark.parametrize("name", ["alice", "ALICE", "ａｌｉｃｅ"])
def test_who_knows_the_password_is_told_the_key(store: MemoryAccounts, name: str) -> None:
    """However the username is written."""
    assert result(ask(StoreChecker(store, CountingHashing()), name, RIGHT)) == b"alice"


@pytest.mark.parametrize("name", ["alice", "bob", "nobody"])
def test_what_is_wrong_takes_as_long_and_says_the_same(store: MemoryAccounts, name: str) -> None:
    """A wrong password, no password, no account: one hash with the same parameters each."""
    hashing = CountingHashing()
    with pytest.raises(UnauthorizedLogin) as wrong:
        result(ask(StoreChecker(store, hashing), name, WRONG))
    assert wrong.value.args == ()
    (stored,) = hashing.compared
    assert extract_parameters(stored or hashing._decoy) == extract_parameters(hashed("", CHEAP))


def test_a_disabled_account_has_no_password(store: MemoryAccounts) -> None:
    """The store does not tell it, and the right one is as wrong as any."""
    account = store._all["alice"]
    account.record = type(account.record)("alice", "Alice", 1, is_disabled=True)
    hashing = CountingHashing()
    with pytest.raises(UnauthorizedLogin):
        result(ask(StoreChecker(store, hashing), "alice", RIGHT))
    assert hashing.compared == [None]


@pytest.mark.parametrize("word", ["", "short", "x" * 257, "x" * 4000, "two words", "nul\0nul\0"])
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_what_can_be_nobodys_password_is_wrong_and_not_hashed(
    store: MemoryAccounts, name: str, word: str
) -> None:
    """Whoever's it would be: it is no work for the server."""
    hashing = CountingHashing()
    with pytest.raises(UnauthorizedLogin):
        result(ask(StoreChecker(store, hashing), name, word))
    assert hashing.compared == []


@pytest.mark.parametrize(
    ("name", "word"), [(b"\xff", b"12345678"), (b"alice", b"\xff2345678"), (b"/etc", b"12345678")]
)
def test_what_is_no_text_or_no_username_is_wrong(
    store: MemoryAccounts, name: bytes, word: bytes
) -> None:
    """Another protocol may have other ideas of them."""
    checker = StoreChecker(store, CountingHashing())
    with pytest.raises(UnauthorizedLogin) as wrong:
        result(checker.requestAvatarId(UsernamePassword(name, word)))
    assert wrong.value.__context__ is None


def test_a_store_that_fails_is_not_a_wrong_password(
    store: MemoryAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that theirs is wrong."""
    monkeypatch.setattr(store, "password", lambda key: fail(StoreError("gone")))
    with pytest.raises(StoreError):
        result(ask(StoreChecker(store, CountingHashing()), "alice", RIGHT))


NOW = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
"""What passwords are hashed with by now."""


def test_a_password_is_hashed_anew_at_the_next_login(store: MemoryAccounts) -> None:
    """With the parameters of now, once; and it goes on being right."""
    checker = StoreChecker(store, CountingHashing(NOW))
    assert is_outdated(str(result(store.password("alice"))), NOW)
    assert result(ask(checker, "alice", RIGHT)) == b"alice"
    new = str(result(store.password("alice")))
    assert not is_outdated(new, NOW)
    assert result(ask(checker, "alice", RIGHT)) == b"alice"
    assert result(store.password("alice")) == new


def test_a_wrong_password_is_not_hashed_anew(store: MemoryAccounts) -> None:
    """Or it would be right from then on."""
    old = result(store.password("alice"))
    with pytest.raises(UnauthorizedLogin):
        result(ask(StoreChecker(store, CountingHashing(NOW)), "alice", WRONG))
    assert result(store.password("alice")) == old


class Later(CountingHashing):
    """Hashes when it is told to."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.asked: list[tuple[str, Deferred[str]]] = []

    def hashed(self, password: str) -> Deferred[str]:
        self.asked.append((password, Deferred()))
        return self.asked[-1][1]


def test_nobody_waits_for_a_password_to_be_hashed_anew(store: MemoryAccounts) -> None:
    """However many come meanwhile, it is done once; and not if it has been changed by then."""
    hashing = Later()
    checker = StoreChecker(store, hashing)
    for _ in range(3):
        assert result(ask(checker, "alice", RIGHT)) == b"alice"
    ((password, done),) = hashing.asked
    assert password == RIGHT
    old = str(result(store.password("alice")))
    changed = hashed(WRONG, NOW)
    assert result(store.set_password("alice", old, changed))
    done.callback(hashed(RIGHT, NOW))
    assert result(store.password("alice")) == changed


@pytest.mark.parametrize("error", [StoreError("gone"), RuntimeError(RIGHT)])
def test_a_password_that_can_not_be_hashed_anew_is_right_all_the_same(
    store: MemoryAccounts, logged_errors: list[str], error: Exception
) -> None:
    """What is not expected is logged, but not what it says; then the next login tries it."""
    hashing = Later()
    checker = StoreChecker(store, hashing)
    assert result(ask(checker, "alice", RIGHT)) == b"alice"
    hashing.asked[0][1].errback(error)
    assert len(logged_errors) == isinstance(error, RuntimeError)
    assert RIGHT not in "".join(logged_errors)
    logged_errors.clear()
    assert result(ask(checker, "alice", RIGHT)) == b"alice"
    assert len(hashing.asked) == 2


def test_what_is_wrong_is_told_when_it_has_been_hashed(store: MemoryAccounts) -> None:
    """And not before, whoever it is."""
    for name in ("alice", "nobody"):
        hashing = SlowHashing()
        failed: list[Any] = []
        ask(StoreChecker(store, hashing), name, WRONG).addErrback(failed.append)
        assert not failed
        hashing.tell()
        assert failed
