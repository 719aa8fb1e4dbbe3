"""Which letters people think of as the same, and what in a text is a word and what a sign. Knows
no index and no search.

What is so comes from Unicode's data (categories, decompositions, combining classes, names), but
for the few letters that it holds apart and people do not.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final, NamedTuple

from chat.vocabulary.limits import WORD_CHARACTERS

_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u201f\uff02", '"' * 5)
_PARTS: Final = re.compile(r'"([^"]*)"|(\S+)')

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Tibetan, Myanmar
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Hangul: particles are written behind the word
    "\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua980-\ua9df\uaa80-\uaadf"  # Khmer, Tai, Javanese
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u303c"  # Chinese, Japanese, Yi
    "\u3040-\u30ff\u3100-\u9fff\ua000-\ua4cf\uf900-\ufaff\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)
"""Scripts without spaces between words: each letter, with its marks, is a word."""

_MARK_CATEGORIES: Final = ("Mn", "Mc", "Me")


def _ranges(points: list[int]) -> str:
    """Those characters, for a class of a regular expression."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


def _marks(first: int, end: int) -> str:
    """Vowel signs, accents and the like: they belong to the letter before them."""
    points = range(first, end)
    return _ranges([at for at in points if unicodedata.category(chr(at)) in _MARK_CATEGORIES])


_ZWJ: Final = "\u200d"
_TAGS: Final = "\U000e0020-\U000e007f"
_NO_SIGNS: Final = frozenset((_ZWJ, *map(chr, range(0xE0020, 0xE0080))))


class _Grammar:
    """How a text is cut, where it may have these marks."""

    def __init__(self, marks: str) -> None:
        word = rf"[{_UNSPACED}][{marks}]*|(?:[^\W_{_UNSPACED}]|[{marks}])+"
        sign = rf"[^\w\s{marks}{_ZWJ}{_TAGS}]|_"
        picture = rf"[^\x00-\x7f\w\s{marks}{_ZWJ}{_TAGS}][{_TAGS}]*"
        joined = rf"[\U0001f1e6-\U0001f1ff]{{2}}|{picture}(?:{_ZWJ}{picture})*"
        beside = rf"\x00-\x7f\w\s{marks}{_ZWJ}"
        self.words = re.compile(word)
        self.no_words = re.compile(rf"[^\w\s{marks}]+|_")
        self.signs = re.compile(rf"{joined}|{sign}")
        self.tokens = re.compile(rf"({word})|({joined}|{sign})|(\s+)")
        """A word; a sign: a flag of two letters, what is joined to one picture, or any other; a
        gap."""
        self.pieces = re.compile(
            rf".[{marks}\u1160-\u11ff\uff9e\uff9f]*(?:{_ZWJ}.[{marks}]*)*", re.DOTALL
        )
        """A character with what is composed with it, or joined to it."""
        self.stray_joiner = re.compile(rf"(?<![^{beside}]){_ZWJ}+|{_ZWJ}+(?![^{beside}{_TAGS}])")


@cache
def _scripts() -> _Grammar:
    """Of all texts. It is made where it is needed: that takes as long as a program's start."""
    return _Grammar(_marks(0x300, 0x20000))


@cache
def _common() -> _Grammar:
    """Of texts without any of the scripts past the first 65,536 characters: several times as
    fast."""
    return _Grammar(_marks(0x300, 0x10000))


_WORD: Final = "\0"
_SIGN: Final = "\1"
_GAP: Final = "\2"
"""Before a word, before a sign, and instead of a gap, in a `line`. No text has these in it."""
_OTHERS: Final = "(?:[\1\2][^\0\1\2]*)*"
"""Signs and gaps between two words."""
_WHOLE: Final = "(?![^\0\1\2])"

_RARE: Final = re.compile("[\U00010000-\U0001efff]")

_ASCII_WORDS: Final = re.compile("[a-z0-9]+")
_ASCII_SIGNS: Final = frozenset(
    c for c in map(chr, range(128)) if not c.isalnum() and not c.isspace()
)
_ASCII_TOKENS: Final = re.compile(r"([a-z0-9]+)|([^a-z0-9\s])|(\s+)")

_KEYCAP: Final = re.compile("([0-9#*])\u20e3")
_KEYCAPS: Final = {cap: chr(0xFDD0 + at) for at, cap in enumerate("0123456789#*")}
"""A keycap is one picture and no digit: it is told apart as what is no character."""

