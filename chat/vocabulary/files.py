"""Files that people name, read without waiting for ever and without filling the memory. Knows
nothing of what is in them."""

from __future__ import annotations

import os
import select
import stat
from errno import EFBIG, EINVAL, EISDIR, ETIMEDOUT
from time import monotonic
from typing import Final

from chat.vocabulary.limits import FILE_BYTES, FILE_SECONDS

_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_PIECE: Final = 1 << 16


def content(
    path: str | os.PathLike[str], most: int = FILE_BYTES, patience: float = FILE_SECONDS
) -> bytes:
    """All that is in a file, or that comes out of a pipe or a device that is named instead of one.

    most: more bytes than that are none of ours.
    patience: seconds after which what comes out of a pipe has to be complete. In the reactor's
        thread that is 0: nothing is waited for there.

    Raises OSError, whose `strerror` says in words for people what is wrong.
    """
    name = os.fspath(path)
    if "\0" in name:
        raise OSError(EINVAL, "no file has such a name", name)
    file = os.open(name, _FLAGS)
    try:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(EISDIR, os.strerror(EISDIR), name)
        read = bytearray()
        until = monotonic() + patience
        while piece := _piece(file, until, name):
            read += piece
            if len(read) > most:
                raise OSError(EFBIG, f"it is larger than {most:,} bytes: another file?", name)
        return bytes(read)
    finally:
        os.close(file)


def _piece(file: int, until: float, name: str) -> bytes:
    """The next bytes, at the end none. Raises OSError."""
    ready = select.poll()
    ready.register(file, select.POLLIN)  # of a pipe that nobody has opened yet too; not with read
    if not ready.poll(1000 * max(0.0, until - monotonic())):
        raise OSError(ETIMEDOUT, "it is no file, and nothing comes out of it", name)
    return os.read(file, _PIECE)
