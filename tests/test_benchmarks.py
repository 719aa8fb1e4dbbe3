"""What the benchmarks count with: a figure that is wrong looks like any other."""

from pathlib import Path

import pytest

from benchmarks import document
from benchmarks.__main__ import PARTS
from benchmarks.abuse.connections import fits
from benchmarks.shapes import percentile
from benchmarks.wires import missed, now_us, said, text


def test_a_message_tells_when_it_was_sent_and_its_number() -> None:
    before = now_us()
    line = f"MSG room alice {text(7)}\n".encode()
    (message,) = said(line + b"INFO bob left room\n")
    assert message.number == 7
    assert before <= message.at <= now_us()
    assert len(text(7)) == 80


def test_missed_messages_are_counted() -> None:
    assert missed(b"INFO 12 messages missed in tea") == 12
    assert missed(b"INFO bob joined tea") == 0


@pytest.mark.parametrize(
    ("heard", "is_all"),
    [
        ([3, 1, 2], True),
        ([3, -1, 2], True),
        ([-3], True),
        ([3, 1], False),
        ([3, 2, 1], False),
        ([3, 1, 1, 2], False),
        ([3, -1, 1, 2], False),
    ],
)
def test_a_reader_has_heard_all_that_was_told_but_what_it_was_told_it_missed(
    heard: list[int], is_all: bool
) -> None:
    assert fits(heard, told=[3, 1, 2]) is is_all


def test_a_percentile_is_a_value_that_so_many_do_not_exceed() -> None:
    values = list(range(1, 101))
    assert percentile(values, 50) == 50
    assert percentile(values, 99.9) == 100


def test_only_what_is_between_its_markers_is_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "performance.md"
    monkeypatch.setattr(document, "DOCUMENT", file)
    file.write_text(
        "a\n<!-- measured: x -->\n<!-- end -->\nb\n<!-- measured: y -->\n<!-- end -->\n"
    )
    document.write("x", ["old"], 3)
    document.write("x", ["new"], 3)
    text = file.read_text()
    assert text.startswith("a\n<!-- measured: x -->\nnew\n\n*")
    assert text.endswith("*\n<!-- end -->\nb\n<!-- measured: y -->\n<!-- end -->\n")
    assert "old" not in text


@pytest.mark.parametrize("part", PARTS)
def test_the_document_has_a_place_for_each_part(part: str) -> None:
    assert f"<!-- measured: {part} -->" in document.DOCUMENT.read_text()
