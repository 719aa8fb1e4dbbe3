"""Many connections as one for the reactor. Knows transports, not what they carry.

The reactor spends more on looking after one that is ready than reading a line from it takes, and
serves all that are ready before it looks at the clock or at anything else. Here the connections of
a chat wait on an epoll of their own, which the reactor watches like one connection; those that are
ready there are served as long as a turn may take. See docs/adr/0012.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor, ILoggingContext, IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chat.vocabulary.limits import READY_PER_STEP, READY_PER_TURN, TURN_SECONDS

log = Logger()

_READABLE: Final = getattr(select, "EPOLLIN", 1)

AVAILABLE: Final = hasattr(select, "epoll") and hasattr(os, "eventfd")
"""Whether the system has what it takes."""


@implementer(IReadDescriptor, ILoggingContext)
class Hub:
    """Watches transports in the place of the reactor, once they are adopted.

    reactor: watches the hub, and tells the time.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._seconds: Callable[[], float] = reactor.seconds
        self.callLater = reactor.callLater
        """What transports want of a reactor besides being watched."""
        self._epoll: Any = None  # from the first time on that it is needed, in the right process
        self._bell = -1  # is ready when the hub itself has something to do
        self._serving = False
        self._acts: deque[Callable[[], object]] = deque()  # for the end of the turn
        self._transports: dict[int, Any] = {}
        self._watched: dict[Any, tuple[int, int]] = {}  # file and events of a transport

    def adopt(self, transport: Any) -> None:
        """From here on watch this transport, which the reactor has watched for reading."""
        self._open()
        transport.stopReading()
        transport.reactor = self
        transport.startReading()

    def later(self, act: Callable[[], object]) -> None:
        """Call `act` at the end of this turn, if connections are being served; of the next one, if
        not. What is left when the turn is over has the next one."""
        self._acts.append(act)
        if not self._serving and len(self._acts) == 1:
            self._open()
            os.eventfd_write(self._bell, 1)

    def _open(self) -> None:
        if self._epoll is None:
            self._epoll = select.epoll()
            self._bell = os.eventfd(0)
            self._epoll.register(self._bell, select.EPOLLIN)
            self._reactor.addReader(self)

    # What a transport asks of its reactor

    def addReader(self, transport: Any) -> None:
        """Watch whether there is something to read."""
        self._watch(transport, self._events(transport) | select.EPOLLIN)

    def removeReader(self, transport: Any) -> None:
        """Do not any more."""
        self._watch(transport, self._events(transport) & ~select.EPOLLIN)

    def addWriter(self, transport: Any) -> None:
        """Watch whether there is room to write."""
        self._watch(transport, self._events(transport) | select.EPOLLOUT)

    def removeWriter(self, transport: Any) -> None:
        """Do not any more."""
        self._watch(transport, self._events(transport) & ~select.EPOLLOUT)

    def _events(self, transport: Any) -> int:
        return self._watched.get(transport, (-1, 0))[1]

    def _watch(self, transport: Any, events: int) -> None:
        """Watch for these events and no others."""
        file, before = self._watched.get(transport, (-1, 0))
        if events == before:
            return
        if not before:
            file = transport.fileno()
            self._epoll.register(file, events)
            self._transports[file] = transport
        elif events:
            self._epoll.modify(file, events)
        else:
            self._epoll.unregister(file)
            del self._transports[file], self._watched[transport]
            return
        self._watched[transport] = (file, events)

    # What the reactor asks of its descriptor

    def fileno(self) -> int:
        """See IFileDescriptor."""
        return int(self._epoll.fileno())

    def logPrefix(self) -> str:
        """See ILoggingContext."""
        return "chat"

    def connectionLost(self, reason: Failure) -> None:
        """See IFileDescriptor. The reactor has come to its end, and all connections with it."""
        for transport in list(self._watched):
            self._lose(transport, ConnectionLost(), False)
        self._epoll.close()
        os.close(self._bell)
        self._epoll = None
        self._acts.clear()

    def doRead(self) -> None:
        """Serve those that are ready, then do what is to be done at the end of a turn.

        Who has to wait for the next turn is ready then as well, and comes first: the system puts
        those that it has named behind those that it has not.
        """
        self._serving = True
        until, left = None, READY_PER_TURN
        while left > 0:
            ready = self._epoll.poll(0, READY_PER_STEP)
            self._serve(ready)
            if len(ready) < READY_PER_STEP:
                break
            left -= READY_PER_STEP
            now = self._seconds()
            until = until or now + TURN_SECONDS
            if now > until:
                break
        self._serving = False
        if self._acts:
            self._end_turn()

    def _end_turn(self) -> None:
        until = None
        for _ in range(len(self._acts)):
            act = self._acts.popleft()
            try:
                act()
            except Exception:
                log.failure("an act at the end of a turn failed")
            now = self._seconds()
            until = until or now + TURN_SECONDS
            if now > until:
                break
        if self._acts:
            os.eventfd_write(self._bell, 1)

    def _serve(self, ready: list[tuple[int, int]]) -> None:
        for file, events in ready:
            transport = self._transports.get(file)
            if transport is None:  # it went with one that was served before it, or is the bell
                if file == self._bell:
                    os.eventfd_read(file)
                continue
            reading = True
            try:
                if events == _READABLE:
                    why = transport.doRead()
                elif not events & (select.EPOLLIN | select.EPOLLOUT):
                    why, reading = ConnectionLost(), False
                else:
                    why = transport.doRead() if events & select.EPOLLIN else None
                    if not why and events & select.EPOLLOUT and file in self._transports:
                        why, reading = transport.doWrite(), False
            except Exception as error:
                log.failure("a connection could not be served and is closed")
                why = error
            if why:
                self._lose(transport, why, reading)

    def _lose(self, transport: Any, why: Exception, reading: bool) -> None:
        """A transport has come to its end, or its client to the end of what it sends."""
        half = reading and isinstance(why, ConnectionDone)
        try:
            transport.stopReading()
            if half and IHalfCloseableDescriptor.providedBy(transport):
                transport.readConnectionLost(Failure(why))
            else:
                transport.stopWriting()
                transport.connectionLost(Failure(why))
        except Exception:
            log.failure("a connection did not come to its end in good order")
