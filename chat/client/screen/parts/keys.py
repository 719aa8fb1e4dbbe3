"""The keys, for people, and what a terminal sends for some of them. Knows no app."""

from __future__ import annotations

from typing import Any, Final, cast

from textual import _ansi_sequences

KEYS: Final = (
    ("Enter", "say it"),
    ("Tab", "complete a username, a room, a command"),
    ("Up, Down", "lines that you typed before"),
    ("Escape", "empty the line"),
    ("PgUp, PgDn", "scroll; older messages come as you go"),
    ("Ctrl-End", "back to the newest message"),
    ("Alt-1 .. Alt-9", "go to a room"),
    ("Alt-Up, Alt-Down", "the room above, below"),
    ("Alt-A", "the next room with something unread"),
    ("Alt-N", "the line above what is new"),
    ("F1", "this help"),
    ("F2", "show or hide the rooms"),
    ("F3", "show or hide the members"),
    ("F6", "the conversation, the rooms, the members, and back: arrows go there"),
    ("Ctrl-P", "everything there is to do"),
    ("Ctrl-C", "copy what is selected with the mouse"),
    ("Ctrl-Z", "stop, until fg in the shell"),
    ("Ctrl-Q", "quit"),
)
"""Each key, and what it does."""


def have_alt_digits() -> None:
    """Take Escape and a digit for Alt and that digit.

    Nearly all terminals send that; Textual takes it for what WezTerm on macOS means by it, a
    character like an upside-down exclamation mark.
    """
    known = cast("dict[str, Any]", _ansi_sequences.ANSI_SEQUENCES_KEYS)
    for digit in range(1, 10):
        known.pop(f"\x1b{digit}", None)
