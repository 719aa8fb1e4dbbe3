"""What a terminal can show, as far as the environment tells. Knows no screen."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

NOTHING_KNOWN: Final = ("", "dumb", "unknown")
"""What TERM says where nobody knows the terminal. Of any other that the machine's list does not
have, as those that are newer than the list, more is hoped."""

SHELL_MODE: Final = "comint"
"""What INSIDE_EMACS has where a program's output becomes text in a buffer, whatever TERM says."""


def lacking(environ: Mapping[str, str], encoding: str) -> str:
    """What the terminal can't do that the screen needs, in words for people; "": nothing.

    encoding: of standard output.
    """
    kind = environ.get("TERM", "").strip()
    if kind in NOTHING_KNOWN or SHELL_MODE in environ.get("INSIDE_EMACS", "").split(","):
        return f"this terminal (TERM={kind or 'unset'}) shows lines only"
    if not _moves(kind):
        return f"this terminal (TERM={kind}) can't move its cursor"
    if not _is_utf8(encoding):
        return f"this terminal takes {encoding}, and a screen needs UTF-8"
    return ""


def has_colours(environ: Mapping[str, str]) -> bool:
    """It has some, as far as the machine's list of terminals knows."""
    return _asked(environ.get("TERM", ""), lambda its: its.tigetnum("colors")) not in (-1, 0, 1)


def _moves(kind: str) -> bool:
    return _asked(kind, lambda its: bool(its.tigetstr("cup"))) is not False


def _asked(kind: str, ask: Callable[[Any], int]) -> int | None:
    """What the machine's list of terminals says of this one; None: it does not have it. ask: asks
    curses, which has looked it up."""
    with suppress(ImportError, OSError):  # Windows has no list
        import curses

        with suppress(curses.error):
            curses.setupterm(kind, 1)
            return ask(curses)
    return None


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False
