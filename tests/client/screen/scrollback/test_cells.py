"""How text falls into lines of cells."""

import unicodedata
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from chat.client.screen.scrollback import cells
from chat.client.screen.scrollback import clusters as module
from chat.client.screen.scrollback.cells import cut, expand, height, snap, wrap
from chat.client.screen.scrollback.clusters import JOINS, clusters

FAMILY = "👩\u200d👩\u200d👧"
PIECES = [
    *("a", "bc", "word", "long-winded", "ß", "я", "é", "…", "漢", "字", "。", "각", "نور"),
    *("e\u0301", "\u0301", "\u0301" * 9, "👍🏽", FAMILY, "❤\ufe0f", "1\ufe0f\u20e3", "\ufe0f"),
    *("ශ්\u200dරී", "क्षि", "क", "\u094d", "का", "র\u200d্য", "กำ", "မြန်မာ", "می\u200cخو"),
    *("🇩🇪", "🇩", "\u200d", "\u200b", "\u200e", "\t", " ", " ", " ", "   ", "[bold]", "[/]"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)
widths = st.integers(4, 40)


SPELT = {
    "ශ්\u200dරී ලංකා": 7,  # Sinhala
    "ක්\u200dෂේ": 2,
    "क्\u200dष": 2,  # Devanagari: a half form, and conjuncts
    "क्षि": 2,
    "स्त्री": 2,
    "हिन्दी": 4,
    "র\u200d্য": 2,  # Bengali ya-phalaa
    "ন্\u200d": 1,
    "ന്\u200d": 1,  # a Malayalam chillu
    "தமிழ்": 4,
    "ಶ್ರೀ": 2,
    "ਪੰਜਾਬੀ": 5,
    "می\u200cخواهم": 7,  # Persian
    "ه\u200d": 1,
    "مُحَمَّد": 4,
    "שָׁלוֹם": 4,
    "ที่นี่": 2,
    "กำ": 2,
    "ນ້ຳ": 2,
    "ខ្មែរ": 3,
    "မြန်မာ": 5,
    "བོད་": 3,
    "ᠮᠣᠩ\u180b": 3,
    "\u1100\u1161\u11a8": 2,  # jamo
    "a\u20dd": 1,
    "co\u00adop": 5,
    FAMILY: 2,
    "🏳\ufe0f\u200d🌈": 2,
    "👨🏻\u200d❤\ufe0f\u200d💋\u200d👨🏽": 2,
    "🐈\u200d⬛": 2,
    "1\ufe0f\u20e3": 2,
    "🇩🇪🇫🇷": 4,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": 2,
}
"""Words and emoji, and the cells that terminals give them (by the tables of Unicode 17)."""


def lines(text: str, width: int, rest: int | None = None) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width, rest)]


@given(texts, widths, widths)
def test_no_line_is_wider_than_it_may_be(text: str, first: int, rest: int) -> None:
    """The first line keeps to its width, and all others to theirs."""
    wrapped = lines(expand(text), first, rest)
    assert cell_len(wrapped[0]) <= first
    assert all(cell_len(line) <= rest for line in wrapped[1:])


@given(texts, widths, widths)
def test_only_spaces_are_lost(text: str, first: int, rest: int) -> None:
    """Lines hold all of a text in order, but for spaces where one line follows another."""
    text = expand(text)
    spans = wrap(text, first, rest)
    assert spans[0][0] == 0
    assert all(text[end:start].strip(" ") == "" for (_, end), (start, _) in pairwise(spans))
    assert text[spans[-1][1] :].strip(" ") == ""
    assert all(start < end for start, end in spans) or spans == [(0, 0)]


@given(texts, widths)
@example("0000\x1f", 4)
def test_no_cluster_is_taken_apart(text: str, width: int) -> None:
    """A line begins and ends where what is measured together does."""
    text = expand(text)
    edges = {0, *(edge for start, end, _ in clusters(text) for edge in (start, end))}
    assert {edge for span in wrap(text, width) for edge in span} <= edges


@given(texts)
def test_clusters_are_as_wide_as_the_text(text: str) -> None:
    """What is measured one by one makes up what Textual measures as a whole."""
    text = expand(text)
    parts = clusters(text)
    assert sum(cells for _, _, cells in parts) == cell_len(text)
    assert "".join(text[start:end] for start, end, _ in parts) == text


@given(st.text("ab яé…  ", max_size=120), widths, widths)
def test_the_fast_way_breaks_where_the_other_does(text: str, first: int, rest: int) -> None:
    """Text of single cells is wrapped by another function, which comes to the same lines."""
    fast = wrap(text, first, rest)
    if len(text) > first:
        assert fast == cells._wrap_clusters(text, first, rest)
    assert height(text, first, rest) == len(fast)


