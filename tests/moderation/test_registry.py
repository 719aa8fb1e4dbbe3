"""Which rooms are kept and who is banned, in memory, and within a second as it is in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from chat.accounts.directory import Account
from chat.history.memory.memory_moderation import MemoryModeration
from chat.history.room_records import (
    SERVER,
    AuditEntry,
    Holder,
    Kept,
    RoomChanges,
    Sanction,
    Standing,
)
from chat.history.store import StoreError
from chat.moderation.registry import Registry
from chat.vocabulary.limits import ACCOUNTS_PER_STEP, ACCOUNTS_SECONDS, TURN_SECONDS
from chat.vocabulary.names import twin
from tests.accounts.setting import result

ENTRY = AuditEntry(5, "tea", "tea", "alice", "TOPIC")
ALICE = Holder("alice", "Alice", 5, "owner")


class Store(MemoryModeration):
    """Tells something else when the test says so."""

    instead: Deferred[RoomChanges] | None = None

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[RoomChanges]:
        """See ModerationStore."""
        if self.instead is None:
            return super().changes(after)
        instead: Deferred[RoomChanges] = Deferred()
        self.instead.addBoth(lambda answer: instead.callback(answer) or answer)
        return instead


class Watched:
    """A registry beside another process that changes the same store."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = Store(lambda key: [], lambda key, said: None, lambda size: None)
        self.told: list[Any] = []
        self.registry = self.fresh()
        self.registry.kept_changed = lambda before, kept: self.told.append((before, kept))
        self.registry.sanction_changed = self.told.append
        self.registry.start()

    def fresh(self) -> Registry:
        registry = Registry(self.store, self.clock, self.clock.seconds)
        result(registry.load())
        return registry

    def keeps(self, key: str, **values: Any) -> None:
        """As another server does."""
        found = {kept.key: kept for kept in result(self.store.changes()).kept}
        before = found.get(key) or Kept(key, key.partition("\x1f")[0])
        assert result(self.store.keep(replace(before, **values), ENTRY))

    def passes(self) -> None:
        self.clock.advance(ACCOUNTS_SECONDS)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def sanction(target: str = "gus", room: str = "tea", until: int = 0) -> Sanction:
    return Sanction(room, "ban", target, target, until, "", "alice", 5)


def account(key: str = "alice", since: int = 5) -> Account:
    return Account(key, key, since)


def test_what_another_server_does_is_known_within_a_second(watched: Watched) -> None:
    """A topic, an owner, a ban; and it is told what it was before."""
    registry = watched.registry
    watched.keeps("tea", topic="leaves", holders=(ALICE,))
    watched.store.impose(sanction(), ENTRY)
    assert registry.kept("tea", "Tea") == Kept("tea", "Tea")
    assert not registry.sanctions("tea")
    watched.passes()
    kept = registry.kept("tea")
    assert (kept.topic, kept.holders, kept.revision) == ("leaves", (ALICE,), 1)
    assert registry.sanctions("tea").named("ban", "gus", 9) == sanction()
    assert watched.told == [(Kept("tea", "tea"), kept), sanction()]
    watched.passes()
    assert len(watched.told) == 2


def test_what_was_lifted_is_lifted(watched: Watched) -> None:
    """And a room without any takes no memory for them."""
    registry = watched.registry
    watched.store.impose(sanction(), ENTRY)
    watched.passes()
    watched.store.lift("tea", "ban", "gus", ENTRY)
    watched.passes()
    assert not registry.sanctions("tea")
    assert [each.is_lifted for each in watched.told] == [False, True]
    assert registry.sanctions("tea") is registry.sanctions("jam")


def test_what_is_the_same_is_not_told(watched: Watched) -> None:
    """One's own change is read again, and is no change then."""
    watched.keeps("tea", topic="leaves")
    result(watched.registry.load())
    result(watched.registry.load())
    watched.passes()
    assert len(watched.told) == 1


def test_a_store_that_was_replaced_is_read_anew(watched: Watched) -> None:
    """A backup was put back: what is not in it does not hold any more."""
    registry = watched.registry
    watched.keeps("tea", topic="leaves", holders=(ALICE,), is_private=True)
    watched.store.impose(sanction(), ENTRY)
    watched.store.impose(sanction("lou"), ENTRY)
    watched.keeps("hall", topic="stays")
    hall = watched.fresh().kept("hall")
    watched.passes()
    backup = RoomChanges(
        (1, 7), [Kept("jam", "jam", "red", revision=1), hall], [sanction("lou")], is_all=True
    )
    watched.store.instead = succeed(backup)
    watched.passes()
    assert registry.kept("tea", "Tea").holders == ()
    assert not registry.is_private("tea")
    assert registry.public_rooms() == []
    assert registry.holder("tea", account()) is None
    assert registry.kept("jam").topic == "red"
    assert registry.kept("hall").topic == "stays"
    assert [each.target for each in registry.sanctions("tea")] == ["lou"]


