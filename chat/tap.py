"""Options and makeService: wires everything, does nothing else."""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from twisted.application.service import IService
from twisted.cred.checkers import FilePasswordDB
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import AuthOptionMixin
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.logger import Logger
from twisted.plugins.cred_file import theFileCheckerFactory
from twisted.python import usage

from chat.accounts.checker import PasswordFile
from chat.accounts.passwords import Hashing
from chat.factory import ChatFactory, Equipment
from chat.history.expiry import Expiry
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import Store, StoreError
from chat.net import hub
from chat.net.certificates import CertificateError, Certificates, Files, Folder, One, Source
from chat.net.endpoints import TlsEndpoint, from_words
from chat.service import environment, logfile, pidfile
from chat.service.reactor_clock import make_monotonic
from chat.service.service import ChatService, ListenError, ignore_signals
from chat.version import VERSION
from chat.vocabulary import config
from chat.vocabulary.calendar import elapsed
from chat.vocabulary.limits import BACKLOG
from chat.vocabulary.text import print_anything
from chat.vocabulary.writing.secrets import masked, not_understood, shown

log = Logger()

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
        self.mistakes: list[str] = []
        self.warnings: list[str] = []
        self.origins: dict[str, str] = {}
        """Where a value comes from, for whoever is told that it is wrong."""
        theFileCheckerFactory.errorOutput = io.StringIO()  # it is said here

    def getUsage(self, width: int | None = None) -> str:
        """The help, as wide as the terminal is, whatever the environment says of it."""
        return super().getUsage(width or max(40, shutil.get_terminal_size().columns))

    def opt_port(self, value: str) -> None:
        """Port to listen on; may be given several times."""
        self._take_port(value, "--port")

    opt_p = opt_port

    def opt_listen(self, value: str) -> None:
        """Twisted endpoint to listen on, like unix:chat.sock; may be given several times."""
        self.listen.append(value)

    opt_l = opt_listen

    def parseArgs(self, *words: str) -> None:
        """There are none. Raises UsageError."""
        if words:
            raise usage.UsageError(f"{not_understood(words)}: every option begins with --")

    def opt_version(self) -> NoReturn:
        """Print the version and exit."""
        print(f"twisted-chat {VERSION}")
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse, or exit with a line for each thing that is wrong."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            self.mistakes.append(f"{error} (twistd chat --help lists the options)")
        if self.mistakes:
            _give_up(*self.mistakes)

    def postOptions(self) -> None:
        """Settle what comes from the flags, the file and the environment."""
        if self["config"] is not None:
            try:
                self.file = config.read(self["config"])
            except config.ConfigError as error:
                self.mistakes += error.args
                self.file = error.rest or self.file
        server, history = self.file.server, self.file.history
        self._settle("host", server.host, "[server] host", config.DEFAULT_HOST)
        self._settle("store", history.store, "[history] store", config.DEFAULT_STORE)
        if not self.listen:
            self.listen = server.listen
            self.origins["listen"] = self._in_file("[server] listen")
        self.ports = self.ports or server.ports
        surroundings = environment.read(os.environ)
        self._take_from(surroundings)
        if not self.ports and not self.listen and self.file.tls is None:
            self.ports = list(config.DEFAULT_PORTS)
        if wrong := _wrong_store(self["store"]):
            self.mistakes.append(f"{self.origins.get('store', '--store')} {wrong}")
        self["credCheckers"] = [
            self._checked(checker) for checker in self.get("credCheckers") or ()
        ]
        self._look_at(self.parent or {})
        if self.mistakes:
            from twisted.internet import reactor

            self.mistakes += _endpoints(self, reactor)[2]

    def _look_at(self, of_twistd: Mapping[str, Any]) -> None:
        """What would end in a traceback, or in a riddle, of twistd's own options."""
        if not os.path.isdir(folder := of_twistd.get("rundir") or "."):
            self.mistakes.append(f"--rundir {folder}: there is no such folder")
        if of_twistd.get("pidfile"):
            try:
                self.warnings += filter(None, [pidfile.clear(of_twistd["pidfile"])])
            except pidfile.PidFileError as error:
                self.mistakes.append(str(error))

    def _settle(self, name: str, of_file: str | None, where: str, default: str) -> None:
        """Take the flag, or what the file says, or neither."""
        if self[name] is None and of_file is not None:
            self.origins[name] = self._in_file(where)
        elif self[name] is None:
            self.origins[name] = ""
        self[name] = self[name] or of_file or default

    def _in_file(self, where: str) -> str:
        return f"{self['config']}: {where}"

    def _take_from(self, surroundings: environment.Environment) -> None:
        """Take what the environment says of where nothing else does."""
        if self.origins.get("host") == "":
            self["host"] = surroundings.host or self["host"]
            self.origins["host"] = "HOST in the environment" if surroundings.host else ""
            self.warnings += surroundings.host_warnings
        if not self.ports and not self.listen:
            self.warnings += surroundings.port_warnings
            if surroundings.port:
                self._take_port(surroundings.port, "PORT in the environment")

    def _take_port(self, value: str, where: str) -> None:
        is_port = value.isascii() and value.isdecimal() and len(value) <= 5 and int(value) <= 65535
        if is_port:
            self.ports.append(int(value))
        else:
            self.mistakes.append(
                f"{where}: not a port number from 0 to 65535: {shown(value)[:20]!r}"
            )

    def _checked(self, checker: Any) -> Any:
        """A checker of --auth; a file is read as all others are."""
        if not isinstance(checker, FilePasswordDB):
            return checker
        try:
            return PasswordFile(checker.filename)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.mistakes.append(f"--auth file:{checker.filename}: {reason}")
            return checker


