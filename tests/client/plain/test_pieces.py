"""How input is cut: into lines, and these into messages."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.client.plain.pieces import PIECE_BYTES, Cutter, split, text_bytes
from chat.vocabulary.limits import LINE_BYTES


@given(st.text(), st.integers(4, 40))
@example("a" * 10 + " " * 40, 4)
@example("東京" * 20, 5)
def test_a_long_line_is_cut_and_nothing_is_lost(text: str, most: int) -> None:
    """The pieces of a text, joined, are the text, and each fits."""
    pieces = split(text, most)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= most for piece in pieces)
    assert pieces == [text] or all(pieces)


def test_a_long_line_is_cut_at_a_space() -> None:
    """Words stay whole where they can."""
    assert split("to be or not to be", 10) == ["to be or ", "not to be"]
    assert split("x incomprehensibilities", 10) == ["x incompre", "hensibilit", "ies"]


@pytest.mark.parametrize("room", ["tea", "@bob", "東" * 64])
def test_what_is_cut_fits_into_a_line(room: str) -> None:
    """A piece fits into the command that says it, with the longest token there may be."""
    command = f"@{'t' * 36} {'DM' if room[0] == '@' else 'MSG'} {room.removeprefix('@')} "
    assert len(command.encode()) + text_bytes(room) + 1 <= LINE_BYTES


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")))), st.data())
def test_lines_come_whole_out_of_any_pieces(lines: list[str], data: st.DataObject) -> None:
    """Wherever the bytes are cut, also within a character, the lines are the same."""
    whole = "".join(f"{line}\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    cut = Cutter()
    found = [line for piece in pieces for line in cut.feed(piece)]
    assert found == lines
    assert cut.feed(b"") == [""]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"no end", "no end"),
        (b"\xff\xe6\x9d", "\ufffd\ufffd"),
        (b"\x1b[1;31merror:\x1b[0m it\x1b[K\x1b(B\x1b[m", "error: it"),
        (b"\x1b]0;title\x07a \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "a link"),
        (b"\x1b]0;never ends", "\x1b]0;never ends"),
        ("\x9b31mred".encode(), "red"),
        (b"10%\r20%\r", "10% 20%"),
        (b"a\0\x07\tb", "a\0\x07\tb"),
    ],
)
def test_a_line_is_said_as_it_looks(data: bytes, line: str) -> None:
    """Colours and titles are left out, as is what is no UTF-8; the rest is the server's affair."""
    cut = Cutter()
    assert [*cut.feed(data), *cut.feed(b"")] == [line]


def test_a_line_that_does_not_end_is_not_kept() -> None:
    """Whatever comes without an end is said as it comes: memory is not filled with it."""
    cut = Cutter()
    said = [line for _ in range(100) for line in cut.feed(b"x" * 10_000)]
    assert all(len(line) < 2 * PIECE_BYTES for line in said)
    assert len("".join([*said, *cut.feed(b"")])) == 1_000_000
