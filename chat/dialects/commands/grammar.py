"""Words of a line, taken apart: numbers, lengths of time, switches, what must not be missing. Knows
no verbs."""

from __future__ import annotations

from chat.vocabulary.errors import ChatError
from chat.vocabulary.times import Length, seconds

_MOST_DIGITS = 18
"""Every number that a store can hold, and none on which int() takes its time."""


def cut(rest: str) -> tuple[str, str]:
    """The first word, and what stands behind the one space that follows it."""
    word, _, tail = rest.partition(" ")
    if word and "\t" not in word:
        return word, tail
    word, tail, *_ = [*rest.split(None, 1), "", ""]
    return word, tail


def count_of(word: str) -> int:
    """How many somebody wants to see: one at the least. Raises ChatError: bad-argument."""
    count = number_of(word)
    if not count:
        raise ChatError("bad-argument", word)
    return count


def number_of(word: str) -> int:
    """The number of a message, or of an entry; none has the number 0, and whoever asks for what
    stands before it is told nothing. Raises ChatError: bad-argument."""
    if not is_number(word) or len(word) > _MOST_DIGITS:
        raise ChatError("bad-argument", word)
    return int(word)


def is_number(word: str) -> bool:
    """Whether a word is a number, however large."""
    return word.isascii() and word.isdecimal()


def length_of(word: str) -> Length:
    """A length of time. Raises ChatError: bad-length, missing-length."""
    if not word:
        raise ChatError("missing-length")
    try:
        length = Length(seconds(word), word)
    except ValueError:
        raise ChatError("bad-length", word) from None
    length.check()
    return length


def is_length(word: str) -> bool:
    """Whether a word is a length of time."""
    try:
        return length_of(word).seconds > 0
    except ChatError:
        return False


def slowness_of(words: list[str]) -> Length:
    """The only word as a length of time: seconds, where it is a number. Raises ChatError:
    bad-length, missing-length, bad-argument."""
    word = words[0].lower() if words else ""
    end(words[1:])
    if word in ("off", "0"):
        return Length(0, word)
    length = length_of(f"{word}s" if is_number(word) else word)
    return Length(length.seconds, word)


def is_switch(word: str) -> bool:
    """Whether a word is `on` or `off`."""
    return word.lower() in ("on", "off")


def on_or_off(words: list[str]) -> bool:
    """What the only word says. Raises ChatError: bad-argument, missing-argument."""
    word = one(words, "missing-argument")
    if not is_switch(word):
        raise ChatError("bad-argument", word)
    return words[0].lower() == "on"


def one(words: list[str], code: str = "missing-username") -> str:
    """The only word. Raises ChatError: bad-argument, or that there is none."""
    if not words:
        raise ChatError(code)
    end(words[1:])
    return words[0]


def two(words: list[str], first: str, second: str) -> tuple[str, str]:
    """The only two words. Raises ChatError: bad-argument, or that the first or the second is
    missing."""
    if len(words) < 2:
        raise ChatError(second if words else first)
    end(words[2:])
    return words[0], words[1]


def end(words: list[str]) -> None:
    """Raises ChatError: bad-argument, if there are more words."""
    if words:
        raise ChatError("bad-argument", words[0])
