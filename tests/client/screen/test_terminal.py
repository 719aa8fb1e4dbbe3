"""The program in a real terminal: what it sends there, and what it makes of keys."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.screen import Terminal
from tests.client.meeting import pretender
from tests.integration.server import Server
from tests.people import Caller


@contextmanager
def terminal(port: int) -> Iterator[Terminal]:
    """Somebody's terminal, with the client in it."""
    opened = Terminal(port, 80, 24)
    try:
        yield opened
    finally:
        opened.close()


def test_alt_and_a_digit_as_terminals_send_it(server: Server) -> None:
    """Escape and a digit is Alt and that digit: it goes to a room."""
    bob = Caller(server.ports[0]).says("JOIN tea bob", "MSG tea only-in-tea")
    bob.hears("INFO joined room tea", "MSG tea bob only-in-tea")
    with terminal(server.ports[0]) as alice:
        alice.wait_for("● alice")
        alice.types(b"/join tea\r")
        alice.wait_for("only-in-tea")
        alice.types(b"\x1b1")
        alice.types(b"in the lobby\r")
        alice.wait_for("in the lobby")
        alice.types(b"\x1b2")
        alice.wait_for("only-in-tea")
        bob.hears("INFO alice joined tea")


def test_keys_that_come_at_once_are_done_in_order(server: Server) -> None:
    """Over a slow line many keys come together: what each does is done before the next one."""
    bob = Caller(server.ports[0]).says("JOIN lobby bob").hears("INFO joined room lobby")
    with terminal(server.ports[0]) as alice:
        alice.wait_for("● alice")
        bob.hears("INFO alice joined lobby")
        for at in range(5):
            alice.types(b"/jion tea\r")
            alice.wait_for("there is no command")
            alice.types(b"\x15one %d\rtwo \x7f %d\r" % (at, at))
            bob.hears(f"MSG lobby alice one {at}", f"MSG lobby alice two {at}")


@pytest.mark.parametrize(
    "text",
    [
        "ශ්\u200dරී ලංකා",
        "می\u200cخواهم",
        "👨\u200d👩\u200d👧",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "全角\u3000空白",
        "10\u00a0000",
        "newer than Python: \U0001fae9",
        "\u200fעברית",
    ],
)
def test_what_is_typed_is_said_as_it_was_typed(server: Server, text: str) -> None:
    """Joiners, wide spaces, and pictures that Python does not know yet are typed like letters."""
    bob = Caller(server.ports[0]).says("JOIN lobby bob").hears("INFO joined room lobby")
    with terminal(server.ports[0]) as alice:
        alice.wait_for("● alice")
        bob.hears("INFO alice joined lobby")
        alice.types(f"{text}\r".encode())
        bob.hears(f"MSG lobby alice {text}")


@pytest.mark.parametrize("last", [b"/quit\r", b"\x11"])
def test_the_terminal_is_left_as_it_was(server: Server, last: bytes) -> None:
    """/quit and Ctrl-Q end the program with 0, and give the terminal back."""
    bob = Caller(server.ports[0]).says("JOIN lobby bob").hears("INFO joined room lobby")
    with terminal(server.ports[0]) as alice:
        alice.wait_for("● alice")
        alice.types(last)
        assert "\x1b[?1049l" in alice.end()
        assert alice.exit_code == 0
        bob.hears("INFO alice joined lobby", "INFO alice left lobby")


def test_nothing_that_a_server_sends_harms_the_terminal() -> None:
    """Escape sequences, markup, bidi and names of 4 KB are shown as text, wherever they stand."""
    evil = "\x1b]0;EVIL\x07 \x9b31m [red]EVIL[/red] [@click=app.quit]x[/] \u202eEVIL \x07 \x0e"
    name = "EVIL" * 1000
    lines = [
        f"INFO {name} joined lobby",
        f"@1 2026-05-04T09:33:00.001Z MSG lobby {name} {evil}",
        f"@2 2026-05-04T09:33:00.001Z MSG lobby a\x1b[2Jb {evil}",
        f"INFO {evil}",
        f"ERROR {evil}",
        f"DM {name} {evil}",
        f"@3 2026-05-04T09:33:00.001Z MSG lobby bob alice: {evil}",
        "@4 2026-05-04T09:33:00.001Z MSG lobby bob the-end",
    ]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode():
            word, _, rest = line.strip().partition(" ")
            if word == "JOIN":
                writer.write(b"INFO joined room lobby\n")
            elif word == "WHO":
                writer.write(f"USER {name}\nUSER a\x1b[2Jb\nINFO 2 users in lobby\n".encode())
            elif word == "PING":
                writer.write(f"PONG {rest}\n".encode())
            elif word == "HISTORY":
                writer.write(f"INFO 0 messages {evil}\n".encode())
            if word == "WHO":
                writer.write("".join(f"{line}\n" for line in lines).encode())
            await writer.drain()

    ready, over = threading.Event(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        async with pretender(talk) as port:
            ports.append(port)
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.01)

    serving = threading.Thread(target=asyncio.run, args=(serve(),))
    serving.start()
    try:
        ready.wait()
        with terminal(ports[0]) as alice:
            alice.wait_for("the-end")
            shown = alice.seen
            assert "EVIL" in shown
            for harm in ("\x1b]0;EVIL", "\x9b", "\u202e", "\x0e", "\x1b[2Jb", "\x1b[31m EVIL"):
                assert harm not in shown
            assert "[red]EVIL[/red]" in shown
            alice.types(b"\x11")
            alice.end()
            assert alice.exit_code == 0
    finally:
        over.set()
        serving.join()


def test_an_error_in_the_program_is_one_line(server: Server, tmp_path: Path) -> None:
    """What nobody has thought of ends the program with a line, and its traceback is in a file."""
    program = (
        "import sys; from chat.client.screen.rooms import visit;"
        "visit.Visit._joined = lambda *_: 1 / 0;"
        "from chat.client.__main__ import main; sys.exit(main())"
    )
    with_state = {"XDG_STATE_HOME": str(tmp_path)}
    opened = Terminal(server.ports[0], 80, 24, ["-c", program], with_state)
    try:
        opened.wait_for("● alice")
        bob = Caller(server.ports[0]).says("JOIN lobby bob").hears("INFO joined room lobby")
        shown = " ".join(opened.end().split())
        assert "something went wrong in the program: ZeroDivisionError" in shown
        assert "Traceback" not in shown
        assert opened.exit_code == 1
        (log,) = tmp_path.rglob("client.log")
        assert "ZeroDivisionError" in log.read_text()
        assert os.stat(log).st_mode & 0o77 == 0
        bob.hears("INFO alice left lobby")
    finally:
        opened.close()
