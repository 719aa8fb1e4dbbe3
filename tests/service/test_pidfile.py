"""A file with a process's number, and what a power cut makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chat.service.pidfile import PidFileError, clear


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that has begun, and waits."""
    program = [sys.executable, "-c", "print(flush=True); input()", *words]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()  # a moment before it was not yet called so
    yield process
    process.communicate()


@pytest.fixture
def another() -> Iterator[subprocess.Popen[bytes]]:
    """A program that is no server."""
    with running() as process:
        yield process


@pytest.fixture
def twistd() -> Iterator[subprocess.Popen[bytes]]:
    """One that is called as a server is."""
    with running("twistd") as process:
        yield process


@pytest.mark.parametrize(
    "written", ["{another}", "{another}\n", "{own}", "4000000", "", "\0\0\0\0"]
)
def test_that_of_a_server_that_is_gone_is_removed(
    tmp_path: Path, another: subprocess.Popen[bytes], written: str
) -> None:
    """Its number is another program's, the new server's own, nobody's; or it was never written out
    before the power went."""
    path = tmp_path / "chat.pid"
    path.write_text(written.format(another=another.pid, own=os.getpid()))
    assert "left by a server that is gone" in clear(str(path))
    assert not path.exists()
    assert another.poll() is None
    assert clear(str(path)) == ""


def test_a_server_that_runs_is_told(tmp_path: Path, twistd: subprocess.Popen[bytes]) -> None:
    """With how to stop it; the file stays."""
    path = tmp_path / "chat.pid"
    path.write_text(str(twistd.pid))
    with pytest.raises(PidFileError, match=rf"stop it first \(kill {twistd.pid}\), or"):
        clear(str(path))
    assert path.exists()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_text("[server]\nport = 1"), "no process's number in it"),
        (lambda path: path.write_text("9" * 99), "no process's number in it"),
        (lambda path: path.write_text("-1"), "no process's number in it"),
        (lambda path: path.mkdir(), "something else of that name"),
        (os.mkfifo, "something else of that name"),
    ],
)
def test_what_is_no_such_file_is_left_alone(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    """It is told what it is, in one line."""
    path = tmp_path / "chat.pid"
    make(path)
    with pytest.raises(PidFileError, match=reason) as refused:
        clear(str(path))
    assert path.exists()
    assert "\n" not in str(refused.value)


def test_where_there_can_be_none_it_is_said(tmp_path: Path) -> None:
    """Before the server has gone to the background."""
    with pytest.raises(PidFileError, match="its folder is not there, or may not be written to"):
        clear(str(tmp_path / "no" / "such" / "chat.pid"))
