"""How rooms are called at a command line: tea, tea/1, @alice@bob, or * for the whole server. Knows
no store."""

from __future__ import annotations

import re
from typing import Final

from chat.history.room_records import SERVER
from chat.vocabulary.names import (
    Name,
    base_of,
    conversation_key,
    room_key,
    room_name,
    twin,
    user_key,
    username,
)

WHOLE_SERVER: Final = Name("*", SERVER)
"""What stands for all rooms where others name one."""


_NUMBERED: Final = re.compile(r"(.+)[/\x1f](0|[1-9][0-9]{0,8})", re.DOTALL)
"""More rooms have no name in common."""


def place_of(word: str) -> Name:
    """A room by its name, or a conversation of two as @one@other. Another room with the name tea is
    tea/1, and tea/0 is the first one. Raises ChatError."""
    if not word.startswith("@"):
        named, number = numbered(word)
        name = room_name(named)
        return Name(name.shown, twin(name.key, number))
    one, _, other = word[1:].partition("@")
    key = conversation_key(username(one).key, username(other).key)
    return Name(key, key)


def key_of_place(word: str) -> str:
    """A place's key, by that key, which can be longer than a name may be, or as place_of reads it.
    Raises ChatError."""
    if not word.startswith("@"):
        named, number = numbered(word)
        return twin(room_key(named), number)
    one, _, other = word[1:].partition("@")
    return conversation_key(user_key(one), user_key(other))


def numbered(word: str) -> tuple[str, int]:
    """The name and the number of tea/1, or of its key; a word without a number has 0."""
    found = _NUMBERED.fullmatch(word)
    return (found[1], int(found[2])) if found else (word, 0)


def shown_key(key: str, many: int = 1) -> str:
    """A place's key as people write it, and as place_of reads it; * for the whole server. many: the
    rooms that have its name."""
    if key == SERVER:
        return WHOLE_SERVER.shown
    base = base_of(key)
    if base == key:
        return f"{key}/0" if many > 1 else key
    return f"{base}/{key[len(base) + 1 :]}"


def twins_of(key: str) -> str:
    """What the keys of further rooms with a name begin with, by the key of the first one."""
    return twin(key, 1).removesuffix("1")
