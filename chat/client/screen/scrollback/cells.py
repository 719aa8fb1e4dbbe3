"""How text falls into lines of terminal cells. Knows no colours, no messages and no widgets.

What is measured together (a letter and its accents, a syllable, a family of joined faces, a flag)
is a cluster, and is never taken apart.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len

from chat.client.screen.scrollback.clusters import JOINER, JOINS, PICTURE, clusters

Span = tuple[int, int]
"""Where something begins in a text, and where it has ended."""

LEAST_CELLS: Final = 4
"""Text is never wrapped to less: narrower, it would be a column of letters."""

TAB_CHARACTERS: Final = 4
"""As wide as a TAB is at the most: there is little room beside the names."""

_COLOURED: Final = f"{PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]{{0,2}}"
"""A picture, shown in colour, and the colour of skin."""

_JOINED: Final = re.compile(f"({_COLOURED}(?:{JOINER}{_COLOURED}){{1,3}})|{JOINER}")
"""Pictures that are one picture, of four at the most as in every emoji that there is; or a joiner
between anything else."""

_PICTURED: Final = re.compile(PICTURE)

_SINGLE: Final = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027]*"
)
"""Latin, Greek, Cyrillic, and what is printed between the words: each character is a cell."""

_SPACES: Final = re.compile(" *")


def expand(text: str) -> str:
    """The text as it is shown: with spaces for TABs, and joiners only where they join something,
    inside of emoji and behind letters.
    """
    if "\t" in text:
        text = text.expandtabs(TAB_CHARACTERS)
    if JOINER in text:
        text = _JOINED.sub(_kept, text)
    return text


def _kept(found: re.Match[str]) -> str:
    """Emoji, or a joiner if it is how a word is spelt: more pictures than four are no emoji."""
    if found[1]:
        return found[1]
    before = found.string[: found.start()][-1:]
    is_spelt = before != "\ufe0f" and unicodedata.category(before or " ")[0] in "LM"
    return JOINER if is_spelt and not _PICTURED.match(found.string, found.end()) else ""


def wrap(text: str, width: int, rest: int | None = None) -> list[Span]:
    """Where each line of a text begins, and where it has ended; at least one line.

    A line ends at spaces, which are left out there, or between two wide characters; what has
    neither and is too long is broken anywhere but in a cluster.

    text: as `expand` gives it.
    width: of the first line, in cells.
    rest: of the other lines; None: the same.
    """
    first, rest = max(width, LEAST_CELLS), max(width if rest is None else rest, LEAST_CELLS)
    if _is_plain(text) or _SINGLE.fullmatch(text):
        return _wrap_single(text, first, rest)
    if 2 * len(text) <= first or cell_len(text) <= first:
        return [(0, len(text))]
    return _wrap_clusters(text, first, rest)


def _is_plain(text: str) -> bool:
    """Each character is a cell, as nearly always."""
    return text.isascii() and text.isprintable()


def height(text: str, width: int, rest: int | None = None) -> int:
    """How many lines `wrap` makes of it."""
    if len(text) <= width and text.isascii():
        return 1
    return len(wrap(text, width, rest))


def snap(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans, made longer to begin and end between clusters; in order, apart from each other.

    spans: in the order of their beginnings.
    """
    found = list(spans)
    if found and not _is_plain(text):
        edges = [start for start, _, _ in clusters(text)]
        edges.append(len(text))
        found = [
            (edges[bisect_right(edges, start) - 1], edges[bisect_left(edges, end)])
            for start, end in found
        ]
    apart: list[Span] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        elif start < end:
            apart.append((start, end))
    return apart


def cut(text: str, cells: int) -> str:
    """The text in at most so many cells, at least one, with … where it was cut."""
    if 2 * len(text) <= cells or cell_len(text) <= cells:
        return text
    left = cells - 1
    for start, _, size in clusters(text):
        if size > left:
            return text[:start] + "…"
        left -= size
    return text


def _wrap_single(text: str, width: int, rest: int) -> list[Span]:
    """`wrap`, where each character is a cell."""
    lines: list[Span] = []
    start, size = 0, len(text)
    while size - start > width:
        behind = text.rfind(" ", start, start + width + 1)
        end = start + len(text[start:behind].rstrip(" ")) if behind > start else start
        if end == start:  # no space, or none behind a word
            behind = end = start + width
        lines.append((start, end))
        start = _past_spaces(text, behind)
        if start == size:
            return lines
        width = rest
    lines.append((start, size))
    return lines


def _wrap_clusters(text: str, width: int, rest: int) -> list[Span]:
    """`wrap`, where characters may have two cells, or none."""
    parts = clusters(text)
    count = len(parts)
    starts = [start for start, _, _ in parts]
    starts.append(len(text))
    spaces = [end - start == 1 and text[start] == " " for start, end, _ in parts]
    lines: list[Span] = []
    first = 0  # the first cluster of the line
    while True:
        at, behind, left, wide = first, first, width, False
        while at < count:
            size = parts[at][2]
            is_wide = size > 1 and not JOINS.match(text[starts[at]])
            if spaces[at] or (wide and is_wide):
                behind = at  # the line may end before this cluster
            if size > left and at > first:
                break
            wide = is_wide
            left -= size
            at += 1
        if at == count:
            lines.append((starts[first], len(text)))
            return lines
        end = behind
        while end > first and spaces[end - 1]:
            end -= 1
        if end == first:
            behind = end = at
        lines.append((starts[first], starts[end]))
        first = behind
        while first < count and spaces[first]:
            first += 1
        if first == count:
            return lines
        width = rest


def _past_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    assert found is not None  # no spaces at all are some as well
    return found.end()
