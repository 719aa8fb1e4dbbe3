"""Options and makeService: wires everything, does nothing else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from twisted.application.service import IService
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import AuthOptionMixin
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.python import usage

from chat.accounts.passwords import Hashing
from chat.factory import ChatFactory, Equipment
from chat.history.expiry import Expiry
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import Store, StoreError
from chat.net import hub
from chat.net.certificates import CertificateError, Certificates, Files, Folder, One, Source
from chat.net.endpoints import TlsEndpoint, from_words
from chat.service.reactor_clock import make_monotonic
from chat.service.service import ChatService, ListenError, ignore_signals
from chat.version import VERSION
from chat.vocabulary import config
from chat.vocabulary.calendar import elapsed
from chat.vocabulary.limits import BACKLOG

Named = tuple[str, IStreamServerEndpoint]


class Options(usage.Options, AuthOptionMixin):
    """The command line of `twistd chat`."""

    supportedInterfaces = (IUsernamePassword,)
    authOutput = sys.stdout

    longdesc = (
        "A chat server: use it with nc or telnet. Without --port and --listen it listens on "
        "4000 and 5000. A flag wins over the --config file, the file over PORT and HOST in the "
        "environment."
    )
    optParameters = (
        ("host", None, None, "Address to listen on, 0.0.0.0 unless given."),
        (
            "store",
            None,
            None,
            "Where messages are kept: sqlite:///FILE, postgresql://USER@HOST/DATABASE or memory:. "
            "sqlite:///chat.sqlite unless given.",
        ),
        (
            "config",
            None,
            None,
            "A TOML file with the tables [server], [tls], [limits], [history] and [accounts].",
        ),
    )
    compData = usage.Completions(optActions={"config": usage.CompleteFiles("*.toml")})

    def __init__(self) -> None:
        super().__init__()
        self.file = config.Config()
        self.ports: list[int] = []
        self.listen: list[str] = []

    def opt_port(self, value: str) -> None:
        """Port to listen on; may be given several times."""
        self.ports.append(_port(value, "--port"))

    opt_p = opt_port

    def opt_listen(self, value: str) -> None:
        """Twisted endpoint to listen on, like unix:chat.sock; may be given several times."""
        self.listen.append(value)

    opt_l = opt_listen

    def parseArgs(self, *words: str) -> None:
        """There are none. Raises UsageError."""
        if words:
            raise usage.UsageError(f"what is {words[0]!r}? Every option begins with --")

    def opt_version(self) -> NoReturn:
        """Print the version and exit."""
        print(f"twisted-chat {VERSION}")
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse, or exit with one line that says what was wrong."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            _give_up(f"{error} (twistd chat --help lists the options)")

    def postOptions(self) -> None:
        """Settle what comes from the flags, the file and the environment."""
        if self["config"] is not None:
            try:
                self.file = config.read(self["config"])
            except config.ConfigError as error:
                _give_up(str(error))
        server, environ = self.file.server, os.environ
        self["host"] = self["host"] or server.host or environ.get("HOST") or config.DEFAULT_HOST
        self["store"] = self["store"] or self.file.history.store or config.DEFAULT_STORE
        self.listen = self.listen or server.listen
        self.ports = self.ports or server.ports
        if not self.ports and not self.listen and environ.get("PORT"):
            self.ports = [_port(environ["PORT"], "PORT")]
        if not self.ports and not self.listen and self.file.tls is None:
            self.ports = list(config.DEFAULT_PORTS)
        for checker in self.get("credCheckers") or ():
            name = getattr(checker, "filename", None)
            if name is not None and not os.path.isfile(name):
                _give_up(f"--auth file:{name}: there is no such file")


def makeService(options: Options) -> IService:
    """The chat that the options describe, its TCP ports open; or one line, and exit status 1."""
    from twisted.internet import reactor

    make_monotonic(reactor)
    history, hashing = options.file.history, Hashing(cast(Any, reactor).callFromThread)
    store = _store(options["store"], reactor)
    its_hub = hub.Hub(reactor) if hub.AVAILABLE else None
    factory = ChatFactory(
        store,
        options.file.settings,
        clock=reactor,
        later=its_hub.later if its_hub else lambda act: reactor.callLater(0, act),
        equipment=Equipment(its_hub, hashing, options.get("credCheckers") or (), elapsed),
    )
    keep = history.keep_seconds, history.keep_messages or 0
    expiry = Expiry(store, reactor, time.time, *keep, elapsed)
    early, late = _endpoints(options, reactor)
    service = ChatService(factory, early, late, expiry)
    reactor.addSystemEventTrigger("before", "shutdown", ignore_signals)
    try:
        service.open()
    except ListenError as error:
        _give_up(f"{error} (choose another address, or see what is listening there)")
    return service


def _store(url: str, reactor: Any) -> Store:
    """The store of a URL. It opens nothing yet."""
    if url == "memory:":
        return MemoryStore()
    from chat.history.sql.store import SqlStore

    try:
        return SqlStore(url, reactor, alone=True)
    except StoreError as error:
        _give_up(f"--store {error}")


def _endpoints(options: Options, reactor: Any) -> tuple[list[Named], list[Named]]:
    """What to listen on, TCP first and apart."""
    host = options["host"]
    early: list[Named] = [
        (f"{host}:{port}", TCP4ServerEndpoint(reactor, port, BACKLOG, host))
        for port in options.ports
    ]
    if options.file.tls is not None:
        early += _tls_endpoints(host, options.file.tls, options["config"], reactor)
    late: list[Named] = []
    for description in options.listen:
        kind = description.partition(":")[0].lower()
        try:
            endpoint = _endpoint(kind, description, reactor)
        except Exception as error:
            _give_up(f"--listen {description}: {error or 'not an endpoint'}")
        (early if kind in ("tcp", "tcp6", "ssl") else late).append((description, endpoint))
    return early, late


def _endpoint(kind: str, description: str, reactor: Any) -> IStreamServerEndpoint:
    """What Twisted's words for an endpoint describe. Raises whatever Twisted raises."""
    if kind == "ssl":
        its_own = from_words(description, reactor)
        its_own.certificates.load()
        return its_own
    has_backlog = kind in ("tcp", "tcp6", "unix") and ":backlog=" not in description
    backlog = f":backlog={BACKLOG}" if has_backlog else ""
    endpoint: IStreamServerEndpoint = serverFromString(reactor, description + backlog)
    return endpoint


def _tls_endpoints(host: str, table: config.TlsTable, path: str, reactor: Any) -> list[Named]:
    """Those of the table [tls]. Its certificates are loaded as long as twistd may be root."""
    source: Source
    if table.folder is not None:
        source = Folder(Path(table.folder), table.default)
    else:
        certificate = Path(table.certificate or "")
        source = One(Files(certificate, Path(table.key) if table.key else certificate))
    certificates = Certificates(source, reactor)
    try:
        certificates.load()
    except CertificateError as error:
        _give_up(f"{path}: [tls] {error}")
    return [
        (
            f"{host}:{port}",
            TlsEndpoint(TCP4ServerEndpoint(reactor, port, BACKLOG, host), certificates),
        )
        for port in table.ports
    ]


def _port(value: str, what: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and int(value) <= 65535):
        raise usage.UsageError(f"{what}: not a port number from 0 to 65535: {value[:20]!r}")
    return int(value)


def _give_up(reason: str) -> NoReturn:
    """Exit status 1, and one line."""
    raise SystemExit(f"twistd chat: {' '.join(reason.split())}")
