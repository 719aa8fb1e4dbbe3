"""What HISTORY asks for, in words, and how what was found is shown. Knows no style."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chat.history.words import scopes
from chat.realm.conversation import conversation
from chat.realm.realm import Realm
from chat.realm.room import Room
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Said
from chat.vocabulary.limits import HISTORY_COUNT, HISTORY_MOST
from chat.vocabulary.names import base_of, room_name, username
from chat.vocabulary.times import rfc3339

_MOST_DIGITS = 18
"""Every number that a store can hold, and none on which int() takes its time."""


class Question(NamedTuple):
    """Which messages of which room, or of which conversation of two."""

    key: str
    name: str
    most: int
    before: int | None
    after: int | None


def asked(rest: str, user: User, realm: Realm, room_meant: Callable[[], Room]) -> Question:
    """The words [room] [count] [BEFORE <number> | AFTER <number>].

    A first word that is a number is a room only if the user is in a room of that name. The
    room @<username> is what one has said to that user, and heard from it, alone.
    Raises ChatError: bad-argument, missing-room, invalid-room, invalid-username, not-in-room.
    """
    words = rest.split()
    before = after = None
    if len(words) >= 2 and words[-2].upper() in ("BEFORE", "AFTER"):
        number = number_of(words.pop())
        if words.pop().upper() == "BEFORE":
            before = number
        else:
            after = number
    where = None
    if words and words[0].startswith("@"):
        name = username(words.pop(0)[1:])
        where = (conversation(user.key, name.key), f"@{name.shown}")
    elif words and (words[0][0] not in "+-0123456789" or realm.rooms.is_in(user, words[0])):
        if words[0].upper() in ("BEFORE", "AFTER"):
            raise ChatError("bad-argument", words[0])
        where = _at(realm.rooms.of(user, words.pop(0)))
    count = min(number_of(words.pop(0)), HISTORY_MOST) if words else HISTORY_COUNT
    if words or count == 0:
        raise ChatError("bad-argument", words[0] if words else "0")
    return Question(*(where or _at(room_meant())), count, before, after)


def shown(said: Said, where: str) -> str:
    """A message that was asked for."""
    return f"HISTORY {where} {said.number} {rfc3339(said.at)} {said.user} {said.text}"


def where_said(said: Said, user: User) -> str:
    """How a user calls the room of a message that it may read: @<username> for a conversation."""
    if said.room.startswith("@"):
        others = [name for name in scopes(said.room) if name != f"@{user.key}"]
        return others[0] if others else f"@{user.name}"
    key = room_name(said.room).key
    names = (room.name for room in user.rooms.values() if base_of(room.key) == key)
    return next(names, said.room)


def _at(room: Room) -> tuple[str, str]:
    return room.key, room.name


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def number_of(word: str) -> int:
    """A number of a message, or a count. Raises ChatError: bad-argument."""
    if not _is_number(word) or len(word) > _MOST_DIGITS:
        raise ChatError("bad-argument", word)
    return int(word)