def test_what_takes_the_fast_way_has_a_cell_for_each_character() -> None:
    """A character is not held for a single cell if Textual measures it otherwise."""
    single = [c for c in map(chr, range(0x20, 0x3000)) if cells._SINGLE.fullmatch(c)]
    assert len(single) > 1000
    assert [c for c in single if cell_len(c) != 1] == []


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 8, [""]),
        ("hello there world", 8, ["hello", "there", "world"]),
        ("hello there world", 11, ["hello there", "world"]),
        ("see https://example.org/long", 12, ["see", "https://exam", "ple.org/long"]),
        ("  indented text", 8, ["  indent", "ed text"]),
        ("one     two", 5, ["one", "two"]),
        ("end   ", 4, ["end"]),
        ("      ", 4, ["    "]),
        ("漢字漢字漢字", 5, ["漢字", "漢字", "漢字"]),
        ("so 漢字漢字", 7, ["so 漢字", "漢字"]),
        ("abcde🇩🇪🇫🇷", 6, ["abcde", "🇩🇪🇫🇷"]),
        ("ab" + FAMILY, 4, ["ab" + FAMILY]),
        ("abc" + FAMILY, 4, ["abc", FAMILY]),
        ("abce\u0301\u0302d", 4, ["abce\u0301\u0302", "d"]),
        ("abc❤\ufe0f", 4, ["abc", "❤\ufe0f"]),
    ],
)
def test_lines_break_at_spaces_and_wide_characters(
    text: str, width: int, expected: list[str]
) -> None:
    """At spaces if there are any, between wide characters, and else between any two clusters."""
    assert lines(text, width) == expected


def test_the_first_line_may_have_another_width() -> None:
    """What is indented has less room for all lines but the first."""
    assert lines("one two three four", 13, 7) == ["one two three", "four"]
    assert lines("one two three four", 7, 13) == ["one two", "three four"]


def test_text_is_never_wrapped_to_a_column_of_letters() -> None:
    """A pane of no width at all still has lines of four cells."""
    assert lines("abcdefgh", 0, -3) == ["abcd", "efgh"]


def test_tabs_become_spaces() -> None:
    """A TAB reaches to the next fourth character, and none is left."""
    assert expand("a\tb\t\tc") == "a   b       c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FAMILY, FAMILY),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("\u200da \u200db", "a b"),
        ("👩\u200da", "👩a"),
        ("a\u200d👩", "a👩"),
        ("a\u200d\u200d\u200db", "a\u200db"),
        *((word, word) for word in SPELT),
        ("👩\u200d", "👩"),
        ("👩\u200d" * 5 + "👩", "👩\u200d👩\u200d👩\u200d👩👩\u200d👩"),
    ],
)
def test_joiners_stay_where_something_is_joined(text: str, expected: str) -> None:
    """Emoji and words are drawn as they are spelt; what can't be joined is not."""
    assert expand(text) == expected


@pytest.mark.parametrize(("text", "expected"), SPELT.items())
def test_every_script_takes_the_room_that_terminals_give_it(text: str, expected: int) -> None:
    """Joined letters and marks beside them have their cells, and Textual measures so as well."""
    assert cell_len(expand(text)) == expected
    assert sum(size for _, _, size in clusters(expand(text))) == expected
    assert "".join(lines(expand(text), 4)) == text.replace(" ", "")


def test_what_joins_is_measured_anew() -> None:
    """No mark that takes room or joins letters is left to a measure that does not know it."""
    marks = [
        character
        for character in map(chr, range(0x20000))
        if unicodedata.category(character) == "Mc" or module._character(character).is_virama
    ]
    assert len(marks) > 400
    assert [mark for mark in marks if not JOINS.match(mark)] == []


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 4095,
        "a" * 4096,
        "漢" * 4096,
        "👩\u200d" * 2048,
        "🏽" * 4096,
        "🇩" * 4095,
        " " * 4096,
        "\t" * 4096,
        "a " * 2048,
        "\u200d" * 4096,
        "क्" * 2048,
        "क्\u200d" * 1024,
        "का" * 2048,
    ],
    ids=lambda text: ascii(text[:4]),
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    """However a text is made, its characters are measured a few times each, not each by each."""
    measured = 0

    def count(character: str) -> int:
        nonlocal measured
        measured += len(character)
        return get_character_cell_size(character)

    def count_all(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return cell_len(text)

    with (
        patch.object(module, "get_character_cell_size", count),
        patch.object(module, "_character", module._character.__wrapped__),
        patch.object(cells, "cell_len", count_all),
    ):
        wrap(expand(text), 4)
    assert measured <= 5 * len(text)


@given(texts, st.integers(1, 12))
def test_a_cut_text_fits(text: str, cells: int) -> None:
    """What is too long ends in … and fits; what fits is left alone."""
    result = cut(text, cells)
    assert cell_len(result) <= cells
    assert (result == text) == (cell_len(text) <= cells) or result.endswith("…")


def test_spans_are_snapped_to_clusters() -> None:
    """A style never begins within a letter and its accents, and no two spans overlap."""
    assert snap("abe\u0301cd", [(0, 3), (4, 5)]) == [(0, 4), (4, 5)]
    assert snap("e\u0301\u0302x", [(0, 1), (1, 2), (2, 3)]) == [(0, 3)]
    assert snap("abc", [(0, 2), (1, 1), (1, 3)]) == [(0, 3)]
