"""SEARCH where a store looks at a few messages at a time: it goes on until it has enough, to a
bound, and says when it has come to that."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from twisted.internet.defer import Deferred, succeed

from chat.history.memory.memory_store import MemoryStore
from chat.history.store import Hits
from chat.history.words import Query
from chat.vocabulary.events import Said
from chat.vocabulary.limits import PAGE_BYTES
from tests.chats import chat_with
from tests.people import Visitor
from tests.turning import result

LOOKS, STEPS = 2, 5
TOO_WIDE = (
    "ERROR older messages were not looked through, as too many have these words and signs apart "
    "from each other: add a word"
)


class Stepwise(MemoryStore):
    """Looks at two messages for each question."""

    asked = 0

    def search(
        self, scopes: Collection[str], query: Query, count: int, rest: int = 0
    ) -> Deferred[Hits]:
        """See Store."""
        self.asked += 1
        older: list[Said] = result(super().search(scopes, Query(()), 10**6))[: rest or None]
        looked_at = older[-LOOKS:]
        found = [said for said in looked_at if query.matches(said.user, said.text)]
        is_last = len(looked_at) == len(older) or len(found) >= count
        return succeed(Hits(found[-count:], 0 if is_last else len(older) - LOOKS))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Stepwise:
    monkeypatch.setattr("chat.queries.messages.SEARCH_STEPS", STEPS)
    return Stepwise()


def said_all(store: Stepwise, *texts: str) -> Visitor:
    alice = Visitor(chat_with(store)).says("JOIN tea alice")
    for text in texts:
        alice.says(f"MSG tea {text}")
    alice.heard()
    return alice


def found(alice: Visitor) -> list[str]:
    """The texts, and the lines that are none."""
    lines = alice.heard()
    return [line.split(" ", 5)[-1] if line.startswith("HISTORY") else line for line in lines]


def test_older_messages_are_looked_at_in_steps(store: Stepwise) -> None:
    """All that there are, while they are few."""
    alice = said_all(store, "c++", *["c + +"] * (LOOKS * STEPS - 2), "c++ too").says("SEARCH c++")
    assert found(alice) == ["c++", "c++ too", "INFO 2 messages found"]
    assert store.asked == STEPS


def test_what_is_too_wide_says_so_behind_what_was_found(store: Stepwise) -> None:
    """It does not say that this is all."""
    alice = said_all(store, "c++", *["c + +"] * (LOOKS * STEPS - 1), "c++ too").says("SEARCH c++")
    assert found(alice) == ["c++ too", TOO_WIDE]
    assert store.asked == STEPS
    alice.says("PING").hears("PONG")


@pytest.mark.parametrize("others", [1, LOOKS * STEPS])
def test_long_messages_of_a_wide_search_come_in_pages(store: Stepwise, others: int) -> None:
    """All that were found, and only behind the last page whether there may be more."""
    long = [f"c++ {number} {'x' * 3900}" for number in range(LOOKS * STEPS - 1)]
    assert sum(map(len, long)) > PAGE_BYTES
    alice = said_all(store, *["c + +"] * others, *long).says("SEARCH c++")
    assert found(alice) == [*long, "INFO 9 messages found" if others == 1 else TOO_WIDE]
