"""What a line of text may contain, and what stands in front of a text that is a file. Every door
passes what it receives through here. Knows no wire."""

import io
from typing import Final

from chat.vocabulary.errors import ChatError

REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands in a text where something was that could do harm."""

_HARMFUL: Final = dict.fromkeys(
    (
        *range(0x09),  # C0 without TAB: bells, cursor movements, a second line
        *range(0x0A, 0x20),
        *range(0x7F, 0xA0),  # DEL and C1: escape sequences of eight-bit terminals
        *(0x2028, 0x2029),  # line and paragraph separators: a second line for some programs
        *range(0x202A, 0x202F),  # bidi embeddings and overrides: text is not what it seems
        *range(0x2066, 0x206A),  # bidi isolates
        *range(0xD800, 0xE000),  # half characters, which no encoding has
    ),
    REPLACED,
)


MARK: Final = b"\xef\xbb\xbf"
"""The byte-order mark in UTF-8, which some editors put in front of a text."""

_OTHERS: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
"""Those of UTF-16 and UTF-32."""


def unmarked(raw: bytes, is_stream: bool = False) -> bytes:
    """What is in a file, or at the beginning of a stream, without the byte-order mark that some
    editors put in front. Every file that people make comes through here.

    is_stream: whether there may be anything in it, as in what a program prints, NUL as well.

    Raises ValueError, in words for people, if it is UTF-16 or UTF-32: what Windows calls Unicode.
    """
    if raw.startswith(_OTHERS) or (not is_stream and b"\0" in raw[:4]):
        raise ValueError("it is not UTF-8 but UTF-16: save it as UTF-8")
    return raw.removeprefix(MARK)


def print_anything(stream: object) -> None:
    """Have a stream of this process, as a terminal's, show what its encoding has no letter for as
    its number, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def clean(text: str) -> str:
    """The text with each control character that could harm a terminal made U+FFFD."""
    return text if text.isprintable() else text.translate(_HARMFUL)


def decode(line: bytes) -> str:
    """A received line as clean text. Raises ChatError: not-utf8."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise ChatError("not-utf8") from None
    return text if text.isprintable() else clean(text)


def size_of(text: str) -> int:
    """The bytes that a text takes in memory, at the most."""
    return len(text) if text.isascii() else 4 * len(text)
