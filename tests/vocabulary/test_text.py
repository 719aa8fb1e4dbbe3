"""What a line of text may contain."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.vocabulary.errors import ChatError
from chat.vocabulary.text import clean, decode, unmarked

HARMLESS = "plain\ttext, ünïcödé, 日本語, 🏳️‍🌈, العربية\u200f, a\u00a0b"


def test_text_that_harms_nobody_is_left_as_it_is() -> None:
    """Tabs, emoji with their joiners, right-to-left text and its marks come through."""
    assert clean(HARMLESS) == HARMLESS


@pytest.mark.parametrize(
    "character", "\0\a\b\x1b\x7f\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069\r"
)
def test_a_harmful_character_is_replaced_by_one_that_shows_it(character: str) -> None:
    """No terminal is cleared, no line is split, no text runs backwards."""
    assert clean(f"a{character}b") == "a\ufffdb"


def test_half_a_character_is_none() -> None:
    """A surrogate, which only a program's own string can have, is in no encoding."""
    assert clean("a\ud800b\udfff") == "a\ufffdb\ufffd"


@given(st.text(st.characters(codec="utf-8")))
def test_no_control_character_gets_through(text: str) -> None:
    """Of all that Unicode calls a control character only TAB is left; nothing else changes."""
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert all(c == "\t" or unicodedata.category(c) not in ("Cc", "Zl", "Zp") for c in cleaned)
    assert all(a == b for a, b in zip(text, cleaned, strict=True) if b != "\ufffd")


@pytest.mark.parametrize("line", [b"\xc3\x28", b"caf\xe9", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_what_is_not_utf8_is_refused(line: bytes) -> None:
    """Latin-1, half characters, surrogates and what is beyond Unicode are no text."""
    with pytest.raises(ChatError) as refused:
        decode(line)
    assert refused.value.code == "not-utf8"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff")))
def test_a_byte_order_mark_in_front_is_no_part_of_a_text(text: str) -> None:
    """It is skipped where there is one, and everything behind it is as it was."""
    assert unmarked(text.encode("utf-8-sig")).decode() == text
    assert unmarked(text.encode()).decode() == text
    assert unmarked((text + "a\ufeffb").encode()).decode() == text + "a\ufeffb"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_what_other_editors_call_unicode_is_refused(encoding: str) -> None:
    """With and without its mark, and it is said what to do."""
    with pytest.raises(ValueError, match="save it as UTF-8"):
        unmarked("[server]\n".encode(encoding))


def test_what_a_program_prints_may_have_anything_in_it() -> None:
    """But for the mark of another encoding, which nobody prints by chance."""
    assert unmarked(b"a\0b", is_stream=True) == b"a\0b"
    with pytest.raises(ValueError, match="save it as UTF-8"):
        unmarked("hi".encode("utf-16"), is_stream=True)
