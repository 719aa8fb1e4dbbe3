"""Which names can be taken for one another by what they look like (Unicode UTS 39). Knows no users.

Names are compared without case, but their looks depend on it: an I looks like an l and an i does
not; the Greek capital Nu looks like N, the small one like v. One skeleton for a name, whatever its
case, would make N and V the same as well. So a name has a few looks, one for each way in which
people may write it, and two names are alike if they have one look in common.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from chat.vocabulary.names import key_of

_ASCII: Final = {code: chr(code) for code in range(128)} | str.maketrans(
    {"0": "O", "1": "l", "I": "l", "|": "l", "m": "rn", "`": "'"}
)
"""What the standard has for characters that can be in a name. It names all of ASCII: translate is
slow for what it does not find."""


def skeleton(shown: str) -> str:
    """What a name looks like as it is written here; capitals count as small letters afterwards."""
    return _drawn(shown).casefold().replace("m", "rn")


def looks(shown: str) -> frozenset[str]:
    """All that a name looks like: as it is shown, in small letters, with initials, in capitals.

    What is in capitals keeps its case, or neil and nell would be alike, as an I looks like an l.
    """
    key = key_of(shown)
    cased = {skeleton(shown), skeleton(key), skeleton(key.title())}
    return frozenset(cased | {_drawn(shown), _drawn(key.upper())})


class Likenesses:
    """Names, by their looks. They are named as they are shown.

    is_strict: ASCII names may not look like one another either. Where it is False they may: user1
        and userl are two names that everybody can type.
    """

    def __init__(self, is_strict: bool = False) -> None:
        self._is_strict = is_strict
        self._guarded: _Index = {}
        self._common: dict[str, int] = {}  # ASCII names that may be alike, and how often each
        self._common_index: _Index | None = None  # once it is asked for, as it takes its time

    def add(self, shown: str) -> None:
        """A name is taken, or taken once more."""
        if not self._is_common(shown):
            _add(self._guarded, shown)
            return
        self._common[shown] = self._common.get(shown, 0) + 1
        if self._common_index is not None:
            _add(self._common_index, shown)

    def remove(self, shown: str) -> None:
        """A name that was added is free, or taken once less."""
        if not self._is_common(shown):
            _remove(self._guarded, shown)
            return
        self._common[shown] -= 1
        if not self._common[shown]:
            del self._common[shown]
        if self._common_index is not None:
            _remove(self._common_index, shown)

    def is_taken(self, shown: str) -> bool:
        """Whether a name looks like one that was added and is another one: has another key."""
        return bool(self.others(shown))

    def others(self, shown: str) -> set[str]:
        """The keys of the names that were added, look like that one, and have another key."""
        is_common = self._is_common(shown)
        if not self._guarded and (is_common or not self._common):
            return set()
        key, seen = key_of(shown), looks(shown)
        found = [self._guarded.get(look, ()) for look in seen]
        if not is_common and any(look.isascii() for look in seen):
            index = self._index_common()
            found += [index.get(look, ()) for look in seen]
        return {other for keys in found for other in keys if other != key}

    def _is_common(self, shown: str) -> bool:
        return shown.isascii() and not self._is_strict

    def _index_common(self) -> _Index:
        if self._common_index is None:
            self._common_index = {}
            for shown, times in self._common.items():
                for _ in range(times):
                    _add(self._common_index, shown)
        return self._common_index


_Index = dict[str, tuple[str, ...]]
"""Looks, and the keys of the names that have them, each as often as it was added."""


def _add(index: _Index, shown: str) -> None:
    key = key_of(shown)
    for look in looks(shown):
        index[look] = (*index.get(look, ()), key)


def _remove(index: _Index, shown: str) -> None:
    key = key_of(shown)
    for look in looks(shown):
        keys = list(index.pop(look))
        keys.remove(key)
        if keys:
            index[look] = tuple(keys)


def _drawn(text: str) -> str:
    """The standard's skeleton: of characters that look the same the same one is left."""
    if text.isascii():
        return text.translate(_ASCII)
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFD", decomposed.translate(_confusables()))


class _Likeness(msgspec.Struct):
    c: str


@cache
def _confusables() -> dict[int, str]:
    """The standard's table. It is read when the first name asks for it.

    The file has each pair both ways, what looks like the other one first, and marks around letters
    that are written from right to left. A character with one likeness alone that is nobody's
    likeness itself is one that the table replaces.
    """
    data = files("confusable_homoglyphs").joinpath("confusables.json").read_bytes()
    pairs = msgspec.json.decode(data, type=dict[str, list[_Likeness]])
    table: dict[int, str] = {}
    prototypes: set[str] = set()
    for marked, likenesses in pairs.items():
        character = marked.replace("\u200e", "")
        if len(character) == 1 and len(likenesses) == 1 and character not in prototypes:
            prototype = likenesses[0].c.replace("\u200e", "")
            table[ord(character)] = prototype
            prototypes.add(prototype)
    return table
