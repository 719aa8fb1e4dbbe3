"""What every store promises about kept rooms, sanctions and what is hidden, in memory, in SQLite
and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select
from twisted.internet.defer import Deferred

from chat.history.memory.memory_moderation import MemoryModeration
from chat.history.memory.memory_store import MemoryStore
from chat.history.room_records import (
    SERVER,
    AuditEntry,
    Author,
    Earlier,
    Edit,
    Holder,
    Kept,
    RoomChanges,
    Sanction,
    Withdrawn,
)
from chat.history.sql import postgres, sql_moderation
from chat.history.sql.schema import hidings
from chat.history.sql.store import SqlStore
from chat.history.sql.tables import hiding_tables
from chat.history.store import Store, StoreError
from chat.history.words import parse
from chat.vocabulary.events import Repeated, Said
from chat.vocabulary.limits import (
    CLOCK_STEP_SECONDS,
    EARLIER_BYTES,
    EARLIER_TEXTS,
    INDEX_MESSAGES,
    RECENT_MESSAGES,
)
from tests.contracts.drafts import draft, drafts, numbers, texts
from tests.soaking import examples
from tests.turning import result

ROOMS = (f"room{number}" for number in count())
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

OWNER = Holder("alice", "Alice", 5, "owner")
TEA = Kept("tea", "Tea", "cups", (OWNER, Holder("bob", "Bob", 6, "invited")), slow=3, raid=9)
NOON = 1_777_863_721_000
BAN = Sanction("tea", "ban", "eve", "Eve", 0, "noise", "Alice", 70)
ALICE = Author("alice", 0)
BOB = Author("bob", 0)


def entry(act: str, room: str = "tea", target: str = "", at: int = 7) -> AuditEntry:
    """What the log is to say."""
    return AuditEntry(at, room, room.title(), "Carol", act, target, "why")


def acts(store: Store) -> list[str]:
    """What the log says was done, oldest first."""
    return [each.act for each in result(store.moderation.audit(None, 1000))]


def kept(store: Store, room: Kept, before: int = 0) -> int:
    """Keep a room; the revision that it has then."""
    assert result(store.moderation.keep(replace(room, revision=before), entry("KEEP", room.key)))
    return revision(store, room.key)


def revision(store: Store, key: str) -> int:
    return {each.key: each.revision for each in result(store.moderation.changes()).kept}[key]


def hide(
    store: Store,
    *authors: str,
    room: str = "tea",
    since: int = 0,
    but: tuple[str, ...] = (),
    at: int = 50,
) -> list[int]:
    """Hide what these have said, or everybody."""
    act = entry("HIDE", room, at=at)
    return result(store.moderation.hide(room, since, authors or None, but, act))


def unhide(store: Store, author: str, room: str = "tea") -> list[int]:
    return result(store.moderation.unhide(room, Withdrawn(author), entry("UNHIDE", room)))


def take_back(store: Store, number: int, author: Author, room: str = "tea", at: int = 60) -> bool:
    act = entry("UNSAY", room, at=at)
    return result(store.moderation.take_back(room, number, author, act))


def edit(
    store: Store, number: int, author: Author, text: str, room: str = "tea", at: int = 40
) -> bool:
    act = entry("EDIT", room, at=at)
    return result(store.moderation.edit(room, number, author, text, act))


def last_of(store: Store, author: Author, room: str = "tea") -> int:
    return result(store.moderation.last_of(room, author))


def earlier(store: Store, number: int, room: str = "tea", since: int = 0) -> list[Earlier]:
    return result(store.moderation.earlier(room, number, since))


def found(store: Store, *scopes: str, words: str) -> list[str]:
    return texts(store.search(scopes, parse(words), 50))


def said(store: Store, *pairs: tuple[str, str], key: str = "tea", at: int = 1000) -> None:
    """Have people say something, a millisecond after each other."""
    batch = [draft(key, text, user, at + n) for n, (user, text) in enumerate(pairs)]
    result(store.append(batch))


# --- rooms that are kept -------------------------------------------------------------------


def test_a_room_is_kept_as_it_was_given(store: Store) -> None:
    """With all that there is about it, and its holders in their order."""
    flags = {"is_private": True, "is_moderated": True, "is_registered": True}
    room = replace(TEA, topic='it\'s "tea" ☕ %s $1 :x ?', **flags)
    at = kept(store, room)
    assert result(store.moderation.changes()).kept == [replace(room, revision=at)]
    moderator = replace(OWNER, standing="moderator")
    new = Holder("carol", "Carol", 8, "owner")
    handed = Kept("tea", "TEA", holders=(new, *room.holders[1:], moderator))
    at = kept(store, handed, at)
    assert result(store.moderation.changes()).kept == [replace(handed, revision=at)]
    at = kept(store, Kept("tea", "tea"), at)
    assert result(store.moderation.changes()).kept == [Kept("tea", "tea", revision=at)]


def test_a_topic_says_who_has_set_it_and_when(store: Store) -> None:
    """As it was given, and until there is another one; of one from before nobody knows."""
    set_by = replace(TEA, topic_by="Straße☕'", topic_at=NOON)
    at = kept(store, set_by)
    assert result(store.moderation.changes()).kept == [replace(set_by, revision=at)]
    later = replace(set_by, topic="leaves", topic_by="bob", topic_at=NOON + 1)
    at = kept(store, later, at)
    assert result(store.moderation.changes()).kept == [replace(later, revision=at)]
    at = kept(store, replace(TEA, topic="cups"), at)
    (room,) = result(store.moderation.changes()).kept
    assert (room.topic, room.topic_by, room.topic_at) == ("cups", "", 0)
    kept(store, replace(TEA, topic=""), at)
    (room,) = result(store.moderation.changes()).kept
    assert (room.topic, room.topic_by, room.topic_at) == ("", "", 0)


def test_an_offer_is_kept(store: Store) -> None:
    """To whom the room is given that has not taken it yet, until it is taken back."""
    at = kept(store, replace(TEA, offered="bob", offered_since=NOON))
    (room,) = result(store.moderation.changes()).kept
    assert (room.offered, room.offered_since) == ("bob", NOON)
    kept(store, TEA, at)
    (room,) = result(store.moderation.changes()).kept
    assert (room.offered, room.offered_since) == ("", 0)


def test_rooms_with_nothing_but_a_topic_can_be_forgotten(store: Store) -> None:
    """Others can't. Whoever knows of them is told all anew, and they may have a topic again."""
    for key in ("a", "b", "c"):
        kept(store, Kept(key, key, "spam", topic_by="gus", topic_at=NOON))
    kept(store, Kept("d", "d"))
    kept(store, Kept("e", "e", "shut", is_private=True))
    kept(store, TEA)
    before = result(store.moderation.changes()).revision
    result(store.moderation.forget_rooms(["a", "b", "d", "e", "tea", "none"]))
    changes = result(store.moderation.changes(before))
    assert changes.is_all
    assert {room.key for room in changes.kept} == {"c", "e", "tea"}
    assert not result(store.moderation.changes(changes.revision)).kept
    kept(store, Kept("a", "a", "leaves"))
    (room,) = result(store.moderation.changes(changes.revision)).kept
    assert (room.key, room.topic) == ("a", "leaves")
    result(store.moderation.forget_rooms(["tea"]))
    assert not result(store.moderation.changes(changes.revision)).is_all