def test_whose_a_room_is(watched: Watched) -> None:
    """An account's, not a name's: who registers it later holds nothing."""
    registry = watched.registry
    standings: list[Standing] = ["owner", "moderator", "invited"]
    holders = tuple(Holder(each, each, 5, each) for each in standings)
    watched.keeps("tea", holders=holders)
    watched.keeps("jam", holders=holders[:1])
    watched.keeps("hall", topic="nobody's")
    watched.passes()
    for each in standings:
        holder = registry.holder("tea", account(each))
        assert holder is not None
        assert holder.standing == each
        assert registry.holder("tea", account(each, since=6)) is None
        assert registry.holder("hall", account(each)) is None
    assert registry.public_rooms() == ["tea", "jam"]
    assert [each.standing for each in registry.held_by(account("owner"))] == ["owner", "owner"]
    assert registry.held_by(account("owner", since=6)) == []
    watched.keeps("tea", holders=())
    watched.passes()
    assert registry.holder("tea", account("owner")) is None
    assert len(registry.held_by(account("owner"))) == 1
    assert registry.held_by(account("moderator")) == []


def test_the_server_is_no_room(watched: Watched) -> None:
    """Its raid switch is kept as a room's is."""
    watched.keeps(SERVER, raid=7)
    watched.passes()
    assert watched.registry.public_rooms() == []
    assert watched.registry.kept(SERVER).raid == 7


def test_topics_of_rooms_that_nobody_keeps_are_counted(watched: Watched) -> None:
    """With an owner it is none of them; without its topic it still is."""
    many = []
    for values in (
        {"topic": "x"},
        {"topic": "y"},
        {"holders": (ALICE,)},
        {"holders": ()},
        {"topic": ""},
    ):
        watched.keeps("tea", **values)
        watched.passes()
        many.append(watched.registry.topics)
    assert many == [1, 1, 0, 1, 1]


def test_a_private_room_keeps_its_key(watched: Watched) -> None:
    """Its name means another room, that is everybody's: the next one that is not private."""
    registry, first, second = watched.registry, twin("tea", 1), twin("tea", 2)
    assert registry.public("tea") == "tea"
    watched.keeps("tea", is_private=True, holders=(ALICE,))
    watched.passes()
    assert registry.is_private("tea")
    assert registry.private(account(), "tea") == registry.private_of(account()) == ["tea"]
    assert (
        registry.private(account(since=6), "tea") == registry.private(account("bob"), "tea") == []
    )
    assert registry.public("tea") == first
    assert registry.public_rooms() == []
    watched.keeps("jam", holders=(ALICE,))
    watched.passes()
    assert registry.private_of(account()) == ["tea"]
    watched.keeps(first, is_private=True, holders=(ALICE,))
    watched.passes()
    assert sorted(registry.private(account(), "tea")) == ["tea", first]
    assert registry.public("tea") == second
    watched.keeps(second, topic="everybody's")
    watched.keeps(first, holders=())  # given back: it stays shut
    watched.passes()
    assert registry.is_private(first)
    assert registry.private(account(), "tea") == registry.private_of(account()) == ["tea"]
    assert registry.public("tea") == second
    assert registry.public("jam") == "jam"


def test_a_private_room_that_is_opened_is_what_its_name_means(watched: Watched) -> None:
    """Unless there is another one by then that is somebody's."""
    registry, first = watched.registry, twin("tea", 1)
    watched.keeps("tea", is_private=True, holders=(ALICE,))
    watched.passes()
    watched.keeps("tea", is_private=False)
    watched.passes()
    assert registry.private(account(), "tea") == []
    assert registry.public("tea") == "tea"
    watched.keeps("tea", is_private=True)
    watched.keeps(first, holders=(ALICE,))
    watched.passes()
    assert registry.public("tea") == first
    assert registry.public_rooms() == [first]


