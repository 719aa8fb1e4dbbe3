"""How the client in the terminal answers: when it is there, what it costs, and typing in a flood.

    python -m benchmarks.screen [--seconds N] [--rate N] [--size 80x24]

A real client in a pseudo-terminal, at a real server. Told are: the seconds until it is there and
connected; its CPU at rest in percent of a core; and the milliseconds from a key to its character on
the screen, at rest and while others say `rate` lines a second in the room that is open.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.servers import HOST, Server, ours, running
from benchmarks.shapes import percentile

START_SECONDS: Final = 20.0
KEY_SECONDS: Final = 0.05
"""Between two keys: a fast typist."""
FIRST_CHARACTER: Final = 0x4E00
"""The characters that are typed: each is on the screen nowhere else."""
CHARACTERS: Final = 5000
BURST_SECONDS: Final = 0.01
"""The flood comes in pieces as long as this."""


class Terminal:
    """A client in a pseudo-terminal.

    program: what Python is to run. environ: what its environment has beside the usual.
    """

    def __init__(
        self,
        port: int,
        columns: int,
        lines: int,
        program: Sequence[str] = ("-m", "chat.client"),
        environ: Mapping[str, str] | None = None,
        user: str = "alice",
    ) -> None:
        self._typed = 0
        self._seen = b""
        self.began = time.monotonic()
        words = ["--host", HOST, "--port", str(port), "--user", user, "--room", "lobby"]
        self._file, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        kind = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            [sys.executable, *program, *words],
            env={**os.environ, **kind, **(environ or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def wait_for(self, text: str) -> float:
        """Read what it shows until this is in it; the seconds that took."""
        began, start = time.monotonic(), len(self._seen)
        while text.encode() not in self._seen[start:]:
            if not self._read(START_SECONDS):
                raise SystemExit(f"the client does not show {text!r}")
        return time.monotonic() - began

    @property
    def seen(self) -> str:
        """All that it has sent to the terminal."""
        return self._seen.decode(errors="replace")

    def types(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._file, keys)

    def signals(self, number: int) -> None:
        """Send the program a signal."""
        self._process.send_signal(number)

    @property
    def attributes(self) -> list[object]:
        """How the terminal takes what is typed."""
        return list(termios.tcgetattr(self._file))

    def end(self) -> str:
        """Wait for its end; all that it has sent to the terminal. Its exit code is then known."""
        while self._read(START_SECONDS):
            pass
        self.exit_code = self._process.wait(START_SECONDS)
        return self.seen

    def _read(self, seconds: float) -> bool:
        """Read what it sends; whether something has come so soon, and it is still there."""
        try:
            if not select.select([self._file], [], [], seconds)[0]:
                return False
            self._seen += os.read(self._file, 65536)
        except OSError:  # it has closed its side
            return False
        return True

    def key(self) -> float:
        """Press a key; the seconds until its character is on the screen."""
        character = chr(FIRST_CHARACTER + self._typed % CHARACTERS)
        self._typed += 1
        self._seen = b""
        self.types(character.encode())
        took = self.wait_for(character)
        if self._typed % 20 == 0:
            self.types(b"\x15")  # Ctrl-U empties the line
        return took

    def cpu(self) -> float:
        """The seconds of CPU it has used, in all its threads; to the nanosecond, for at rest it
        is too little for the clock's ticks.
        """
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def drain(self, seconds: float) -> None:
        """Read what it shows for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def keys(self, seconds: float) -> list[float]:
        """What keys took, in a row of them."""
        end, took = time.monotonic() + seconds, []
        while time.monotonic() < end:
            took.append(self.key())
            self.drain(KEY_SECONDS)
        return took

    def hang_up(self) -> int:
        """Close the terminal, and wait for the program; its exit code."""
        os.close(self._file)
        self._file = -1
        return self._process.wait(START_SECONDS)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self._file >= 0:
            os.close(self._file)


def flood(server: Server, rate: int, over: threading.Event) -> int:
    """Say so many lines a second until it is over; how many that were."""
    said, began = 0, time.monotonic()
    with socket.create_connection((HOST, server.port)) as bob:
        bob.sendall(b"LOGIN bob\n")  # who does not hear itself in this style
        while not over.wait(BURST_SECONDS):
            due = int((time.monotonic() - began) * rate)
            lines = (f"MSG line {at} of a flood nobody can read\n" for at in range(said, due))
            bob.sendall("".join(lines).encode())
            said = due
    return said


def told(what: str, took: list[float]) -> None:
    """A line of figures."""
    shown = (f"p{part} {percentile(took, part) * 1000:.1f}" for part in (50, 95, 99))
    print(f"{what:<36} {', '.join(shown)}, at most {max(took) * 1000:.1f} ms ({len(took)} keys)")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each part takes")
    parser.add_argument("--rate", type=int, default=2000, help="lines a second in the flood")
    parser.add_argument("--size", default="80x24", help="columns x lines of the terminal")
    options = parser.parse_args()
    columns, lines = map(int, options.size.split("x"))
    with running(ours("memory:")) as server:
        terminal = Terminal(server.port, columns, lines)
        terminal.wait_for("● alice")
        print(f"{'there and connected':<36} {time.monotonic() - terminal.began:.2f} s")
        terminal.drain(2.0)
        cpu = terminal.cpu()
        terminal.drain(options.seconds)
        rest = (terminal.cpu() - cpu) / options.seconds
        print(f"{'CPU at rest':<36} {rest:.2%} of a core")
        told("a key, at rest", terminal.keys(options.seconds))
        over, said = threading.Event(), []
        talking = threading.Thread(target=lambda: said.append(flood(server, options.rate, over)))
        talking.start()
        terminal.drain(1.0)
        cpu = terminal.cpu()
        told(f"a key, at {options.rate} lines a second", terminal.keys(options.seconds))
        load = (terminal.cpu() - cpu) / options.seconds
        over.set()
        talking.join()
        print(f"{'CPU in the flood':<36} {load:.0%} of a core, {said[0]} lines")
        terminal.close()


if __name__ == "__main__":
    main()
