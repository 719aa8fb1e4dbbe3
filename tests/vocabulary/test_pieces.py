"""Many lines, a piece at a time."""

from hypothesis import given
from hypothesis import strategies as st

from chat.vocabulary.limits import LINE_BYTES, PIECE_BYTES
from chat.vocabulary.pieces import pieces

LINES = st.lists(st.integers(0, LINE_BYTES).map(lambda size: b"x" * size), max_size=40)


@given(LINES)
def test_nothing_is_lost_cut_or_too_large(lines: list[bytes]) -> None:
    """Whole lines, in order; each piece has the mark of its last line."""
    cut = list(pieces((line, number) for number, line in enumerate(lines)))
    assert b"".join(piece for piece, _ in cut) == b"".join(lines)
    for piece, _ in cut:
        assert 0 < len(piece) <= PIECE_BYTES
    ends = [sum(map(len, lines[: number + 1])) for _, number in cut]
    sizes = [len(piece) for piece, _ in cut]
    assert ends == [sum(sizes[: at + 1]) for at in range(len(sizes))]


def test_no_line_is_made_before_it_is_wanted() -> None:
    """A list of ten thousand is made as it is read."""
    made = 0

    def lines() -> "list[tuple[bytes, None]]":
        nonlocal made
        for _ in range(10_000):
            made += 1
            yield b"x" * 100, None  # type: ignore[misc]

    next(pieces(lines()))
    assert made <= PIECE_BYTES // 100 + 2