_FINALS: Final = "HEBREW LETTER FINAL "
_STROKE: Final = re.compile("LATIN SMALL LETTER ([A-Z]) WITH STROKE")
_OPTIONAL: Final = ("COMBINING ", "HEBREW ", "ARABIC ", "SYRIAC ")
_SAME: Final = {
    "æ": "ae",
    "œ": "oe",
    "\u0131": "i",
    "\u0237": "j",
    "\u0451": "\u0435",  # Cyrillic io is ie; but short i is no i: it has a place in the alphabet
    "\u0450": "\u0435",
    "\u045d": "\u0438",
    "\u0671": "\u0627",  # alef wasla; alef with hamza or madda is made of alef
    "\u0649": "\u064a",  # alef maksura, and
    "\u06cc": "\u064a",  # the Persian yeh, are typed for yeh
    "\u06a9": "\u0643",  # the Persian kaf
    "\u0629": "\u0647",  # teh marbuta
    "\u0640": "",  # tatweel only makes a word longer
}
_DOUBLE_QUOTES: Final = frozenset("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2e42\u301d\u301e\u301f")
_SINGLE_QUOTES: Final = frozenset("\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u02bb\u02b9\u00b4")
_MINUS: Final = "\u2212"
_TONES: Final = range(0x1F3FB, 0x1F400)
"""Of skin: a picture is the same in each."""


class _Letters(dict[int, str]):
    """What each character is folded to, as it is needed. Those past the first 65,536 that stay as
    they are, rare and a million, are not remembered: so it takes 10 MB at the most."""

    def __missing__(self, point: int) -> str:
        folded = _letter(chr(point))
        if point < 0x10000 or folded != chr(point):
            self[point] = folded
        return folded


_LETTERS: Final = _Letters()


