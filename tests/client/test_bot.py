"""The bot of docs/client.md, as somebody saves and runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.server import PATIENCE, Server, environment, until

ROOT = Path(__file__).parent.parent.parent
BOTS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "client.md").read_text(), re.DOTALL)


@contextmanager
def bot(folder: Path, text: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """A bot that is running, and whose complaints can be read."""
    file = folder / "bot.py"
    file.write_text(text.replace('"localhost", 5000', f'"127.0.0.1", {port}'))
    process = subprocess.Popen(
        [sys.executable, str(file)],
        env=environment(PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("text", BOTS)
def test_a_bot_that_is_refused_says_why(tmp_path: Path, server: Server, text: str) -> None:
    """Where its name is taken it ends with a line, and no traceback."""
    echo = server.caller().says("JOIN tea echo").hears("INFO joined room tea")
    with bot(tmp_path, text, server.ports[0]) as process:
        complaints = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 1
        assert complaints.count("\n") == 1
        assert "taken" in complaints
    echo.says("QUIT").hears_the_end()


FAREWELL = """
import asyncio, os, signal
from chat.client import run

async def main():
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.Event().wait()
    finally:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        print("goodbye", flush=True)

run(main)
"""


def test_a_closed_terminal_leaves_time_for_the_goodbye(tmp_path: Path) -> None:
    """Of one a program hears more than once."""
    (tmp_path / "bot.py").write_text(FAREWELL)
    done = subprocess.run(
        [sys.executable, "bot.py"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("goodbye\n", 128 + signal.SIGHUP)


@pytest.mark.parametrize("text", BOTS)
def test_a_bot_waits_for_its_server(tmp_path: Path, own_port: int, text: str) -> None:
    """It comes when the server does, comes back with it, and says goodbye on a signal."""
    words = ("--host", "127.0.0.1", "--port", str(own_port))
    words += ("--store", f"sqlite:///{tmp_path}/chat.sqlite")
    with bot(tmp_path, text, own_port) as process:
        assert process.stderr
        assert "is the server running?" in process.stderr.readline()
        for text in ("one", "two"):
            with Server(tmp_path, *words) as server:
                alice = server.caller().says("JOIN lobby alice").hears("INFO joined room lobby")
                until(lambda: "USER echo" in alice.says("WHO lobby").heard(), "echo")  # noqa: B023
                alice.says(f"MSG lobby {text}")
                until(lambda: f"MSG lobby echo {text}" in alice.heard(1), "the answer")  # noqa: B023
                if text == "two":
                    process.send_signal(signal.SIGTERM)
                    until(lambda: "INFO echo left lobby" in alice.heard(1), "goodbye")  # noqa: B023
        assert process.wait(PATIENCE) == 143
        assert process.stderr.read() == ""
