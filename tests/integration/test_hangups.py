"""SIGHUP at a running server: with and without a terminal."""

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.integration.server import TWISTD, Server, environment, until

CHAT = ["chat", "--host", "127.0.0.1", "--port", "0", "--store", "memory:"]


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
    log = tmp_path / "log"
    words = [*["nohup"] * nohup, TWISTD, "--nodaemon", "--pidfile=", f"--logfile={log}", *CHAT]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execvpe(words[0], words, environment())
    try:
        until(lambda: log.exists() and "listening on" in log.read_text(), "a start")
        os.kill(child, signal.SIGHUP)
        until(lambda: "SIGHUP: looking" in log.read_text())
        os.close(terminal)
        if nohup:
            until(lambda: log.read_text().count("SIGHUP: looking") == 2)
        else:
            until(lambda: "Server Shut Down" in log.read_text())
    finally:
        subprocess.run(["kill", "-9", str(child)], capture_output=True, check=False)
        os.waitpid(child, 0)
