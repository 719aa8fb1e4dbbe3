"""A real twistd, for tests to call. Knows no more of chat than what its log says."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

from tests.integration.nursery import NURSERY, TWISTD_MODULE, Copy
from tests.people import Caller

T = TypeVar("T")

TWISTD = str(Path(sys.executable).parent / "twistd")
PATIENCE = 30.0
"""Seconds after which what was waited for is taken not to come."""


def until(look: Callable[[], T], what: str = "that") -> T:
    """Look until there is something to see, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.01)
    return seen


def environment(**changes: str) -> dict[str, str]:
    """The environment without what would configure a chat."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PORT", "HOST")}
    return kept | changes


@contextmanager
def held_port(among: Iterable[int] = (0,)) -> Iterator[int]:
    """A port of 127.0.0.1 that nobody else gets, whatever else runs on this machine.

    A server may come and go there: it is refused to all who do not take over an address that
    nobody listens on, and Twisted does. Nobody listens there until then. among: ports to try.
    """
    with socket.socket() as holder:
        for port in among:
            with suppress(OSError):
                holder.bind(("127.0.0.1", port))
                break
        else:
            raise OSError("none of these ports is free")
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield holder.getsockname()[1]


def is_running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has asked how is called a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listening(pid: int) -> list[int]:
    """The TCP ports that a process listens on. Raises OSError where it is gone."""
    process = Path(f"/proc/{pid}")
    own = {os.readlink(file) for file in (process / "fd").iterdir()}
    kinds = [(process / "net" / kind).read_text() for kind in ("tcp", "tcp6")]
    lines = [line.split() for kind in kinds for line in kind.splitlines()[1:]]
    return [
        int(line[1].rpartition(":")[2], 16)
        for line in lines
        if line[3] == "0A" and f"socket:[{line[9]}]" in own
    ]


def program(
    module: str, folder: Path, *words: str, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, or until it is in the background. See Nursery."""
    with (
        tempfile.TemporaryFile("w+") as read,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        read.write(stdin)
        read.seek(0)
        process = NURSERY.start(module, words, folder, environment(**env), out, err, read)
        status = process.wait(PATIENCE)
        out.seek(0), err.seek(0)
        return subprocess.CompletedProcess([module, *words], status, out.read(), err.read())


class Server:
    """A chat in a folder of its own; its log is what it says there.

    fresh: it is no copy of another process, but imports everything itself; so does one that is
        started in any but the usual way.
    """

    process: subprocess.Popen[bytes] | Copy

    def __init__(
        self,
        folder: Path,
        *words: str,
        fresh: bool = False,
        twistd: str = TWISTD,
        most_files: str = "",
        **env: str,
    ) -> None:
        self.folder = folder
        self._log = folder / "out.log"
        self.words = words or ("--host", "127.0.0.1", "--port", "0")
        command = ["--nodaemon", "--pidfile=", "chat", *self.words]
        with self._log.open("wb") as out:
            if fresh or env or most_files or twistd != TWISTD:
                limit = f'ulimit {most_files}; exec "$0" "$@"'
                limited = ["sh", "-c", limit] if most_files else []
                self.process = subprocess.Popen(
                    [*limited, twistd, *command],
                    cwd=folder,
                    env=environment(**env),
                    stdout=out,
                    stderr=out,
                )
            else:
                self.process = NURSERY.start(TWISTD_MODULE, command, folder, environment(), out)

    def __enter__(self) -> Self:
        until(lambda: self._has_told_all or self.process.poll() is not None, "a start")
        assert self.process.poll() is None, self.log
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def _has_told_all(self) -> bool:
        """The log has all the ports that are open: it gets a line for each."""
        if "listening on" not in self.log:
            return False
        try:
            return len(self.ports) >= len(listening(self.process.pid))
        except OSError:  # a file that it has closed meanwhile; or it is gone
            return False

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return self._log.read_text(errors="replace")

    @property
    def ports(self) -> list[int]:
        """The TCP ports that it has said it listens on."""
        return [
            int(port) for port in re.findall(r"listening on [^\n]*:(\d+)(?: \(TLS\))?\n", self.log)
        ]

    @property
    def is_closed(self) -> bool:
        """Whether it has ended in good order: SQLite leaves nothing beside its file then."""
        return self.process.poll() is not None and not (self.folder / "chat.sqlite-wal").exists()

    def caller(self) -> Caller:
        """Somebody who calls it."""
        return Caller(self.ports[0])

    def stop(self) -> float:
        """SIGTERM; the seconds until it was gone."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(PATIENCE)
        return time.monotonic() - began

    @property
    def open_files(self) -> int:
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def memory(self) -> int:
        """Its resident memory in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024
