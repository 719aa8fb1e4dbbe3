"""ChatFactory: one chat, and every connection to it. `.rooms` and `.users` are the realm's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import ServerFactory
from twisted.internet.task import Clock
from twisted.logger import Logger

from chat.events import Announced
from chat.history.memory import MemoryStore
from chat.history.store import Store
from chat.journal import Act
from chat.limits import SHUTDOWN_SECONDS, Limits
from chat.protocol import ChatProtocol
from chat.realm import Realm

log = Logger()


def at_once(act: Act) -> None:
    """The end of a turn, where there are no turns."""
    act()


class ChatFactory(ServerFactory):
    """Holds the rooms and the users; makes a ChatProtocol for each connection.

    Without arguments it is a whole chat in memory that needs no reactor: what is said has been
    delivered when `dataReceived` returns, and no time passes.

    store: keeps what is said.
    clock: for time-outs.
    later: calls a function at the end of the reactor's turn.
    now: the time in seconds since 1970 UTC, for what is stored.
    replay: messages of a room that somebody who joins it is sent.
    """

    protocol: Any = ChatProtocol
    noisy = False

    def __init__(
        self,
        store: Store | None = None,
        clock: Any = None,
        later: Callable[[Act], object] = at_once,
        now: Callable[[], float] = time.time,
        limits: Limits = Limits(),
        replay: int = 0,
    ) -> None:
        self.clock: Any = clock or Clock()
        self.later = later
        self.realm = Realm(store or MemoryStore(), later, self.clock, now, limits, replay)
        self.users = self.realm.users
        self.rooms = self.realm.rooms
        self.connections: set[ChatProtocol] = set()
        self._all_told: Deferred[None] = Deferred()
        self._all_gone: Deferred[None] = Deferred()

    def connected(self, connection: ChatProtocol) -> None:
        """A client has come."""
        self.connections.add(connection)
        log.info("{peer} connected", peer=connection.peer)

    def disconnected(self, connection: ChatProtocol, username: str) -> None:
        """A client is gone; its username, if it had one."""
        self.connections.discard(connection)
        log.info(
            "{peer} ({username}) disconnected",
            peer=connection.peer,
            username=username or "nobody yet",
        )
        if not self.connections:
            self._fire(self._all_gone)

    def shut_down(self) -> Deferred[None]:
        """Deliver what has been accepted, say that this is the end, and hang up on everyone.

        Fires when all are gone and the store is closed; who reads nothing is dropped after
        SHUTDOWN_SECONDS.
        """
        self.realm.closing = True
        for connection in self.connections:
            connection.session.ended = True
        timer = self.clock.callLater(SHUTDOWN_SECONDS, self._drop_everyone)
        self.realm.journal.then(self._say_goodbye)
        if not self.connections:
            self._fire(self._all_gone)

        def close_store(_: object) -> Deferred[None]:
            if timer.active():
                timer.cancel()
            return self.realm.store.close()

        return DeferredList([self._all_told, self._all_gone]).addCallback(close_store)

    def _fire(self, deferred: Deferred[None]) -> None:
        """Once, and only at the end."""
        if self.realm.closing and not deferred.called:
            deferred.callback(None)

    def _say_goodbye(self) -> None:
        self._fire(self._all_told)
        for connection in list(self.connections):
            dialect = connection.session.dialect
            connection.write(dialect.encode(Announced("server is shutting down")))
            connection.close()

    def _drop_everyone(self) -> None:
        self._fire(self._all_told)
        for connection in list(self.connections):
            connection.transport.abortConnection()
