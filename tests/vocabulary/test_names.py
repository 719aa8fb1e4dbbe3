"""What a user or a room may be called, and when two names are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import room_name, username


@pytest.mark.parametrize(
    "word",
    [
        *("alice", "Bob_2", "x", "a" * 32, "[away]", "o'neill", "c++"),
        *("田中", "Ødegård", "نور", "नमस्ते"),
        *("アリス", "李雷", "𠮷野", "ジョン・スミス", "민수", "민수bot", "אליס", "אליס1", "سارة"),
        *("علي123", "สมชาย", "प्रिया", "Ирина", "Νίκος", "தமிழ்", "አበበ", "ქეთი"),
    ],
)
def test_a_name_is_shown_as_it_was_given(word: str) -> None:
    """Letters and digits of any script, and what names have always had in them."""
    assert username(word).shown == word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICE"),
        ("alice", "ali\u200bce"),
        ("alice", "\ufeffali\u00adce\u2060"),
        ("alice", "ａｌｉｃｅ"),
        ("é", "e\u0301"),
        ("straße", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_names_that_look_the_same_are_the_same(one: str, other: str) -> None:
    """Case, width, invisible characters and the way of composing make no other name."""
    assert username(one).key == username(other).key


@pytest.mark.parametrize(
    "word",
    [
        "a" * 33,
        "a" * 10_000,
        "two words",
        "../../etc/passwd",
        "-rf",
        ".hidden",
        "a@b",
        "a,b",
        "*",
        "nul\0",
        "esc\x1b[2J",
        "c1\x9b",
        "rtl\u202eevil",
        "\ufffd",
        "a" + "\u0301\u0302" * 3,
        "a\u0301\u0301\u0301",
        "\u0301a",
        "\u200b",
        "😀",
        "alice-אליס",
        "1אליס",
        "\u3164",
    ],
)
def test_a_bad_username_is_refused(word: str) -> None:
    """What could be a path, an option, a mask, a prank or a trap for a terminal is no name."""
    with pytest.raises(ChatError) as refused:
        username(word)
    assert refused.value.code == "invalid-username"


def test_a_missing_name_is_said_to_be_missing() -> None:
    """An empty name is not an invalid one."""
    with pytest.raises(ChatError) as refused:
        username("")
    assert refused.value.code == "missing-username"
    with pytest.raises(ChatError) as refused:
        room_name("#")
    assert refused.value.code == "missing-room"


def test_a_room_may_have_one_hash_before_it() -> None:
    """IRC's habit names the same room; a second hash is part of no name."""
    assert room_name("#tea") == room_name("tea")
    with pytest.raises(ChatError):
        room_name("##tea")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_a_name_and_its_key_name_the_same(word: str) -> None:
    """Whatever is taken as a name can be said again as it is shown, or as its key."""
    try:
        name = username(word)
    except ChatError:
        return
    assert username(name.shown) == name
    assert username(name.key).key == name.key
    assert not set(name.shown) & set(" \n\r\t@#:,!*?/\\\0\x1b")
