"""The store in a database: a thread that writes, a few that read. Knows no SQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.task import LoopingCall

from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.sql_accounts import SqlAccounts
from chat.history.sql.sql_moderation import SqlModeration
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.sql.threads import Threads
from chat.history.sql.upgrade import upgrade
from chat.history.store import Counts, Hits
from chat.history.upkeep.timekeeper import Sighting
from chat.history.words import Query
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.limits import CLOSE_STORE_SECONDS, QUERY_SECONDS, READERS, WATCH_SECONDS


class SqlStore:
    """Implements Store in SQLite or PostgreSQL.

    url: which: sqlite:///FILE or postgresql://USER@HOST/DATABASE.
    reactor: calls back in its thread, and watches the time.
    alone: it is for a server, which has the database as Flavour.occupy says; tools ask for no such
        thing.

    Raises StoreError if there is no such database.
    """

    def __init__(self, url: str, reactor: Any, alone: bool = False) -> None:
        self._flavour = of(url)
        self._alone = alone
        self.name = self._flavour.name
        self._database = Database(self._flavour)
        threads = (self._write, self._read, self._count)
        self.accounts = SqlAccounts(AccountTables(self._database), *threads)
        self._rooms = RoomTables(self._flavour)
        self.moderation = SqlModeration(self._rooms, *threads)
        self._reactor = reactor
        self._stopped = threading.Event()
        self._writer: Threads | None = None
        self._readers: Threads | None = None
        self._searcher: Threads | None = None
        self._counter: Threads | None = None
        self._watch = LoopingCall(self._interrupt)
        self._watch.clock = reactor

    def open(self) -> Counts:
        """See Store. From here on there are threads."""
        writer = Link(self._flavour, self._stopped, follows=False, occupies=self._alone)
        try:
            if self._alone:  # first of all: another server's tables are not touched
                writer.ask(lambda _: None)
            upgrade(self._flavour)
            self._rooms.go_on(writer)
            counts = self._database.counts(writer)
        except BaseException:
            writer.close()
            self._flavour.vacate()
            raise
        writer.follows = True  # from now on it is known what is to be there
        self._writer = Threads(1, lambda: writer, self._reactor.callFromThread)
        self._readers = Threads(READERS, self._link, self._reactor.callFromThread)
        self._searcher = Threads(1, self._link, self._reactor.callFromThread)
        self._counter = Threads(1, self._link, self._reactor.callFromThread)
        self._watch.start(WATCH_SECONDS, now=False)
        return counts

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """See Store."""
        return self._write(lambda link: self._database.append(link, drafts))

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """See Store."""
        return self._read(lambda link: self._database.page(link, key, count, before, after))

    def search(
        self, scopes: Collection[str], query: Query, count: int, rest: int = 0
    ) -> Deferred[Hits]:
        """See Store."""
        return self._search(lambda link: self._database.search(link, scopes, query, count, rest))

    def first(self, key: str) -> Deferred[int]:
        """See Store."""
        return self._read(lambda link: self._database.first(link, key))

    def last(self, key: str) -> Deferred[int]:
        """See Store."""
        return self._read(lambda link: self._database.last(link, key))

    def overdue(self, older_than: int, beyond: int) -> Deferred[list[str]]:
        """See Store."""
        return self._read(lambda link: self._database.overdue(link, older_than, beyond))

    def forget(self, key: str, older_than: int, beyond: int) -> Deferred[int]:
        """See Store."""
        return self._write(lambda link: self._database.forget(link, key, older_than, beyond))

    def newest(self) -> Deferred[int]:
        """See Store."""
        return self._read(self._database.newest)

    def sighting(self) -> Deferred[Sighting | None]:
        """See Store."""
        return self._read(self._database.sighting)

    def note_sighting(self, seen: Sighting) -> Deferred[None]:
        """See Store."""
        return self._write(lambda link: self._database.note_sighting(link, seen))

    def counts(self) -> Deferred[Counts]:
        """See Store."""
        return self._read(self._database.counts)

    def close(self) -> Deferred[None]:
        """See Store. What hangs is not waited for."""
        beside = (self._readers, self._searcher, self._counter)
        threads = [each for each in (*beside, self._writer) if each]
        if not threads or self._stopped.is_set():
            return succeed(None)
        self._watch.stop()
        ended = DeferredList([end for each in threads for end in each.stop()])
        closed: Deferred[None] = Deferred()
        patience = self._reactor.callLater(CLOSE_STORE_SECONDS, closed.callback, None)
        self._stopped.set()

        def done(_: object) -> None:
            self._flavour.vacate()
            if patience.active():
                patience.cancel()
                closed.callback(None)

        ended.addCallback(done)
        return closed

    def _link(self) -> Link:
        return Link(self._flavour, self._stopped)

    def _write(self, job: Callable[[Link], Any]) -> Deferred[Any]:
        assert self._writer, "the store is not open"
        return self._writer.do(job)

    def _read(self, job: Callable[[Link], Any]) -> Deferred[Any]:
        assert self._readers, "the store is not open"
        return self._readers.do(job)

    def _search(self, job: Callable[[Link], Any]) -> Deferred[Any]:
        assert self._searcher, "the store is not open"
        return self._searcher.do(job)

    def _count(self, job: Callable[[Link], Any]) -> Deferred[Any]:
        assert self._counter, "the store is not open"
        return self._counter.do(job)

    def _interrupt(self) -> None:
        for threads in (self._writer, self._readers, self._searcher, self._counter):
            if threads:
                threads.interrupt(QUERY_SECONDS)