def test_two_rooms_may_have_one_name(store: Store) -> None:
    """They have two keys; and the whole server has one as well."""
    rooms = [Kept("tea", "Tea"), Kept("tea\x1f1", "Tea", "other"), Kept(SERVER, "", raid=5)]
    at = [kept(store, room) for room in rooms]
    expected = [replace(room, revision=number) for room, number in zip(rooms, at, strict=True)]
    assert result(store.moderation.changes()).kept == expected
    said(store, ("alice", "private words"))
    said(store, ("bob", "public words"), key="tea\x1f1")
    assert [texts(store.page(key, 9)) for key in ("tea", "tea\x1f1")] == [
        ["private words"],
        ["public words"],
    ]
    assert found(store, "tea", words="words") == ["private words"]
    assert found(store, "tea\x1f1", words="words") == ["public words"]
    assert hide(store, "bob", room="tea\x1f1") == [1]


def test_whoever_is_second_changes_nothing(store: Store) -> None:
    """A change is of what one has seen: of another one, nothing is done and no entry is written."""
    moderation = store.moderation
    first = kept(store, TEA)
    second = kept(store, replace(TEA, topic="second"), first)
    assert second > first
    for stale in (0, first, second + 1):
        mine = replace(TEA, topic="mine", holders=(), revision=stale)
        assert not result(moderation.keep(mine, entry("STALE")))
    assert not result(moderation.keep(Kept("jam", "Jam", revision=second), entry("STALE")))
    (room,) = result(moderation.changes()).kept
    assert (room.topic, room.holders) == ("second", TEA.holders)
    assert acts(store) == ["KEEP", "KEEP"]


def test_many_holders(store: Store) -> None:
    """As many as a large room may invite."""
    many = tuple(Holder(f"user{n}", f"User{n}", n, "invited") for n in range(1000))
    at = kept(store, replace(TEA, holders=many))
    kept(store, replace(TEA, holders=many[::-2]), at)
    assert result(store.moderation.changes()).kept[0].holders == many[::-2]


# --- sanctions -----------------------------------------------------------------------------


def sanctions(store: Store) -> list[Sanction]:
    return result(store.moderation.changes()).sanctions


def test_there_is_one_sanction_of_a_kind_for_a_target_in_a_room(store: Store) -> None:
    """Another one replaces it; others stand beside it."""
    others = [
        replace(BAN, kind="mute"),
        replace(BAN, room=SERVER),
        replace(BAN, room="tea\x1f1"),
        replace(BAN, target="10.0.0.0/8", shown="10.0.0.0/8"),
    ]
    for each in [BAN, *others]:
        result(store.moderation.impose(each, entry("BAN")))
    longer = replace(BAN, until=99, reason="more", by="Bob", at=71, shown="EVE")
    result(store.moderation.impose(longer, entry("BAN")))
    assert sanctions(store) == [*others, longer]


def test_a_sanction_is_lifted_once(store: Store) -> None:
    """It is not among those that hold any more; it can be imposed again."""
    moderation = store.moderation

    def lift(room: str, kind: Any, target: str) -> bool:
        return result(moderation.lift(room, kind, target, entry("UNBAN")))

    assert not lift("tea", "ban", "eve")
    result(moderation.impose(BAN, entry("BAN")))
    assert not lift("tea", "mute", "eve")
    assert not lift(SERVER, "ban", "eve")
    assert lift("tea", "ban", "eve")
    assert not lift("tea", "ban", "eve")
    assert (sanctions(store), acts(store)) == ([], ["BAN", "UNBAN"])
    result(moderation.impose(BAN, entry("BAN")))
    assert sanctions(store) == [BAN]
    assert lift("tea", "ban", "eve")


# --- what has changed ----------------------------------------------------------------------


def test_changes_of_rooms_are_told_from_where_one_has_been(store: Store) -> None:
    """All there is at first, and then what has changed; a lifted sanction as one that is."""
    moderation = store.moderation
    empty = result(moderation.changes())
    assert (empty.kept, empty.sanctions, empty.is_all) == ([], [], True)
    at = kept(store, TEA)
    kept(store, Kept("jam", "Jam"))
    result(moderation.impose(BAN, entry("BAN")))
    first = result(moderation.changes(empty.revision))
    assert [room.key for room in first.kept] == ["tea", "jam"]
    assert (first.sanctions, first.is_all) == ([BAN], False)
    kept(store, replace(TEA, topic="new"), at)
    result(moderation.lift("tea", "ban", "eve", entry("UNBAN")))
    second = result(moderation.changes(first.revision))
    assert [(room.key, room.topic) for room in second.kept] == [("tea", "new")]
    assert (second.sanctions, second.is_all) == ([replace(BAN, is_lifted=True)], False)
    assert second.revision > first.revision
    whole = result(moderation.changes())
    assert {room.key for room in whole.kept} == {"tea", "jam"}
    assert (whole.sanctions, whole.revision, whole.is_all) == ([], second.revision, True)


