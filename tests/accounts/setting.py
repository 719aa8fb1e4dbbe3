"""What the tests of accounts share: cheap hashes, and what comes of a Deferred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chat.accounts.directory import Account, Directory
from chat.accounts.passwords import Hashing
from chat.accounts.portal import Doorkeeper
from chat.accounts.tries import Tries
from chat.history.memory.memory_accounts import MemoryAccounts
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import username

T = TypeVar("T")

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes in no time: what they are worth is not tested."""

RIGHT: Final = "correct-horse"
WRONG: Final = "battery-staple"
HOME: Final = "192.0.2.1/32"


def result(deferred: Deferred[T]) -> T:
    """What it has fired with; raises what it has failed with."""
    found: list[T] = []
    failed: list[Any] = []
    deferred.addCallbacks(found.append, failed.append)
    for failure in failed:
        failure.raiseException()
    (value,) = found
    return value


def code(deferred: Deferred[Any]) -> str:
    """The code that it has failed with; nothing if it has fired."""
    try:
        result(deferred)
    except ChatError as error:
        return error.code
    return ""


class CountingHashing(Hashing):
    """Remembers what it has compared; and takes no time."""

    def __init__(self, hasher: PasswordHasher = CHEAP) -> None:
        super().__init__(hasher=hasher)
        self.compared: list[str | None] = []

    def matches(self, stored: str | None, password: str) -> Deferred[bool]:
        self.compared.append(stored)
        return super().matches(stored, password)


class SlowHashing(Hashing):
    """Tells what it has found when it is told to."""

    def __init__(self) -> None:
        super().__init__(hasher=CHEAP)
        self.waiting: list[Callable[[], None]] = []

    def matches(self, stored: str | None, password: str) -> Deferred[bool]:
        found = result(super().matches(stored, password))
        told: Deferred[bool] = Deferred()
        self.waiting.append(lambda: told.callback(found))
        return told

    def tell(self) -> None:
        """What was asked first."""
        self.waiting.pop(0)()


class Setting:
    """A store with its directory and its doorkeeper, where everything happens at once."""

    def __init__(self, hashing: Hashing | None = None, **words: Any) -> None:
        self.clock = Clock()
        self.store = MemoryAccounts(lambda key: 0, lambda key: [])
        self.directory = Directory(self.store, self.clock)
        self.hashing = hashing or CountingHashing()
        self.tries = Tries(self.clock.seconds)
        self.door = Doorkeeper(
            self.store, self.directory, self.hashing, self.tries, self.clock.seconds, **words
        )

    def account(self, name: str = "alice") -> Account:
        """An account whose password is RIGHT."""
        return result(self.door.register(username(name), RIGHT, 1))
