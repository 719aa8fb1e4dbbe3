"""SIGHUP at a running server: with and without a terminal."""

import os
import signal
from pathlib import Path

import pytest

from tests.integration.server import TWISTD, Server, environment, until
from tests.terminal import at_terminal

CHAT = ["chat", "--host", "127.0.0.1", "--port", "0"]


def test_without_a_terminal_it_goes_on(server: Server) -> None:
    """Also where there is nothing to be read again."""
    alice = server.caller().says("LOGIN alice").hears("OK")
    for count in (1, 2, 3):
        server.process.send_signal(signal.SIGHUP)
        until(lambda count=count: server.log.count("SIGHUP: looking") == count)  # type: ignore[misc]
    alice.says("PING").hears("PONG")


@pytest.mark.parametrize("nohup", [False, True])
def test_it_goes_with_its_terminal(tmp_path: Path, nohup: bool) -> None:
    """In good order; unless nohup has asked for something else. As long as the terminal is there
    the signal is nobody's end."""
    log, beside = tmp_path / "log", tmp_path / "chat.sqlite-wal"
    words = [*["nohup"] * nohup, TWISTD, "--nodaemon", "--pidfile=", f"--logfile={log}", *CHAT]
    child, terminal = at_terminal(words, tmp_path, environment())
    try:
        until(lambda: log.exists() and "listening on" in log.read_text(), "a start")
        child.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP: looking" in log.read_text())
        assert beside.exists()
        os.close(terminal)
        if nohup:
            until(lambda: log.read_text().count("SIGHUP: looking") == 2)
        else:
            until(lambda: child.poll() is not None)
            assert not beside.exists()
    finally:
        child.kill()
        child.wait()
