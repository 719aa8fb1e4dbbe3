"""What a user or a room may be called, and when two names are the same. Knows no users."""

import re
import unicodedata
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from precis_i18n import get_profile

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    COMBINING_MARKS,
    KEY_GROWTH,
    ROOM_CHARACTERS,
    USERNAME_CHARACTERS,
)

LOBBY: Final = "lobby"
"""The room of everyone who names none."""


class Name(NamedTuple):
    """A name as it is shown, and the key under which it is the same as another."""

    shown: str
    key: str


_PLAIN: Final = re.compile(r"[A-Za-z0-9_\[\]{}|^`][A-Za-z0-9_\[\]{}|^`.+'-]*")
"""ASCII names: what IRC allows, and . + ' inside. No path, option, mask or mention is a name."""

_INVISIBLE: Final = dict.fromkeys(
    map(ord, "\xad\u034f\u1806\u180b\u180c\u180d\u200b\u200c\u200d\u2060\ufeff")
) | dict.fromkeys(range(0xFE00, 0xFE10))
"""What RFC 3454 (table B.1) maps to nothing: a name is not another one for having them in it."""

_TWIN: Final = "\x1f"
"""A control character: see chat.vocabulary.text."""

_PROFILE: Final = get_profile("UsernameCasePreserved")  # RFC 8265, 3.4


def username(word: str) -> Name:
    """The name of a user. Raises ChatError: missing-username, invalid-username."""
    if not word:
        raise ChatError("missing-username")
    return _name(word, USERNAME_CHARACTERS, "invalid-username")


def room_name(word: str) -> Name:
    """The name of a room, with or without a # before it.

    Raises ChatError: missing-room, invalid-room.
    """
    word = word.removeprefix("#")
    if not word:
        raise ChatError("missing-room")
    return _name(word, ROOM_CHARACTERS, "invalid-room")


def user_key(word: str) -> str:
    """The key of a username, by that key, which can be longer than a name may be, or by the name.

    Raises ChatError: missing-username, invalid-username.
    """
    if not word:
        raise ChatError("missing-username")
    return _name(word, KEY_GROWTH * USERNAME_CHARACTERS, "invalid-username").key


def room_key(word: str) -> str:
    """The same of a room. Raises ChatError: missing-room, invalid-room."""
    word = word.removeprefix("#")
    if not word:
        raise ChatError("missing-room")
    return _name(word, KEY_GROWTH * ROOM_CHARACTERS, "invalid-room").key


def twin(key: str, number: int) -> str:
    """The key of another room with the same name: nobody can type it."""
    return f"{key}{_TWIN}{number}" if number else key


def base_of(key: str) -> str:
    """The key of a room's name, from the key of one of the rooms with that name."""
    return key.partition(_TWIN)[0]


def conversation_key(one: str, other: str) -> str:
    """The key of what two users, given by their keys, say to each other."""
    return "@" + "@".join(sorted((one, other)))  # no name has an @ in it


def is_conversation(key: str) -> bool:
    """Whether a key is that of what two users say to each other, and not a room's."""
    return key.startswith("@")


def is_of_conversation(key: str, one: str) -> bool:
    """Whether a user, given by their key, is one of the two of a conversation."""
    return one in key[1:].split("@")


def key_of(shown: str) -> str:
    """The key of a name as it is shown, one that was valid when it was given."""
    return _key(shown)


def _name(word: str, most: int, code: str) -> Name:
    if len(word) > most * (COMBINING_MARKS + 1):
        raise ChatError(code)
    if not word.isascii():
        word = _composed(word.translate(_INVISIBLE), code)
    ascii_part = "".join(c if c.isascii() else "x" for c in word)
    if len(word) > most or not _PLAIN.fullmatch(ascii_part):
        raise ChatError(code)
    return Name(word, _key(word))


def _composed(word: str, code: str) -> str:
    """The word in its one composed form, width folded, or refused."""
    try:
        word = _PROFILE.enforce(word)
    except UnicodeEncodeError:
        raise ChatError(code) from None
    if unicodedata.category(word[0]).startswith("M"):
        raise ChatError(code)
    for is_mark, run in groupby(word, lambda c: unicodedata.category(c) in ("Mn", "Me")):
        marks = tuple(run)
        repeated = any(a == b for a, b in pairwise(marks))
        if is_mark and (len(marks) > COMBINING_MARKS or repeated):
            raise ChatError(code)
    return word


def _key(word: str) -> str:
    """Two names with the same key are the same name. The key of a key is itself."""
    if word.isascii():
        return word.lower()
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", word).casefold())
    return key if key == word else _key(key)
