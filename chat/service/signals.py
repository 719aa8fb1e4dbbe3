"""What SIGHUP means to a server (files are to be read again, or the terminal is gone), and that
SIGUSR1 does not end it. Knows no chat."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.error import ReactorNotRunning


def ignore_rotation() -> None:
    """SIGUSR1 begins a new log file, which twistd sees to; where there is none it is no reason to
    end."""
    with suppress(ValueError):  # not the main thread
        if signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
            signal.signal(signal.SIGUSR1, lambda *_: None)


class HangUps:
    """Hears the signal, until it is stopped.

    A server that was started in a terminal goes with it, as long as nohup did not ask for
    something else. Otherwise the signal comes from somebody who wants files to be read again.

    reactor: is stopped, or calls `reload` in its next turn.
    """

    def __init__(self, reactor: Any, reload: Callable[[], object]) -> None:
        self._reactor = reactor
        self._reload = reload
        self._before: Any = signal.getsignal(signal.SIGHUP)
        self._goes_with_terminal = self._before is not signal.SIG_IGN and _has_terminal()
        with suppress(ValueError):  # not the main thread: whoever has that hears the signals
            signal.signal(signal.SIGHUP, self._hear)

    def stop(self) -> None:
        """Leave the signal to whom it was left before, if nobody else has taken it meanwhile: at
        the end of the server it is ignored."""
        if signal.getsignal(signal.SIGHUP) != self._hear:
            return
        with suppress(ValueError):
            signal.signal(signal.SIGHUP, self._before or signal.SIG_DFL)

    def _hear(self, *_: object) -> None:
        self._reactor.callFromThread(self._act)

    def _act(self) -> None:
        if self._goes_with_terminal and not _has_terminal():
            with suppress(ReactorNotRunning):  # it is stopping
                self._reactor.stop()
        else:
            self._reload()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
