"""Certificates of a running server: chosen by name, replaced under load, and wrong ones."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import hello, host, made, shown_host, trusting
from tests.integration.nursery import TWISTD_MODULE
from tests.integration.server import PATIENCE, TWISTD, Server, is_running, program, until
from tests.people import Caller
from tests.reasons import NO_SUCH_FILE, NOT_PERMITTED

CONFIG = """
    [server]
    host = "127.0.0.1"
    [tls]
    port = 0
    folder = "live"
    default = "b.example"
    [limits]
    rate = 0
    """


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with certificates of two hosts; it runs in another folder."""
    for name in ("a.example", "b.example"):
        host(tmp_path / "live", name)
    (tmp_path / "chat.toml").write_text(CONFIG)
    with Server(tmp_path, "--config", "chat.toml", "--store", "memory:") as server:
        yield server
        assert "Traceback" not in server.log


def shown(server: Server, name: str | None) -> str:
    """The first host in the certificate that one is shown who asks for that name."""
    with trusting().wrap_socket(server.caller().socket, server_hostname=name) as sealed:
        return shown_host(sealed.getpeercert(True))


def test_the_certificate_is_that_of_the_host(server: Server) -> None:
    """That one asks for; or the default, whatever one asks for else. The log tells of each."""
    for name, wanted in {
        "a.example": "a.example",
        "b.example": "b.example",
        "elsewhere.example": "b.example",
        None: "b.example",
    }.items():
        assert shown(server, name) == wanted
    for name in ("a.example", "b.example"):
        path = server.folder / "live" / name / "fullchain.pem"
        assert f"certificate {path} for {name}: valid until 2" in server.log


def test_a_name_that_is_none_gets_the_default(server: Server) -> None:
    """And no traceback, as one would from a callback that OpenSSL calls."""
    begin = hello("zzzzzzzz")
    for name in (b"\xffzzzzzz\xff", b"zzz zzzz", b"........"):
        caller = server.caller()
        caller.sends(begin.replace(b"zzzzzzzz", name))
        assert caller.socket.recv(1) == b"\x16"


class Talker:
    """Somebody who talks to himself until he is stopped, and hears himself in order."""

    def __init__(self, server: Server, number: int) -> None:
        caller = server.caller()
        caller.socket = trusting().wrap_socket(caller.socket, server_hostname="a.example")
        self.caller = caller.says(f"JOIN r{number} u{number}").hears(f"INFO joined room r{number}")
        self.number = number
        self.said = 0
        self.failure: Exception | AssertionError | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._talk)
        self.thread.start()

    def _talk(self) -> None:
        room, user = f"r{self.number}", f"u{self.number}"
        try:
            while not self.stopped.is_set():
                self.caller.says(f"MSG {room} {self.said}")
                self.caller.hears(f"MSG {room} {user} {self.said}")
                self.said += 1
        except Exception as failure:
            self.failure = failure

    def ends(self) -> None:
        self.stopped.set()
        self.thread.join()
        assert self.failure is None
        self.caller.says("QUIT")
        assert self.caller.hears_the_end() == ["INFO goodbye"]


@pytest.mark.parametrize("signalled", [True, False])
def test_a_certificate_is_replaced_under_load(server: Server, signalled: bool) -> None:
    """At a signal, or some seconds after its files have changed: the next one to come sees it, and
    nobody who is there notices."""
    talkers = [Talker(server, number) for number in range(5)]
    for count in range(1, 4 if signalled else 2):
        name = f"new{count}.example"
        public, secret = made(name)
        place = server.folder / "live" / "a.example"
        for file, data in (("privkey.pem", secret), ("fullchain.pem", public)):
            (place / "new").write_bytes(data)
            (place / "new").rename(place / file)
        if signalled:
            server.process.send_signal(signal.SIGHUP)
        until(lambda name=name: f"/fullchain.pem for {name}: valid until" in server.log)  # type: ignore[misc]
        assert shown(server, "a.example") == name
        before = [talker.said for talker in talkers]
        until(
            lambda before=before: all(  # type: ignore[misc]
                talker.said > said or talker.failure
                for talker, said in zip(talkers, before, strict=True)
            )
        )
    for talker in talkers:
        talker.ends()