def makeService(options: Options) -> IService:
    """The chat that the options describe, its TCP ports open; or one line, and exit status 1."""
    from twisted.internet import reactor

    make_monotonic(reactor)
    logfile.install()
    for stream in (sys.stdout, sys.stderr):
        print_anything(stream)
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
    early, late, mistakes = _endpoints(options, reactor)
    if mistakes:
        _give_up(*mistakes)
    for line in options.warnings:
        log.warn("{line}", line=masked(line))
    service = ChatService(factory, early, late, expiry)
    reactor.addSystemEventTrigger("before", "shutdown", ignore_signals)
    try:
        service.open()
    except ListenError as error:
        origin = options.origins.get("host")
        what = f"the address is that of {origin}: " if origin else ""
        _give_up(f"{error} ({what}choose another address, or see what is listening there)")
    return service


def _store(url: str, reactor: Any) -> Store:
    """The store of a URL. It opens nothing yet."""
    if url == "memory:":
        return MemoryStore()
    from chat.history.sql.store import SqlStore

    return SqlStore(url, reactor, alone=True)


def _wrong_store(url: str) -> str:
    """What is wrong with the URL of a store, or nothing."""
    if url == "memory:":
        return ""
    from chat.history.sql.flavours import of

    try:
        of(url)
    except StoreError as error:
        return str(error)
    return ""


def _endpoints(options: Options, reactor: Any) -> tuple[list[Named], list[Named], list[str]]:
    """What to listen on, TCP first and apart, and what is wrong with it."""
    host = options["host"]
    mistakes: list[str] = []
    early: list[Named] = [
        (f"{host}:{port}", TCP4ServerEndpoint(reactor, port, BACKLOG, host))
        for port in options.ports
    ]
    if options.file.tls is not None:
        try:
            early += _tls_endpoints(host, options.file.tls, reactor)
        except CertificateError as error:
            mistakes.append(f"{options['config']}: [tls] {error}")
    late: list[Named] = []
    origin = options.origins.get("listen", "--listen")
    for description in options.listen:
        kind = description.partition(":")[0].lower()
        try:
            endpoint = _endpoint(kind, description, reactor)
        except Exception as error:
            mistakes.append(f"{origin} {description}: {error or 'not an endpoint'}")
            continue
        (early if kind in ("tcp", "tcp6", "ssl") else late).append((description, endpoint))
    return early, late, mistakes


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


def _tls_endpoints(host: str, table: config.TlsTable, reactor: Any) -> list[Named]:
    """Those of the table [tls]. Its certificates are loaded as long as twistd may be root. Raises
    CertificateError."""
    source: Source
    if table.folder is not None:
        source = Folder(Path(table.folder), table.default)
    else:
        certificate = Path(table.certificate or "")
        source = One(Files(certificate, Path(table.key) if table.key else certificate))
    certificates = Certificates(source, reactor)
    certificates.load()
    return [
        (
            f"{host}:{port}",
            TlsEndpoint(TCP4ServerEndpoint(reactor, port, BACKLOG, host), certificates),
        )
        for port in table.ports
    ]


def _give_up(*reasons: str) -> NoReturn:
    """Exit status 1, and a line for each reason."""
    lines = (f"twistd chat: {masked(reason, sys.argv)}" for reason in reasons)
    raise SystemExit("\n".join(lines))
