"""Which terminals get lines instead of a screen."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from chat.client.options.ability import lacking
from tests.integration.server import PATIENCE, Server, environment
from tests.terminal import at_terminal, read_until


@pytest.mark.parametrize(
    ("environ", "encoding", "reason"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", ""),
        ({"TERM": "vt100"}, "UTF8", ""),
        ({"TERM": "a-terminal-of-tomorrow"}, "utf-8", ""),
        ({"TERM": "xterm", "INSIDE_EMACS": "29.1,term:0.96"}, "utf-8", ""),
        ({"TERM": "xterm", "INSIDE_EMACS": "29.1,comint"}, "utf-8", "TERM=xterm"),
        ({"TERM": "dumb"}, "utf-8", "TERM=dumb"),
        ({"TERM": "unknown"}, "utf-8", "TERM=unknown"),
        ({"TERM": " "}, "utf-8", "TERM=unset"),
        ({}, "utf-8", "TERM=unset"),
        ({"TERM": "xterm"}, "iso8859-1", "UTF-8"),
        ({"TERM": "xterm"}, "ascii", "UTF-8"),
        ({"TERM": "xterm"}, "none-that-there-is", "UTF-8"),
    ],
)
def test_a_screen_is_drawn_where_it_can_be(
    environ: dict[str, str], encoding: str, reason: str
) -> None:
    """A terminal that can't move its cursor, or show the characters, is told from one that can."""
    assert bool(lacking(environ, encoding)) == bool(reason)
    assert reason in lacking(environ, encoding)


def test_a_dumb_terminal_gets_plain_mode(server: Server) -> None:
    """It is told so in a line, chats, and gets not one escape sequence."""
    bob = server.caller().says("JOIN tea bob").hears("INFO joined room tea")
    words = ["--host", "127.0.0.1", "--port", str(server.ports[0]), "--user", "alice"]
    process, terminal = at_terminal(
        [sys.executable, "-m", "chat.client", *words, "--room", "tea"],
        environ=environment(TERM="dumb"),
    )
    try:
        shown = read_until(terminal, "you are in tea")
        assert "(TERM=dumb) shows lines only: plain mode" in shown
        bob.hears("INFO alice joined tea").says("MSG tea hi").hears("MSG tea bob hi")
        shown += read_until(terminal, "bob: hi")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
        assert "\x1b" not in shown
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