def test_nothing_else_is_a_change(store: Store) -> None:
    """Neither what is only written in the log, nor what is hidden, nor what was not done."""
    said(store, ("alice", "a"), ("alice", "b"), ("alice", "c"))
    kept(store, TEA)
    before = result(store.moderation.changes()).revision
    result(store.moderation.note(entry("KICK")))
    assert result(store.moderation.lift("tea", "ban", "eve", entry("UNBAN"))) is False
    assert result(store.moderation.keep(TEA, entry("STALE"))) is False
    assert take_back(store, 3, ALICE)
    assert edit(store, 2, ALICE, "x")
    assert hide(store, "alice") == [1, 2]
    assert unhide(store, "alice") == [1, 2]
    assert result(store.moderation.changes(before)) == RoomChanges(before, [], [], False)


def test_two_servers_on_one_database_see_what_the_other_does(
    url: str, opened: Callable[[str], SqlStore]
) -> None:
    """Rooms, sanctions and what is hidden; only one of them is the quicker one."""
    here, there = opened(url), opened(url)
    seen = result(here.moderation.changes()).revision
    at = kept(there, TEA)
    result(there.moderation.impose(BAN, entry("BAN")))
    changes = result(here.moderation.changes(seen))
    assert (changes.kept, changes.sanctions) == ([replace(TEA, revision=at)], [BAN])
    kept(here, replace(TEA, topic="here"), at)
    mine = replace(TEA, topic="there", revision=at)
    assert not result(there.moderation.keep(mine, entry("STALE")))
    said(here, ("alice", "a"))
    assert hide(there, "alice") == [1]
    assert texts(here.page("tea", 9)) == []


