"""Names, cut short where they are shown. Knows no wire and no screen."""

from __future__ import annotations

from chat.vocabulary.limits import USERNAME_CHARACTERS


def short(name: str, most: int = USERNAME_CHARACTERS) -> str:
    """A name of at most so many characters, with … where it was cut: a server may send anything."""
    return name if len(name) <= most else name[: most - 1] + "…"
