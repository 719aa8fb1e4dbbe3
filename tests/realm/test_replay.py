"""What one is sent on coming to a room: the last messages, without gap or repeat."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from chat.history.store import StoreError
from tests.chats import chat_with
from tests.people import Visitor
from tests.stores import SlowStore

People = Callable[..., Visitor]


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def factory(store: SlowStore) -> ChatFactory:
    return chat_with(store, replay=3)


def say(person: Visitor, store: SlowStore, *texts: str) -> None:
    """Say it in the room tea, one after the other."""
    for text in texts:
        person.says(f"MSG tea {text}")
        store.commit()


def test_who_comes_is_sent_the_last_messages(store: SlowStore, visitor: People) -> None:
    """After the answer to its JOIN, in either style, and stamped for who has asked for stamps."""
    alice = visitor().says("JOIN tea alice").hears("INFO joined room tea")
    say(alice, store, "1", "2", "3", "4")
    bob = visitor().says("JOIN TEA bob", "PING")
    last = [f"MSG tea alice {number}" for number in (2, 3, 4)]
    bob.hears("INFO joined room tea", *last, "PONG")
    carol = (
        visitor()
        .says("LOGIN carol", "JOIN tea", "PING")
        .hears("OK", "OK", "MSG alice 2", "MSG alice 3", "MSG alice 4", "PONG")
    )
    alice.heard()
    say(alice, store, "5")
    bob.hears("INFO carol joined tea", "MSG tea alice 5").says("JOIN tea").hears(
        "INFO joined room tea"
    )
    carol.hears("MSG alice 5").says("STAMPS on", "LEAVE", "JOIN tea")
    assert [line.split()[0] for line in carol.heard()] == ["OK", "OK", "OK", "@3", "@4", "@5"]


def test_what_is_said_meanwhile_comes_once(store: SlowStore, visitor: People) -> None:
    """While the page is read the room goes on; it comes after the page, from the store."""
    alice = visitor().says("JOIN tea alice").hears("INFO joined room tea")
    say(alice, store, "1", "2", "3", "4")
    store.asked = []
    bob = visitor().says("JOIN tea bob").hears("INFO joined room tea")
    say(alice, store, "5", "6", "7", "8", "9")
    bob.says("MSG tea not yet").hears()
    store.asked.pop().unpause()  # was asked for before 5 was said
    bob.hears(*[f"MSG tea alice {number}" for number in (2, 3, 4)])
    say(alice, store, "10")
    store.asked.pop().unpause()
    bob.hears(*[f"MSG tea alice {number}" for number in (5, 6, 7, 8, 9)])
    store.asked.pop().unpause()
    bob.hears("MSG tea alice 10")
    store.commit()
    bob.hears("MSG tea bob not yet")


def test_what_is_stored_and_not_told_yet_comes_once(store: SlowStore, visitor: People) -> None:
    """The page may hold what the room is about to be told."""
    turns: list[Callable[[], object]] = []
    factory = chat_with(store, later=turns.append, replay=3)

    def turn() -> None:
        while turns:
            turns.pop(0)()

    alice = Visitor(factory).says("JOIN tea alice")
    alice.says("MSG tea 1")
    turn()
    store.commit()
    turn()
    alice.says("MSG tea 2")
    bob = Visitor(factory).says("JOIN tea bob")
    alice.says("MSG tea 3")
    turn()
    store.commit()
    turn()
    bob.hears("INFO joined room tea", *[f"MSG tea alice {number}" for number in (1, 2, 3)])


def test_a_room_that_was_empty_remembers(store: SlowStore, visitor: People) -> None:
    """Who opens it again is sent what was said before it closed, and hears what is said then."""
    alice = visitor().says("JOIN tea alice")
    say(alice, store, "1", "2")
    alice.says("LEAVE tea", "JOIN Tea")
    alice.heard()
    alice.says("LEAVE tea", "JOIN Tea").hears(
        "INFO left room Tea", "INFO joined room Tea", "MSG Tea alice 1", "MSG Tea alice 2"
    )
    say(alice, store, "3")
    alice.hears("MSG Tea alice 3")


def test_a_busy_room_is_caught_up_with(store: SlowStore) -> None:
    """Also where few messages are sent on joining, and more are said than that while they are
    read."""
    factory = chat_with(store, replay=1)
    alice = Visitor(factory).says("JOIN tea alice")
    say(alice, store, "0")
    store.asked = []
    bob = Visitor(factory).says("JOIN tea bob").hears("INFO joined room tea")
    for number in range(1, 9, 2):
        say(alice, store, str(number), str(number + 1))
        if store.asked:
            store.asked.pop().unpause()
    while store.asked:
        store.asked.pop().unpause()
    bob.hears(*[f"MSG tea alice {number}" for number in range(9)])


def test_the_first_message_of_a_room_is_not_missed(store: SlowStore, visitor: People) -> None:
    """It is said while the empty history is read."""
    alice = visitor().says("JOIN tea alice").hears("INFO joined room tea")
    store.asked = []
    bob = visitor().says("JOIN tea bob").hears("INFO joined room tea")
    say(alice, store, "1")
    while store.asked:
        store.asked.pop().unpause()
    bob.hears("MSG tea alice 1")
    say(alice, store, "2")
    bob.hears("MSG tea alice 2")


def test_an_empty_room_sends_nothing(visitor: People) -> None:
    """Nothing was said, nothing is sent."""
    visitor().says("JOIN tea alice", "PING").hears("INFO joined room tea", "PONG")


def test_who_goes_while_the_page_is_read_is_gone(store: SlowStore, visitor: People) -> None:
    """The page comes too late; the room is not kept open for it."""
    before = visitor().says("JOIN tea before")
    say(before, store, "1")
    before.says("LEAVE tea")
    store.asked = []
    alice = visitor().says("JOIN tea alice").hears("INFO joined room tea")
    alice.vanishes()
    assert not alice.protocol.factory.rooms
    store.asked.pop().unpause()
    alice.hears()


def test_a_history_that_cannot_be_read_keeps_nobody_out(
    store: SlowStore, visitor: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is told so, and hears what is said from then on."""
    before = visitor().says("JOIN tea before")
    say(before, store, "0")

    def broken(*_: object, **__: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(store, "page", broken)
    alice = (
        visitor()
        .says("JOIN tea alice")
        .hears(
            "INFO joined room tea",
            "ERROR the history can't be read just now: try again in a moment",
        )
    )
    say(alice, store, "1")
    alice.hears("MSG tea alice 1")
