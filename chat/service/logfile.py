"""The log file of twistd's --logfile, which others may rename, copy and empty. Knows no chat."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from twisted.logger import Logger
from twisted.python import logfile

from chat.vocabulary.limits import LOG_BYTES, LOG_FILES

log = Logger()


class LogFile(logfile.LogFile):
    """A log file that goes on under its name, whatever was done to it there.

    Where it was renamed or removed a new one is begun, with a signal or without; where it was
    emptied (copytruncate) it goes on at its beginning. Left alone it is rotated by itself, and the
    oldest parts are removed. A pipe, /dev/stdout of a container among them, is only written to; one
    that nobody reads is not waited for.
    """

    _file: BinaryIO
    size: int

    def __init__(self, name: str, directory: str) -> None:
        self._is_open = False
        self._has_complained = False
        super().__init__(name, directory, LOG_BYTES, None, LOG_FILES)

    def write(self, data: str) -> None:
        """See LogFile."""
        if not self._is_there():
            self._begin()
        super().write(data)

    def rotate(self) -> None:
        """Begin a new file: after SIGUSR1, or as this one is large."""
        if not self._is_there():
            self._begin()
        elif stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            super().rotate()

    def shouldRotate(self) -> bool:
        """See LogFile. Somebody may have emptied it meanwhile."""
        if self.size < LOG_BYTES:
            return False
        self.size = os.fstat(self._file.fileno()).st_size
        return self.size >= LOG_BYTES

    def _openFile(self) -> None:
        """See LogFile. What is written goes to the end, wherever that is by now. Where there can be
        no log the server does not start."""
        try:
            self._file = open(self.path, "ab", 0, opener=_opened)  # noqa: SIM115
        except OSError as error:
            if self._is_open:
                raise
            raise SystemExit(
                f"twistd chat: --logfile {self.path}: {error.strerror} (may the user who starts "
                "the server write there? --logfile names another file)"
            ) from None
        self.closed, self._is_open = False, True
        os.set_blocking(self._file.fileno(), True)
        self.size = os.fstat(self._file.fileno()).st_size

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), os.stat(self.path))
        except OSError:
            return False

    def _begin(self) -> None:
        """Leave this file to whoever has renamed it. It is gone on with where that can't be."""
        old = self._file
        try:
            self._openFile()
        except OSError as error:
            if not self._has_complained:
                self._has_complained = True
                log.warn("{log}: {reason}: it goes on as it was", log=self.path, reason=error)
            return
        self._has_complained = False
        old.close()


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK, 0o666)


def install() -> None:
    """Have twistd log to such a file. It looks the class up by its name, once the service is
    made."""
    logfile.LogFile = LogFile  # type: ignore[misc,assignment]
