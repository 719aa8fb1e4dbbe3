"""Checks passwords by what is in the store, as a checker of twisted.cred. Knows no connections."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from typing import Any

from twisted.cred.checkers import FilePasswordDB, ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.reflect import qual
from zope.interface import implementer

from chat.accounts.passwords import Hashing, given
from chat.history.account_records import AccountStore
from chat.history.store import StoreError
from chat.vocabulary.errors import ChatError
from chat.vocabulary.files import content
from chat.vocabulary.names import username
from chat.vocabulary.text import unmarked

log = Logger()


@implementer(ICredentialsChecker)
class StoreChecker:
    """Knows the passwords of the accounts in a store.

    A wrong password, a username that is no account's, an account that is disabled or has no
    password take the same time, and nothing tells which it was.
    """

    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, store: AccountStore, hashing: Hashing) -> None:
        self._store = store
        self._hashing = hashing
        self._rehashing: set[str] = set()

    @inlineCallbacks
    def requestAvatarId(self, credentials: Any) -> Generator[Deferred[Any], Any, bytes | tuple[()]]:
        """The key of the account that has this username and this password.

        Fails with UnauthorizedLogin, StoreError, or as Hashing does.
        """
        try:
            key, word = username(credentials.username.decode()).key, credentials.password.decode()
        except (ChatError, UnicodeDecodeError):
            key = word = ""
        yield self.hash_of(key, word)
        return key.encode()

    @inlineCallbacks
    def hash_of(self, key: str, word: str) -> Generator[Deferred[Any], Any, str]:
        """The hash of an account's password, if it is this one. Fails as `requestAvatarId` does."""
        password = given(word)
        if password is None:
            raise UnauthorizedLogin
        if self._hashing.is_full:  # the store need not be asked
            raise ChatError("no-accounts")
        stored = yield self._store.password(key)
        if not (yield self._hashing.matches(stored, password)):
            raise UnauthorizedLogin
        if self._hashing.is_outdated(stored) and key not in self._rehashing:
            self._rehash(key, stored, password)
        return str(stored)

    @inlineCallbacks
    def _rehash(self, key: str, stored: str, password: str) -> Generator[Deferred[Any], Any, None]:
        """Hash a password as it is done now. Nobody waits for it: if it fails there are others."""
        self._rehashing.add(key)
        try:
            new = yield self._hashing.hashed(password)
            yield self._store.set_password(key, stored, new)
        except (ChatError, StoreError):
            pass
        except Exception:
            report("a password could not be hashed anew", Failure())
        finally:
            self._rehashing.discard(key)


class PasswordFile(FilePasswordDB):
    """Knows the passwords in a file of lines `name:password`, as it is each time. Raises OSError or
    ValueError, in words for people, if it can't be read now.
    """

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self._lines()

    def getUser(self, username: bytes) -> tuple[bytes, bytes]:
        """A username and its password. Raises KeyError."""
        try:
            lines = self._lines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            log.error("--auth file:{name}: {reason}", name=self.filename, reason=reason)
            raise KeyError(username) from None
        for line in lines:
            name, colon, password = line.rstrip().partition(b":")
            if colon and name == username:
                return name, password.partition(b":")[0]
        raise KeyError(username)

    def _lines(self) -> list[bytes]:
        return unmarked(content(self.filename, patience=0)).splitlines()


def report(what: str, failure: Failure) -> None:
    """The log tells what has gone wrong and where, but not in the error's own words: of those
    nobody knows whether a password is among them."""
    where = "".join(traceback.format_tb(failure.getTracebackObject()))
    log.error("{what}: {kind}\n{where}", what=what, kind=qual(type(failure.value)), where=where)
