"""What HISTORY asks for, in words. Knows no style."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from chat.errors import ChatError
from chat.limits import HISTORY_COUNT, HISTORY_MOST
from chat.realm import Realm, User
from chat.room import Room

_MOST_DIGITS = 18
"""Every number that a store can hold, and none on which int() takes its time."""


class Question(NamedTuple):
    """Which messages of which room."""

    room: Room
    most: int
    before: int | None
    after: int | None


def asked(rest: str, user: User, realm: Realm, room_meant: Callable[[], Room]) -> Question:
    """The words [room] [count] [BEFORE <number> | AFTER <number>].

    A first word that is a number is a room only if the user is in a room of that name.
    Raises ChatError: bad-argument, missing-room, invalid-room, not-in-room.
    """
    words = rest.split()
    before = after = None
    if len(words) >= 2 and words[-2].upper() in ("BEFORE", "AFTER"):
        number = _number(words.pop())
        if words.pop().upper() == "BEFORE":
            before = number
        else:
            after = number
    room = None
    if words and (words[0] in user.rooms or words[0][0] not in "+-0123456789"):
        if words[0].upper() in ("BEFORE", "AFTER"):
            raise ChatError("bad-argument", words[0])
        room = realm.room_of(user, words.pop(0))
    count = min(_number(words.pop(0)), HISTORY_MOST) if words else HISTORY_COUNT
    if words or count == 0:
        raise ChatError("bad-argument", words[0] if words else "0")
    return Question(room or room_meant(), count, before, after)


def rfc3339(at: int) -> str:
    """Milliseconds since 1970 as a time in UTC: 2026-05-04T03:02:01.000Z"""
    when = datetime.fromtimestamp(at / 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _number(word: str) -> int:
    if not _is_number(word) or len(word) > _MOST_DIGITS:
        raise ChatError("bad-argument", word)
    return int(word)
