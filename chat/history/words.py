"""Words: how a text is taken apart to be found again, and what a search asks for. Knows no SQL.

Both databases index the words that are made here, so they find the same. A script that is written
without spaces (Chinese, Japanese, Thai, ...) has each character for a word: a word of such a
script is found as a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import SEARCH_WORDS, WORD_CHARACTERS
from chat.vocabulary.names import username

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u109f"  # Tibetan, Myanmar
    "\u1100-\u11ff\uac00-\ud7ff"  # Hangul: particles are written behind the word
    "\u1780-\u17ff"  # Khmer
    "\u2600-\u27bf\U0001f000-\U0001faff"  # pictures
    "\u2e80-\u2fdf\u3040-\u30ff\u3100-\u9fff\ua000-\ua4cf\uf900-\ufaff"  # Chinese, Japanese, Yi
    "\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)

_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
)
"""Accents and vowels that belong to the letter before them, and that \\w leaves out."""

_WORDS: Final = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_ASCII_WORDS: Final = re.compile(r"[a-z0-9]+")

_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u201f\uff02", '"' * 5)
_PARTS: Final = re.compile(r'"([^"]*)"|(\S+)')

# An index holds words for these as well; nobody can type them, as they are no letters.
_IN: Final = "\ue000"
_BY: Final = "\ue001"
_PRIVATE: Final = {ord(c): 0xE100 + ord(c) for c in map(chr, range(128)) if not c.isalnum()}


def words(text: str) -> list[str]:
    """The words of a text, in order, as they are compared: without case, width and composition."""
    return _words_in(_folded(text))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _words_in(folded: str) -> list[str]:
    found = (_ASCII_WORDS if folded.isascii() else _WORDS).findall(folded)
    if len(folded) > WORD_CHARACTERS:
        found = [word[:WORD_CHARACTERS] for word in found]
    return found


def scopes(key: str) -> list[str]:
    """Where one has to be to find what was said under this key: in that room; or, for a
    conversation of @two@people, to be one of them."""
    return [f"@{name}" for name in key.split("@") if name] if key.startswith("@") else [key]


def indexed(key: str, user_key: str, text: str) -> list[str]:
    """All that a message can be found by: where, by whom, and its words in order."""
    return [*map(inside, scopes(key)), said_by(user_key), *words(text)]


def inside(scope: str) -> str:
    """What the index holds for a scope."""
    return _IN + scope.translate(_PRIVATE)


def said_by(user_key: str) -> str:
    """What the index holds for a user."""
    return _BY + user_key.translate(_PRIVATE)


Term = tuple[tuple[str, ...], ...]
"""What a message has to have in the index: one of some phrases."""


class Query(NamedTuple):
    """What is looked for: messages with all these phrases, and by this user if it is not empty."""

    phrases: tuple[tuple[str, ...], ...]
    user_key: str = ""

    def matches(self, user_key: str, text: str) -> bool:
        """Whether a message is one of those."""
        if self.user_key and self.user_key != user_key:
            return False
        if not self.phrases:
            return True
        folded = _folded(text)
        if not all(phrase[0] in folded for phrase in self.phrases):  # quicker, and mostly enough
            return False
        found = _words_in(folded)
        return all(_contains(found, phrase) for phrase in self.phrases)

    def terms(self, within: Collection[str]) -> Iterator[Term]:
        """What all has to be in the index. `within`: scopes."""
        yield tuple((inside(scope),) for scope in within)
        if self.user_key:
            yield ((said_by(self.user_key),),)
        for phrase in self.phrases:
            yield (phrase,)


def naming(username: str) -> Query | None:
    """What finds the messages that name somebody; None if that name has no word in it."""
    phrase = tuple(words(username))
    return Query((phrase,)) if phrase else None


def parse(rest: str) -> Query:
    """The words of a SEARCH: words, "phrases in quotes", from:<username>.

    Raises ChatError: missing-words, too-many-words, bad-argument, missing-username,
    invalid-username.
    """
    rest = rest.translate(_QUOTES)
    if rest.count('"') % 2:
        raise ChatError("bad-argument", '"')
    phrases: dict[tuple[str, ...], None] = {}
    user_key = ""
    for quoted, word in _PARTS.findall(rest):
        if word[:5].lower() == "from:":
            if user_key:
                raise ChatError("bad-argument", word)
            user_key = username(word[5:]).key
        elif phrase := tuple(words(quoted or word)):
            phrases[phrase] = None
    if not phrases and not user_key:
        raise ChatError("missing-words")
    if sum(map(len, phrases)) > SEARCH_WORDS:
        raise ChatError("too-many-words")
    return Query(tuple(phrases), user_key)


def _contains(found: list[str], phrase: tuple[str, ...]) -> bool:
    first, size = phrase[0], len(phrase)
    return any(
        word == first and tuple(found[at : at + size]) == phrase for at, word in enumerate(found)
    )
