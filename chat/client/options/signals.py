"""Which signals end a program, and what is done about them. Knows no screen."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from chat.client.options.exits import SIGNALLED

LEAVE_SECONDS: Final = 3.0
"""After a signal the goodbye may take so long, whatever it waits for."""

_OTHERS: Final = (
    *("SIGKILL", "SIGSTOP"),  # nobody can do anything about them
    *("SIGCHLD", "SIGURG", "SIGWINCH", "SIGINFO"),  # they end nothing
    *("SIGCONT", "SIGTSTP", "SIGTTIN", "SIGTTOU"),  # they stop a program and let it go on
    *("SIGPIPE", "SIGXFSZ"),  # Python makes errors of them
    *("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS"),  # there is nobody left to act
)

ENDING: Final = frozenset(map(int, signal.valid_signals())) - {
    int(getattr(signal, name)) for name in _OTHERS if hasattr(signal, name)
}
"""The signals that end a program which does nothing about them, and may do something."""


def wanted() -> list[int]:
    """Those of them that whoever has started the program (nohup) has not told it to ignore."""
    return [number for number in sorted(ENDING) if signal.getsignal(number) is not signal.SIG_IGN]


def on_ending(act: Callable[[int, FrameType | None], None]) -> None:
    """Have this called with the number of each such signal, in the main thread."""
    for number in wanted():
        with suppress(OSError, ValueError):  # the system keeps it for itself
            signal.signal(number, act)


def on_ending_in(loop: AbstractEventLoop, act: Callable[[int], object]) -> None:
    """The same in an event loop, where tasks may be cancelled."""
    for number in wanted():
        with suppress(OSError, ValueError, RuntimeError):  # the system keeps it for itself
            loop.add_signal_handler(number, act, number)


def die(number: int, _: FrameType | None = None) -> None:
    """End at once, with the code of this signal."""
    os._exit(SIGNALLED + number)
