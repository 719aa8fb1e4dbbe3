"""Programs at a terminal of their own."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


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
