"""How many wrong passwords, and how many new accounts, there may be. Knows no passwords, and not
how they are checked."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.python.failure import Failure

from chat.net.rates import Bucket, Buckets
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    PROVED_KNOWN,
    REGISTERED_AT_ONCE,
    REGISTERED_SECONDS,
    TRIES,
    TRIES_KNOWN,
    TRIES_SECONDS,
    TRIES_WAITING,
)

T = TypeVar("T")
Check = Callable[[], Deferred[Any]]

_LOOPBACK = ("127.", "::1")


class Tries:
    """Counts the wrong passwords of each address, and those for each account.

    The passwords from one address are checked one after the other, and a right one costs
    nothing: so all who are behind one router get in if they know theirs. Whoever guesses, at the
    same address or elsewhere, keeps nobody out who has proved before, from where they are, that an
    account is theirs: for that account there are tries of its own at that address.

    seconds: the time, from some point on.
    known: how many addresses, and accounts, are counted each for itself.
    proved: how many pairs of an address and an account that was proved there are remembered.
    """

    def __init__(
        self,
        seconds: Callable[[], float],
        known: int = TRIES_KNOWN,
        proved: int = PROVED_KNOWN,
    ) -> None:
        self._addresses = Buckets(seconds, known, TRIES, TRIES_SECONDS)
        self._accounts = Buckets(seconds, known, TRIES, TRIES_SECONDS)
        self._owners = Buckets(seconds, known, TRIES, TRIES_SECONDS)
        self._registered = Buckets(seconds, known, REGISTERED_AT_ONCE, REGISTERED_SECONDS)
        self._lines: dict[str, deque[_Try]] = {}
        self._proved: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._most_proved = proved

    def check(self, origin: str, key: str, check: Callable[[], Deferred[T]]) -> Deferred[T]:
        """Check a password for the account with that key, when it is its turn.

        check: fails with ChatError: wrong-password if it is wrong.

        Fires as that does. Fails with ChatError: too-many-tries, without calling it.
        """
        if self._is_refused(origin, key):
            return fail(ChatError("too-many-tries"))
        return self._queue(origin, lambda: self._check(origin, key, check))

    def register(self, origin: str, make: Callable[[], Deferred[T]]) -> Deferred[T]:
        """Make an account, when it is the turn of somebody at that address. From this machine any
        number of accounts may be made.

        Fires as `make` does. Fails with ChatError: too-many-accounts, too-many-tries.
        """
        if not origin or origin.startswith(_LOOPBACK):
            return self._queue(origin, make)
        if self._registered.is_empty(origin):
            return fail(ChatError("too-many-accounts"))
        taken = self._registered.take(origin)
        return self._queue(origin, make).addErrback(self._give_back, origin, taken)

    def _give_back(self, failure: Failure, origin: str, taken: Bucket) -> Failure:
        self._registered.give_back(origin, taken)
        return failure

    def _queue(self, origin: str, act: Check) -> Deferred[Any]:
        """Do something when all is done that was to be done before for that address."""
        line = self._lines.setdefault(origin, deque())
        if len(line) >= TRIES_WAITING:
            return fail(ChatError("too-many-tries"))
        done: Deferred[Any] = Deferred()
        line.append(_Try(act, done))
        if len(line) == 1:
            self._go_through(origin, line)
        return done

    @inlineCallbacks
    def _go_through(self, origin: str, line: deque[_Try]) -> Generator[Deferred[Any], Any, None]:
        """Do all that waits for an address: the first in the line is being done."""
        while line:
            act, done = line[0]
            tell: Callable[[Any], None]
            try:
                tell, result = done.callback, (yield act())
            except Exception:
                tell, result = done.errback, Failure()
            tell(result)
            del act, done, tell, result
            line.popleft()
        del self._lines[origin]

    @inlineCallbacks
    def _check(self, origin: str, key: str, check: Check) -> Generator[Deferred[Any], Any, Any]:
        is_proved = (origin, key) in self._proved
        if self._is_refused(origin, key) or (not is_proved and self._accounts.is_empty(key)):
            raise ChatError("too-many-tries")
        taken = None if is_proved else self._accounts.take(key)
        try:
            result = yield check()
        except ChatError as error:
            if error.code == "wrong-password":
                if is_proved:
                    self._owners.take(f"{key}@{origin}")
                else:
                    self._addresses.take(origin)
                taken = None
            raise
        else:
            self.remember(origin, key)
            return result
        finally:
            if taken:
                self._accounts.give_back(key, taken)

    def _is_refused(self, origin: str, key: str) -> bool:
        """Whether there were too many wrong passwords from that address; where the account was
        proved from there before, too many for that account."""
        if (origin, key) in self._proved:
            return self._owners.is_empty(f"{key}@{origin}")
        return self._addresses.is_empty(origin)

    def remember(self, origin: str, key: str) -> None:
        """That account has been proved from there."""
        self._proved[origin, key] = None
        self._proved.move_to_end((origin, key))
        if len(self._proved) > self._most_proved:
            self._proved.popitem(last=False)


class _Try(NamedTuple):
    """A check, or a registration, that waits for its turn."""

    act: Check
    done: Deferred[Any]
