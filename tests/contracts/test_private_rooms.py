"""Rooms of one name, of which one is private, have nothing in common in any store; nor has a server
that begins anew forgotten which is which."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.accounts.passwords import Hashing
from chat.history.room_records import AuditEntry, Author
from chat.history.sql.store import SqlStore
from chat.history.store import Store
from chat.history.words import parse
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.limits import GATHER_SECONDS, INDEX_MESSAGES
from chat.vocabulary.names import twin, username
from tests.accounts.owning import CHEAP, PASSWORD
from tests.chats import chat_with
from tests.contracts.drafts import texts
from tests.people import Visitor
from tests.turning import REACTOR, result

PRIVATE, PUBLIC, OTHER = (twin("tea", number) for number in range(3))
"""The keys of three rooms with the name tea."""


@pytest.fixture(params=[1, INDEX_MESSAGES], ids=["few", "many"])
def told(store: Store, request: pytest.FixtureRequest) -> Store:
    """In the private room something is said, and in the public one something else; so much that
    there is an index, or so little that there is none."""
    for number in range(request.param):
        result(
            store.append([said(PRIVATE, f"secret {number} bob"), said(PUBLIC, f"hello {number}")])
        )
    return store


def said(key: str, text: str, token: str = "") -> Draft:
    """What alice says in one of the rooms."""
    return Draft(key, "tea", "alice", "alice", text, 1000, token)


def found(store: Store, key: str, words: str) -> list[Said]:
    """What a search finds for somebody who is in that room alone."""
    return result(store.search([key, "@mallory"], parse(words), 9999))


def test_what_is_said_in_one_is_found_in_that_one(told: Store) -> None:
    """By page, number and search."""
    assert {text.split()[0] for text in texts(told.page(PUBLIC, 999))} == {"hello"}
    assert texts(told.page(OTHER, 9)) == []
    assert result(told.last(OTHER)) == 0
    assert found(told, PUBLIC, "secret") == found(told, OTHER, "secret") == []
    assert found(told, PUBLIC, "bob") == found(told, OTHER, "from:alice") == []
    assert {each.text.split()[0] for each in found(told, PUBLIC, "from:alice")} == {"hello"}
    assert {each.text.split()[0] for each in found(told, PRIVATE, "from:alice")} == {"secret"}


def test_what_is_unread_in_one_is_unread_in_that_one(told: Store) -> None:
    """And so is what names somebody."""
    accounts = told.accounts
    result(accounts.create("bob", "bob", None, 1))
    result(accounts.join("bob", {PUBLIC: "tea"}))
    result(told.append([said(PRIVATE, "bob"), said(PUBLIC, "hm")]))
    (place,) = result(accounts.bookmarks("bob"))
    assert (place.key, place.last - place.read) == (PUBLIC, 1)
    assert result(accounts.mentions("bob", "bob", {PUBLIC: 0}, 99)) == {PUBLIC: 0}


def test_what_is_hidden_in_one_is_shown_in_the_other(told: Store) -> None:
    """The same author, the same numbers, the same token."""
    result(told.append([said(PRIVATE, "one", "t1"), said(PUBLIC, "two", "t1")]))
    before = texts(told.page(PUBLIC, 999))
    entry = AuditEntry(2000, PRIVATE, "tea", "alice", "HIDE")
    assert before[-1] == "two"
    assert result(told.moderation.hide(PRIVATE, 0, ["alice"], [], entry))
    assert texts(told.page(PRIVATE, 999)) == []
    assert texts(told.page(PUBLIC, 999)) == before
    assert result(told.moderation.last_of(PUBLIC, Author("alice", 0))) == len(before)
    assert result(told.moderation.earlier(PUBLIC, len(before))) == []
    assert result(told.moderation.audit([PUBLIC], 9)) == []


class Server:
    """A chat with a store that has threads."""

    def __init__(self, store: Store) -> None:
        self.factory = chat_with(store, clock=REACTOR, hashing=Hashing(hasher=CHEAP))
        result(self.factory.directory.load())
        result(self.factory.registry.load())

    def register(self, name: str) -> None:
        """Somebody has an account."""
        result(self.factory.directory.create(username(name), CHEAP.hash(PASSWORD), 1000))

    def come(self, name: str) -> Callable[..., list[str]]:
        """Somebody comes to the hall. Returns what says lines and hears the answers."""
        visitor = Visitor(self.factory)

        def ask(*lines: str) -> list[str]:
            visitor.says(*lines, "PING asked")
            while not visitor.transport.value().endswith(b"PONG asked\n"):
                REACTOR.turn()
                REACTOR.advance(GATHER_SECONDS)
            return visitor.heard()[:-1]

        ask(f"AUTH {name} {PASSWORD}", "JOIN hall")
        return ask


@pytest.fixture
def server(url: str, opened: Callable[[str], SqlStore]) -> Callable[[], Server]:
    """Begins a server, anew with what the last one has stored."""
    return lambda: Server(opened(url))


def test_a_server_that_begins_anew_keeps_the_secret(server: Callable[[], Server]) -> None:
    """Strangers find the same as before, those who are invited as well."""
    first = server()
    for name in ("alice", "mallory"):
        first.register(name)
    alice, mallory = first.come("alice"), first.come("mallory")
    alice("JOIN tea", "CLAIM tea", "MODE tea private on", "MSG tea secret", "TOPIC tea secret")
    mallory("JOIN tea", "MSG tea hello", "TOPIC tea hello", "LEAVE tea")
    questions = ("WHO tea", "TOPIC tea", "MODE tea", "JOIN tea", "HISTORY tea", "SEARCH secret")
    more = ("SEARCH from:alice", "CATCHUP", "READ tea 9", "MODERATOR tea", "LEAVE tea", "TOPIC tea")
    before = mallory(*questions, *more)
    second = server()
    assert second.come("mallory")(*questions, *more) == before
    assert not [line for line in before if "secret" in line or "alice" in line]
    told = second.come("alice")("HISTORY tea", "TOPIC tea", "SEARCH hello")
    assert told[0].endswith("alice secret")
    assert told[2:] == ["TOPIC tea secret", "INFO 0 messages found"]
