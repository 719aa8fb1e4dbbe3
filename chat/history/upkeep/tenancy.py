"""A file that one server has to itself: people of two would not hear each other. Knows no SQL.

The lock is the kernel's, on a file beside it, so that nothing is left of it when a server crashes;
what stands in the file is for people. SQLite's own locks would go with any connection that is
closed, and what they lock is for the tools as well.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from errno import EACCES, EPERM
from pathlib import Path
from time import monotonic, sleep

from twisted.logger import Logger

from chat.history.store import StoreError
from chat.vocabulary.limits import TENANCY_LOOK_SECONDS, TENANCY_SECONDS

log = Logger()


class Tenancy:
    """Whether a server has a file to itself. path: the file, however it is reached."""

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self._path = path
        self._lock: Path
        self._file: int | None = None

    def begin(self) -> None:
        """Have it, if nobody else does; where one is just ending, that is waited for. It may be
        called again: another lock is made where somebody has removed it.

        Raises StoreError.
        """
        self._lock = Path(f"{self._path.resolve()}.lock")
        until = monotonic() + TENANCY_SECONDS
        while not self._is_ours() and not self._begun():
            if monotonic() >= until:
                raise StoreError(
                    f"{self._name}: another server is using it{self._who()}: stop that one first, "
                    "or choose another --store"
                )
            sleep(TENANCY_LOOK_SECONDS)

    def end(self) -> None:
        """Let somebody else have it."""
        if self._is_ours():
            with suppress(OSError):
                self._lock.unlink()
        self._let_go()

    def _begun(self) -> bool:
        self._let_go()
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            self._file = os.open(self._lock, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._let_go()
            return False
        except OSError as error:
            self._explain(error)
            return True
        if not self._is_ours():  # who had it has just ended, and removed the file
            return False
        os.ftruncate(self._file, 0)
        os.write(self._file, b"%d\n" % os.getpid())
        return True

    def _explain(self, error: OSError) -> None:
        """Raises StoreError, but where there are no locks, as on some networks' disks."""
        if self._file is not None:
            log.warn(
                "{lock}: {reason}; whether another server uses {name} can't be told",
                lock=self._lock,
                reason=error.strerror,
                name=self._name,
            )
            return
        advice = "it and its folder have to belong to the server's user"
        whose = advice if error.errno in (EACCES, EPERM) else "the server makes that file"
        raise StoreError(f"{self._lock}: {error.strerror} ({whose})") from None

    def _is_ours(self) -> bool:
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), self._lock.stat())
        except OSError:
            return False

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _who(self) -> str:
        try:
            number = int(self._lock.read_bytes()[:20])
        except (OSError, ValueError):
            return ""
        return f" (process {number})"
