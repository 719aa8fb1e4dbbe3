"""What signals do to plain mode: to a password that is being typed, and to a program of nohup."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from contextlib import ExitStack

from tests.integration.server import PATIENCE, Server, until
from tests.terminal import at_terminal, read_until

ASKING = """
import asyncio, sys
from chat.client.plain import process
from chat.client.plain.stdio import Stdin
async def ask(_):
    await Stdin().secret("password")
process._visit = ask
from chat.client.__main__ import main
sys.exit(main())
"""
"""The program, where it asks for a password."""

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1)


def echoes(terminal: int) -> bool:
    """What is typed is shown."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_a_signal_does_not_leave_a_terminal_that_shows_nothing() -> None:
    """Whatever ends it while a password is typed, what is typed afterwards is shown."""
    with ExitStack() as stack:
        words = [sys.executable, "-c", ASKING, "--plain", "--user", "alice", "--room", "tea"]
        asking = [at_terminal(words) for _ in ENDING]
        for (process, terminal), number in zip(asking, ENDING, strict=True):
            stack.callback(os.close, terminal)
            stack.callback(process.kill)
            read_until(terminal, "password: ")
            assert not echoes(terminal)
            process.send_signal(number)
            assert process.wait(PATIENCE) == 128 + number
            assert echoes(terminal)


def test_a_password_is_unseen_also_after_a_stop() -> None:
    """Ctrl-Z gives the shell a terminal that shows what is typed; fg hides it again."""
    shell, terminal = at_terminal(["sh", "-i"], environ={**os.environ, "PS1": "next> ", "ENV": ""})
    try:
        read_until(terminal, "next> ")
        script = ASKING.replace("\n", "\\n").replace('"', '\\"')
        command = f"{sys.executable} -c 'exec(\"{script}\")' --plain --user alice --room tea\n"
        os.write(terminal, command.encode())
        read_until(terminal, "\npassword: ")
        os.write(terminal, b"\x1a")
        read_until(terminal, "next> ")
        assert echoes(terminal)
        os.write(terminal, b"fg\n")
        until(lambda: not echoes(terminal), "the password unseen")
        os.write(terminal, b"\x03")
        read_until(terminal, "next> ")
        assert echoes(terminal)
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)


def test_nohup_is_heeded(server: Server) -> None:
    """A terminal that is closed does not end what was started with nohup; SIGTERM says goodbye."""
    bob = server.caller().says("JOIN tea bob").hears("INFO joined room tea")
    words = ["--host", "127.0.0.1", "--port", str(server.ports[0]), "--user", "alice", "--follow"]
    process = subprocess.Popen(
        [sys.executable, "-m", "chat.client", *words, "--room", "tea"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    try:
        bob.hears("INFO alice joined tea")
        process.send_signal(signal.SIGHUP)
        bob.says("MSG tea still there?").hears("MSG tea bob still there?")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
        bob.hears("INFO alice left tea")
    finally:
        process.kill()
        process.wait()
