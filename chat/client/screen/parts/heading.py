"""What stands above a room: what holds there, and what it is about. Knows no widgets."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from chat.client.screen.scrollback.cells import cut
from chat.client.terms.events import Modes

LEAST_TOPIC: Final = 10
"""In fewer cells a topic is not begun."""

WORDS_CELLS: Final = 100
"""In a line this wide modes are words; in others each is a letter."""

LETTERS: Final = {"private": "p", "moderated": "m", "registered": "r", "slow": "s", "raid": "!"}

MARKS: Final = {"owner": "~", "moderator": "+", "none": ""}
"""What stands before those who keep a room, in the list of who is there. No username begins so."""


def marks(modes: Modes | None, width: int) -> str:
    """What holds in a room, as far as is known; "": nothing special."""
    if modes is None or not modes.on:
        return ""
    if width >= WORDS_CELLS:
        return f"[{', '.join(modes.on)}]"
    return "+" + "".join(LETTERS.get(one.split()[0], one[0]) for one in modes.on)


def fitting(topic: str, left: int) -> str:
    """As much of a topic as there is room for; "" if that is too little."""
    if not topic or left < min(LEAST_TOPIC, cell_len(topic)):
        return ""
    return cut(topic, left)
