"""How rooms are called at a command line: tea, tea/1, @alice@bob, or * for the whole server. Knows
no store."""

from __future__ import annotations

from typing import Final

from chat.history.room_records import SERVER
from chat.vocabulary.names import Name, base_of, conversation_key, room_name, twin, username

WHOLE_SERVER: Final = Name("*", SERVER)
"""What stands for all rooms where others name one."""


def place_of(word: str) -> Name:
    """A room by its name, or a conversation of two as @one@other. Another room with the name tea is
    tea/1, and tea/0 is the first one. Raises ChatError."""
    if not word.startswith("@"):
        named, _, number = word.replace(twins_of(""), "/").rpartition("/")
        if not (named and number.isdecimal() and number == str(int(number))):
            return room_name(word)
        name = room_name(named)
        return Name(name.shown, twin(name.key, int(number)))
    one, _, other = word[1:].partition("@")
    key = conversation_key(username(one).key, username(other).key)
    return Name(key, key)


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
