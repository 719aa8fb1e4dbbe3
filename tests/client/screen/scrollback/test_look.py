"""What stands out in a text."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from chat.client.screen.scrollback.look import (
    ON_DARK,
    ON_LIGHT,
    address,
    colour,
    links,
    mentions,
    words,
)

READABLE = 4.5
"""The contrast that WCAG asks of text."""


def luminance(colour: Color) -> float:
    """How bright WCAG calls it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG's formula."""
    low, high = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def found(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize("background", ["background", "surface"])
@pytest.mark.parametrize(
    ("theme", "table"), [("textual-dark", ON_DARK), ("textual-light", ON_LIGHT)]
)
def test_every_username_can_be_read(theme: str, table: tuple[str, ...], background: str) -> None:
    """All colours stand out from what is behind them."""
    behind = BUILTIN_THEMES[theme].to_color_system().generate()[background]
    assert min(contrast(colour, behind) for colour in table) >= READABLE


@pytest.mark.parametrize("table", [ON_DARK, ON_LIGHT])
def test_neighbours_are_clearly_different(table: tuple[str, ...]) -> None:
    """No colour is like the one after it: their hues are more than a third of the circle apart."""
    hues = [Color.parse(colour).hsl.h for colour in (*table, table[0])]
    apart = [min(abs(one - other), 1 - abs(one - other)) for one, other in pairwise(hues)]
    assert min(apart) > 1 / 3
    assert len(set(table)) == len(table)


def test_a_username_keeps_its_colour() -> None:
    """Whatever its case, and in another process with another seed of hashes."""
    assert colour("Alice", True) == colour("ALICE", True)
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "from chat.client.screen.scrollback.look import colour; print(colour('alice', True))",
        ],
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == colour("alice", True)


def test_usernames_share_the_colours_evenly() -> None:
    """No colour has more than twice its share of names, and a name is the same hue on both."""
    names = [f"user{number}" for number in range(1600)]
    counted = Counter(colour(name, True) for name in names)
    assert len(counted) == len(ON_DARK)
    assert max(counted.values()) < 200
    assert all(
        ON_DARK.index(colour(name, True)) == ON_LIGHT.index(colour(name, False)) for name in names
    )


def test_any_name_has_a_colour() -> None:
    """Even none, and one that no encoding has."""
    assert {colour("", True), colour("\ud800", True)} <= set(ON_DARK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.org.", ["https://example.org"]),
        ("(http://a.b/c)", ["http://a.b/c"]),
        ("http://a.b/c_(d)", ["http://a.b/c_(d)"]),
        ("(see http://a.b/c_(d)), ok", ["http://a.b/c_(d)"]),
        ("[http://a.b]: x", ["http://a.b"]),
        ("<http://a.b> \"http://c.d\" 'http://e.f'", ["http://a.b", "http://c.d", "http://e.f"]),
        ("HTTP://A.B/?q=1&r=a,b!", ["HTTP://A.B/?q=1&r=a,b"]),
        ("https://[::1]:80/x", ["https://[::1]:80/x"]),
        ("http://a.b、http://c.d。", ["http://a.b、http://c.d"]),
        ("http://a.b http://c.d", ["http://a.b", "http://c.d"]),
        ("ftp://a.b javascript://a.b xhttp://a.b file:///etc http:/a http:// http://-", []),
        ("http://a.b\u200bc http://a.b\ufffd]8", ["http://a.b", "http://a.b"]),
        ("http://a.b/é", ["http://a.b/é"]),
        ("http://a)))...", ["http://a"]),
    ],
)
def test_links_are_found(text: str, expected: list[str]) -> None:
    """Those of the web, without what ends the sentence or the brackets around them."""
    assert found(text, links(text)) == expected


@given(st.text("htps:/ab.()[]{}\u200b\ufffd!,é <>\"'", max_size=60).map(lambda t: "http://a" + t))
def test_links_are_printable_and_apart(text: str) -> None:
    """Whatever is around them."""
    spans = links(text)
    assert all(text[start:end].isprintable() for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(end - start >= len("http://a") for start, end in spans)


def test_many_brackets_cost_little() -> None:
    """They are counted once, not again for each that is left out."""
    text = "http://a" + ")" * 200_000
    assert found(text, links(text)) == ["http://a"]


def test_an_address_is_printable_ascii() -> None:
    """A terminal gets nothing but what a URL may hold; what is one already stays as it is."""
    assert address("https://a.b/c_(d)?q=%20&r=[1]#x") == "https://a.b/c_(d)?q=%20&r=[1]#x"
    assert address("http://a.b/é\x1b\\") == "http://a.b/%C3%A9%1B%5C"


@pytest.mark.parametrize(
    ("text", "username", "expected"),
    [
        ("bob: hi, Bob and BOB!", "bob", ["bob", "Bob", "BOB"]),
        ("bobby abob bob_ _bob bob-1 -bob bob2 ébob", "bob", []),
        ("bob's @bob (bob) bob.", "bob", ["bob", "bob", "bob", "bob"]),
        ("c++ and c+++", "c++", ["c++", "c++"]),
        ("[away] [away]x x[away]", "[away]", ["[away]"]),
        ("o'neill a.b a+b", "a.b", ["a.b"]),
        ("`x|^{}` hi", "`x|^{}`", ["`x|^{}`"]),
        ("田中さん 田中", "田中", ["田中"]),
        ("bob\u0301 bob", "bob", ["bob"]),
        ("ØDEGÅRD", "ødegård", ["ØDEGÅRD"]),
        ("anything", "", []),
    ],
)
def test_mentions_are_whole_words(text: str, username: str, expected: list[str]) -> None:
    """A name is found whatever its case, and not within another name."""
    assert found(text, mentions(text, username)) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("Tea and TEA, teapot", ["tea"], ["Tea", "TEA"]),
        ("snake_case-word", ["case", "word"], ["case", "word"]),
        ("我喜欢茶叶", ["茶"], ["茶"]),
        ("a.b a+b", ["."], ["."]),
        ("tea time", [], []),
        ("tea time", ["", "time"], ["time"]),
        ("in İstanbul, e\u0301cole", ["istanbul", "ECOLE"], ["İstanbul", "e\u0301cole"]),
        ("ﬁne Straße", ["fine", "strasse"], ["ﬁne", "Straße"]),
        ("C and C++, c++11", ["c++"], ["C++", "c++"]),
        ("⭐\ufe0f 👍🏽 👩\u200d👧", ["⭐", "👍", "👩\u200d👧"], ["⭐\ufe0f", "👍", "👩\u200d👧"]),
        ("a green, green tea", ["green tea", "green"], ["green", "green tea"]),
        ("ගෙදර ශ්\u200dරී ලංකා", ["ශ්රී"], ["ශ්\u200dරී"]),
        ("naïve café", ["cafe"], ["café"]),
    ],
)
def test_words_of_a_search_are_found(text: str, wanted: list[str], expected: list[str]) -> None:
    """Whole words where a script has spaces, and all of them in order."""
    assert found(text, words(text, wanted)) == expected