@pytest.mark.parametrize("values", [{"holders": (ALICE,)}, {"topic": "x"}])
def test_a_name_means_the_room_that_somebody_keeps(watched: Watched, values: Any) -> None:
    """Or that has a topic at least, where there are two that are not private; that it was made
    private and opened again changes nothing about it."""
    registry, first = watched.registry, twin("tea", 1)
    watched.keeps("tea", is_private=True, holders=(ALICE,))
    watched.keeps(first, **values)
    watched.keeps("tea", is_private=False, holders=())
    watched.passes()
    assert registry.public("tea") == first
    watched.keeps(first, topic="", holders=())
    watched.passes()
    assert registry.public("tea") == "tea"


def test_what_was_only_for_a_time_is_lifted_when_that_is_over(watched: Watched) -> None:
    """At the next look, whatever came first; one without an end stays."""
    watched.store.impose(sanction("late", until=60_000), ENTRY)
    watched.store.impose(sanction("soon", until=30_000), ENTRY)
    watched.store.impose(sanction("for good"), ENTRY)
    watched.passes()
    left = []
    for seconds in (28, 2, 28, 2):
        watched.clock.advance(seconds)
        left.append(sorted(each.target for each in watched.registry.sanctions("tea")))
    assert left == [
        *(["for good", "late", "soon"], ["for good", "late"]),
        *(["for good", "late"], ["for good"]),
    ]
    lifted = [each.target for each in watched.told if each.is_lifted]
    assert lifted == ["soon", "late"]


def test_what_was_replaced_by_a_longer_one_is_not_lifted(watched: Watched) -> None:
    """Its own time counts."""
    watched.store.impose(sanction(until=10_000), ENTRY)
    watched.passes()
    watched.store.impose(sanction(until=90_000), ENTRY)
    watched.passes()
    watched.clock.advance(60)
    assert watched.registry.sanctions("tea").named("ban", "gus", 60_000)
    watched.clock.advance(60)
    assert not watched.registry.sanctions("tea")


def test_one_that_can_t_be_seen_to_stops_no_others(
    watched: Watched, logged_errors: list[str]
) -> None:
    """It is logged, and what comes after it is known and told."""

    def fails(*_: object) -> None:
        raise ValueError("oh")

    watched.registry.kept_changed = fails
    watched.keeps("tea", topic="leaves")
    watched.store.impose(sanction(), ENTRY)
    watched.passes()
    assert watched.registry.kept("tea").topic == "leaves"
    assert watched.told == [sanction()]
    assert len(logged_errors) == 1
    logged_errors.clear()


def test_a_store_that_does_not_answer(watched: Watched, logged_errors: list[str]) -> None:
    """It is said once; what was known holds, and what has changed is known when it answers."""
    watched.keeps("tea", topic="leaves")
    watched.passes()
    watched.store.instead = fail(StoreError("gone"))
    watched.passes()
    watched.passes()
    with pytest.raises(StoreError):
        result(watched.registry.load())
    assert watched.registry.kept("tea").topic == "leaves"
    assert [error for error in logged_errors if "gone" in error] == logged_errors
    assert len(logged_errors) == 1
    logged_errors.clear()
    watched.store.instead.addErrback(lambda _: None)
    watched.store.instead = None
    watched.keeps("tea", topic="milk")
    watched.passes()
    assert watched.registry.kept("tea").topic == "milk"


def test_many_changes_are_taken_in_turns() -> None:
    """Others have theirs between them; and `load` fires when all of it is known."""
    store = Store(lambda key: [], lambda key, said: None, lambda size: None)
    for n in range(ACCOUNTS_PER_STEP * 3):
        store.keep(Kept(f"room{n}", f"room{n}", topic="x"), ENTRY)
        store.impose(sanction(f"gus{n}"), ENTRY)

    class Slow(Clock):
        """Each look at it takes longer than a turn may, and what is to be called waits."""

        turns = list[Callable[[], object]]()

        def seconds(self) -> float:
            self.rightNow += TURN_SECONDS * 2
            return super().seconds()

        def callLater(self, delay: float, call: Any, *words: Any, **named: Any) -> Any:
            self.turns.append(call)

    clock = Slow()
    registry = Registry(store, clock, clock.seconds)
    loaded: Deferred[None] = registry.load()
    seen = []
    while not loaded.called:
        seen.append((registry.topics, registry.sanctions("tea").many("ban")))
        clock.turns.pop()()
    steps = [ACCOUNTS_PER_STEP * n for n in (1, 2, 3)]
    assert seen == [*((step, 0) for step in steps), *((steps[-1], step) for step in steps)]
    assert registry.topics == registry.sanctions("tea").many("ban") == steps[-1]
