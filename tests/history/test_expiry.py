"""Expiry: what is too old or too much is forgotten, in small steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from chat.history.expiry import Expiry
from chat.history.memory.memory_store import MemoryStore
from chat.history.room_records import AuditEntry
from chat.history.store import StoreError
from chat.history.upkeep.timekeeper import Sighting
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import CLOCK_SETTLED_SECONDS, FORGET_SECONDS

NOW = 1_000_000


def filled(*ages: int) -> MemoryStore:
    """A store with messages of these ages in seconds."""
    store = MemoryStore()
    store.append([Draft("tea", "tea", "a", "a", str(age), (NOW - age) * 1000) for age in ages])
    return store


def kept(store: MemoryStore) -> list[str]:
    found: list[str] = []
    store.page("tea", 1000).addCallback(lambda page: found.extend(said.text for said in page))
    return found


@pytest.fixture
def expiry() -> Callable[..., Expiry]:
    """Makes one that has begun."""

    def make(store: MemoryStore, seconds: int, messages: int, clock: Clock) -> Expiry:
        expiry = Expiry(store, clock, lambda: NOW + clock.seconds(), seconds, messages)
        expiry.start()
        return expiry

    return make


def test_old_messages_are_forgotten_when_their_time_has_come(
    expiry: Callable[..., Expiry],
) -> None:
    """At the start, and from then on."""
    store, clock = filled(100, 90, 80, 10), Clock()
    expiry(store, 85, 0, clock)
    assert kept(store) == ["80", "10"]
    clock.advance(FORGET_SECONDS)
    assert kept(store) == ["10"]


def test_what_was_done_is_forgotten_as_what_was_said(expiry: Callable[..., Expiry]) -> None:
    """The log keeps nobody's name for longer; without an age, for good."""
    for seconds, left in ((85, ["KICK"]), (0, ["BAN", "KICK"])):
        store = filled(100, 10)
        for age, act in ((90, "BAN"), (80, "KICK")):
            store.moderation.note(AuditEntry((NOW - age) * 1000, "tea", "tea", "a", act))
        expiry(store, seconds, 5, Clock())
        log: list[AuditEntry] = []
        store.moderation.audit(None, 9).addCallback(log.extend)
        assert [each.act for each in log] == left


def test_a_room_keeps_its_last_messages(expiry: Callable[..., Expiry]) -> None:
    """So many of each, of whatever age."""
    store = filled(100, 90, 80)
    expiry(store, 0, 2, Clock())
    assert kept(store) == ["90", "80"]


def test_by_default_everything_is_kept(expiry: Callable[..., Expiry]) -> None:
    """Nothing is even looked for."""
    store, clock = filled(10**9 // 1000), Clock()
    expiry(store, 0, 0, clock)
    clock.advance(FORGET_SECONDS)
    assert len(kept(store)) == 1
    assert clock.getDelayedCalls() == []


class Steps(MemoryStore):
    """Forgets one message at a time, when it is told to; or fails to."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Deferred[int]] = []
        self.broken = False

    def overdue(self, older_than: int, beyond: int) -> Deferred[list[str]]:
        return fail(StoreError("gone")) if self.broken else succeed(["tea"])

    def forget(self, key: str, older_than: int, beyond: int) -> Deferred[int]:
        self.steps.append(Deferred())
        return self.steps[-1]


def test_it_is_done_in_small_steps_until_there_is_no_more(expiry: Callable[..., Expiry]) -> None:
    """One after the other, so that messages get between them; and no further one at the end."""
    store, clock = Steps(), Clock()
    one = expiry(store, 85, 0, clock)
    for _ in range(3):
        store.steps[-1].callback(5)
    assert len(store.steps) == 4
    one.stop()
    store.steps[-1].callback(5)
    clock.advance(FORGET_SECONDS)
    assert len(store.steps) == 4


def test_a_store_that_fails_is_asked_again_later(
    expiry: Callable[..., Expiry], logged_errors: list[str]
) -> None:
    """The log says so once."""
    store, clock = Steps(), Clock()
    store.broken = True
    expiry(store, 85, 0, clock)
    clock.advance(FORGET_SECONDS)
    assert logged_errors == ["old messages can't be forgotten: gone"]
    store.broken = False
    clock.advance(FORGET_SECONDS)
    assert len(store.steps) == 1
    logged_errors.clear()


class Wrong:
    """A clock that is set, and a chat that keeps its messages for an hour."""

    def __init__(self, store: MemoryStore) -> None:
        self.clock = Clock()
        self.ahead = 0.0
        self.expiry = Expiry(store, self.clock, self.now, 3600, 0)
        self.expiry.start()

    def now(self) -> float:
        return NOW + self.clock.seconds() + self.ahead

    def runs(self, seconds: float) -> None:
        for _ in range(int(seconds // FORGET_SECONDS)):
            self.clock.advance(FORGET_SECONDS)


AHEAD = [86400.0, 40 * 365 * 86400.0]


@pytest.mark.parametrize("ahead", [*AHEAD, -86400.0])
def test_a_wrong_clock_has_nothing_forgotten(ahead: float, logged: list[str]) -> None:
    """Whatever is said meanwhile. The log says so once, and what to do; when the clock is right
    again what is old is forgotten as ever."""
    store = filled(3500, 10)
    wrong = Wrong(store)
    wrong.ahead = ahead
    wrong.runs(60)
    store.append([Draft("jam", "jam", "a", "a", "x", int(wrong.now() * 1000))])
    wrong.runs(180)
    assert kept(store)[-1:] == ["10"]
    (line,) = (line for line in logged if "clock" in line)
    assert "set it" in line
    wrong.ahead = 0
    wrong.runs(3600)
    assert kept(store) == []
    assert len([line for line in logged if "clock" in line]) == 2


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_wrong_clock_at_the_start_has_nothing_forgotten(ahead: float) -> None:
    """Of a store in which nothing was noted of the time yet: the newest message tells it."""
    store = filled(3500, 10)
    wrong = Wrong(MemoryStore())
    wrong.ahead = ahead
    late = Expiry(store, wrong.clock, wrong.now, 3600, 0)
    late.start()
    wrong.runs(300)
    assert "10" in kept(store)
    late.stop()


def test_a_quiet_chat_forgets_all_the_same() -> None:
    """It runs, so it knows how long nobody has said anything."""
    store = filled(10)
    Wrong(store).runs(3600)
    assert kept(store) == []


def test_a_chat_that_was_stopped_for_a_month_forgets_after_a_day() -> None:
    """That its clock is right can't be told before."""
    store = filled(30 * 86400)
    store.note_sighting(Sighting(*[(NOW - 30 * 86400) * 1000] * 2))
    wrong = Wrong(store)
    wrong.runs(1800)
    assert len(kept(store)) == 1
    wrong.runs(CLOCK_SETTLED_SECONDS)
    assert kept(store) == []
