"""What a password is, and its hash, which takes its time: argon2id, in threads of its own. Knows
neither accounts nor a store."""

from __future__ import annotations

import os
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION, Type
from precis_i18n import get_profile
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    HASH_KIB,
    HASH_LANES,
    HASH_ROUNDS,
    HASHES_WAITING,
    HASHING_CORES,
    HASHING_NICE,
    PASSWORD_BYTES,
    PASSWORD_LEAST_BYTES,
)
from chat.vocabulary.names import key_of
from chat.vocabulary.text import REPLACED

T = TypeVar("T")
Job = Callable[[], Any]

OWASP: Final = PasswordHasher(HASH_ROUNDS, HASH_KIB, HASH_LANES, type=Type.ID)
"""What passwords are hashed with."""

_PROFILE: Final = get_profile("OpaqueString")  # RFC 8265, 4.2


def password(word: str, username: str = "") -> str:
    """A password that somebody chooses for a username, as it is hashed. What stood for a control
    character in it would be known to nobody.

    Raises ChatError: bad-password.
    """
    prepared = given(word)
    if prepared is None or REPLACED in prepared or key_of(prepared) == key_of(username):
        raise ChatError("bad-password")
    return prepared


def given(word: str) -> str | None:
    """A password that somebody gives to prove something, as it is hashed; None if it is one that
    nobody can have."""
    if not _is_of_length(word):
        return None
    try:
        prepared: str = _PROFILE.enforce(word)
    except UnicodeEncodeError:
        return None
    return prepared if _is_of_length(prepared) and " " not in prepared else None


def hashed(password: str, hasher: PasswordHasher = OWASP) -> str:
    """The hash of a password, with its salt and what it was made with. Takes its time."""
    return hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a hash is that of a password, whatever it was made with. Takes its time."""
    try:
        return OWASP.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_outdated(stored: str, hasher: PasswordHasher = OWASP) -> bool:
    """Whether that hash would be made in another way by now."""
    return hasher.check_needs_rehash(stored)


def decoy(hasher: PasswordHasher = OWASP) -> str:
    """A hash that is as much work as any other, and of no password."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = _base64(hasher.salt_len), _base64(hasher.hash_len)
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


class Hashing:
    """Threads that hash passwords behind all else, one or two, from the first password on.

    in_reactor: calls a function in the reactor's thread; None to have everything done at once.
    hasher: what passwords are hashed with.
    """

    def __init__(
        self, in_reactor: Callable[..., object] | None = None, hasher: PasswordHasher = OWASP
    ) -> None:
        self._in_reactor = in_reactor
        self._hasher = hasher
        self._decoy = decoy(hasher)
        self._jobs: SimpleQueue[tuple[Job, Deferred[Any]] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._under_way = 0
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether there is too much to do already."""
        return self._under_way >= HASHES_WAITING

    def hashed(self, password: str) -> Deferred[str]:
        """The hash of a password, prepared by `password`.

        Fails with ChatError: no-accounts (there is too much to do), shutting-down.
        """
        return self._do(lambda: hashed(password, self._hasher))

    def matches(self, stored: str | None, password: str) -> Deferred[bool]:
        """Whether a hash is that of a password, prepared by `given`. None is no password's, which
        takes as long to tell. Fails as `hashed` does."""
        return self._do(lambda: matches(stored or self._decoy, password))

    def is_outdated(self, stored: str) -> bool:
        """Whether that hash would be made in another way by now."""
        return is_outdated(stored, self._hasher)

    def close(self) -> None:
        """Do nothing more."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)

    def _do(self, job: Callable[[], T]) -> Deferred[T]:
        if self._closed:
            return fail(ChatError("shutting-down"))
        if self.is_full:
            return fail(ChatError("no-accounts"))
        done: Deferred[T] = Deferred()
        self._under_way += 1
        if self._in_reactor is None:
            self._tell(done, _outcome(job))
        else:
            self._start()
            self._jobs.put((job, done))
        return done

    def _start(self) -> None:
        """Start the threads, once, and not before they are needed."""
        count = 1 if _cores() <= HASHING_CORES else 2
        while len(self._threads) < count:
            # A daemon: nobody waits for a hash when the process ends.
            self._threads.append(threading.Thread(target=self._work, daemon=True))
            self._threads[-1].start()

    def _work(self) -> None:
        assert self._in_reactor
        _step_back()
        while task := self._jobs.get():
            job, done = task
            outcome = Failure(ChatError("shutting-down")) if self._closed else _outcome(job)
            self._in_reactor(self._tell, done, outcome)
            del task, job, done, outcome

    def _tell(self, done: Deferred[Any], outcome: Any) -> None:
        self._under_way -= 1
        if isinstance(outcome, Failure):
            done.errback(outcome)
        else:
            done.callback(outcome)


def _outcome(job: Job) -> Any:
    """What a job returns, or its failure."""
    try:
        return job()
    except Exception:
        return Failure()


def _step_back() -> None:
    """Let the other threads go first. Only Linux has threads of different rank."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), HASHING_NICE)


def _cores() -> int:
    """How many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_of_length(word: str) -> bool:
    """Whether a password is neither too short nor too long."""
    return PASSWORD_LEAST_BYTES <= len(word.encode(errors="replace")) <= PASSWORD_BYTES


def _base64(count: int) -> str:
    """`count` random bytes, as they stand in a hash."""
    return b64encode(os.urandom(count)).decode().rstrip("=")
