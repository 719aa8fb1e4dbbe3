"""What a password is, and threads that hash it."""

from __future__ import annotations

import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from chat.accounts import passwords
from chat.accounts.passwords import OWASP, Hashing, decoy, given, hashed, is_outdated, matches
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import HASHES_WAITING, HASHING_NICE
from tests.accounts.setting import CHEAP, RIGHT, WRONG, code, result
from tests.turning import TurningReactor


@pytest.mark.parametrize("word", ["12345678", "x" * 256, "é" * 128, "пароль-и-ключ", "{%s}$x'\"\\"])
def test_a_password_is_one_word_of_8_to_256_bytes(word: str) -> None:
    """In UTF-8, in any script."""
    assert passwords.password(word) == given(word) == word


@pytest.mark.parametrize(
    "word",
    [
        *("", "1234567", "x" * 257, "é" * 129),
        *("two words", "two\u3000words", "a\ttabulator", "lines\u2028lines"),
        *("nul\0nul\0", "unassigned\u0378", "surrogate\ud800"),
    ],
)
def test_anything_else_is_none(word: str) -> None:
    """Whoever chooses it is told so; whoever gives it has not given the right one."""
    with pytest.raises(ChatError) as refused:
        passwords.password(word)
    assert refused.value.code == "bad-password"
    assert given(word) is None


def test_a_password_is_not_the_username() -> None:
    """In whatever case."""
    with pytest.raises(ChatError):
        passwords.password("ALICE-SMITH", "alice-Smith")
    assert passwords.password("alice-smith", "alice") == "alice-smith"


def test_a_password_is_the_same_however_it_is_composed() -> None:
    """One keyboard types an accent with its letter, another one after it."""
    composed = "motdépassé"
    taken_apart = unicodedata.normalize("NFD", composed)
    assert taken_apart != composed
    assert given(taken_apart) == given(composed) == composed


def test_what_is_too_long_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length comes before all that takes time."""

    def enforce(word: str) -> str:
        raise AssertionError(word)

    monkeypatch.setattr(passwords._PROFILE, "enforce", enforce)
    assert given("x" * 100_000) is None
    assert given("x" * 7) is None


def test_a_refusal_does_not_remember_the_password() -> None:
    """Not even as the error that was before it."""
    with pytest.raises(ChatError) as refused:
        passwords.password("nul\0nul\0nul")
    assert refused.value.__context__ is None


def test_passwords_are_hashed_as_owasp_has_it() -> None:
    """argon2id with 19 MiB, two rounds, one lane, and another salt each time."""
    first, second = hashed(RIGHT), hashed(RIGHT)
    parameters = extract_parameters(first)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19456, 2, 1)
    assert first != second
    assert matches(first, RIGHT)
    assert not matches(first, WRONG)


def test_a_hash_is_outdated_when_others_are_made_in_another_way() -> None:
    """It is good all the same."""
    old = hashed(RIGHT, CHEAP)
    assert is_outdated(old)
    assert not is_outdated(old, CHEAP)
    assert matches(old, RIGHT)


def test_what_is_no_hash_matches_nothing() -> None:
    """What somebody has written into the store by hand."""
    assert not matches("", "")
    assert not matches(RIGHT, RIGHT)


@pytest.mark.parametrize("hasher", [CHEAP, OWASP, PasswordHasher(3, 64, 2, 20, 8)])
def test_a_decoy_is_as_much_work_as_a_hash(hasher: PasswordHasher) -> None:
    """It has the same parameters, and is that of no password."""
    assert extract_parameters(decoy(hasher)) == extract_parameters(hashed(RIGHT, hasher))
    assert not matches(decoy(hasher), RIGHT)


def test_without_a_reactor_all_is_done_at_once() -> None:
    """And without a thread."""
    before = threading.active_count()
    hashing = Hashing(hasher=CHEAP)
    stored = result(hashing.hashed(RIGHT))
    assert result(hashing.matches(stored, RIGHT))
    assert not result(hashing.matches(stored, WRONG))
    assert not result(hashing.matches(None, RIGHT))
    assert not hashing.is_outdated(stored)
    assert threading.active_count() == before


@pytest.fixture
def reactor() -> TurningReactor:
    return TurningReactor()


@pytest.fixture
def in_threads(reactor: TurningReactor) -> Iterator[Hashing]:
    """One that has threads, and a reactor to bring its results to."""
    hashing = Hashing(reactor.callFromThread, CHEAP)
    yield hashing
    hashing.close()


def test_threads_begin_with_the_first_password(
    in_threads: Hashing, reactor: TurningReactor
) -> None:
    """A server without accounts has none; one with any has few, however much there is to do."""
    assert not in_threads._threads
    stored = reactor.result(in_threads.hashed(RIGHT))
    for _ in range(10):
        assert reactor.result(in_threads.matches(stored, RIGHT))
    assert 1 <= len(in_threads._threads) <= 2


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (64, 2)])
def test_the_first_core_is_the_reactors(
    cores: int, threads: int, reactor: TurningReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are few, one thread hashes."""
    monkeypatch.setattr(passwords, "_cores", lambda: cores)
    hashing = Hashing(reactor.callFromThread, CHEAP)
    reactor.result(hashing.hashed(RIGHT))
    assert len(hashing._threads) == threads
    hashing.close()


