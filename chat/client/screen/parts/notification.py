"""How a terminal tells its owner that somebody calls. Knows neither app nor rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chat.client.terms.phrases import short
from chat.vocabulary.text import clean

TEXT_CHARACTERS = 120
"""What fits into a notification."""

Announcement = Callable[[str, str], str]
"""A title and a text become the characters that make the terminal show them."""


def announcement(environ: Mapping[str, str]) -> Announcement | None:
    """How this terminal is told to notify the desktop; None if it can't, or is not known to.

    OSC 9 is iTerm2's, OSC 777 is rxvt's, OSC 99 is kitty's; others have taken these over. What a
    terminal does not know it may show as text, so only those are sent what they are known to take.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return None  # these keep it to themselves
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if program in ("iTerm.app", "WezTerm", "ghostty") or environ.get("WT_SESSION"):
        return _osc_9
    if term.startswith("xterm-kitty"):
        return _osc_99
    if term.startswith(("foot", "rxvt-unicode")):
        return _osc_777
    return None


def _osc_9(title: str, text: str) -> str:
    return f"\x1b]9;{_plain(title)}: {_plain(text)}\x1b\\"


def _osc_99(title: str, text: str) -> str:
    return f"\x1b]99;i=1:d=0;{_plain(title)}\x1b\\\x1b]99;i=1:p=body;{_plain(text)}\x1b\\"


def _osc_777(title: str, text: str) -> str:
    return f"\x1b]777;notify;{_plain(title)};{_plain(text)}\x1b\\"


def _plain(text: str) -> str:
    """Without what would end the notification, or a part of it."""
    return short(clean(text), TEXT_CHARACTERS).replace(";", ",")
