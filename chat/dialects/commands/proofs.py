"""How somebody proves who it is, in whatever style. Knows no checker."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure

from chat.accounts.directory import Account
from chat.realm.device import Device
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError

T = TypeVar("T")


def check_is_private(session: Session) -> None:
    """Passwords are for wires that nobody else can read. Raises ChatError: tls-required."""
    if not (session.connection.is_private or session.realm.takes_plaintext):
        raise ChatError("tls-required")


@inlineCallbacks
def prove(session: Session, username: str, password: str) -> Generator[Deferred[Any], Any, Account]:
    """The session's owner has proved that a username is its own; fires with the account.

    Fails with ChatError: wrong-password, too-many-tries, no-accounts.
    """
    realm, origin = session.realm, session.connection.origin
    account: Account = yield realm.people.doorkeeper.prove(origin, username, password)
    device = Device(account, account.secret)
    yield realm.marks.recall(account)
    session.device = device
    return account


def when_done(
    session: Session,
    work: Deferred[T],
    done: Callable[[T], object],
    refuse: Callable[[ChatError], object] | None = None,
) -> None:
    """Call `done` with what comes of it, or refuse; nothing further is heard of the session
    before."""

    def finish(result: T) -> None:
        if not session.ended:
            done(result)

    def apologise(failure: Failure) -> None:
        failure.trap(ChatError)
        (refuse or session.refuse)(cast(ChatError, failure.value))

    session.connection.hold()
    work.addCallback(finish).addErrback(apologise)
    work.addErrback(lambda failure: session.connection.fail(failure))
    work.addBoth(lambda _: session.connection.release())
