"""`twisted-chat` and `python -m chat.client`: chooses between the screen and plain mode.

Knows neither. What isn't needed is not imported: the screen alone takes longer than all the rest.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from chat.client.options.ability import has_colours, lacking
from chat.client.options.address import SettingsError
from chat.client.options.exits import FAILED, INTERRUPTED, UNREAD, WRONG_USE
from chat.client.options.settings import PROGRAM, Settings, read
from chat.client.options.signals import die, on_ending
from chat.vocabulary.writing.secrets import masked

_SCREEN: Final = {"textual", "rich"}
NO_SCREEN: Final = (
    "The screen needs Textual: pip install 'twisted-chat[client]' (in a checkout '.[client]'). "
    "Without it: twisted-chat --plain"
)


def main() -> int:
    """Run the client; the exit code. SystemExit after --help and --version."""
    on_ending(die)
    _have_streams()
    try:
        try:
            return _run(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except SettingsError as error:
        _complain(f"{PROGRAM}: {masked(str(error), sys.argv)}")
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is left in Python's buffer goes nowhere, or it would be tried again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return UNREAD
    except Exception as error:
        _complain(f"{PROGRAM}: that should not have happened: {type(error).__name__}: {error}")
        return FAILED


def _run(words: list[str]) -> int:
    settings = read(words)
    if settings.warning:
        _complain(f"{PROGRAM}: {settings.warning}")
    if settings.wants_plain or not (os.isatty(0) and os.isatty(1)):
        return _run_plain(settings)
    if reason := lacking(os.environ, sys.stdout.encoding):
        _complain(f"{PROGRAM}: {reason}: plain mode; /help lists the commands")
        return _run_plain(settings)
    if not has_colours(os.environ):
        os.environ.setdefault("NO_COLOR", "1")
    try:
        from chat.client.screen.app import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _SCREEN:
            raise
        _complain(NO_SCREEN)
        return FAILED
    return run(settings)


def _run_plain(settings: Settings) -> int:
    from chat.client.plain import process

    return process.run(settings)


def _complain(text: str) -> None:
    print(text.encode(errors="replace").decode(), file=sys.stderr)


def _have_streams() -> None:
    """Open what was closed (`>&-`) on nothing: the next file to be opened would be taken for it."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


if __name__ == "__main__":
    sys.exit(main())
