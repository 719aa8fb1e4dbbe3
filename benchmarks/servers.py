"""Starts servers to measure, ours and its peers, each fresh in a folder of its own. Linux only."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.wires import IRC, ROOMS, Wire
from tests.certificates import certificate

HOST: Final = "127.0.0.1"

START_SECONDS: Final = 20.0
"""How long a server may take to start."""

STOP_SECONDS: Final = 20.0
"""How long it may take to stop: with 20,000 connections it has some work to do."""

STORES: Final = ("memory:", "sqlite:///chat.sqlite")
"""The stores that are measured unless others are asked for."""

_CORES: Final = sorted(os.sched_getaffinity(0))
"""The cores that this process may use, as it began."""

_TWISTD: Final = Path(sys.executable).parent / "twistd"

_INSPIRCD: Final = """
<server name="irc.bench.test" description="bench" network="Bench">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="1h" softsendq="100M" hardsendq="100M"
    recvq="10M" threshold="1000000000" commandrate="1000000000" fakelag="no" localmax="1000000"
    globalmax="1000000" maxconnwarn="no" maxchans="1000" limit="1000000" resolvehostnames="no"
    useident="no">
<performance softlimit="1000000" somaxconn="1024">
<security announceinvites="none">
<options prefixquit="" defaultmodes="n" hostintopic="no">
<files motd="/dev/null">
<pid file="{folder}/inspircd.pid">
<log method="file" target="{folder}/inspircd.log" type="* -USERINPUT -USEROUTPUT" level="default">
"""

_NGIRCD: Final = """
[Global]
Name = irc.bench.test
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
[Limits]
ConnectRetry = 3600
IdleTimeout = 0
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
"""


class Peer(NamedTuple):
    """A server that can be started.

    store: where ours keeps its messages; empty for the others.
    at_once: connections that may come at the same time.
    sealed: over TLS.
    """

    name: str
    wire: Wire
    store: str = ""
    at_once: int = 1000
    sealed: bool = False


class Server(NamedTuple):
    """A server that is running."""

    pid: int
    port: int
    wire: Wire
    at_once: int
    sealed: bool = False

    def cpu(self) -> float:
        """The seconds of CPU time it has used, user and system, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The KiB of memory it holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])

    def files(self) -> int:
        """The files it has open, connections among them."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))


_PEERS: Final = (
    Peer("inspircd", IRC),
    Peer("ngircd", IRC, at_once=8),  # its sockets hold ten until they are accepted
)


def ours(store: str) -> Peer:
    """Our server with a store."""
    return Peer(f"chat, {store.partition(':')[0]}", ROOMS, store)


def sealed(store: str) -> Peer:
    """The same over TLS."""
    return ours(store)._replace(name=f"chat, {store.partition(':')[0]}, TLS", sealed=True)


def installed() -> list[Peer]:
    """Ours with each of its usual stores, and the peers that are on this machine."""
    return [*map(ours, STORES), *(peer for peer in _PEERS if _program(peer.name))]


def prepare() -> None:
    """Have as many files as may be, and end the servers when this program is killed."""
    raise_file_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("killed"))


def raise_file_limit() -> int:
    """Have as many files open as this user may; the servers inherit that. How many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def keep_apart(server: Server) -> None:
    """Give this process a core of its own, and the server the others.

    Where they share one, a round trip costs a fifth of what it costs otherwise, and which of the
    two happens is chance.
    """
    *others, own = _CORES
    if not others:
        return
    os.sched_setaffinity(0, {own})
    for thread in os.listdir(f"/proc/{server.pid}/task"):
        os.sched_setaffinity(int(thread), others)


@contextmanager
def running(peer: Peer, config: str = "") -> Iterator[Server]:
    """The peer, from when it listens to the end of the block.

    config: TOML for ours, where the defaults are not what is to be measured.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        port = 0 if peer.store else _free_port()
        words = _ours(peer, folder, config) if peer.store else _theirs(peer, folder, port)
        log = folder / "out.log"
        with log.open("wb") as out:
            process = subprocess.Popen(words, cwd=folder, stdout=out, stderr=out)
        try:
            port = _listening(process, log, port)
            yield Server(process.pid, port, peer.wire, peer.at_once, peer.sealed)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ours(peer: Peer, folder: Path, config: str) -> list[str]:
    """The command that starts our server."""
    if peer.sealed:
        certificate(folder)
        config += '[tls]\nport = 0\ncertificate = "server.pem"\n'
    (folder / "chat.toml").write_text(config)
    port = [] if peer.sealed else ["--port", "0"]
    words = ["--nodaemon", "--pidfile=", "chat", "--host", HOST, *port]
    return [str(_TWISTD), *words, "--store", peer.store, "--config", "chat.toml"]


def _theirs(peer: Peer, folder: Path, port: int) -> list[str]:
    """The command that starts an IRC server, without its limits on what a client may send."""
    file = folder / f"{peer.name}.conf"
    text = _INSPIRCD if peer.name == "inspircd" else _NGIRCD
    file.write_text(text.format(port=port, folder=folder))
    if peer.name == "inspircd":
        root = ["--runasroot"] if os.geteuid() == 0 else []
        return [_program(peer.name), "--nofork", *root, "--config", str(file)]
    return [_program(peer.name), "-n", "-f", str(file)]


def _program(name: str) -> str:
    """Where a program is; nothing where it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""


def _free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def _listening(process: subprocess.Popen[bytes], log: Path, port: int) -> int:
    """Wait until the server takes connections; its port."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = re.search(r"listening on \S+:(\d+)", log.read_text())
        if found:
            return int(found[1])
        if port and _answers(port):
            return port
        time.sleep(0.05)
    raise SystemExit(f"a server did not start:\n{log.read_text()}")


def _answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((HOST, port)).close()
    except ConnectionRefusedError:
        return False
    return True