def test_a_broken_certificate_changes_nothing(server: Server) -> None:
    """The log says what is wrong; a good one is taken up then."""
    place = server.folder / "live" / "a.example"
    (place / "privkey.pem").write_bytes(made()[1])
    server.process.send_signal(signal.SIGHUP)
    reason = f"{place}/privkey.pem: the key does not fit {place}/fullchain.pem"
    until(lambda: f"{reason}; the certificate in use is kept" in server.log)
    assert shown(server, "a.example") == "a.example"
    host(server.folder / "live", "a.example", "more.example")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "for a.example, more.example: valid" in server.log)
    assert shown(server, "more.example") == "a.example"


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", ", line 1: [tls]: give either `certificate` (and `key`) or `folder`"),
        ('certificate = "no.pem"', f": [tls] {{at}}/no.pem: {NO_SUCH_FILE}"),
        (
            'certificate = "a.example/fullchain.pem"\nkey = "b.example/privkey.pem"',
            ": [tls] {at}/b.example/privkey.pem: the key does not fit {at}/a.example/fullchain.pem",
        ),
        ('folder = "no"', f": [tls] {{at}}/no: {NO_SUCH_FILE}"),
        (
            'folder = "."\ndefault = "c.example"',
            f": [tls] {{at}}/c.example/fullchain.pem: {NO_SUCH_FILE}",
        ),
        (
            'folder = "."\nport = -1',
            ", line 3: [tls] port: give a whole number from 0 to 65535, or a list of one or more "
            "whole numbers from 0 to 65535, not -1",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, table: str, reason: str) -> None:
    """On the terminal, with exit status 1, as a daemon too."""
    for name in ("a.example", "b.example"):
        host(tmp_path, name)
    (tmp_path / "chat.toml").write_text(f"[tls]\n{table}\n")
    for mode in (["--nodaemon"], []):
        done = program(TWISTD_MODULE, tmp_path, *mode, "chat", "--config", "chat.toml")
        said = [line for line in (done.stderr + done.stdout).splitlines() if "[-]" not in line]
        assert said == [f"twistd chat: chat.toml{reason.format(at=tmp_path)}"]
        assert done.returncode == 1


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_key_may_be_roots(open_folder: Path) -> None:
    """It is read before twistd becomes somebody else, also as a daemon in another folder. When
    there is a new one that may not be read that is said, and the old one kept."""
    place = host(open_folder / "live", "a.example")
    (place / "privkey.pem").chmod(0o600)
    run = open_folder / "run"
    run.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(run, nobody.pw_uid, nobody.pw_gid)
    (open_folder / "chat.toml").write_text(
        '[server]\nhost = "127.0.0.1"\n[tls]\nport = 0\n'
        'certificate = "live/a.example/fullchain.pem"\nkey = "live/a.example/privkey.pem"\n'
    )
    log = open_folder / "chat.log"
    words = ["--pidfile", open_folder / "pid", "--logfile", log, "--rundir", run]
    user = ["--uid", str(nobody.pw_uid), "--gid", str(nobody.pw_gid)]
    chat = ["chat", "--config", "chat.toml", "--store", "memory:"]
    subprocess.run([TWISTD, *words, *user, *chat], cwd=open_folder, check=True, timeout=PATIENCE)
    pid = int((open_folder / "pid").read_text())
    try:
        until(lambda: "listening on" in log.read_text())
        port = int(log.read_text().partition("listening on 127.0.0.1:")[2].split()[0])
        assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
        alice = Caller(port)
        alice.socket = trusting().wrap_socket(alice.socket, server_hostname="a.example")
        alice.says("LOGIN alice").hears("OK")
        host(open_folder / "live", "a.example", "new.example")
        (place / "privkey.pem").chmod(0o600)
        os.kill(pid, signal.SIGHUP)
        until(lambda: f"{place}/privkey.pem: {NOT_PERMITTED}; the cert" in log.read_text())
        alice.says("PING").hears("PONG")
        (place / "privkey.pem").chmod(0o644)
        os.kill(pid, signal.SIGHUP)
        until(lambda: "for a.example, new.example: valid until" in log.read_text())
    finally:
        os.kill(pid, signal.SIGTERM)
        until(lambda: not is_running(pid), "its end")
