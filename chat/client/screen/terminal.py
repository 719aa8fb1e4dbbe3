"""The terminal that the screen is drawn on, which is left as it was found. Knows no chat.

Textual gives the terminal back when all goes well. Here is what it does not know: signals, a
terminal that is closed, and a program that is stopped and goes on.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

LOOK_SECONDS: Final = 1.0
"""How often it is looked whether the terminal is still there."""

LEFT_ON: Final = "\x1b[?1002l\x1b[?1016l\x1b[0m"
"""What Textual may have switched on and leaves so."""

GIVEN_BACK: Final = (
    "\x18"  # whatever sequence is half written
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l"  # drawing at once, pastes, wrapping, sizes
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l" + LEFT_ON + "\x1b[?1004l"  # mouse, focus
    "\x1b[<u\x1b[?1049l\x1b[?25h"  # keys, the other screen, the cursor
)
"""The terminal as programs find it."""


class _Output:
    """Standard output, where nothing waits in a buffer for a terminal that is gone."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self.is_over = False
        """What is written from here on goes nowhere."""

    def fileno(self) -> int:
        return sys.__stdout__.fileno() if sys.__stdout__ else 1

    def write(self, text: str) -> None:
        data = text.encode(errors="replace")
        while data and not self.is_over:
            try:
                data = data[os.write(self.fileno(), data) :]
            except BlockingIOError:  # somebody has told the terminal not to wait
                select.select([], [self.fileno()], [])
            except OSError:
                self.is_over = True
                self._lost()

    def flush(self) -> None:
        """Nothing waits."""


class Owner(Protocol):
    """Whose screen it is."""

    def hung_up(self) -> None:
        """The terminal is closed."""


class Terminal(LinuxDriver):
    """A terminal, from the first line that is drawn to the last.

    It draws to standard output: standard error may be a file.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._loop = asyncio.get_running_loop()
        self._output = _Output(self._lost)
        cast("Any", self)._file = self._output
        self._went_on = False
        self._looking: asyncio.TimerHandle | None = None
        self._look()

    @property
    def is_on(self) -> bool:
        """The screen is on it."""
        return self._writer_thread is not None

    def write(self, data: str) -> None:
        """See Driver. Nothing is drawn while somebody else has the terminal."""
        if self.is_on:
            super().write(data)

    def _get_terminal_size(self) -> tuple[int, int]:
        """See Driver. COLUMNS and LINES, where a shell exports them, are as it was at the start."""
        with suppress(OSError):
            width, height = os.get_terminal_size(self._output.fileno())
            if width and height:
                return width, height
        return super()._get_terminal_size()

    def start_application_mode(self) -> None:
        """See Driver."""
        before = self.attrs_before if self.is_on else None
        super().start_application_mode()
        if before is not None:
            self.attrs_before = before

    def stop_application_mode(self) -> None:
        """See Driver."""
        super().stop_application_mode()
        self.write(LEFT_ON)

    def close(self) -> None:
        """See Driver."""
        super().close()
        self._writer_thread = None

    def give_back(self) -> None:
        """Have the terminal as it was, at once and whatever else is being done. For the end: the
        screen is not drawn again.
        """
        self._output.is_over = True
        self.exit_event.set()
        if self._looking:
            self._looking.cancel()
        if not self.is_on:
            return
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        out = self._output.fileno()
        with suppress(OSError):  # a terminal that takes nothing is not waited for
            if select.select([], [out], [], 0)[1]:
                os.write(out, GIVEN_BACK.encode())

    # --- it is closed -----------------------------------------------------------------------

    def _look(self) -> None:
        """Look whether the terminal is still there. Nobody is told who ignores SIGHUP, and its
        input has ended in a way that Textual takes for a key that is to come.
        """
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0)):
            self._lost()
        else:
            self._looking = self._loop.call_later(LOOK_SECONDS, self._look)

    def _lost(self) -> None:
        """The terminal is closed; told by whatever thread has found out."""
        with suppress(RuntimeError):  # it is over anyhow
            self._loop.call_soon_threadsafe(cast("Owner", self._app).hung_up)

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            self._lost()
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    # --- it is lent to others -------------------------------------------------------------------

    def stop_job(self) -> None:
        """Stop, with all that belongs to it, until the shell lets it go on (`fg`)."""
        os.kill(0, signal.SIGTSTP)

    def _sigtstp_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)

    def _sigcont_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._go_on)

    def _stop(self) -> None:
        """Give the terminal back, and stop. Where there is no shell that could let it go on the
        system does not stop it.
        """
        if self.is_on:
            self.suspend_application_mode()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        self._come_back()
        self._went_on = True
        self._loop.call_soon(self._settle)

    def _settle(self) -> None:
        self._went_on = False

    def _go_on(self) -> None:
        """It was stopped: by SIGSTOP, after which the terminal may be as the shell has it; or it
        was let go on in the background, and is in the foreground only now.
        """
        if self.is_on and self._went_on:
            return
        if self.is_on:
            before = self.attrs_before
            self.suspend_application_mode()
            self._come_back()
            self.attrs_before = before
        else:
            self._come_back()

    def _come_back(self) -> None:
        """Have the terminal again, and draw all of the screen."""
        self._must_signal_resume = True
        self.resume_application_mode()
        for screen in self._app.screen_stack:
            screen.refresh(layout=True)
