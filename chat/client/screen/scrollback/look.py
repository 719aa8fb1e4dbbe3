"""What stands out in a text: the colours of usernames, links, names and words. Knows no widgets."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import Final
from urllib.parse import quote
from zlib import crc32

from chat.client.screen.scrollback.cells import Span
from chat.vocabulary.limits import SEARCH_WORDS
from chat.vocabulary.writing import spelling

ON_DARK: Final = (
    *("#fe949d", "#15c09c", "#f08fe8", "#88b639", "#b0adff", "#d29a01", "#65c1fe", "#f77c57"),
    *("#0cd1d1", "#ee76ae", "#5fd37f", "#c087f1", "#c7bc1c", "#73a3fe", "#ff9c40", "#09b7d9"),
)
"""Sixteen hues of the same lightness, in steps of seven: neighbours are nearly opposite. More
would not be told apart."""

ON_LIGHT: Final = (
    *("#960330", "#096753", "#7f1c7b", "#456303", "#4b37a7", "#725202", "#015580", "#992e03"),
    *("#0b5c5c", "#981b61", "#016129", "#72339f", "#575203", "#1e4fb5", "#764005", "#016376"),
)
"""The same hues, on paper."""

_LINK: Final = re.compile(
    r"(?<![^\W_])https?://(?=[^\W_]|\[[\da-f:])[^\s<>\"`\N{REPLACEMENT CHARACTER}]+", re.IGNORECASE
)
_TRAILING: Final = frozenset(
    ".,;:!?'*_~…"
    "\N{IDEOGRAPHIC FULL STOP}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH COMMA}\N{FULLWIDTH FULL STOP}"
    "\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}"
    "\N{FULLWIDTH COLON}\N{FULLWIDTH SEMICOLON}"
)
"""What ends a sentence ends no link."""
_BRACKETS: Final = {
    ")": "(",
    "]": "[",
    "}": "{",
    "\N{FULLWIDTH RIGHT PARENTHESIS}": "\N{FULLWIDTH LEFT PARENTHESIS}",
    "」": "「",
    "』": "『",
    "】": "【",
    "»": "«",
}


def colour(username: str, dark: bool) -> str:
    """The colour of a username on a dark or a light background, as #rrggbb.

    It depends on nothing but the name without its case, and is the same in every session.
    """
    table = ON_DARK if dark else ON_LIGHT
    return table[crc32(username.casefold().encode("utf-8", "surrogatepass")) % len(table)]


def links(text: str) -> list[Span]:
    """Where http and https URLs are in a text, without what only follows them."""
    if "://" not in text:
        return []
    return [(found.start(), _link_end(text, *found.span())) for found in _LINK.finditer(text)]


def address(link: str) -> str:
    """A link as it may be given to a terminal or a browser: in printable ASCII."""
    return quote(link, safe="%/:?#[]@!$&'()*+,;=~-._|")


def mentions(text: str, username: str) -> list[Span]:
    """Where a username stands in a text as a word of its own, whatever its case.

    Beside it is no letter, no digit, no _ and no -: those would make it another name.
    """
    if not username:
        return []
    found = [match.span() for match in _name(username).finditer(text)]
    return [span for span in found if not _accented(text, span[1])] if found else found


def words(text: str, wanted: Collection[str]) -> list[Span]:
    """Where the words, phrases and signs of a search stand in a text, as the server finds them."""
    return spelling.places(text, _phrases(tuple(wanted)))


def _link_end(text: str, start: int, end: int) -> int:
    """Where a link has ended, at the most at `end`."""
    if not text.isascii():  # spaces without width, and whatever else nobody can see
        end = next((at for at in range(start, end) if not text[at].isprintable()), end)
    open_brackets: Counter[str] | None = None
    while True:
        last = text[end - 1]
        if last in _BRACKETS:
            if open_brackets is None:
                open_brackets = Counter(text[start:end])
            if open_brackets[last] <= open_brackets[_BRACKETS[last]]:
                return end
            open_brackets[last] -= 1
        elif last not in _TRAILING:
            return end
        end -= 1


def _accented(text: str, at: int) -> bool:
    """Whether a mark stands there, and changes the letter before it."""
    return at < len(text) and unicodedata.category(text[at]) in ("Mn", "Mc", "Me")


@lru_cache(64)  # as many people are one in as many sessions, and more
def _name(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(username)}(?![\w-])", re.IGNORECASE)


@lru_cache(8)
def _phrases(wanted: tuple[str, ...]) -> list[spelling.Phrase]:
    return [found for found in map(spelling.phrase, wanted[:SEARCH_WORDS]) if found]
