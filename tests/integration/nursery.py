"""Programs of the server that begin as copies of a process which has imported them already.

Each is a process of its own, with its own folder, environment, log and signals, which can be
killed like any other; what it is spared is half a second of imports. That programs also begin by
themselves, with nothing imported, is for other tests to see: those of test_twistd, and all whose
server is `fresh`. Knows nothing of chat.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.scripts.twistd import run

ROOT: Final = Path(__file__).parent.parent.parent

TWISTD_MODULE: Final = "twisted.scripts.twistd"
"""The module that the script `twistd` runs."""

IMPORTED: Final = ("chat.tap", "chat.history.sql.store", "chat.admin.__main__")

LONGEST: Final = 1 << 18
"""Bytes of what is asked for: an environment may be long."""


class Copy:
    """A process that was begun by the nursery. See subprocess.Popen."""

    def __init__(self, reports: socket.socket) -> None:
        self._reports = reports
        self.pid = int(reports.recv(100) or b"0")
        self.returncode: int | None = None
        assert self.pid, "the nursery is gone"

    def poll(self) -> int | None:
        """Its exit status, or minus a signal, if it has ended."""
        with suppress(TimeoutError):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, or minus a signal, once it has ended. Raises TimeoutError."""
        if self.returncode is None:
            self._reports.settimeout(timeout)
            try:
                self.returncode = int(self._reports.recv(100))
            except BlockingIOError:
                raise TimeoutError from None
            self._reports.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Where they begin: a process without threads, which is started when the first is wanted."""

    def __init__(self) -> None:
        self._asks: socket.socket | None = None

    def start(
        self,
        module: str,
        words: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        out: IO[Any],
        err: IO[Any] | None = None,
        read: IO[Any] | None = None,
    ) -> Copy:
        """Run a module as `python -m` does; out, err, read: files for what it writes and reads."""
        if self._asks is None:
            self._asks = self._begun()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with open(os.devnull, "rb") as nothing, theirs:
            files = [theirs, read or nothing, out, err or out]
            asked = json.dumps([module, list(words), str(folder), dict(environ)]).encode()
            assert len(asked) < LONGEST
            socket.send_fds(self._asks, [asked], [file.fileno() for file in files])
        return Copy(ours)

    def _begun(self) -> socket.socket:
        """It ends when nobody has the other side any more."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(
                [sys.executable, "-m", "tests.integration.nursery"],
                cwd=ROOT,
                stdin=theirs,
                start_new_session=True,  # a Ctrl-C is for whoever runs the tests
            )
        return ours


NURSERY: Final = Nursery()
"""One for all tests of a process."""


def main() -> None:
    """Import everything; then copy this process as often as it is asked for."""
    for name in IMPORTED:
        import_module(name)
    list(getPlugins(IServiceMaker))  # twistd imports all that there are
    assert "twisted.internet.reactor" not in sys.modules, "each wants a reactor of its own"
    gc.collect()
    gc.freeze()
    asks = socket.socket(fileno=os.dup(0))
    while True:
        asked, files, _, _ = socket.recv_fds(asks, LONGEST, 4)
        if not asked:
            return
        if os.fork() == 0:
            asks.close()
            _keep(asked, *files)
        for file in files:
            os.close(file)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                """Nobody asks what became of a keeper."""


def _keep(asked: bytes, report: int, *streams: int) -> NoReturn:
    """Begin what was asked for, and report what becomes of it."""
    pid = os.fork()
    if pid == 0:
        os.close(report)
        _begin(streams, *json.loads(asked))
    for file in (0, 1, 2, *streams):  # whoever reads to their end need not wait for it
        os.close(file)
    os.write(report, b"%d" % pid)
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):  # nobody wants to know
        os.write(report, b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _begin(
    streams: Sequence[int], module: str, words: list[str], folder: str, environ: dict[str, str]
) -> NoReturn:
    """Be that program, to its end."""
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    sys.argv = [module, *words]
    if module == TWISTD_MODULE:
        sys.exit(run())
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
