"""How the program leaves the terminal: on signals, on its own mistakes, and stopped for a while."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from benchmarks.screen import Terminal
from tests.integration.server import Server
from tests.people import Caller
from tests.terminal import at_terminal, left_behind, read_until

MAIN = "import sys; from chat.client.__main__ import main; sys.exit(main())"
"""The program."""

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1)

Start = Callable[[str, str], Terminal]


@pytest.fixture
def start(server: Server, tmp_path: Path) -> Iterator[Start]:
    """Starts the client in a terminal, with a username, and something wrong in it."""
    with ExitStack() as stack:

        def start(user: str, wrong: str = "") -> Terminal:
            words = ["-c", f"{wrong}\n{MAIN}"]
            state = {"XDG_STATE_HOME": str(tmp_path)}
            terminal = Terminal(server.ports[0], 80, 24, words, state, user)
            return stack.enter_context(closing(terminal))

        yield start


@pytest.fixture
def bob(server: Server) -> Caller:
    """Somebody in the lobby."""
    return Caller(server.ports[0]).says("JOIN lobby bob").hears("INFO joined room lobby")


def test_whatever_signal_ends_it_the_terminal_is_as_it_was(start: Start, bob: Caller) -> None:
    """Goodbye is said, the terminal given back, and the exit code tells the signal."""
    terminals = [start(number.name, "") for number in ENDING]
    before = terminals[0].attributes
    for number, terminal in zip(ENDING, terminals, strict=True):
        terminal.wait_for(f"● {number.name}")
        terminal.types(b"half-a-line")
        terminal.wait_for("half-a-line")
        assert terminal.attributes != before
        terminal.signals(number)
        shown = terminal.end()
        assert terminal.exit_code == 128 + number
        assert left_behind(shown) == []
        assert terminal.attributes == before
        assert "not said in lobby: half-a-line" in shown
    told = [f"INFO {number.name} {what} lobby" for number in ENDING for what in ("joined", "left")]
    assert sorted(bob.heard(len(told))) == sorted(told)


NEVER = """
import asyncio, os
from chat.client.screen import departure
from chat.client.screen.farewell import Farewell
async def leave(*_):
    os.write(1, b"leaving")
    await asyncio.sleep(99)
Farewell._leave_on = leave
"""


def test_a_goodbye_that_does_not_end_is_not_waited_for(start: Start) -> None:
    """A second signal ends it at once, and so does time; the terminal is as it was all the same."""
    impatient = start("alice", NEVER)
    late = start("carol", NEVER + "departure.LEAVE_SECONDS = 0.5")
    before = late.attributes
    for terminal in (impatient, late):
        terminal.wait_for("● ")
        terminal.signals(signal.SIGTERM)
        terminal.wait_for("leaving")
        terminal.signals(signal.SIGHUP)  # a terminal that is closed tells it more than once
    impatient.signals(signal.SIGINT)
    for terminal, number in ((impatient, signal.SIGINT), (late, signal.SIGTERM)):
        assert left_behind(terminal.end()) == []
        assert terminal.exit_code == 128 + number
        assert terminal.attributes == before


IGNORING = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"


@pytest.mark.parametrize("wrong", ["", IGNORING], ids=["", "nohup"])
def test_a_terminal_that_is_closed_ends_it(start: Start, bob: Caller, wrong: str) -> None:
    """Whether it is told so or not, it says goodbye and does not go on without anybody."""
    terminal = start("alice", wrong)
    terminal.wait_for("● alice")
    bob.hears("INFO alice joined lobby")
    assert terminal.hang_up() == 129
    bob.hears("INFO alice left lobby")


HELP = "from chat.client.screen.app import ChatApp; ChatApp.action_help = "
MISTAKES = {
    "a key that ends all": HELP + "lambda _: sys.exit(1)",
    "the loop": HELP + "lambda app: app.loop.call_soon(sys.exit, 1) and None",
    "the painter": "from chat.client.screen.scrollback.conversation import Conversation;"
    "Conversation.render_line = lambda *_: 1 / 0",
    "the keys": "from textual.drivers.linux_driver import LinuxDriver;"
    "LinuxDriver.process_message = lambda *_: 1 / 0",
}

EARLY = ("the painter", "the keys")
"""Where it does not come as far as to be connected."""


def test_the_terminal_survives_the_programs_own_mistakes(start: Start) -> None:
    """Wherever something goes wrong the terminal is given back, and there is no traceback on it."""
    terminals = {
        where: start(f"alice-{at}", f"import sys; {wrong}")
        for at, (where, wrong) in enumerate(MISTAKES.items())
    }
    before = terminals["the keys"].attributes
    for where, terminal in terminals.items():
        if where not in EARLY:
            terminal.wait_for("● alice-")
        terminal.types(b"\x1bOP")
        shown = terminal.end()
        assert (terminal.exit_code, left_behind(shown)) == (1, []), where
        assert "Traceback" not in shown
        assert terminal.attributes == before, where


def test_it_is_stopped_and_goes_on(server: Server) -> None:
    """Ctrl-Z gives the shell its terminal, and fg brings the screen back, as large as it is now."""
    words = f"{sys.executable} -m chat.client --host 127.0.0.1 --port {server.ports[0]}"
    kind = {"TERM": "xterm-256color", "PS1": "next> ", "ENV": "", "COLUMNS": "80", "LINES": "24"}
    shell, terminal = at_terminal(["sh", "-i"], environ={**os.environ, **kind})
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        read_until(terminal, "next> ")
        before = termios.tcgetattr(terminal)
        os.write(terminal, f"{words} --user alice --room lobby\n".encode())
        shown = read_until(terminal, "● alice")
        os.write(terminal, b"half-a-line")
        shown += read_until(terminal, "half-a-line")
        os.write(terminal, b"\x1a")
        shown += read_until(terminal, "next> ")
        assert left_behind(shown) == []
        assert termios.tcgetattr(terminal) == before
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
        os.write(terminal, b"bg\n")  # where it may not draw
        read_until(terminal, "next> ")
        os.write(terminal, b"fg\n")
        shown = read_until(terminal, "half-a-line")
        shown += read_until(terminal, "\x1b[30;")
        os.write(terminal, b"\x11")
        shown += read_until(terminal, "next> ")
        assert left_behind(shown) == []
        assert termios.tcgetattr(terminal) == before
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)