def test_another_database_in_the_place_of_one_is_noticed(
    url: str, opened: Callable[[str], SqlStore], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Also where as much has been changed in it."""
    is_sqlite = url.startswith("sqlite")
    other = "" if is_sqlite else request.getfixturevalue("postgres").database()
    one, two = opened(url), opened(other or f"sqlite:///{tmp_path}/other")
    for store in (one, two):
        kept(store, TEA)
    at = result(one.moderation.changes()).revision
    assert result(two.moderation.changes(at)).is_all
    assert not result(one.moderation.changes(at)).is_all
    assert result(one.moderation.changes((at[0] + 1, at[1]))).is_all


# --- what is hidden ------------------------------------------------------------------------

TALK = [(("alice", "bob", "eve")[n % 3], f"word {n}") for n in range(1, 13)]
"""Number n is by alice, bob or eve, as n modulo 3 is 0, 1 or 2."""


def test_what_is_hidden_is_in_no_page_and_is_not_found(store: Store) -> None:
    """Others' messages keep their numbers, and a page has as many as there are."""
    said(store, *TALK)
    assert hide(store, "eve", "alice") == [2, 3, 5, 6, 8, 9, 11, 12]
    assert numbers(store.page("tea", 3)) == [4, 7, 10]
    assert numbers(store.page("tea", 2, after=2)) == [4, 7]
    assert numbers(store.page("tea", 2, after=7)) == [10]
    assert numbers(store.page("tea", 2, before=10)) == [4, 7]
    assert numbers(store.page("tea", 2, before=6)) == [1, 4]
    assert found(store, "tea", words="word") == ["word 1", "word 4", "word 7", "word 10"]
    assert found(store, "tea", words="from:eve") == []
    assert (result(store.last("tea")), result(store.counts())[:2]) == (12, (1, 12))
    assert numbers(store.append(drafts("tea", "next"))) == [13]
    assert numbers(store.page("tea", 2)) == [10, 13]


def test_what_is_shown_again_is_as_it_was(store: Store) -> None:
    """Of the one who is meant; what others have said stays hidden."""
    said(store, *TALK)
    hide(store, "eve", "alice")
    assert unhide(store, "eve") == [2, 5, 8, 11]
    assert numbers(store.page("tea", 4)) == [7, 8, 10, 11]
    assert found(store, "tea", words="from:eve 8") == ["word 8"]
    assert unhide(store, "eve") == []
    assert hide(store, "eve") == [2, 5, 8, 11]


def test_only_since_then_only_there_and_only_those(store: Store) -> None:
    """Whoever is meant, however they wrote their names, or all but some."""
    said(store, *TALK)
    said(store, ("Eve", "elsewhere"), key="jam")
    said(store, ("EVE", "capitals"), at=2000)
    assert hide(store, "eve", since=1009) == [11, 13]
    assert hide(store, but=("alice", "bob"), since=1003) == [5, 8]
    assert hide(store, since=1012) == []
    assert hide(store, since=1010) == [12]
    assert hide(store, "eve", "bob", but=("bob",)) == [2]
    assert hide(store, "carol") == []
    assert hide(store, room="nowhere") == []
    assert numbers(store.page("tea", 50)) == [1, 3, 4, 6, 7, 9, 10]
    assert texts(store.page("jam", 9)) == ["elsewhere"]
    assert unhide(store, "eve") == [2, 5, 8, 11, 13]
    assert unhide(store, "eve", "jam") == unhide(store, "eve", "nowhere") == []


def test_only_what_was_done_is_in_the_log(store: Store) -> None:
    """Where nothing was hidden there is no entry."""
    said(store, *TALK)
    hide(store, "carol")
    unhide(store, "eve")
    take_back(store, 99, ALICE)
    edit(store, 99, ALICE, "x")
    assert acts(store) == []
    hide(store, "eve")
    hide(store, "eve")
    unhide(store, "eve")
    assert acts(store) == ["HIDE", "UNHIDE"]


@pytest.mark.parametrize("many", [90, 2 * INDEX_MESSAGES])
@pytest.mark.parametrize("looked_through", [0, 10**6])
def test_what_is_hidden_is_found_in_every_way(
    store: Store, many: int, looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By going through a room, by the index, and what is not in the index yet."""
    monkeypatch.setattr(hiding_tables, "LOOKED_THROUGH", looked_through)
    monkeypatch.setattr(postgres, "PLAN_ANEW_MESSAGES", 10)
    names = ("Eve", "Alice", "Straße")
    for number in range(1, many + 1):  # one by one, so that some are not indexed
        at = 10**6 * number
        result(store.append([draft("tea", f"hello {number}", names[number % 3], at)]))
        result(store.append([draft("jam", "hello", names[number % 3], at)]))
    of: dict[int, list[int]] = {n: [m for m in range(1, many + 1) if m % 3 == n] for n in range(3)}
    middle = many // 2
    late = [number for number in of[1] if number >= middle]
    assert hide(store, "alice", since=10**6 * middle) == late
    assert hide(store, "strasse", "alice", but=("strasse",)) == of[1][: -len(late)]
    assert found(store, "tea", words="from:alice") == []
    assert len(found(store, "tea", "jam", words="hello from:alice")) == min(50, len(of[1]))
    assert numbers(store.page("tea", 1000)) == sorted(of[0] + of[2])
    assert hide(store, "strasse") == unhide(store, "strasse") == of[2]
    assert hide(store, but=("strasse",), since=10**6 * middle) == [
        number for number in of[0] if number >= middle
    ]


def test_a_clock_that_was_set_back_hides_nothing_from_who_hides(store: Store) -> None:
    """What was said since a time is found; what was said while the clock was behind, as if it had
    been said just before."""
    back = CLOCK_STEP_SECONDS * 1000
    times = [10**6 + 10 * n for n in range(200)]
    times[50:100] = [at - back for at in times[50:100]]
    batch = [draft("tea", "x", "eve", at) for at in times]
    times = [said.at for said in result(store.append(batch))]
    assert times == sorted(times)
    for since in (times[49], times[120], times[60]):
        expected = [number for number, at in enumerate(times, 1) if at >= since]
        assert hide(store, "eve", since=since) == expected
        unhide(store, "eve")


def test_what_is_hidden_mentions_nobody(store: Store) -> None:
    """Whoever it was said to has missed nothing."""
    assert result(store.accounts.create("alice", "Alice", None, 5))
    said(store, ("bob", "hi alice"), ("eve", "alice!"), ("eve", "Alice?"))
    hide(store, "eve")
    assert result(store.accounts.mentions("alice", "Alice", {"tea": 0}, 50)) == {"tea": 1}
    unhide(store, "eve")
    assert result(store.accounts.mentions("alice", "Alice", {"tea": 0}, 2)) == {"tea": 2}


def test_what_is_hidden_can_be_counted(store: Store) -> None:
    """In some rooms, behind a number, in those where there is something."""
    said(store, *TALK)
    said(store, *TALK, key="jam")
    said(store, *TALK, key="bun")
    hide(store, "eve", "bob")
    take_back(store, 3, ALICE)
    take_back(store, 12, ALICE, "jam")
    rooms = {"tea": 0, "jam": 11, "bun": 0, "nowhere": 0}
    assert result(store.moderation.hidden_after(rooms)) == {"tea": 9, "jam": 1}
    assert result(store.moderation.hidden_after({"tea": 3, "jam": 12})) == {"tea": 6}
    assert result(store.moderation.hidden_after({})) == {}


def test_what_is_sent_again_is_known_though_it_is_hidden(store: Store) -> None:
    """Also where it was taken back or edited: nothing new is stored. The text of what is hidden is
    not told to whoever sends something with its token."""
    batch = [draft("tea", f"word {n}", "eve", 1000 + n, f"t{n}") for n in (1, 2, 3)]
    result(store.append(batch))
    hide(store, "eve", since=0)
    unhide(store, "eve")
    assert edit(store, 1, Author("eve", 0), "better")
    assert take_back(store, 2, Author("eve", 0))
    hide(store, "eve", since=1003)
    others = [replace(each, text="what was it?") for each in batch]
    again = result(store.append(others))
    assert [type(each) for each in again] == [Repeated] * 3
    assert [(each.number, each.text) for each in again] == [
        (1, "better"),
        (2, "what was it?"),
        (3, "what was it?"),
    ]
    assert texts(store.page("tea", 9)) == ["better"]
    assert numbers(store.append(drafts("tea", "next"))) == [4]


def test_what_is_hidden_is_forgotten_with_the_rest(store: Store) -> None:
    """What has its place in a database then is not hidden, and has no earlier texts."""
    said(store, *TALK)
    edit(store, 3, ALICE, "new")
    hide(store, "eve", "alice")
    assert (result(store.first("tea")), result(store.first("nowhere"))) == (1, 1)
    while result(store.forget("tea", 5000, 0)):
        pass
    assert result(store.first("tea")) == 13
    assert result(store.moderation.hidden_after({"tea": 0})) == {}
    assert earlier(store, 3) == earlier(store, 2) == []
    said(store, *TALK, at=6000)
    assert numbers(store.page("tea", 50)) == list(range(13, 25))
    assert len(found(store, "tea", words="word")) == 12
    assert all(earlier(store, number) == [] for number in range(1, 25))
    assert unhide(store, "eve") == []


@pytest.fixture
def _in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few messages are many."""
    for module in (hiding_tables, sql_moderation):
        monkeypatch.setattr(module, "HIDDEN_PER_STEP", 3)
    monkeypatch.setattr(hiding_tables, "LOOKED_THROUGH", 0)


@pytest.mark.usefixtures("_in_steps")
def test_many_messages_are_hidden_in_steps(store: Store) -> None:
    """What is said meanwhile is stored between them; there is one entry, as ever."""
    said(store, *TALK)
    hiding = store.moderation.hide("tea", 0, None, ["alice"], entry("HIDE"))
    meanwhile = store.append([draft("tea", "well", "carol")])
    assert result(hiding) == [1, 2, 4, 5, 7, 8, 10, 11]
    assert numbers(meanwhile) == [13]
    assert numbers(store.page("tea", 50)) == [3, 6, 9, 12, 13]
    assert hide(store, "eve", "alice") == [3, 6, 9, 12]
    assert unhide(store, "eve") == [2, 5, 8, 11]
    assert numbers(store.page("tea", 50)) == [2, 5, 8, 11, 13]
    assert acts(store) == ["HIDE", "HIDE", "UNHIDE"]


@pytest.mark.usefixtures("_in_steps")
def test_what_is_hidden_in_a_higher_role_is_so_after_all_the_steps(store: Store) -> None:
    """Also what was hidden in a lower one before; that alone is an act as well. What is asked for
    while the steps are taken is done after them: it undoes nothing of somebody higher."""
    said(store, *TALK)
    act, mine = replace(entry("HIDE"), by="oscar"), replace(entry("HIDE"), by="bob")
    moderation, lower = store.moderation, Withdrawn(most=3)
    assert len(result(moderation.hide("tea", 0, ["eve", "bob"], [], mine, 3))) == 8
    shown_, raised, refused = (
        moderation.unhide("tea", replace(lower, author="bob"), entry("UNHIDE")),
        moderation.hide("tea", 0, None, [], act, 5),
        moderation.unhide("tea", lower, entry("UNHIDE")),
    )
    assert result(shown_) == [1, 4, 7, 10]
    assert result(raised) == [1, 3, 4, 6, 7, 9, 10, 12]
    assert result(refused) == []
    assert result(moderation.hidden_by("tea", Withdrawn("eve"))) == ("oscar", 5)
    assert acts(store) == ["HIDE", "UNHIDE", "HIDE"]
    assert len(result(moderation.unhide("tea", Withdrawn(), entry("UNHIDE")))) == 12
    assert len(result(moderation.hide("tea", 0, None, [], mine, 3))) == 12
    assert result(moderation.hide("tea", 0, None, [], act, 5)) == []
    assert result(moderation.unhide("tea", lower, entry("UNHIDE"))) == []
    assert acts(store) == ["HIDE", "UNHIDE", "HIDE", "UNHIDE", "HIDE", "HIDE"]


@pytest.mark.usefixtures("_in_steps")
def test_what_the_store_could_not_finish_is_done_before_the_next(
    url: str, opened: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown again is not so later, when somebody may have hidden it anew."""
    store = opened(url)
    said(store, *TALK)
    hide(store, "eve", "bob")
    withdraw, taken = store._rooms.withdraw, list[hiding_tables.Step]()

    def fail(link: Any, step: hiding_tables.Step) -> list[int]:
        taken.append(step)
        if len(taken) == 2:
            raise StoreError("the disk is full")
        return withdraw(link, step)

    monkeypatch.setattr(store._rooms, "withdraw", fail)
    with pytest.raises(StoreError):
        unhide(store, "eve")
    assert unhide(store, "bob") == [1, 4, 7, 10]
    assert numbers(store.page("tea", 50)) == [*range(1, 13)]
    assert hide(store, "eve", but=("bob",)) == [2, 5, 8, 11]
    assert acts(store) == ["HIDE", "UNHIDE", "UNHIDE", "HIDE"]
    result(store.close())
    assert numbers(opened(url).page("tea", 50)) == [1, 3, 4, 6, 7, 9, 10, 12]


@pytest.mark.usefixtures("_in_steps")
@pytest.mark.parametrize("done", [1, 2, 3])
@pytest.mark.parametrize("act", ["HIDE", "UNHIDE", "HIDE what is hidden"])
def test_what_a_crash_has_left_is_done_when_the_store_is_opened(
    url: str, opened: Callable[[str], SqlStore], act: str, done: int
) -> None:
    """Whoever has said HIDE, or UNHIDE, is in the log, and so all of it holds; in their role."""
    store = opened(url)
    said(store, *TALK)
    if act != "HIDE":
        hide(store, "eve", "bob")
    tables, is_shown = store._rooms, act == "UNHIDE"
    note, link = replace(entry(act.split()[0]), by="oscar"), store._link()
    way = hiding_tables.Way(note.at, note.by, 0 if is_shown else 4, is_shown)
    ids = (
        tables.to_show(link, "tea", Withdrawn())
        if is_shown
        else tables.to_hide(link, "tea", 0, None, ["alice"], 4)
    )
    steps = [*hiding_tables.steps(ids, way, note)]
    assert len(steps) == 3
    for step in steps[:done]:
        tables.withdraw(link, step)
    link.close()
    result(store.close())
    again = opened(url)
    shown = [*range(1, 13)] if is_shown else [3, 6, 9, 12]
    assert numbers(again.page("tea", 50)) == shown
    assert acts(again) == (["HIDE"] if act == "HIDE" else ["HIDE", note.act])
    by = None if is_shown else ("oscar", 4)
    assert result(again.moderation.hidden_by("tea", Withdrawn())) == by
    assert result(again.moderation.hidden_by("tea", Withdrawn("eve"))) == by
    assert result(again.moderation.hidden_by("tea", Withdrawn("bob"))) == by
    assert result(again._read(lambda link: link.ask(_left))) == []


def _left(connection: Any) -> list[Any]:
    return [*connection.execute(select(hidings))]


# --- taking back and editing ---------------------------------------------------------------


def test_what_its_author_takes_back_nobody_brings_back(store: Store) -> None:
    """It is not shown any more, and there is no second time."""
    said(store, *TALK)
    assert take_back(store, 5, Author("eve", 0))
    assert not take_back(store, 5, Author("eve", 0))
    assert hide(store, "eve") == [2, 8, 11]
    assert unhide(store, "eve") == [2, 8, 11]
    assert not edit(store, 5, Author("eve", 0), "x")
    assert 5 not in numbers(store.page("tea", 50))
    assert found(store, "tea", words='"word 5"') == []
    assert earlier(store, 5) == [Earlier(60, "word 5")]


def test_what_was_hidden_in_a_role_is_shown_again_in_that_one(store: Store) -> None:
    """Or in a higher one, or by whoever did it; hidden once more in a higher role it is so in that
    one. Who has hidden what, in the highest there is, can be asked for."""
    for user in ("eve", "gus"):
        result(store.append([draft("tea", "word", user)]))

    def hides(author: str, rank: int, by: str, at: int) -> list[int]:
        act = replace(entry("HIDE", at=at), by=by)
        return result(store.moderation.hide("tea", 0, [author], [], act, rank))

    def shows(which: Withdrawn) -> list[int]:
        return result(store.moderation.unhide("tea", which, entry("UNHIDE")))

    def hidden_by(which: Withdrawn) -> tuple[str, int] | None:
        return result(store.moderation.hidden_by("tea", which))

    everything = Withdrawn()
    assert hidden_by(everything) is None
    assert (hides("eve", 3, "bob", 50), hides("gus", 4, "alice", 60)) == ([1], [2])
    assert hidden_by(everything) == ("alice", 4)
    assert hidden_by(Withdrawn(but="gus")) == hidden_by(Withdrawn("eve")) == ("bob", 3)
    assert shows(Withdrawn("gus", most=3)) == shows(Withdrawn("gus", since=61)) == []
    assert shows(Withdrawn("gus", most=3, own="alice", own_since=61)) == []
    assert shows(Withdrawn("gus", most=3, own="alice", own_since=60)) == [2]
    logged = len(acts(store))
    assert hides("eve", 2, "carol", 70) == []
    assert (hidden_by(everything), len(acts(store))) == (("bob", 3), logged)
    assert hides("eve", 5, "oscar", 70) == []
    assert (hidden_by(everything), len(acts(store))) == (("oscar", 5), logged + 1)
    assert shows(Withdrawn(most=4, own="bob")) == shows(Withdrawn(but="eve")) == []
    assert shows(everything) == [1]


def test_an_edited_message_has_its_new_text(store: Store) -> None:
    """In its place, with its time and its author; the old one is kept, and is not found."""
    said(store, *TALK)
    assert edit(store, 5, Author("eve", 0), "better cup", at=40)
    assert edit(store, 5, Author("eve", 0), "best cup", at=41)
    assert result(store.page("tea", 1, after=4)) == [
        Said("Tea", "eve", "best cup", 5, 1004, key="tea")
    ]
    assert found(store, "tea", words="cup") == ["best cup"]
    assert found(store, "tea", words="from:eve best") == ["best cup"]
    assert found(store, "tea", words='"word 5"') == found(store, "tea", words="better") == []
    assert earlier(store, 5) == [Earlier(40, "word 5"), Earlier(41, "better cup")]
    assert earlier(store, 4) == earlier(store, 99) == earlier(store, 5, "jam") == []


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("x", EARLIER_TEXTS),
        ("x" * EARLIER_BYTES, 2),
        ("x" * (EARLIER_BYTES // 8), 9),
        ("日" * (EARLIER_BYTES // 12), 5),
    ],
)
def test_a_message_is_edited_so_often_and_no_more(store: Store, text: str, most: int) -> None:
    """All that it was can be seen, then; and nobody stores more and more under one number."""
    said(store, *TALK)
    eve = Author("eve", 0)
    outcomes = [
        result(store.moderation.edit("tea", 5, eve, f"{again} {text}", entry("EDIT", "tea")))
        for again in range(most + 3)
    ]
    assert outcomes == [Edit.MADE] * most + [Edit.TOO_MANY] * 3
    assert acts(store) == ["EDIT"] * most
    seen = [each.text for each in all_earlier(store, 5)]
    assert seen == ["word 5", *(f"{again} {text}" for again in range(most - 1))]
    assert texts(store.page("tea", 1, after=4)) == [f"{most - 1} {text}"]
    assert edit(store, 2, eve, "another")


def all_earlier(store: Store, number: int) -> list[Earlier]:
    """All earlier texts, page by page."""
    found: list[Earlier] = []
    while page := result(store.moderation.earlier("tea", number, skip=len(found))):
        found += page
    return found


def test_the_earlier_texts_of_what_is_hidden(store: Store) -> None:
    """And behind them the one that it has: until it was hidden it was shown."""
    said(store, *TALK)
    edit(store, 5, Author("eve", 0), "better", at=40)
    hide(store, "eve", at=50)
    assert earlier(store, 5) == [Earlier(40, "word 5"), Earlier(50, "better")]
    assert earlier(store, 5, since=40) == [Earlier(40, "word 5"), Earlier(50, "better")]
    assert earlier(store, 5, since=50) == [Earlier(50, "better")]
    assert earlier(store, 5, since=51) == []
    assert earlier(store, 2) == [Earlier(50, "word 2")]
    unhide(store, "eve")
    assert earlier(store, 5) == [Earlier(40, "word 5")]
    assert earlier(store, 2) == []


@pytest.mark.parametrize("many", [5, INDEX_MESSAGES, 2 * INDEX_MESSAGES + 5])
def test_every_message_can_be_edited(store: Store, many: int) -> None:
    """Whether its words are indexed already or not; all others are found as before."""
    for number in range(1, many + 1):
        result(store.append([draft("tea", f"old{number}", "Eve")]))
    changed = sorted({1, many // 2, many - 3, many - 1, many})
    for number in changed:
        assert edit(store, number, Author("eve", 0), f"new{number}")
    result(store.append(drafts("tea", *["more"] * INDEX_MESSAGES)))
    for number in changed:
        assert found(store, "tea", words=f"new{number}") == [f"new{number}"]
        assert found(store, "tea", words=f"old{number}") == []
    assert found(store, "tea", words="old2") == (["old2"] if 2 not in changed else [])
    while result(store.forget("tea", 5000, 0)):
        pass
    assert found(store, "tea", words=f"new{many}") == []


def test_only_its_author_changes_a_message(store: Store) -> None:
    """However the name is written; and not who had it before somebody else did."""
    result(store.append([draft("tea", "mine", "Straße", 100)]))
    strasse = Author("strasse", 100)
    for stranger in (ALICE, Author("strasse", 101), Author("", 0)):
        assert not edit(store, 1, stranger, "theirs")
        assert not take_back(store, 1, stranger)
    for number, room in ((0, "tea"), (2, "tea"), (-1, "tea"), (1, "jam"), (1, "nowhere")):
        assert not edit(store, number, strasse, "x", room)
        assert not take_back(store, number, strasse, room)
    assert texts(store.page("tea", 9)) == ["mine"]
    assert edit(store, 1, strasse, "better")
    assert take_back(store, 1, strasse)


@pytest.mark.parametrize("many", [0, RECENT_MESSAGES, INDEX_MESSAGES, 2 * INDEX_MESSAGES])
def test_the_last_that_somebody_has_said(store: Store, many: int) -> None:
    """Is the last one that is shown, in that room, since then; however much was said since."""
    said(store, *TALK)
    said(store, ("Eve", "elsewhere"), key="jam", at=2000)
    if many:
        result(store.append(drafts("tea", *["x"] * many)))
    eve = Author("eve", 1001)
    assert last_of(store, eve) == 11
    assert take_back(store, 11, eve)
    assert last_of(store, eve) == 8
    assert last_of(store, Author("eve", 1007)) == 8
    assert last_of(store, Author("eve", 1008)) == 0
    hide(store, "eve")
    assert last_of(store, eve) == 0
    unhide(store, "eve")
    assert last_of(store, eve) == 8
    assert last_of(store, Author("carol", 0)) == last_of(store, eve, "nowhere") == 0
    assert last_of(store, eve, "jam") == 1
    said(store, ("EVE", "again"), at=3000)
    assert last_of(store, eve) == 13 + many


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["alice", "Bob"])),
        st.tuples(st.just("hide"), st.sampled_from(["alice", "bob", ""]), st.integers(0, 14)),
        st.tuples(st.just("unhide"), st.sampled_from(["alice", "bob"])),
        st.tuples(st.just("take_back"), st.integers(0, 9), st.sampled_from([ALICE, BOB])),
        st.tuples(st.just("edit"), st.integers(0, 9), st.sampled_from([ALICE, BOB])),
        st.tuples(st.just("forget"), st.integers(0, 9)),
    ),
    max_size=15,
)


@settings(suppress_health_check=SLOW, max_examples=examples(80))
@given(steps=STEPS)
def test_all_stores_show_the_same(stores: list[Store], steps: list[tuple[Any, ...]]) -> None:
    """Whatever is said, hidden, shown, taken back, edited and forgotten, in any order."""
    room, seen = next(ROOMS), []
    for store in stores:
        answers: list[object] = []
        for at, (step, *how) in enumerate(steps):
            if step == "say":
                answers.append(result(store.append([draft(room, f"word {at}", how[0], at)])))
            elif step == "hide":
                authors = tuple(filter(None, how[:1]))
                answers.append(hide(store, *authors, room=room, since=how[1], at=at))
            elif step == "unhide":
                answers.append(unhide(store, how[0], room))
            elif step == "take_back":
                answers.append(take_back(store, how[0], how[1], room, at))
            elif step == "edit":
                answers.append(edit(store, how[0], how[1], f"text {at}", room, at))
            else:
                while result(store.forget(room, 0, how[0])):
                    pass
        answers += [result(store.page(room, 9)), found(store, room, words="word")]
        answers += [last_of(store, author, room) for author in (ALICE, BOB)]
        answers += [earlier(store, number, room) for number in range(1, 16)]
        answers += [result(store.moderation.hidden_after({room: at})) for at in (0, 3)]
        answers += [result(store.moderation.audit([room], 99)), result(store.first(room))]
        seen.append(answers)
    assert seen[0] == seen[1] == seen[2]


def test_a_page_is_full_behind_many_that_are_hidden(store: Store) -> None:
    """In both directions, and where nothing else is left it is empty."""
    texts_ = [f"word {n}" for n in range(1, 901)]
    for at in range(0, 900, 100):
        batch = [draft("tea", text, "eve", 1000) for text in texts_[at : at + 100]]
        result(store.append([draft("tea", "tea", "bob"), *batch]))
    assert len(hide(store, "eve")) == 900
    shown = [1 + 101 * n for n in range(9)]
    assert numbers(store.page("tea", 5, after=0)) == shown[:5]
    assert numbers(store.page("tea", 3, after=2)) == shown[1:4]
    assert numbers(store.page("tea", 3)) == shown[-3:]
    assert numbers(store.page("tea", 3, before=shown[-1])) == shown[-4:-1]
    assert numbers(store.page("tea", 3, after=shown[-1])) == []
    assert found(store, "tea", words="word") == []
    assert len(found(store, "tea", words="tea")) == 9


# --- the log -------------------------------------------------------------------------------


def test_the_log_tells_all_that_was_done(store: Store) -> None:
    """As it was written, the last ones or those before a number."""
    moderation = store.moderation
    written = [entry("KICK", ("tea", "jam", "")[n % 3], f"'{n}' ☕", n) for n in range(9)]
    for each in written:
        result(moderation.note(replace(each, number=99)))
    log = [replace(each, number=n) for n, each in enumerate(written, 1)]
    assert result(moderation.audit(None, 99)) == log
    assert result(moderation.audit(None, 2)) == log[-2:]
    assert result(moderation.audit(None, 2, 5)) == log[2:4]
    assert result(moderation.audit(None, 2, 99)) == log[-2:]
    for nothing in (([], 9), (None, 9, 1), (None, 9, 0), (None, 9, None, 99), (["nowhere"], 9)):
        assert result(moderation.audit(*nothing)) == []


def test_the_log_of_a_room_tells_nothing_of_others(store: Store) -> None:
    """Not even how many entries there are, nor what was before one may look."""
    moderation = store.moderation
    written = [entry("KICK", ("tea", "jam", "")[n % 3], at=n) for n in range(9)]
    for each in written:
        result(moderation.note(each))
    jam = [replace(written[1 + 3 * n], number=1 + n) for n in range(3)]
    assert result(moderation.audit(["jam", "nowhere"], 9)) == jam
    assert result(moderation.audit(["jam"], 2)) == jam[1:]
    assert result(moderation.audit(["jam"], 1, 3)) == jam[1:2]
    assert result(moderation.audit(["jam"], 9, since=4)) == [
        replace(jam[1], number=1),
        replace(jam[2], number=2),
    ]
    both = result(moderation.audit(["tea", SERVER], 3, 6))
    assert [(each.at, each.number) for each in both] == [(3, 3), (5, 4), (6, 5)]


def test_every_change_is_in_the_log_with_what_it_was(store: Store) -> None:
    """In the order in which they were made."""
    said(store, *TALK)
    kept(store, TEA)
    result(store.moderation.impose(BAN, entry("BAN")))
    result(store.moderation.lift("tea", "ban", "eve", entry("UNBAN")))
    hide(store, "eve")
    unhide(store, "eve")
    take_back(store, 2, Author("eve", 0))
    edit(store, 3, ALICE, "x")
    expected = ["KEEP", "BAN", "UNBAN", "HIDE", "UNHIDE", "UNSAY", "EDIT"]
    assert acts(store) == expected


def test_the_log_in_memory_is_bounded() -> None:
    """Its oldest entries are forgotten."""
    moderation = MemoryModeration(lambda _: (), lambda *_: None, lambda _: None, most=3)
    for act in "ABCDE":
        result(moderation.note(entry(act)))
    log = result(moderation.audit(None, 99))
    assert [(each.act, each.number) for each in log] == [("C", 1), ("D", 2), ("E", 3)]


def test_old_entries_of_the_log_are_forgotten(store: Store) -> None:
    """From the first on, up to one that is not so old; step by step, until there is no more."""
    for number in range(1, 251):
        result(store.moderation.note(entry("LET", at=number)))
    result(store.moderation.note(entry("KICK", at=5)))  # the clock was set back
    forgotten: list[int] = []
    while many := result(store.moderation.forget_entries(241)):
        forgotten.append(many)
    assert sum(forgotten) == 240
    log = result(store.moderation.audit(None, 999))
    assert [each.at for each in log] == [*range(241, 251), 250]
    assert result(store.moderation.audited(None)) == 11


# --- order and failure ---------------------------------------------------------------------


def test_what_is_asked_for_sees_what_was_hidden_before(store: Store) -> None:
    """Nobody has to wait for one thing to ask for the next."""
    moderation = store.moderation
    eve = Author("eve", 0)
    asked: list[Deferred[Any]] = [
        store.append([draft("tea", text, "eve") for text in "abc"]),
        moderation.last_of("tea", eve),
        moderation.hide("tea", 0, None, [], entry("HIDE")),
        moderation.earlier("tea", 3),
        moderation.unhide("tea", Withdrawn("eve"), entry("UNHIDE")),
        moderation.take_back("tea", 3, eve, entry("UNSAY")),
        moderation.keep(TEA, entry("KEEP")),
        moderation.keep(TEA, entry("KEEP")),
        moderation.changes(),
        moderation.impose(BAN, entry("BAN")),
        moderation.lift("tea", "ban", "eve", entry("UNBAN")),
        moderation.edit("tea", 2, eve, "x", entry("EDIT")),
        store.append([draft("tea", "d", "eve")]),
        moderation.hide("tea", 0, ["eve"], [], entry("HIDE")),
        moderation.audit(None, 99),
    ]
    found = [result(each) for each in asked]
    assert found[1:6] == [3, [1, 2, 3], [Earlier(7, "c")], [1, 2, 3], True]
    assert found[6:8] == [True, False]
    assert [room.key for room in found[8].kept] == ["tea"]
    assert (found[10], found[11], found[13]) == (True, True, [1, 2, 4])
    acts = ["HIDE", "UNHIDE", "UNSAY", "KEEP", "BAN", "UNBAN", "EDIT", "HIDE"]
    assert [each.act for each in found[14]] == acts


def test_all_of_it_is_there_when_the_store_is_opened_again(
    url: str, opened: Callable[[str], SqlStore]
) -> None:
    """And nothing has changed meanwhile."""
    store = opened(url)
    said(store, *TALK)
    kept(store, replace(TEA, topic_by="Bob", topic_at=NOON))
    result(store.moderation.impose(BAN, entry("BAN")))
    hide(store, "eve")
    edit(store, 3, ALICE, "new")
    before, log = result(store.moderation.changes()), result(store.moderation.audit(None, 9))
    result(store.close())
    again = opened(url)
    assert result(again.moderation.changes()) == before
    assert result(again.moderation.changes(before.revision)).kept == []
    assert result(again.moderation.audit(None, 9)) == log
    assert numbers(again.page("tea", 50)) == [1, 3, 4, 6, 7, 9, 10, 12]
    assert earlier(again, 3) == [Earlier(40, "word 3")]
    assert unhide(again, "eve") == [2, 5, 8, 11]


def rename(store: SqlStore, old: str, new: str) -> None:
    """A table is called otherwise."""
    sql = f"ALTER TABLE {old} RENAME TO {new}"
    result(store._write(lambda link: link.ask(lambda c: c.exec_driver_sql(sql).close())))


def test_a_store_that_cannot_moderate_says_so(url: str, opened: Callable[[str], SqlStore]) -> None:
    """All changes fail with StoreError where the log can't be written, and nothing has changed."""
    store = opened(url)
    moderation = store.moderation
    said(store, *TALK)
    hide(store, "bob")
    at = kept(store, TEA)
    result(moderation.impose(BAN, entry("BAN")))
    before, page = result(moderation.changes()), numbers(store.page("tea", 50))
    rename(store, "audit", "gone")
    asked: list[Deferred[Any]] = [
        moderation.keep(replace(TEA, topic="x", holders=(), revision=at), entry("KEEP")),
        moderation.keep(Kept("jam", "Jam"), entry("KEEP")),
        moderation.impose(replace(BAN, until=5), entry("BAN")),
        moderation.lift("tea", "ban", "eve", entry("UNBAN")),
        moderation.note(entry("KICK")),
        moderation.hide("tea", 0, ["eve"], [], entry("HIDE")),
        moderation.unhide("tea", Withdrawn("bob"), entry("UNHIDE")),
        moderation.take_back("tea", 2, Author("eve", 0), entry("UNSAY")),
        moderation.edit("tea", 2, Author("eve", 0), "x", entry("EDIT")),
        moderation.audit(None, 9),
    ]
    for question in asked:
        with pytest.raises(StoreError):
            result(question)
    rename(store, "gone", "audit")
    assert result(moderation.changes(before.revision)) == RoomChanges(
        before.revision, [], [], False
    )
    assert result(moderation.changes()) == before
    assert numbers(store.page("tea", 50)) == page
    assert texts(store.page("tea", 1, after=1)) == ["word 2"]
    assert acts(store) == ["HIDE", "KEEP", "BAN"]


def test_the_memory_store_counts_what_it_keeps_beside_messages() -> None:
    """Nobody fills the memory with edits; with its message all of it is forgotten."""
    store = MemoryStore(most_bytes=60_000)
    said(store, ("eve", "first"), ("eve", "second"))
    hide(store, "eve")
    unhide(store, "eve")
    for number in range(3, 30):
        said(store, ("eve", "x"))
        for again in range(8):
            edit(store, number, Author("eve", 0), f"{again} " + "x" * 1000)
        assert store._bytes <= 60_000
    assert len(texts(store.page("tea", 99))) < 10
    said(store, ("bob", "here"), key="jam")
    assert texts(store.page("jam", 9)) == ["here"]
    hide(store, room="jam")
    for room in ("jam", "tea"):
        while result(store.forget(room, 5000, 0)):
            pass
    assert (store._bytes, store.moderation._changed) == (0, {})
