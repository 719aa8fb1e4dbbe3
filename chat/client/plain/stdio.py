"""Standard input, output and error, where the loop waits for none of them. Knows no chat."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from chat.client.options.settings import PROGRAM
from chat.client.plain.pieces import PIECE_BYTES, Cutter
from chat.vocabulary.text import MARK, clean, unmarked

PIECES_AHEAD: Final = 4
"""Pieces of standard input that may wait to be said."""


class Stdin:
    """Standard input, line by line, without blocking the loop.

    A thread reads it: asyncio can't wait for a file, nor for a terminal that others write to.
    """

    def __init__(self) -> None:
        self.is_terminal = os.isatty(0)
        self._loop = asyncio.get_running_loop()
        self._lines: deque[str] = deque()
        self._cut = Cutter()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._room = threading.Semaphore(PIECES_AHEAD)
        self._is_begun = False
        self._is_first = True
        self._is_over = False

    async def line(self) -> str | None:
        """The next line; None at the end. Raises StdoutError, if it is no text."""
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._read, daemon=True).start()
        while not self._lines and not self._is_over:
            piece = await self._pieces.get()
            self._room.release()
            if self._is_first:
                piece = self._first(piece)
            self._is_over = not piece
            self._lines.extend(self._cut.feed(piece))
        return self._lines.popleft() if self._lines else None

    async def secret(self, what: str) -> str | None:
        """The next line, asked for at the terminal, which does not show it; None at the end."""
        with _hidden():
            prompt(f"{what}: ")
            line = await self.line()
        tell("")
        return line

    def _first(self, piece: bytes) -> bytes:
        """What comes first, without a byte-order mark. Raises StdoutError."""
        self._is_first = False
        try:
            return unmarked(piece, is_stream=True) if piece != MARK else b"\n"
        except ValueError as error:
            raise StdoutError(f"standard input: {error}") from None

    def _read(self) -> None:
        piece = b"more"
        while piece:
            self._room.acquire()
            try:
                piece = os.read(0, PIECE_BYTES)
            except OSError:  # the terminal is gone, or this is a folder
                piece = b""
            try:
                self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)
            except RuntimeError:  # the loop is closed: it is over
                return


_shown: list[list[Any]] = []
"""How the terminal was before it stopped to show what is typed."""


@contextlib.contextmanager
def _hidden() -> Iterator[None]:
    """Have the terminal not show what is typed, also after Ctrl-Z and fg; the shell may."""
    stopping = signal.signal(signal.SIGTSTP, _stop)
    _hide()
    try:
        yield
    finally:
        show_typing()
        signal.signal(signal.SIGTSTP, stopping)


def _hide() -> None:
    with contextlib.suppress(termios.error):
        before = termios.tcgetattr(0)
        _shown.append(before)
        quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
        termios.tcsetattr(0, termios.TCSADRAIN, quiet)


def _stop(*_: object) -> None:
    """Stop, until the shell lets it go on."""
    show_typing()
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, _stop)
    _hide()


def show_typing() -> None:
    """Have the terminal show again what is typed, if it does not."""
    while _shown:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, _shown.pop())


class StdoutError(Exception):
    """Standard output takes nothing more; the text says why, "" if its reader is gone."""


class Stdout:
    """Standard output, without blocking the loop while its reader takes its time."""

    def __init__(self) -> None:
        self.is_free = asyncio.Event()
        """It takes what it is given."""
        self.is_free.set()
        self._encoding = sys.stdout.encoding or "utf-8"

    async def write(self, line: str) -> None:
        """Write a line; when this returns it is on its way. Raises StdoutError."""
        data = f"{line}\n".encode(self._encoding, "replace")
        try:
            while data:
                if not select.select([], [1], [], 0)[1]:
                    await self._wait()
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(1, data[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            raise StdoutError from None
        except OSError as error:
            raise StdoutError(f"standard output: {error.strerror}") from None

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        writable: asyncio.Future[None] = loop.create_future()
        self.is_free.clear()
        loop.add_writer(1, _wake, writable)
        try:
            await writable
        finally:
            loop.remove_writer(1)
            self.is_free.set()


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


def prompt(text: str) -> None:
    """The beginning of a line on standard error."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode(sys.stderr.encoding or "utf-8", "replace"))


def tell(text: str) -> None:
    """A line on standard error; where nobody reads that, nobody can be told."""
    prompt(f"{text}\n")


def complain(reason: str) -> None:
    """Why something failed, on standard error."""
    tell(f"{PROGRAM}: {clean(reason)}")
