"""The accounts in a database, on the threads of its store. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from chat.accounts.store import Changes, Place
from chat.history.sql.accounts import Accounts
from chat.history.sql.link import Link

T = TypeVar("T")
Do = Callable[[Callable[[Link], Any]], Deferred[Any]]
"""Has a thread do something; fires with what that returns."""


class SqlAccounts:
    """Implements AccountStore.

    accounts: the questions and their answers.
    write: has them asked one after the other, with the batches of messages.
    read: has them asked beside that.
    search: the same, of those that may take longer.
    """

    def __init__(self, accounts: Accounts, write: Do, read: Do, search: Do) -> None:
        self._accounts = accounts
        self._write = write
        self._read = read
        self._search = search
        self._changing = 0  # changes that are under way

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[Changes]:
        """See AccountStore."""
        return self._ask(lambda link: self._accounts.changes(link, after))

    def create(self, key: str, name: str, password: str | None, since: int) -> Deferred[bool]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.create(link, key, name, password, since))

    def password(self, key: str) -> Deferred[str | None]:
        """See AccountStore."""
        return self._ask(lambda link: self._accounts.password(link, key))

    def set_password(self, key: str, old: str, new: str) -> Deferred[bool]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.set_password(link, key, old, new))

    def give_up(self, key: str, since: int) -> Deferred[None]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.give_up(link, key, since))

    def places(self, key: str) -> Deferred[list[Place]]:
        """See AccountStore. Batches that are under way may bring more that waits."""
        return self._write(lambda link: self._accounts.places(link, key))

    def join(self, key: str, rooms: Mapping[str, str]) -> Deferred[None]:
        """See AccountStore."""
        names = dict(rooms)
        return self._change(lambda link: self._accounts.join(link, key, names))

    def leave(self, key: str, room: str) -> Deferred[None]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.leave(link, key, room))

    def mark(self, key: str, read: Mapping[str, tuple[str, int]]) -> Deferred[None]:
        """See AccountStore."""
        marks = dict(read)
        return self._change(lambda link: self._accounts.mark(link, key, marks))

    def wait(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.wait(link, key, place, name, number))

    def begin(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.begin(link, key, place, name, number))

    def told(self, key: str, place: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._change(lambda link: self._accounts.told(link, key, place, number))

    def mentions(
        self, key: str, name: str, unread: Mapping[str, int], most: int
    ) -> Deferred[dict[str, int]]:
        """See AccountStore."""
        numbers = dict(unread)
        return self._search(lambda link: self._accounts.mentions(link, key, name, numbers, most))

    def _change(self, job: Callable[[Link], T]) -> Deferred[T]:
        self._changing += 1
        done = self._write(job)
        done.addBoth(self._changed)
        return done

    def _changed(self, result: T) -> T:
        self._changing -= 1
        return result

    def _ask(self, job: Callable[[Link], T]) -> Deferred[T]:
        """Behind the changes that are under way, if there are any: it has to see them."""
        return (self._write if self._changing else self._read)(job)
