"""What text from elsewhere may do to a terminal: nothing. Knows no wire and no screen."""

from __future__ import annotations

from typing import Final

NAME_CELLS: Final = 32
"""A name longer than a username may be is cut where it is shown: a server may send anything."""

_HARMFUL: Final = dict.fromkeys(
    (
        *range(0x09),  # C0 without TAB: bells, cursor movements, escape sequences
        *range(0x0A, 0x20),
        *range(0x7F, 0xA0),  # DEL and C1: escape sequences of eight-bit terminals
        *(0x2028, 0x2029),  # line and paragraph separators
        *range(0x202A, 0x202F),  # bidi embeddings and overrides: text is not what it seems
        *range(0x2066, 0x206A),  # bidi isolates
        *range(0xD800, 0xE000),  # half characters, which no terminal's encoding has
    ),
    "\N{REPLACEMENT CHARACTER}",
)


def clean(text: str) -> str:
    """The text with each character that could harm a terminal made U+FFFD."""
    return text if text.isprintable() else text.translate(_HARMFUL)


def short(name: str, most: int = NAME_CELLS) -> str:
    """A name of at most so many characters, with … where it was cut."""
    return name if len(name) <= most else name[: most - 1] + "…"