def fold(text: str) -> str:
    """The text as it is compared: without case, width, composition, accents, optional points and
    what nobody can see; with one kind of digits, quotes and dashes."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", text).translate(_LETTERS)
    if folded.isascii():
        return folded
    folded = unicodedata.normalize("NFC", folded)
    if _ZWJ in folded:
        folded = _grammar(folded).stray_joiner.sub("", folded)
    if "\u20e3" in folded:
        folded = _KEYCAP.sub(lambda found: _KEYCAPS[found[1]], folded)
    return folded


Tokens = list[tuple[str, str, str]]
"""Words, signs and gaps, in order: of each three one is not empty."""


def words(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return (_ASCII_WORDS if folded.isascii() else _grammar(folded).words).findall(folded)


def signs(folded: str) -> set[str]:
    """The signs of a folded text."""
    if folded.isascii():
        return set(folded) & _ASCII_SIGNS
    grammar = _grammar(folded)
    found = set(grammar.no_words.findall(folded))
    for run in [each for each in found if len(each) > 1 or each in _NO_SIGNS]:
        found.remove(run)
        found.update(grammar.signs.findall(run))
    return found


def cut(found: list[str]) -> list[str]:
    """Words as they are compared and indexed: long ones by their beginning."""
    return [word[:WORD_CHARACTERS] for word in found]


def tokens(folded: str) -> Tokens:
    """What a folded text is made of."""
    return (_ASCII_TOKENS if folded.isascii() else _grammar(folded).tokens).findall(folded)


class Phrase(NamedTuple):
    """What stands in a text as it was written in a search.

    line: its words, signs and gaps, see `line`. literals: the same, folded, between the gaps.
    """

    line: str
    literals: tuple[str, ...]
    words: tuple[str, ...]
    signs: tuple[str, ...]


def phrase(part: str) -> Phrase | None:
    """What one part of a search asks for; None if nothing can be found by it."""
    folded = fold(part).strip()
    its = bare(folded)
    if found := tuple(sorted(signs(folded))):
        return Phrase(line(tokens(folded)), tuple(folded.split()), its.words, found)
    return its if its.words else None


def bare(folded: str) -> Phrase:
    """A phrase of words alone: between them there may be any signs and gaps."""
    its = tuple(cut(words(folded)))
    return Phrase("".join(f"{_WORD}{word}" for word in its), its, its, ())


def line(found: Tokens) -> str:
    """Words, signs and gaps in one piece, to look for some of them next to each other."""
    return "".join(
        f"{_WORD}{word[:WORD_CHARACTERS]}" if word else f"{_SIGN}{sign}" if sign else _GAP
        for word, sign, _ in found
    )


@lru_cache(64)
def pattern(phrase: Phrase) -> re.Pattern[str]:
    """Finds a phrase in a `line`. Its signs are beside what they were written beside; where it has
    a gap, or no signs, there may be any between two words."""
    if phrase.signs:
        parts = [re.escape(part) for part in phrase.line.split(_GAP)]
    else:
        parts = [re.escape(f"{_WORD}{word}") for word in phrase.words]
    return re.compile(_OTHERS.join(f"{part}{_WHOLE}" for part in parts))


def places(text: str, phrases: Iterable[Phrase]) -> list[tuple[int, int]]:
    """Where phrases stand in a text: from their first character to behind their last, in order,
    each apart from the others."""
    pieces = [(fold(piece[0]), *piece.span()) for piece in _grammar(text).pieces.finditer(text)]
    folded = "".join(piece for piece, _, _ in pieces)
    if folded != fold(text):
        return []  # something is joined over pieces: that is rare, and then nothing is marked
    starts = [start for piece, start, _ in pieces for _ in piece]
    ends = [end for piece, _, end in pieces for _ in piece]
    tokenizer = _ASCII_TOKENS if folded.isascii() else _grammar(folded).tokens
    spans = [token.span() for token in tokenizer.finditer(folded)]
    its_line = line(tokens(folded))
    begins = [at for at, mark in enumerate(its_line) if mark in (_WORD, _SIGN, _GAP)]
    found: list[tuple[int, int]] = []
    for match in (match for each in phrases for match in pattern(each).finditer(its_line)):
        first, end = bisect_left(begins, match.start()), bisect_left(begins, match.end())
        found.append((starts[spans[first][0]], ends[spans[end - 1][1] - 1]))
    apart: list[tuple[int, int]] = []
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if not apart or start >= apart[-1][1]:
            apart.append((start, stop))
    return apart


def _grammar(text: str) -> _Grammar:
    return _scripts() if _RARE.search(text) else _common()


def _letter(letter: str) -> str:
    """What one character is folded to."""
    category = unicodedata.category(letter)
    if category == "Cf":
        return _format(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category == "Pd" or letter == _MINUS:
        return "-"
    if letter in _DOUBLE_QUOTES:
        return '"'
    if letter in _SINGLE_QUOTES:
        return "'"
    if "VARIATION SELECTOR" in unicodedata.name(letter, "") or ord(letter) in _TONES:
        return ""
    if category[0] == "M":
        return "" if _is_optional(letter) else unicodedata.normalize("NFKC", letter)
    if category == "So" and unicodedata.decomposition(letter).startswith("<super>"):
        return letter  # what stands behind a trade mark is no part of the word
    plain = letter
    for _ in range(2):  # what is decomposed may have a case of its own
        plain = unicodedata.normalize("NFKD", plain).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    if plain[:1] == " " and len(plain) > 1:
        return letter  # an accent by itself
    if category[0] == "L" and not _is_own(letter):
        plain = "".join(part for part in plain if not _is_optional(part))
    plain = unicodedata.normalize("NFC", plain)
    return _plainest(letter) if plain == letter else "".join(map(_letter, plain))


def _plainest(letter: str) -> str:
    """What stands for a letter that has no decomposition."""
    if letter in _SAME:
        return _SAME[letter]
    name = unicodedata.name(letter, "")
    if name.startswith(_FINALS):
        return unicodedata.lookup(name.replace(_FINALS, "HEBREW LETTER "))
    stroke = _STROKE.fullmatch(name)
    return stroke[1].lower() if stroke else letter


def _format(letter: str) -> str:
    """Of a character that has no form: most say only how others are drawn."""
    if letter == "\u200b":
        return " "
    is_kept = letter == _ZWJ or 0xE0020 <= ord(letter) < 0xE0080
    return letter if is_kept else ""


def _is_own(letter: str) -> bool:
    """Whether its accent makes it another letter of the alphabet: a Cyrillic one."""
    return unicodedata.name(letter, "").startswith("CYRILLIC")


def _is_optional(mark: str) -> bool:
    """Whether a mark is one that people leave out, or set for others' sake: an accent, a line
    through a letter, a point of Hebrew, Arabic or Syriac. Not a vowel sign, nor what makes another
    letter (of Japanese)."""
    order = unicodedata.combining(mark)
    if order == 0:
        return mark == "\u034f"
    return not 1 < order < 10 and unicodedata.name(mark, "").startswith(_OPTIONAL)


def straight(query: str) -> str:
    """A search with straight quotes, whatever kind was typed."""
    return query.translate(_QUOTES)


def parts(query: str) -> list[tuple[str, str]]:
    """What a search asks for, as it was typed: each is a phrase that stood in quotes, and nothing;
    or nothing and a word."""
    return _PARTS.findall(straight(query))
