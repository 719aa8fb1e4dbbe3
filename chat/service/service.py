"""The chat as a service: opens its ports, says so, and closes in good order. Knows no
options."""

from __future__ import annotations

import gc
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from platform import python_version
from typing import Any, Final, NoReturn

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IStreamServerEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

import twisted
from chat.factory import ChatFactory
from chat.history.expiry import Expiry
from chat.history.store import StoreError
from chat.net.address import shown
from chat.net.endpoints import TlsEndpoint, TlsFactory
from chat.service import heap
from chat.service.signals import HangUps, ignore_rotation
from chat.version import VERSION
from chat.vocabulary.limits import (
    ACCEPTED_PER_TURN,
    ACCOUNTS_SECONDS,
    CLOCK_AHEAD_SECONDS,
    COLLECT_SECONDS,
    GIVE_BACK_CONNECTIONS,
    GIVE_BACK_SECONDS,
    OWN_FILES,
    REFUSED_AT_A_TIME,
    SWITCH_SECONDS,
)
from chat.vocabulary.times import moment, rfc3339
from chat.vocabulary.writing.secrets import masked

log = Logger()

NEVER: Final = 1_000_000_000
"""Collections of Python's middle generation before one of all objects: it is done by the clock."""


class ListenError(Exception):
    """An address can't be listened on; its text is one line that says which, and why."""


