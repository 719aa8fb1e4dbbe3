"""Refusals: a code and a sentence each."""

import pytest

from chat.vocabulary.errors import SENTENCES, ChatError, Grounds


@pytest.mark.parametrize("code", SENTENCES)
def test_every_refusal_says_what_was_wrong_and_what_to_do(code: str) -> None:
    """A sentence for people, on one line, with the word concerned in it if it has a place."""
    error = ChatError(code, "coffee", Grounds("coffee"), ["carol"])
    assert len(error.sentence.split()) >= 5
    assert error.sentence.isprintable()
    assert ("coffee" in error.sentence) == bool(error.word)


def test_a_long_word_is_cut_short() -> None:
    """Nobody gets 4 KB of their own nonsense back."""
    assert ChatError("unknown-command", "x" * 4000).word == "x" * 61 + "..."
