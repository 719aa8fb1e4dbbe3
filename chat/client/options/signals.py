"""Which signals end a program, and what is done about them. Knows no screen."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
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


def on_ending_in(loop: asyncio.AbstractEventLoop, act: Callable[[int], object]) -> None:
    """The same in an event loop, where tasks may be cancelled."""
    for number in wanted():
        with suppress(OSError, ValueError, RuntimeError):  # the system keeps it for itself
            loop.add_signal_handler(number, act, number)


def cancelled_by_signals(give_up: Callable[[int], object]) -> list[int]:
    """From here on the first signal cancels this task, so that it says goodbye; the second one does
    not wait for that, but of a terminal that is closed one hears more than once. The list will have
    the first one's number.

    give_up: ends the program at once, with the code of a signal.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    signalled: list[int] = []

    def leave(number: int) -> None:
        signalled.append(number)
        if len(signalled) > 1:
            if number != signal.SIGHUP:
                give_up(number)
            return
        late = threading.Timer(LEAVE_SECONDS, give_up, (number,))
        late.daemon = True
        late.start()
        if task:
            task.cancel()

    on_ending_in(loop, leave)
    return signalled


def die(number: int, _: FrameType | None = None) -> None:
    """End at once, with the code of this signal."""
    os._exit(SIGNALLED + number)
