"""Plays something in a network of its own, where every port is free. Knows nothing of chat."""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
UNSHARE: Final = ["unshare", "--net", "--map-root-user", sys.executable, "-m", __name__]

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


@cache
def is_possible() -> bool:
    """Whether this system lets one have networks. Some let only root."""
    try:
        return subprocess.run(UNSHARE, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def play_apart(play: Callable[..., object], *words: str) -> None:
    """Call a function of a module there, in a process of its own. It fails where that fails."""
    done = subprocess.run(
        [*UNSHARE, play.__module__, play.__name__, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def main(*words: str) -> None:
    """Switch loopback on, and call the function, if one was named."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    if words:
        module, name, *more = words
        getattr(import_module(module), name)(*more)


if __name__ == "__main__":
    main(*sys.argv[1:])
