"""The way to a public server in docs/operations.md, as far as it leads without the internet.

The files are those that the document has copied, and so are the commands of the units. What stands
in for the rest: a folder for the root of the machine, a certificate of our own for the one that an
ACME client would fetch, and a systemctl that does what the unit says.
"""

from __future__ import annotations

import grp
import os
import re
import shlex
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.certificates import host
from tests.integration.server import environment, held_port, until
from tests.people import Caller

PROJECT = Path(__file__).parent.parent.parent
DOCUMENT = PROJECT / "docs" / "operations.md"
NAME = "chat.example.org"
COPIED = re.compile(r"^cp (deploy/\S+) (/etc/(?:chat|systemd)/\S+)$", re.M)


class Machine:
    """A machine that is set up as the document says, in a folder."""

    def __init__(self, folder: Path, port: int, plain: int) -> None:
        self.folder = folder
        self.port, self.plain = port, plain
        group = grp.getgrgid(os.getgid()).gr_name
        for source, path in COPIED.findall(DOCUMENT.read_text()):
            text = (PROJECT / source).read_text()
            for old, new in (
                ("/etc/", f"{folder}/etc/"),
                ("/var/lib/chat", f"{folder}/var/lib/chat"),
                ("/var/backups/chat", f"{folder}/var/backups/chat"),
                ("/opt/chat/bin", str(Path(sys.executable).parent)),
                ("port = 6697", f"port = {self.port}"),
                ("tcp:5000:", f"tcp:{self.plain}:"),
                ("0.0.0.0", "127.0.0.1"),
                ("-g chat", f"-g {group}"),
            ):
                text = text.replace(old, new)
            file = folder / path[1:]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod((PROJECT / source).stat().st_mode)
        (folder / "etc/chat/tls").mkdir()
        (folder / "var/lib/chat").mkdir(parents=True)
        (folder / "var/backups/chat").mkdir(parents=True)
        self.renewed = folder / "etc/chat/renewed"
        self.log = folder / "journal"
        self.unit, self.backup = self._unit("chat.service"), self._unit("chat-backup.service")
        self.process: subprocess.Popen[bytes] | None = None
        self._make_systemctl()

    def _unit(self, name: str) -> RawConfigParser:
        unit = RawConfigParser(strict=False)
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read(self.folder / "etc/systemd/system" / name)
        return unit

    def back_up(self) -> Path:
        """`systemctl start chat-backup`; the copy."""
        service = self.backup["Service"]
        words = shlex.split(service["ExecStart"])
        before = set((self.folder / "var/backups/chat").iterdir())
        subprocess.run(words, cwd=service["WorkingDirectory"], env=environment(), check=True)
        (made,) = {*(self.folder / "var/backups/chat").iterdir()} - before
        return made

    def _make_systemctl(self) -> None:
        """`systemctl reload chat`, by what the unit says."""
        reload = self.unit["Service"]["ExecReload"].replace("$MAINPID", "$(cat main.pid)")
        (self.folder / "bin").mkdir()
        systemctl = self.folder / "bin/systemctl"
        systemctl.write_text(
            f'#!/bin/sh\ntest "$*" = "reload chat" && cd {self.folder} && {reload}\n'
        )
        systemctl.chmod(0o755)

    def obtain_certificate(self) -> Path:
        """As an ACME client does: it leaves the files, and runs the hook. Returns what to trust."""
        lineage = host(self.folder / "etc/letsencrypt/live", NAME)
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [self.renewed],
            env=environment(RENEWED_LINEAGE=str(lineage), PATH=path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return lineage / "fullchain.pem"

    def start(self) -> None:
        """`systemctl start chat`."""
        service = self.unit["Service"]
        assert service["User"] == "chat"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                shlex.split(service["ExecStart"]),
                cwd=service["WorkingDirectory"],
                env=environment(),
                stdout=log,
                stderr=log,
            )
        (self.folder / "main.pid").write_text(str(self.process.pid))
        until(lambda: self.log.read_text().count("listening on") == 2, "both ports")

    def call(self, trusted: Path) -> Caller:
        """Somebody who makes sure of whom it talks to."""
        caller = Caller(self.port)
        context = ssl.create_default_context(cafile=trusted)
        caller.socket = context.wrap_socket(caller.socket, server_hostname=NAME)
        return caller

    def run(self, module: str, *words: str) -> str:
        """One of the tools, as the document calls it."""
        config = str(self.folder / "etc/chat/chat.toml")
        done = subprocess.run(
            [sys.executable, "-m", module, *words, "--config", config],
            cwd=self.folder / "var/lib/chat",
            input="correct-horse\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with held_port() as port, held_port() as plain:
        machine = Machine(tmp_path, port, plain)
        yield machine
        if machine.process:
            machine.process.kill()
            machine.process.wait()


def test_the_whole_way(machine: Machine) -> None:
    """Certificate, start, conversation, a renewal that disturbs nobody, the tools, the end."""
    trusted = machine.obtain_certificate()
    machine.start()
    alice = machine.call(trusted).says("JOIN lobby alice", "REGISTER correct-horse")
    alice.hears("INFO joined room lobby", "INFO registered alice")
    bob = Caller(machine.plain).says("LOGIN bob").hears("OK")
    alice.hears("INFO bob joined lobby")

    before = alice.socket.getpeercert(binary_form=True)
    trusted = machine.obtain_certificate()
    until(lambda: machine.call(trusted).says("PING").heard(1) == ["PONG"])
    later = machine.call(trusted)
    assert later.socket.getpeercert(binary_form=True) != before
    bob.says("MSG hi")
    alice.hears("MSG lobby bob hi")

    machine.run("chat.admin", "create", "carol", "--stdin")
    listed = machine.run("chat.admin", "list")
    assert "alice" in listed
    assert "carol" in listed
    copies = [machine.back_up() for _ in range(2)]

    assert machine.process
    machine.process.send_signal(signal.SIGTERM)
    assert alice.hears_the_end() == ["INFO server is shutting down"]
    assert machine.process.wait(10) in (0, -signal.SIGTERM)
    assert "Traceback" not in machine.log.read_text()

    lost = machine.folder / "var/lib/chat/chat.sqlite"
    lost.write_bytes(copies[0].read_bytes())
    machine.start()
    machine.call(trusted).says("LOGIN alice correct-horse").hears("OK")


def test_openssl_agrees(machine: Machine) -> None:
    """The command of the document, with the certificate checked; older versions are refused."""
    trusted = machine.obtain_certificate()
    machine.start()
    client = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{machine.port}"]
    verified = [*client, "-CAfile", str(trusted), "-verify_return_error", "-servername", NAME]
    done = subprocess.run(
        [*verified, "-verify_hostname", NAME],
        input=b"LOGIN alice\nQUIT\n",
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == b"OK\nGoodbye!\n", done.stderr
