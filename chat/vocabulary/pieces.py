"""Many lines, a piece at a time, so that no answer and no batch keeps others waiting. Knows no
session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from chat.vocabulary.limits import PIECE_BYTES

L = TypeVar("L")


def pieces(lines: Iterable[tuple[bytes, L]]) -> Iterator[tuple[bytes, L]]:
    """Whole lines, joined to pieces of at most PIECE_BYTES where no line is longer.

    Each line comes with a label; each piece with the label of its last line. Takes no more lines
    than it needs for the next piece.
    """
    piece: list[bytes] = []
    size = 0
    last: L | None = None
    for line, label in lines:
        if piece and size + len(line) > PIECE_BYTES:
            yield b"".join(piece), last  # type: ignore[misc]
            piece, size = [], 0
        piece.append(line)
        size += len(line)
        last = label
    if size:
        yield b"".join(piece), last  # type: ignore[misc]
