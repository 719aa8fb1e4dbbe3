"""Which characters are drawn as one, and in how many cells. Knows no lines and no colours.

Terminals know three ways in which characters are one: marks that take no room, pictures that are
joined, and the letters of a syllable that a virama joins (क्षि), which take two cells at the most.
Textual measures by `rich.cells`, which knows the first two, and takes whatever stands behind a
joiner for a part of a picture; it is made to measure as it is measured here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from rich import cells as rich_cells
from rich.cells import get_character_cell_size

_measure: Final = cast("Any", rich_cells)._cell_len

JOINER: Final = "\u200d"
_COLOURED: Final = "\ufe0f"
"""What stands before it is a picture, and has two cells."""

PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]"
)
_IS_PICTURE: Final = re.compile(PICTURE)

SYLLABLE_CELLS: Final = 2
"""What letters that are joined take, and one with a mark beside it."""

_VIRAMA: Final = 9
"""Unicode's class (ccc) of the marks that join two letters, or ..."""

_KILLERS: Final = frozenset(
    "\u0d3b\u0d3c\u0e3a\u0eba\u0f84\u103a\u1714\u1715\u1734\u1baa\u1bf2\u1bf3\u2d7f\ua82c\ua953"
    "\uabed\U00011070\U0001107f\U00011134\U000112ea\U0001172b\U0001193d\U00011a34\U00011d44"
)
"""... only take its vowel from the first one, as the asat of Burmese does. Python does not know
which (Indic_Syllabic_Category)."""

JOINS: Final = re.compile(
    "[\u0900-\u1cff\u200d\u302e\u302f\ua800-\uabff\U00010000-\U0001cfff\U0001d100-\U0001d1ff]"
)
"""Where there may be such letters and marks, or joined pictures: nothing else is measured anew."""


class _Character(NamedTuple):
    """What matters of a character."""

    cells: int
    is_beside: bool
    """A mark that takes room beside its letter."""
    is_virama: bool
    is_flag: bool
    """A letter of a country."""
    is_picture: bool
    has_mark: bool
    """A letter that is a mark and a vowel in one, as the last one of กำ: it belongs to what stands
    before it."""


@lru_cache(4096)
def _character(character: str) -> _Character:
    category = unicodedata.category(character)
    parts = unicodedata.decomposition(character).split()
    return _Character(
        get_character_cell_size(character),
        category == "Mc",
        unicodedata.combining(character) == _VIRAMA and character not in _KILLERS,
        "\U0001f1e6" <= character <= "\U0001f1ff",
        _IS_PICTURE.match(character) is not None,
        parts[:1] == ["<compat>"] and unicodedata.category(chr(int(parts[1], 16))) == "Mn",
    )


@lru_cache(256)
def _more_in_colour(character: str) -> int:
    """How many cells more a character takes as a picture."""
    return int(_measure(character + _COLOURED, "auto") - _measure(character, "auto"))


def clusters(text: str) -> list[tuple[int, int, int]]:
    """The clusters of a text, in order: where each begins, where it has ended, and its cells."""
    found: list[tuple[int, int, int]] = []
    start, cells, base = 0, 0, ""  # of the cluster; what its room is measured by
    is_joined = half_flag = after_virama = False
    for at, character in enumerate(text):
        size, is_beside, is_virama, is_flag, is_picture, has_mark = _character(character)
        was_flag, half_flag = half_flag, False
        if not size:
            if base and is_beside:
                cells, base = max(cells, SYLLABLE_CELLS), ""
            elif base and character == _COLOURED:
                cells, base = cells + _more_in_colour(base), ""
            after_virama = is_virama or (after_virama and character == JOINER)
            is_joined = is_joined and character in (JOINER, _COLOURED)
        elif at and after_virama and not is_picture:
            cells, base, after_virama = SYLLABLE_CELLS, character, False
        elif at and is_picture and is_joined and text[at - 1] == JOINER:
            pass
        elif at and ((is_flag and was_flag) or has_mark):
            cells += size
        else:
            if at:
                found.append((start, at, cells))
            start, cells, base, half_flag = at, size, character, is_flag
            is_joined, after_virama = is_picture, False
        if is_picture or (is_joined and "\U0001f3fb" <= character <= "\U0001f3ff"):
            is_joined = True
    if text:
        found.append((start, len(text), cells))
    return found


def _cells_of(text: str) -> int:
    return sum(size for _, _, size in clusters(text))


def _agree() -> None:
    """Have Textual measure so."""
    inner = cast("Any", rich_cells)
    split = inner.split_graphemes

    def cells_of(text: str, unicode_version: str = "auto") -> int:
        return _cells_of(text) if JOINS.search(text) else int(_measure(text, unicode_version))

    def graphemes(
        text: str, unicode_version: str = "auto"
    ) -> tuple[list[tuple[int, int, int]], int]:
        if not JOINS.search(text):
            return cast("tuple[list[tuple[int, int, int]], int]", split(text, unicode_version))
        parts = clusters(text)
        return parts, sum(size for _, _, size in parts)

    inner._cell_len, inner.split_graphemes = cells_of, graphemes
    inner.cached_cell_len.cache_clear()


_agree()
