"""HISTORY and SEARCH, as one asks for them: only for what one may read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from chat.history.store import StoreError
from tests.people import Visitor

People = Callable[..., Visitor]

TIME = "2026-01-02T03:04:05.678Z"
NO_HISTORY = "the history can't be read just now: try again in a moment"


@pytest.fixture
def factory() -> ChatFactory:
    return ChatFactory(now=lambda: 1_767_323_045.678)


def test_words_are_found_in_the_rooms_one_is_in(in_rooms: People, logged_in: People) -> None:
    """And in no other one; in the login style the current room is the only one."""
    alice = in_rooms("alice", "Tea", "jam")
    alice.says("MSG tea green tea", "MSG jam plum jam, no tea").heard()
    alice.says("SEARCH tea").hears(
        f"HISTORY Tea 1 {TIME} alice green tea",
        f"HISTORY jam 1 {TIME} alice plum jam, no tea",
        "INFO 2 messages found",
    )
    alice.says("LEAVE tea", "search GREEN").hears("INFO left room Tea", "INFO 0 messages found")
    bob = logged_in("bob").says("SEARCH tea").hears()
    bob.says("JOIN jam").hears("OK").says('SEARCH "plum jam" from:Alice').hears(
        f"HISTORY jam 1 {TIME} alice plum jam, no tea"
    )


def test_direct_messages_are_found_by_the_two(in_rooms: People, logged_in: People) -> None:
    """Each sees the other's name for the conversation; a third one sees nothing."""
    alice, bob, carol = in_rooms("Alice"), logged_in("bob"), in_rooms("carol")
    alice.says("DM BOB the secret").heard()
    bob.hears("DM Alice the secret").says("DM alice which secret").hears()
    alice.hears("DM bob which secret").says("SEARCH secret", "HISTORY @bob").hears(
        f"HISTORY @bob 1 {TIME} Alice the secret",
        f"HISTORY @bob 2 {TIME} bob which secret",
        "INFO 2 messages found",
        f"HISTORY @bob 1 {TIME} Alice the secret",
        f"HISTORY @bob 2 {TIME} bob which secret",
        "INFO 2 messages from @bob",
    )
    bob.says("SEARCH secret from:bob", "HISTORY @alice 1 AFTER 1").hears(
        *[f"HISTORY @alice 2 {TIME} bob which secret"] * 2
    )
    carol.heard()
    carol.says("SEARCH secret", "HISTORY @bob", "HISTORY @carol").hears(
        "INFO 0 messages found", "INFO 0 messages from @bob", "INFO 0 messages from @carol"
    )
    carol.says("DM carol my secret").hears("DM carol my secret").says("SEARCH secret").hears(
        f"HISTORY @carol 1 {TIME} carol my secret", "INFO 1 message found"
    )


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ("", "missing-words"),
        ("  ", "missing-words"),
        ("tea \u0301", "bad-argument \u0301"),
        ('tea ""', "missing-words"),
        ('""', "missing-words"),
        ('"a b', 'bad-argument "'),
        ("from:", "missing-username"),
        ("from:b@d", "invalid-username"),
        ("from:a from:b", "bad-argument from:b"),
        (" ".join(map(str, range(33))), "too-many-words"),
        ("会" * 33, "too-many-words"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(
    logged_in: People, asked: str, refusal: str
) -> None:
    """In words, with what was wrong."""
    logged_in("alice").says(f"SEARCH {asked}").hears(f"ERR {refusal}")


def test_a_conversation_with_nobody_is_no_error_and_one_with_no_name_is(
    logged_in: People,
) -> None:
    """HISTORY of what was never said is empty; of what can't be is refused."""
    alice = logged_in("alice").says("HISTORY @nobody", "PING").hears("PONG")
    alice.says("HISTORY @", "HISTORY @b@d").hears("ERR missing-username", "ERR invalid-username")


@pytest.mark.parametrize("question", ["HISTORY", "SEARCH hi"])
def test_a_history_that_cannot_be_read_is_a_refusal(
    in_rooms: People, factory: ChatFactory, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stays, and the next question is answered."""
    alice = in_rooms("alice")
    with monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise StoreError("gone")

        patch.setattr(factory.realm.store, "page", broken)
        patch.setattr(factory.realm.store, "search", broken)
        alice.says(question, "PING").hears(f"ERROR {NO_HISTORY}", "PONG")
    alice.says(question)
    assert alice.heard()[-1].startswith("INFO 0 messages")
