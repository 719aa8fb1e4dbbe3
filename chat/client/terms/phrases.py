"""Names, numbers and times, put for people. Knows nothing of what they are of."""

from __future__ import annotations

from datetime import datetime

from chat.vocabulary.limits import USERNAME_CHARACTERS


def short(name: str, most: int = USERNAME_CHARACTERS) -> str:
    """A name of at most so many characters, with … where it was cut: a server may send anything."""
    return name if len(name) <= most else name[: most - 1] + "…"


def counted(count: int, what: str) -> str:
    """`1 line`, `2 lines`"""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def when(at: datetime) -> str:
    """A time, here: with its date if that is not today's."""
    here = at.astimezone()
    is_today = here.date() == datetime.now().astimezone().date()
    return f"{here:%H:%M}" if is_today else f"{here:%Y-%m-%d %H:%M}"
