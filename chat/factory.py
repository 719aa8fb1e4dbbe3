"""ChatFactory: one chat, and every connection to it. `.rooms` and `.users` are the realm's. Knows
no ports."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import ServerFactory
from twisted.internet.task import Clock

from chat.accounts.directory import Directory
from chat.accounts.passwords import Hashing
from chat.accounts.portal import Doorkeeper
from chat.accounts.tries import Tries
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import Store
from chat.logbook.visits import Visits
from chat.moderation.registry import Registry
from chat.moderation.rulebook import Rulebook
from chat.net.address import Networks, host_of
from chat.net.admission import Admission
from chat.net.hub import Hub
from chat.net.proxy import Header, ProxiedConnection
from chat.net.rates import Bucket
from chat.protocol import ChatProtocol
from chat.queries.seam import Seam
from chat.realm.people import People
from chat.realm.realm import Realm
from chat.vocabulary.calendar import Calendar
from chat.vocabulary.clock import Task, Timing
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Closing
from chat.vocabulary.limits import (
    REFUSED_AT_A_TIME,
    REST_SECONDS,
    SHUTDOWN_SECONDS,
)
from chat.vocabulary.settings import Settings


def _bare(connection: ChatProtocol) -> ChatProtocol:
    """A connection as it is."""
    return connection


def at_once(act: Task) -> None:
    """The end of a turn, where there are no turns."""
    act()


class Equipment(NamedTuple):
    """What a process lends a chat.

    hub: watches the connections, where not the reactor itself does.
    hashing: makes hashes of passwords, at once unless given.
    checkers: what checks passwords instead of the store.
    elapsed: the time from some point on, by a clock that nobody sets: see chat.vocabulary.calendar.
    """

    hub: Hub | None = None
    hashing: Hashing | None = None
    checkers: Sequence[Any] = ()
    elapsed: Callable[[], float] | None = None


class ChatFactory(ServerFactory):
    """Holds the rooms and the users; makes a ChatProtocol for each connection.

    Without arguments it is a whole chat in memory that needs no reactor: what is said has been
    delivered when `dataReceived` returns, and no time passes.

    store: keeps what is said.
    settings: how the chat is.
    clock: for time-outs.
    later: calls a function at the end of the reactor's turn.
    now: the time in seconds since 1970 UTC, for what is stored.
    equipment: what a process lends the chat.
    """

    protocol: Any = ChatProtocol
    noisy = False

    def __init__(
        self,
        store: Store | None = None,
        settings: Settings = Settings(),
        clock: Any = None,
        later: Callable[[Task], object] = at_once,
        now: Callable[[], float] = time.time,
        equipment: Equipment = Equipment(),
    ) -> None:
        self.settings = settings
        self.hub = equipment.hub
        self.clock: Any = clock or Clock()
        self.later = later
        self.calendar = Calendar(now, equipment.elapsed)
        now, wall = self.calendar.now, self.calendar.wall
        timing = Timing(self.clock, later, now)
        store = store or MemoryStore()
        self.hashing = equipment.hashing or Hashing()
        self.directory = Directory(store.accounts, self.clock, settings.operators)
        self.registry = Registry(store.moderation, self.clock, wall)
        doorkeeper = Doorkeeper(
            *(store.accounts, self.directory, self.hashing, Tries(self.clock.seconds)),
            *(self.calendar.apart, equipment.checkers, settings.registers),
        )
        people = People(self.directory, doorkeeper, self.calendar.apart)
        rulebook = Rulebook(self.registry, self.directory, people.users, self.calendar)
        self.realm = Realm(store, people, rulebook, settings, timing)
        self.seam = Seam(self.realm)
        self.users = self.realm.users
        self.rooms = self.realm.rooms
        self.connections: set[ChatProtocol] = set()
        self.visits = Visits(self.clock)
        self.admission = Admission(settings.limits, self.clock.seconds)
        self.arriving: set[ProxiedConnection] = set()
        """The connections of a proxy that has not said yet for whom they are."""
        self._proxies = Networks(settings.proxies)
        self._all_told: Deferred[None] = Deferred()
        self._all_gone: Deferred[None] = Deferred()

    def buildProtocol(self, addr: Any) -> Any:
        """A protocol for a client that has come from that address."""
        return self.receive(addr)

    def receive(self, address: Any, around: Callable[[ChatProtocol], Any] = _bare) -> Any:
        """A protocol for a client that has come from there: a ChatProtocol, with what `around`
        makes of it, and where a proxy has come with what reads its header."""
        chat: ChatProtocol = self.protocol(self.clock.seconds())
        chat.factory = self
        carried = around(chat)
        if not (hasattr(address, "host") and host_of(address) in self._proxies):
            return carried

        def go_on(header: Header) -> Any:
            chat.proxied = header
            return carried

        return ProxiedConnection(self, go_on)

    @property
    def takes_more(self) -> bool:
        """Whether there may be one more connection, that has not said for whom it is."""
        most, there = self.admission.most, self.admission.connections + len(self.arriving)
        return not self.realm.closing and (most is None or there < most)

    @property
    def login_timeout(self) -> float:
        """The seconds within which a client has to log in."""
        return self.settings.limits.login_timeout

    @property
    def is_crowded(self) -> bool:
        """Whether many who were refused have not gone yet."""
        return len(self.connections) - self.admission.connections > REFUSED_AT_A_TIME

    def admit(self, connection: ChatProtocol, host: str) -> Bucket | None:
        """A client has come from that address; the bucket for its lines, if it needs one.

        Raises ChatError: too-many-connections. It is a connection all the same, until it is gone.
        """
        self.connections.add(connection)
        try:
            is_trusted = self.admission.admit(host)
        except ChatError:
            connection.note("too-many-connections", "")
            raise
        connection.host = host
        limits = self.settings.limits
        if is_trusted or not limits.rate:
            return None
        return Bucket(limits.rate, limits.burst, self.clock.seconds, REST_SECONDS)

    def disconnected(self, connection: ChatProtocol, username: str) -> None:
        """A client is gone; its username, if it had one."""
        self.connections.discard(connection)
        if connection.host is not None:
            self.admission.leave(connection.host)
            if connection.is_noted:
                self.visits.went(connection.peer, username)
            else:
                self.visits.was_silent(connection.host)
        if not self.connections:
            self._fire(self._all_gone)

    def shut_down(self) -> Deferred[None]:
        """Deliver what has been accepted, say that this is the end, and hang up on everyone.

        Fires when all are gone and the store is closed; a client that reads nothing is dropped
        after SHUTDOWN_SECONDS.
        """
        self.realm.close()
        self.directory.stop()
        self.registry.stop()
        self.hashing.close()
        for connection in self.connections:
            connection.session.ended = True
        for proxied in self.arriving:
            proxied.transport.abortConnection()
        timer = self.clock.callLater(SHUTDOWN_SECONDS, self._drop_everyone)
        self.realm.journal.then(self._say_goodbye)
        if not self.connections:
            self._fire(self._all_gone)

        def close_store(_: object) -> Deferred[None]:
            if timer.active():
                timer.cancel()
            self.visits.end()
            return self.realm.store.close()

        return DeferredList([self._all_told, self._all_gone]).addCallback(close_store)

    def _fire(self, deferred: Deferred[None]) -> None:
        """Fire it once, and only at the end."""
        if self.realm.closing and not deferred.called:
            deferred.callback(None)

    def _say_goodbye(self) -> None:
        self._fire(self._all_told)
        for connection in list(self.connections):
            dialect = connection.session.dialect
            connection.write(dialect.encode(Closing(self.realm.at)))
            connection.close()

    def _drop_everyone(self) -> None:
        self._fire(self._all_told)
        for connection in list(self.connections):
            connection.transport.abortConnection()
