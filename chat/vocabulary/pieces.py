"""Many lines, a piece at a time, so that no answer and no batch keeps others waiting; and what is
kept of an answer at a time. Knows no session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from chat.vocabulary.limits import PAGE_BYTES, PIECE_BYTES
from chat.vocabulary.text import size_of

L = TypeVar("L")


class Texted(Protocol):
    """Something that is as long as its text."""

    @property
    def text(self) -> str:
        """What was said, or written."""


T = TypeVar("T", bound=Texted)


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
            data = b"".join(piece)
            piece, size = [], 0  # not to be kept as long as the reader takes
            yield data, last  # type: ignore[misc]
        piece.append(line)
        size += len(line)
        last = label
    if size:
        yield b"".join(piece), last  # type: ignore[misc]


def page_of(found: Iterable[T]) -> list[T]:
    """The first of these, up to the one with which their texts have PAGE_BYTES. Takes no more of
    them."""
    page: list[T] = []
    size = 0
    for each in found:
        page.append(each)
        size += size_of(each.text)
        if size >= PAGE_BYTES:
            break
    return page


def is_cut(page: Sequence[Texted], wanted: int) -> bool:
    """Whether a page has less than was wanted because of its size, and not because there is no
    more."""
    return len(page) < wanted and sum(size_of(each.text) for each in page) >= PAGE_BYTES
