"""Conversations as they are written down, replayed in memory."""

from itertools import count

import pytest

from chat.factory import ChatFactory
from tests.people import Visitor
from tests.transcripts.replay import Step, conversations, replay, steps

CONVERSATIONS = conversations()


@pytest.fixture
def factory() -> ChatFactory:
    """A chat in memory; no two things happen in the same millisecond."""
    ticks = count(1_700_000_000_000)
    return ChatFactory(now=lambda: next(ticks) / 1000)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_goes_as_it_is_written_down(name: str, factory: ChatFactory) -> None:
    """Line by line, with nothing extra; the seeds' sessions and the document's transcripts."""
    replay(CONVERSATIONS[name], lambda: Visitor(factory))


def test_the_document_has_a_transcript_for_each_style() -> None:
    """They are found where they are looked for."""
    said = [
        step.line for name in CONVERSATIONS if "protocol" in name for step in CONVERSATIONS[name]
    ]
    assert any(line.startswith("LOGIN ") for line in said)
    assert any(line.startswith("JOIN ") for line in said)


def test_a_transcript_that_is_wrong_is_noticed(factory: ChatFactory) -> None:
    """A line too few, too many, or another one."""
    right = steps("a> PING 1\na< PONG 1\na> QUIT\na< INFO goodbye\na< (closed)")
    replay(right, lambda: Visitor(factory))
    for wrong in (
        [right[0], *right[2:]],
        [*right[:2], Step("a", False, "PONG 1"), *right[2:]],
        [right[0], Step("a", False, "PONG 2"), *right[2:]],
    ):
        with pytest.raises(AssertionError):
            replay(wrong, lambda: Visitor(factory))