class ChatService(Service):
    """Serves a factory's chat on endpoints.

    early: endpoints that `open` opens, by their names. They are TCP's: a daemon that has gone
        to the background could tell nobody that a port is taken.
    late: the others. What a Unix socket is called depends on the folder that twistd changes to,
        and a lock beside it holds the process's id.
    expiry: keeps house, while the service runs.
    """

    name = "chat"

    def __init__(
        self,
        factory: ChatFactory,
        early: Sequence[tuple[str, IStreamServerEndpoint]],
        late: Sequence[tuple[str, IStreamServerEndpoint]] = (),
        expiry: Expiry | None = None,
    ) -> None:
        self.factory = factory
        self._expiry = expiry
        self.ports: list[Any] = []
        self._collecting: IDelayedCall | None = None
        self._giving_back: IDelayedCall | None = None
        self._most = 0  # connections, of late
        self._early = early
        self._late = late
        self._hang_ups: HangUps | None = None
        secured = [endpoint for _, endpoint in early if isinstance(endpoint, TlsEndpoint)]
        self._certificates = list(dict.fromkeys(each.certificates for each in secured))

    def open(self) -> None:
        """Open the early endpoints. Raises ListenError; nothing is open then."""
        self._introduce()
        try:
            for name, endpoint in self._early:
                self._listen(name, endpoint)
        except ListenError:
            self._close()
            raise

    def _introduce(self) -> None:
        """The first line of the log: what it is that runs here."""
        endpoints = [
            f"{name} (TLS)" if isinstance(endpoint, TlsEndpoint) else name
            for name, endpoint in [*self._early, *self._late]
        ]
        log.info(
            "twisted-chat {version} on Python {python} with Twisted {twisted}, its history in "
            "{store}, for {endpoints}",
            version=VERSION,
            python=python_version(),
            twisted=twisted.__version__,
            store=self.factory.realm.store.name,
            endpoints=", ".join(endpoints),
        )

    def privilegedStartService(self) -> None:
        """Open the late endpoints, while twistd may still be root. Raises ListenError."""
        for name, endpoint in self._late:
            try:
                self._listen(name, endpoint)
            except ListenError as error:
                _give_up(error)
        super().privilegedStartService()

    def startService(self) -> None:
        """Open the store, in the folder and as the user that twistd has changed to, and say
        where to find the chat. Raises StoreError."""
        self.factory.admission.most = _most_connections()
        store = self.factory.realm.store
        try:
            log.info("history in {name}: {counts}", name=store.name, counts=store.open())
        except StoreError as error:
            _give_up(error)
        if self._expiry:
            self._expiry.start()
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], NEVER)
        self._collect()
        self._give_back()
        for certificates in self._certificates:
            certificates.start()
        ignore_rotation()
        self._hang_ups = HangUps(self.factory.clock, self._reload)
        for port in self.ports:
            port.stopReading()
        self._look_up()
        super().startService()

    def _look_up(self) -> None:
        """Nobody is let in before it is known whose name is whose, who is banned, and what time it
        was."""
        looked = self.factory.directory.load().addCallback(lambda _: self.factory.registry.load())
        looked.addCallback(lambda _: self.factory.realm.store.newest())
        looked.addCallback(self._see)
        looked.addCallbacks(self._let_in, self._look_up_again)

    def _see(self, newest: int) -> None:
        """That time, in ms since 1970 UTC, was written down before: nothing is older from now on,
        unless that would last for too long."""
        calendar, newest = self.factory.calendar, moment(newest)
        ahead = newest / 1000 - calendar.wall()
        is_near = ahead <= CLOCK_AHEAD_SECONDS
        if is_near:
            calendar.see(newest / 1000)
        if ahead > 0:
            log.warn(
                "the clock is behind: something was stored at {newest}. See whether it is right; "
                "{where} get that time until it has come",
                newest=rfc3339(newest),
                where="messages" if is_near else "messages in the room where that was",
            )

    def _look_up_again(self, failure: Failure) -> None:
        log.error("accounts and rooms can't be looked up: {reason}", reason=failure.value)
        if self.running:
            self.factory.clock.callLater(ACCOUNTS_SECONDS, self._look_up)

    def _let_in(self, _: None) -> None:
        self.factory.directory.start()
        self.factory.registry.start()
        for port in self.ports:
            port.startReading()
            kind = " (TLS)" if isinstance(getattr(port, "factory", None), TlsFactory) else ""
            log.info("listening on {address}{kind}", address=shown(port.getHost()), kind=kind)

    def stopService(self) -> Deferred[Any]:
        """Let nobody in any more, then shut the chat down. Fires when everyone is gone."""
        super().stopService()
        for timer in (self._collecting, self._giving_back):
            if timer and timer.active():
                timer.cancel()
        if self._expiry:
            self._expiry.stop()
        for certificates in self._certificates:
            certificates.stop()
        if self._hang_ups:
            self._hang_ups.stop()
        return self._close().addCallback(lambda _: self.factory.shut_down())

    def _collect(self) -> None:
        """Leave nothing to Python that may take long; see COLLECT_SECONDS."""
        gc.collect()
        self._collecting = self.factory.clock.callLater(COLLECT_SECONDS, self._collect)

    def _give_back(self) -> None:
        """Keep no memory of many connections that are gone."""
        now = len(self.factory.connections)
        self._most = max(self._most, now)
        if self._most - now >= GIVE_BACK_CONNECTIONS:
            self._most = now
            heap.give_back()
        self._giving_back = self.factory.clock.callLater(GIVE_BACK_SECONDS, self._give_back)

    def _reload(self) -> None:
        """Take up what is new in files."""
        log.info("SIGHUP: looking for new certificates")
        for certificates in self._certificates:
            certificates.reload()

    def _listen(self, name: str, endpoint: IStreamServerEndpoint) -> None:
        failures: list[Failure] = []
        endpoint.listen(self.factory).addCallbacks(self.ports.append, failures.append)
        if not failures:
            _accept_few(self.ports[-1])
        else:
            error = failures[0].value
            if isinstance(error, CannotListenError):
                error = error.socketError
            reason = getattr(error, "strerror", None) or error
            raise ListenError(f"cannot listen on {name}: {reason}")

    def _close(self) -> Deferred[Any]:
        ports, self.ports = self.ports, []
        closed = [port.stopListening() for port in ports]
        return DeferredList([d for d in closed if d is not None])


def _accept_few(port: Any) -> None:
    """Have a port accept few connections at a time: Twisted's takes ever more in a rush."""
    accept = port.doRead

    def accept_few() -> object:
        port.numberAccepts = ACCEPTED_PER_TURN
        return accept()

    port.doRead = accept_few


def ignore_signals() -> None:
    """The end is under way and takes no long time; another signal would only be an
    error."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _give_up(error: Exception) -> NoReturn:
    """Twistd ends with this error; the log says why."""
    log.critical("{error}", error=masked(str(error)))
    sys.excepthook = _say_no_more
    raise error


def _say_no_more(*_: object) -> None:
    """The reason is in the log already, and a daemon's terminal is told by twistd."""


def _most_connections() -> int | None:
    """Each connection is an open file: take as many as the system gives, and leave some over."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # where "unlimited" may not be asked for
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return None
    return max(files // 2, files - OWN_FILES - 2 * REFUSED_AT_A_TIME)
