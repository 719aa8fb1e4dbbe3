"""A file with a process's number, which outlives a power cut, and whose number another program may
have then. Knows no chat."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOST: Final = 4_194_304
"""No system has higher numbers: see proc(5), pid_max."""


class PidFileError(Exception):
    """The server can't be started with it; the text is one line that says why."""


def clear(name: str) -> str:
    """Remove the file of a server that is gone, before twistd looks at it; a line for the log, if
    there was one. Raises PidFileError, if that server runs, or if there can be no such file."""
    path = Path(name)
    if not os.access(path.absolute().parent, os.W_OK):
        raise PidFileError(
            f"--pidfile {name}: its folder is not there, or may not be written to: choose another "
            "place, or --pidfile= for none"
        )
    try:
        text = path.read_bytes()[:100] if path.is_file() else None
    except OSError as error:
        raise PidFileError(f"--pidfile {name}: {error.strerror}") from None
    if text is None:
        if os.path.lexists(path):
            raise PidFileError(f"--pidfile {name}: there is something else of that name")
        return ""
    number = _number(text)
    if number and _is_a_server(number):
        raise PidFileError(
            f"--pidfile {name}: a server of twistd is running as process {number}: if it is this "
            f"one stop it first (kill {number}), or else choose another --pidfile"
        )
    if number == 0 and text.strip(b"\0 \r\n\t"):
        raise PidFileError(f"--pidfile {name}: it has no process's number in it: another file?")
    try:
        path.unlink()
    except OSError as error:
        raise PidFileError(
            f"--pidfile {name}: left by a server that is gone, and can't be removed: "
            f"{error.strerror}"
        ) from None
    return f"{name}: left by a server that is gone (process {number or '?'}), and removed"


def _number(text: bytes) -> int:
    """0, if it is none: a power cut may leave an empty file, or one of zeros."""
    word = text.strip()
    return int(word) if word.isdigit() and 0 < int(word) <= _MOST else 0


def _is_a_server(number: int) -> bool:
    """Whether that process is one of twistd's."""
    if number == os.getpid():
        return False  # in a container all begin with the same numbers
    if Path("/proc/self/cmdline").exists():
        try:
            return b"twistd" in Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            return False
    with suppress(OSError):
        asked = ["ps", "-o", "command=", "-p", str(number)]
        return b"twistd" in subprocess.run(asked, capture_output=True, check=False).stdout
    return True
