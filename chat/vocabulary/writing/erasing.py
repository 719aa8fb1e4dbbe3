"""What is left of a line that was typed where no terminal takes back what is erased, as in a raw
telnet. Knows no commands."""

from __future__ import annotations

import re
from typing import Final

_LINE: Final = "\x15"
_WORD: Final = "\x17"
_ERASERS: Final = re.compile("([\b\x7f\x15\x17])")
"""Backspace and DEL for a character, Ctrl-W for a word, Ctrl-U for all of it: what ERASE and KILL
are in POSIX (General Terminal Interface, 11.1.9), and werase on all systems."""


def erased(text: str) -> tuple[str, str]:
    """The text without what was erased in it, and how it began before anything was."""
    first, *rest = _ERASERS.split(text)
    left = list(first)
    for eraser, typed in zip(rest[::2], rest[1::2], strict=True):
        if eraser == _LINE:
            left.clear()
        elif eraser == _WORD:
            before = "".join(left).rstrip()
            del left[before.rfind(" ") + 1 :]
        else:
            del left[-1:]
        left.extend(typed)
    return "".join(left), first
