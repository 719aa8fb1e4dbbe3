"""Stamps and tokens: for programs that must not miss or say anything twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from chat.history.memory.memory_store import MemoryStore
from tests.people import Visitor
from tests.stores import SlowStore

People = Callable[..., Visitor]

NOW = 1_767_323_045_678
TIME = "2026-01-02T03:04:05.678Z"
BAD_TOKEN = "a token is 1 to 36 letters, digits, - or _, and stands before MSG or DM"


@pytest.fixture
def factory() -> ChatFactory:
    return ChatFactory(now=lambda: NOW / 1000)


def stamped(person: Visitor) -> Visitor:
    """The same with stamps on."""
    answer = person.says("STAMPS on").heard()[-1]
    assert answer in ("OK", "INFO stamps on")
    return person


def test_a_message_comes_with_its_number_and_time(in_rooms: People, logged_in: People) -> None:
    """In both styles, to who has asked for it, until it has had enough of it."""
    alice, bob, carol = stamped(in_rooms("alice")), stamped(logged_in("bob")), in_rooms("carol")
    alice.heard(), bob.heard()
    carol.says("MSG lobby hi").hears("MSG lobby carol hi")
    alice.hears(f"@1 {TIME} MSG lobby carol hi").says("MSG lobby hello")
    bob.hears(f"@1 {TIME} MSG carol hi", f"@2 {TIME} MSG alice hello")
    alice.hears(f"@2 {TIME} MSG lobby alice hello")
    carol.hears("MSG lobby alice hello")
    alice.says("STAMPS OFF", "MSG lobby plain")
    alice.hears("INFO stamps off", "MSG lobby alice plain")
    bob.hears(f"@3 {TIME} MSG alice plain").says("STAMPS off", "STAMPS").hears(
        "OK", "ERR missing-argument"
    )


def test_ones_own_message_comes_back_with_its_token(in_rooms: People, logged_in: People) -> None:
    """As it is told, or as OK where one does not hear oneself; nobody else sees the token."""
    alice, bob, carol = stamped(in_rooms("alice")), stamped(logged_in("bob")), in_rooms("carol")
    alice.heard(), bob.heard()
    alice.says("@a-1 MSG lobby hi").hears(f"@1 {TIME} a-1 MSG lobby alice hi")
    bob.says("@b_1 MSG hello", "MSG no token").hears(f"@1 {TIME} MSG alice hi", "OK 2 b_1")
    alice.hears(f"@2 {TIME} MSG lobby bob hello", f"@3 {TIME} MSG lobby bob no token")
    carol.hears("MSG lobby alice hi", "MSG lobby bob hello", "MSG lobby bob no token")


def test_what_is_sent_again_is_told_once(in_rooms: People, logged_in: People) -> None:
    """Its sender is answered as the first time; the others hear nothing of it."""
    alice, bob = stamped(in_rooms("alice")), stamped(logged_in("bob"))
    alice.heard()
    alice.says("@1 MSG lobby hi", "@1 MSG lobby hi").hears(*[f"@1 {TIME} 1 MSG lobby alice hi"] * 2)
    bob.hears(f"@1 {TIME} MSG alice hi").says("@1 MSG hello", "@1 MSG hello").hears(
        "OK 2 1", "OK 2 1"
    )
    alice.hears(f"@2 {TIME} MSG lobby bob hello").says("HISTORY")
    assert len(alice.heard()) == 3


def test_a_token_outlives_its_connection(in_rooms: People, visitor: People) -> None:
    """One comes back, in whatever case, and sends again what one is not sure of."""
    carol = in_rooms("carol")
    alice = stamped(in_rooms("alice")).says("@1 MSG lobby hi")
    alice.vanishes()
    again = stamped(visitor().says("JOIN lobby ALICE")).says("@1 MSG lobby hi", "@2 MSG lobby ho")
    again.hears(f"@1 {TIME} 1 MSG lobby alice hi", f"@2 {TIME} 2 MSG lobby ALICE ho")
    assert [line for line in carol.heard() if "MSG" in line] == [
        "MSG lobby alice hi",
        "MSG lobby ALICE ho",
    ]


@pytest.mark.parametrize("goes", ["QUIT", "PING"])
def test_the_next_guest_of_a_name_is_heard(in_rooms: People, visitor: People, goes: str) -> None:
    """Also under a token that the one before has used: in a room, and alone."""
    carol = in_rooms("carol")
    stamped(in_rooms("alice")).says("@1 MSG lobby hi", "@2 DM carol psst", goes).vanishes()
    other = stamped(visitor().says("JOIN lobby alice"))
    other.says("@1 MSG lobby pills", "@2 DM carol buy").hears(
        f"@2 {TIME} 1 MSG lobby alice pills", "OK 2 2"
    )
    other.says("@1 MSG lobby pills").hears(f"@2 {TIME} 1 MSG lobby alice pills")
    assert [line for line in carol.heard() if not line.startswith("INFO")] == [
        *("MSG lobby alice hi", "DM alice psst"),
        *("MSG lobby alice pills", "DM alice buy"),
    ]


def test_a_direct_message_is_told_once_too(in_rooms: People, logged_in: People) -> None:
    """In both styles its sender hears that it is stored."""
    alice, bob = stamped(in_rooms("alice")), stamped(logged_in("bob"))
    alice.heard()
    alice.says("@1 DM bob hi", "@1 DM bob hi", "DM bob ho").hears("OK 1 1", "OK 1 1")
    bob.hears("DM alice hi", "DM alice ho").says("@1 DM alice hello").hears("OK 3 1")
    alice.hears("DM bob hello")


def test_a_refusal_carries_the_token(in_rooms: People, logged_in: People) -> None:
    """So that one knows what has not been said."""
    alice, bob = stamped(in_rooms("alice")), stamped(logged_in("bob"))
    alice.heard()
    alice.says("@1 MSG jam hi").hears("@1 ERROR you are not in the room jam: JOIN it first")
    alice.says("MSG jam hi").hears("ERROR you are not in the room jam: JOIN it first")
    bob.says("@2 DM nobody hi", "@3 MSG").hears(
        "@2 ERR user-not-found nobody", "@3 ERR missing-text"
    )


def test_what_could_not_be_stored_is_refused_with_its_token(logged_errors: list[str]) -> None:
    """And may be sent again under it."""
    store = SlowStore()
    factory = ChatFactory(store, now=lambda: NOW / 1000)
    alice = stamped(Visitor(factory).says("JOIN tea alice"))
    alice.says("@1 MSG tea hi")
    store.fail()
    (refusal,) = alice.heard()
    assert refusal.startswith("@1 ERROR your message could not be stored")
    alice.says("@1 MSG tea hi")
    store.commit()
    alice.hears(f"@1 {TIME} 1 MSG tea alice hi")
    logged_errors.clear()


@pytest.mark.parametrize(
    "line",
    ["@", "@ MSG lobby hi", "@1", "@a.b MSG lobby hi", f"@{'x' * 37} MSG lobby hi", "@é MSG"],
)
def test_a_bad_token_is_refused(in_rooms: People, line: str) -> None:
    """And nothing is said."""
    stamped(in_rooms("alice")).says(line).hears(f"ERROR {BAD_TOKEN}")


@pytest.mark.parametrize(
    "rest", ["PING", "JOIN tea", "@2 MSG lobby hi", "", "msgs lobby hi", "DMX"]
)
def test_a_token_stands_before_what_is_said_only(in_rooms: People, rest: str) -> None:
    """Other commands have nothing to be sent again."""
    alice = stamped(in_rooms("alice"))
    alice.says(f"@1 {rest}").hears(f"@1 ERROR {BAD_TOKEN}")


def test_without_stamps_there_are_no_tokens(in_rooms: People) -> None:
    """A client that has not asked for them can't use them by accident."""
    in_rooms("alice").says("@1 MSG lobby hi").hears(
        "ERROR there is no command @1: HELP lists what there is"
    )


