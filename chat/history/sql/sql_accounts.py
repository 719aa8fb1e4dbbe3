"""The accounts in a database, on the threads of its store. Knows no SQL."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chat.history.account_records import AccountChanges, Bookmark
from chat.history.sql.link import Link
from chat.history.sql.tables.account_tables import AccountTables, Change
from chat.vocabulary.limits import PLACES_AT_ONCE

T = TypeVar("T")
Do = Callable[[Callable[[Link], Any]], Deferred[Any]]
"""Has a thread do something; fires with what that returns."""


class SqlAccounts:
    """Implements AccountStore.

    tables: the questions and their answers.
    write: has them asked one after the other, with the batches of messages.
    read: has them asked beside that.
    count: the same, of those that may take longer.
    """

    def __init__(self, tables: AccountTables, write: Do, read: Do, count: Do) -> None:
        self._tables = tables
        self._write = write
        self._read = read
        self._count = count
        self._changing = 0  # transactions that are under way
        self._making = 0  # those of them that change places
        self._waiting: deque[tuple[Change, Deferred[None]]] = deque()

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[AccountChanges]:
        """See AccountStore."""
        return self._ask(lambda link: self._tables.changes(link, after))

    def create(self, key: str, name: str, password: str | None, since: int) -> Deferred[bool]:
        """See AccountStore."""
        self._make_all()
        return self._change(lambda link: self._tables.create(link, key, name, password, since))

    def password(self, key: str) -> Deferred[str | None]:
        """See AccountStore."""
        return self._ask(lambda link: self._tables.password(link, key))

    def set_password(self, key: str, old: str, new: str) -> Deferred[bool]:
        """See AccountStore."""
        return self._change(lambda link: self._tables.set_password(link, key, old, new))

    def give_up(self, key: str, since: int) -> Deferred[None]:
        """See AccountStore."""
        self._make_all()
        return self._change(lambda link: self._tables.give_up(link, key, since))

    def bookmarks(self, key: str) -> Deferred[list[Bookmark]]:
        """See AccountStore. Batches that are under way may bring more that waits."""
        self._make_all()
        return self._write(lambda link: self._tables.bookmarks(link, key))

    def join(self, key: str, rooms: Mapping[str, str]) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.join(key, dict(rooms)))

    def leave(self, key: str, room: str) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.leave(key, room))

    def mark(self, key: str, read: Mapping[str, tuple[str, int]]) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.mark(key, dict(read)))

    def read_on(self, key: str, place: str, name: str, after: int, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.read_on(key, place, name, after, number))

    def wait(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.wait(key, place, name, number))

    def begin(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.begin(key, place, name, number))

    def told(self, key: str, place: str, number: int) -> Deferred[None]:
        """See AccountStore."""
        return self._place(self._tables.told(key, place, number))

    def mentions(
        self, key: str, name: str, unread: Mapping[str, int], most: int
    ) -> Deferred[dict[str, int]]:
        """See AccountStore."""
        numbers = dict(unread)
        return self._count(lambda link: self._tables.mentions(link, key, name, numbers, most))

    def _place(self, change: Change) -> Deferred[None]:
        """Have a place changed. While some changes are being made, further ones wait, and are made
        together: each transaction costs a sync, and what is said waits for it."""
        done: Deferred[None] = Deferred()
        self._waiting.append((change, done))
        if not self._making:
            self._make()
        return done

    def _make_all(self) -> None:
        """What is asked now has to see all changes."""
        while self._waiting:
            self._make()

    def _make(self) -> None:
        some = [self._waiting.popleft() for _ in range(min(len(self._waiting), PLACES_AT_ONCE))]
        changes = [change for change, _ in some]
        self._making += 1
        made = self._change(lambda link: self._tables.make(link, changes))
        made.addBoth(self._made, [done for _, done in some])

    def _made(self, result: object, some: list[Deferred[None]]) -> None:
        self._making -= 1
        if self._waiting and not self._making:
            self._make()
        for done in some:
            if isinstance(result, Failure):
                done.errback(result)
            else:
                done.callback(None)

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
        self._make_all()
        return (self._write if self._changing else self._read)(job)
