"""What takes the store its time: by turns, for those who wait, and beside what takes none."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from chat.factory import ChatFactory
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import Hits
from tests.accounts.owning import PASSWORD, owned
from tests.chats import chat_with
from tests.people import Visitor

RUDE, OTHER = "192.0.2.1", "192.0.2.2"


class SlowSearch(MemoryStore):
    """Searches take until the test says so; all else is found at once."""

    def __init__(self) -> None:
        super().__init__()
        self.searches: list[tuple[str, Deferred[Any]]] = []
        self.dropped: list[str] = []

    def search(self, scopes: Any, query: Any, count: int, rest: int = 0) -> Deferred[Any]:
        """See Store. They are known by whose conversations are looked through."""
        who = next(scope for scope in scopes if scope.startswith("@"))[1:]
        answer: Deferred[Any] = Deferred(lambda _: self.dropped.append(who))
        self.searches.append((who, answer))
        return answer

    def find(self) -> None:
        """The search that is under way finds nothing."""
        next(answer for _, answer in self.searches if not answer.called).callback(Hits())


@pytest.fixture
def store() -> SlowSearch:
    return SlowSearch()


@pytest.fixture
def factory(store: SlowSearch) -> ChatFactory:
    return owned("ann", store=store)


def come(factory: ChatFactory, name: str, host: str) -> Visitor:
    visitor = Visitor(factory, host).says(f"JOIN tea {name}", "MSG tea a word")
    visitor.heard()
    return visitor


def test_an_address_with_many_searches_is_one_of_two(
    factory: ChatFactory, store: SlowSearch
) -> None:
    """However many connections, or names, come from there: somebody else's is the next one."""
    rude = [come(factory, f"rude{at}", RUDE) for at in range(30)]
    other = come(factory, "other", OTHER)
    for each in rude:
        each.says("SEARCH word")
    other.heard()
    other.says("SEARCH word")
    store.find()
    assert [who for who, _ in store.searches] == ["rude0", "other"]
    store.find()
    other.hears("INFO 0 messages found")


def test_nobody_waits_for_searches_who_only_reads(factory: ChatFactory, store: SlowSearch) -> None:
    """HISTORY, CATCHUP, AUDIT and what is said behind them, though all searches stand still."""
    rude = [come(factory, f"rude{at}", RUDE).says("SEARCH word") for at in range(30)]
    assert len(rude) > len(store.searches) == 1
    ann = Visitor(factory).says(f"AUTH ann {PASSWORD}", "JOIN tea", "CLAIM tea")
    ann.heard()
    ann.says("HISTORY tea 1", "CATCHUP", "AUDIT tea", "UNSAY", "MSG tea here")
    heard = ann.heard()
    assert heard[0].startswith("HISTORY tea 30 ")
    assert heard[-1] == "MSG tea ann here"


def test_nothing_is_searched_for_who_is_gone(factory: ChatFactory, store: SlowSearch) -> None:
    """What waits is thrown away, what is under way is broken off, and the next one is served."""
    rude = [come(factory, f"rude{at}", RUDE).says("SEARCH word") for at in range(30)]
    other = come(factory, "other", OTHER)
    other.says("SEARCH word")
    for each in rude:
        each.vanishes()
    assert store.dropped == ["rude0"]
    assert [who for who, _ in store.searches] == ["rude0", "other"]
    store.find()
    other.heard()
    assert store.searches[-1][1].called


def test_one_asks_one_thing_at_a_time(store: SlowSearch) -> None:
    """What comes behind a question waits until it is answered, at the client in the end."""
    factory = chat_with(store)
    rude = come(factory, "rude", RUDE)
    rude.says(*["SEARCH word"] * 10)
    assert len(store.searches) == 1
    for _ in range(10):
        store.find()
    rude.hears(*["INFO 0 messages found"] * 10)
