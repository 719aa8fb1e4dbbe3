"""Words: what a text is found by, and what a search asks for. Knows no SQL.

Both databases index what is made here, so they find the same. An index holds the words of a text in
their order, and which signs (`+`, `:`, ⭐) are in it: where they stand is looked up in the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import SEARCH_WORDS, WORD_CHARACTERS
from chat.vocabulary.names import username
from chat.vocabulary.writing import spelling
from chat.vocabulary.writing.spelling import Phrase, fold, tokens

# An index holds words for these as well; nobody can type them, as they are no letters, and a sign
# is one of these by itself.
_IN: Final = "\ue000"
_BY: Final = "\ue001"
_PRIVATE: Final = {ord(c): 0xE100 + ord(c) for c in map(chr, range(128)) if not c.isalnum()}
_ASCII_SIGNS: Final = {chr(sign): chr(its) for sign, its in _PRIVATE.items()}


class Entry(NamedTuple):
    """What a message is found by: where it was said, by whom, its words in order; and signs."""

    words: list[str]
    signs: list[str]


def scopes(key: str) -> list[str]:
    """Where one has to be to find what was said under this key: in that room; or, for a
    conversation of @two@people, to be one of them."""
    return [f"@{name}" for name in key.split("@") if name] if key.startswith("@") else [key]


def indexed(key: str, user_key: str, text: str) -> Entry:
    """All that a message can be found by."""
    folded = fold(text)
    about = [*map(inside, scopes(key)), said_by(user_key)]
    signs = sorted(spelling.signs(folded))
    its = spelling.words(folded)
    words = about + (spelling.cut(its) if len(folded) > WORD_CHARACTERS else its)
    return Entry(words, [_private(sign) for sign in signs])


def _private(sign: str) -> str:
    return _ASCII_SIGNS.get(sign) or sign[:WORD_CHARACTERS]


@lru_cache(1024)
def inside(scope: str) -> str:
    """What the index holds for a scope."""
    return _IN + scope.translate(_PRIVATE)


@lru_cache(1024)
def said_by(user_key: str) -> str:
    """What the index holds for a user."""
    return _BY + user_key.translate(_PRIVATE)


Term = tuple[tuple[str, ...], ...]
"""What a message has to have in the index: one of some phrases."""


class Query(NamedTuple):
    """What is looked for: messages with all these phrases, and by this user if it is not empty."""

    phrases: tuple[Phrase, ...]
    user_key: str = ""

    @property
    def is_indexed(self) -> bool:
        """Whether the index alone tells what matches; or each message that it gives has to be
        looked at, for where its signs stand."""
        return not any(phrase.signs for phrase in self.phrases)

    def matches(self, user_key: str, text: str) -> bool:
        """Whether a message is one of those."""
        if self.user_key and self.user_key != user_key:
            return False
        if not self.phrases:
            return True
        folded = fold(text)
        if not all(literal in folded for phrase in self.phrases for literal in phrase.literals):
            return False  # quicker, and mostly enough
        line = spelling.line(tokens(folded))
        return all(spelling.pattern(phrase).search(line) for phrase in self.phrases)

    def terms(self, within: Collection[str]) -> Iterator[Term]:
        """What all has to be in the index. `within`: scopes."""
        yield tuple((inside(scope),) for scope in within)
        if self.user_key:
            yield ((said_by(self.user_key),),)
        yield from self.phrase_terms()

    def phrase_terms(self) -> Iterator[Term]:
        """What of its phrases has to be in the index."""
        for phrase in self.phrases:
            if phrase.words:
                yield (phrase.words,)
            for sign in phrase.signs:
                yield ((_private(sign),),)


class Mention(NamedTuple):
    """What finds the messages that name somebody."""

    query: Query
    words: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Whether that is the name, and not one that only looks like it."""
        found = _strict(text)
        first, size = self.words[0], len(self.words)
        return any(
            word == first and tuple(found[at : at + size]) == self.words
            for at, word in enumerate(found)
        )


def naming(username: str) -> Mention | None:
    """What finds the messages that name somebody; None if that name has no word in it."""
    name = tuple(_strict(username))
    return Mention(Query((spelling.bare(fold(username)),)), name) if name else None


def _strict(text: str) -> list[str]:
    """The words of a text as names are compared: their accents tell them apart."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return spelling.cut(spelling.words(folded))


def parse(rest: str) -> Query:
    """The words of a SEARCH: words, "phrases in quotes", from:<username>. Nothing of it is passed
    over: what nothing can be found by is refused.

    Raises ChatError: missing-words, too-many-words, bad-argument, missing-username,
    invalid-username.
    """
    if spelling.straight(rest).count('"') % 2:
        raise ChatError("bad-argument", '"')
    phrases: dict[Phrase, None] = {}
    user_key = ""
    for quoted, word in spelling.parts(rest):
        if word[:5].lower() == "from:":
            if user_key:
                raise ChatError("bad-argument", word)
            user_key = username(word[5:]).key
        else:
            phrases[_phrase(quoted or word)] = None
    if not phrases and not user_key:
        raise ChatError("missing-words")
    if sum(len(phrase.words) + len(phrase.signs) for phrase in phrases) > SEARCH_WORDS:
        raise ChatError("too-many-words")
    return Query(tuple(phrases), user_key)


def _phrase(part: str) -> Phrase:
    """What one part of a search asks for. Raises ChatError, if nothing can be found by it."""
    found = spelling.phrase(part)
    if found is None:
        raise ChatError("bad-argument", part) if part.strip() else ChatError("missing-words")
    return found
