"""How input is cut: bytes into lines, and a long line into messages. Knows no files and no chat."""

from __future__ import annotations

import codecs
import re
from typing import Final

from chat.vocabulary.limits import LINE_BYTES, TOKEN_CHARACTERS

PIECE_BYTES: Final = 64 * 1024
"""About the longest line that is kept whole."""

_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC: titles, links
    r"|\x1b[ -/]+[0-~]"  # character sets, which `tput sgr0` sends
)


class Cutter:
    """Bytes that come in pieces, as lines of text. What is not UTF-8 becomes U+FFFD."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._tail = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that end in these bytes; b"" is the end of all. A line that does not end is cut
        where it gets too long to keep.
        """
        *lines, self._tail = (self._tail + self._decode(data, not data)).split("\n")
        if not data or len(self._tail) >= PIECE_BYTES:
            lines.append(self._tail)
            self._tail = ""
        return [_without_escapes(line) for line in lines]


def _without_escapes(line: str) -> str:
    """A line as it looks: without colours. A carriage return, which no message may have, becomes a
    space, so that a progress bar is one line.
    """
    line = line.removesuffix("\r")
    if line.isprintable():
        return line
    return _ESCAPES.sub("", line).replace("\r", " ")


def split(text: str, most: int) -> list[str]:
    """A text in pieces of at most so many bytes of UTF-8, four or more; cut behind a space if there
    is one in a piece's second half. Joined they are the text.
    """
    data = text.encode(errors="replace")
    pieces = []
    while len(data) > most:
        end = most
        while data[end] & 0xC0 == 0x80:
            end -= 1
        space = data.rfind(b" ", end // 2, end)
        end = space + 1 if space >= 0 else end
        pieces.append(data[:end])
        data = data[end:]
    return [piece.decode() for piece in (*pieces, data)]


def text_bytes(room: str) -> int:
    """How long a message to a room may be, in bytes of UTF-8, so that it fits into a line."""
    return LINE_BYTES - len("@ MSG  \n") - TOKEN_CHARACTERS - len(room.encode(errors="replace"))