def test_stamps_are_in_order_with_the_messages() -> None:
    """What was said before STAMPS on was accepted comes plain, what was said after it stamped."""
    store = SlowStore()
    factory = ChatFactory(store, now=lambda: NOW / 1000)
    alice = Visitor(factory).says("JOIN tea alice").hears("INFO joined room tea")
    alice.says("MSG tea 1", "STAMPS on", "@t MSG tea 2")
    store.commit()
    store.commit()
    alice.hears("MSG tea alice 1", "INFO stamps on", f"@2 {TIME} t MSG tea alice 2")


@pytest.mark.parametrize("leave", [Visitor.vanishes, lambda alice: alice.says("QUIT")])
def test_who_goes_while_stamps_wait_is_gone(leave: Callable[[Visitor], object]) -> None:
    """The others are told, and the room does not remember it."""
    store = SlowStore()
    factory = ChatFactory(store)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    alice.heard(), bob.heard()
    alice.says("MSG tea bye", "STAMPS on")
    leave(alice)
    store.commit()
    bob.hears("MSG tea alice bye", "INFO alice left tea").says("MSG tea hi")
    store.commit()
    bob.hears("MSG tea bob hi")


def test_the_memory_store_forgets_tokens_with_their_messages() -> None:
    """What it keeps is bounded, tokens too."""
    factory = ChatFactory(MemoryStore(per_room=2), now=lambda: NOW / 1000)
    alice = stamped(Visitor(factory).says("JOIN tea alice"))
    alice.says("@1 MSG tea a", "@2 MSG tea b", "@3 MSG tea c", "@1 MSG tea a", "@3 MSG tea c")
    numbers = [line.split()[0] for line in alice.heard()]
    assert numbers == ["@1", "@2", "@3", "@4", "@3"]
