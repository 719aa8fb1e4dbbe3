"""What a word can be read as besides a name: an address, a length of time. Knows no users, and no
networks: whether an address is one is chat.moderation.targets' matter."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import skeleton
from chat.vocabulary.names import Name

USER: Final = "user:"
"""Before a username it says that it is one: no name has a colon in it."""

_NUMBER: Final = r"(?:0x[0-9a-f]*|[0-9]+)"
_DOTTED: Final = rf"{_NUMBER}(?:\.{_NUMBER})+"
_ADDRESS: Final = re.compile(rf"{_DOTTED}(?:\.|\.[x+]|-{_DOTTED}|-[0-9]+)?")
"""Numbers with dots between them, in all notations that inet_aton takes, also such as have too many
or are too large: whoever writes that means an address. And what people write for all from one to
another: 203.0.113.0-255, 203.0.113.x."""

_LOOKS: Final = str.maketrans("oil|", "0111")
"""Letters that are taken for digits, where all the others are some."""

_LENGTH: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[smhdw])+")
"""10m, and what people write for others: 1h30m, 1.5h."""


def is_like_address(word: str) -> bool:
    """Whether people read a word as an address of IPv4; those of IPv6 have colons, and no name
    has."""
    return _ADDRESS.fullmatch(in_ascii(word)) is not None


def is_like_length(word: str) -> bool:
    """Whether people read a word as a length of time."""
    return _LENGTH.fullmatch(in_ascii(word)) is not None


def is_ambiguous(word: str) -> bool:
    """Whether a word that may be a name is read as something else as well."""
    return is_like_address(word) or is_like_length(word)


def check_is_name(name: Name) -> None:
    """Whether a new username is nothing but that, nor looks like an address: whoever sees one types
    digits. Raises ChatError: ambiguous-username."""
    drawn = skeleton(name.shown).translate(_LOOKS)
    is_drawn = drawn.count(".") > 2 and any(map(str.isdecimal, name.shown))  # lol.oil is a name
    if is_ambiguous(name.shown) or (is_drawn and is_like_address(drawn)):
        raise ChatError("ambiguous-username", name.shown)


def marked(name: str) -> str:
    """A username as it is written where an address may stand as well."""
    return f"{USER}{name}" if is_ambiguous(name) else name


def unmarked(word: str) -> str:
    """The username that a word means where one stands, with or without its mark."""
    return word[len(USER) :] if word.lower().startswith(USER) else word


def in_ascii(word: str) -> str:
    """A word in small letters, with all digits as those of ASCII: other scripts have their own."""
    if word.isascii():
        return word.lower()
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c
        for c in unicodedata.normalize("NFKC", word).lower()
    )