class Asking(PasswordHasher):
    """Does something else instead of hashing, in the thread that hashes."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__()
        self.ask = ask

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        return str(self.ask())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no rank of their own there")
def test_hashing_steps_back_behind_the_reactor(reactor: TurningReactor) -> None:
    """The thread does, the process does not."""
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def rank() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    hashing = Hashing(reactor.callFromThread, Asking(rank))
    assert int(reactor.result(hashing.hashed(RIGHT))) == min(own + HASHING_NICE, 19) or own > 9
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own
    hashing.close()


@pytest.fixture
def held(reactor: TurningReactor) -> Iterator[tuple[Hashing, threading.Event]]:
    """One whose thread hashes nothing until the event comes."""
    event = threading.Event()
    hashing = Hashing(reactor.callFromThread, Asking(lambda: event.wait(30)))
    yield hashing, event
    event.set()
    hashing.close()


def test_what_waits_is_bounded(
    held: tuple[Hashing, threading.Event], reactor: TurningReactor
) -> None:
    """What is past that is refused at once; when there is less to do it goes on."""
    hashing, event = held
    waiting = [hashing.hashed(RIGHT) for _ in range(HASHES_WAITING)]
    assert code(hashing.hashed(RIGHT)) == "no-accounts"
    event.set()
    for each in waiting:
        assert reactor.result(each) == "True"
    assert reactor.result(hashing.hashed(RIGHT)) == "True"


def test_after_the_end_nothing_is_hashed(
    held: tuple[Hashing, threading.Event], reactor: TurningReactor
) -> None:
    """Neither what waits, nor what comes."""
    hashing, event = held
    done = [hashing.hashed(RIGHT) for _ in range(5)]
    hashing.close()
    assert code(hashing.hashed(RIGHT)) == "shutting-down"
    event.set()
    for each in done[:2]:  # they may have begun
        each.addErrback(lambda failure: failure.trap(ChatError))
    for each in done[2:]:
        with pytest.raises(ChatError, match="shutting-down"):
            reactor.result(each)


def test_a_hash_that_fails_is_told(reactor: TurningReactor) -> None:
    """And the thread goes on."""

    def fail() -> None:
        raise MemoryError

    asking = Asking(fail)
    hashing = Hashing(reactor.callFromThread, asking)
    with pytest.raises(MemoryError):
        reactor.result(hashing.hashed(RIGHT))
    asking.ask = lambda: "fine"
    assert reactor.result(hashing.hashed(RIGHT)) == "fine"
    hashing.close()
