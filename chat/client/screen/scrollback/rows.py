"""One row of what a room shows: a message, a day, a notice. Knows no other rows, and no cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Final, Literal

from chat.client.screen.scrollback.cells import expand
from chat.client.screen.scrollback.look import mentions
from chat.client.terms.events import Message
from chat.vocabulary.text import clean

Level = Literal["info", "error"]

EDITED: Final = " (edited)"
"""Stands behind what was changed after it was said."""


class Kind(Enum):
    """What a row is."""

    MESSAGE = auto()
    DAY = auto()
    """The messages below are of this day."""
    UNREAD = auto()
    """What is below is new."""
    NOTICE = auto()
    """A word from the client itself, with a time."""
    MISSING = auto()
    """Messages that could not be read."""
    PENDING = auto()
    """What one has said, before it is delivered."""


@dataclass(slots=True, eq=False)
class Row:
    """One of them. All texts are as they may be shown."""

    kind: Kind
    text: str
    user: str = ""
    time: str = ""
    """Hours and minutes here, or nothing."""
    number: int = 0
    """A message's."""
    day: date | None = None
    """Of a message or a notice, here; or that of a separator."""
    own: bool = False
    mention: bool = False
    edited: bool = False
    """EDITED stands at the end of its text."""
    level: Level = "info"
    """A notice's."""
    key: str = ""
    """What a pending text is called."""
    height: int = 0
    """In lines; 0: not known. Who draws the rows keeps it here."""

    def edit(self, text: str, username: str) -> None:
        """A message has another text now. username: who looks at it."""
        text = shown(text)
        self.mention = not self.own and bool(mentions(text, username))
        self.text = text + EDITED
        self.edited = True
        self.height = 0


def row_of(message: Message, username: str) -> Row:
    """The row of a message. username: who looks at it."""
    at = here(message.at)
    text = shown(message.text)
    return Row(
        Kind.MESSAGE,
        text,
        shown(message.user),
        time_of(at),
        message.number,
        at.date(),
        message.own,
        not message.own and bool(mentions(text, username)),
    )


def separator(day: date | None) -> Row:
    """The row above a day's messages."""
    assert day is not None
    return Row(Kind.DAY, f"{day:%A}, {day.day} {day:%B} {day.year}", day=day)


def shown(text: str) -> str:
    """A text as it may be shown."""
    return expand(clean(text))


def here(at: datetime) -> datetime:
    """A time where one is; or as it is, in the first or last hours of all time."""
    try:
        return at.astimezone()
    except (OverflowError, ValueError, OSError):
        return at


def time_of(at: datetime) -> str:
    """Hours and minutes."""
    return f"{at.hour:02}:{at.minute:02}"
