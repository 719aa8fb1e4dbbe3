"""Many lines, a piece at a time, so that no answer and no batch keeps others waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from chat.vocabulary.limits import PIECE_BYTES

M = TypeVar("M")


def pieces(lines: Iterable[tuple[bytes, M]]) -> Iterator[tuple[bytes, M]]:
    """Whole lines, joined to pieces of at most PIECE_BYTES where no line is longer.

    Each line comes with a mark; each piece with the mark of its last line. Takes no more lines
    than it needs for the next piece.
    """
    piece: list[bytes] = []
    size = 0
    last: M | None = None
    for line, mark in lines:
        if piece and size + len(line) > PIECE_BYTES:
            yield b"".join(piece), last  # type: ignore[misc]
            piece, size = [], 0
        piece.append(line)
        size += len(line)
        last = mark
    if size:
        yield b"".join(piece), last  # type: ignore[misc]
