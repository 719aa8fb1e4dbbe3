"""Programs at a terminal of their own."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.integration.server import PATIENCE


def at_terminal(
    words: Sequence[str], folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[bytes], int]:
    """A program, and the other side of its terminal.

    `setsid -c` gives it the terminal. To fork here, among threads, may end in a deadlock.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "-c", *words],
        cwd=folder,
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    return process, ours


def read_until(terminal: int, text: str) -> str:
    """What comes from a terminal, up to this."""
    seen, deadline = b"", time.monotonic() + PATIENCE
    while text.encode() not in seen:
        left = deadline - time.monotonic()
        assert left > 0, f"{text!r} did not come: {seen[-500:]!r}"
        if select.select([terminal], [], [], left)[0]:
            seen += os.read(terminal, 65536)
    return seen.decode(errors="replace")


USUAL = {7: "h", 25: "h"}
"""The modes that a terminal has on: it wraps lines, and shows the cursor. All others are off."""


def left_behind(seen: str) -> list[str]:
    """What of all that was sent to a terminal is in it still: modes, keys, and colours."""
    modes = dict(re.findall(r"\x1b\[\?(\d+)([hl])", seen))
    left = [
        f"?{mode}{state}" for mode, state in modes.items() if state != USUAL.get(int(mode), "l")
    ]
    if len(re.findall(r"\x1b\[>\d+u", seen)) > seen.count("\x1b[<u"):
        left.append("keys")
    colours = re.findall(r"\x1b\[([\d;]*)m", seen)
    return left + ["colours"] * (colours[-1:] not in ([], ["0"], [""]))
