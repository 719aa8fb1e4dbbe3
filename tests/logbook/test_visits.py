"""What the log says of those who come: a line for what matters, a number for what is many."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from chat.accounts.passwords import Hashing
from chat.factory import ChatFactory
from chat.history.room_records import SERVER, AuditEntry, Sanction
from chat.vocabulary.limits import HINT_SECONDS, REFUSALS_SECONDS, SILENT_SECONDS, TRIES
from chat.vocabulary.settings import Limits
from tests.accounts.setting import CHEAP
from tests.chats import chat_with
from tests.people import Visitor

PASSWORD, WRONG = "correct-horse", "battery-staple"
EVE = "203.0.113.7"
HERS = f"{EVE}:54321"


@pytest.fixture
def clock() -> Clock:
    """The reactor's clock."""
    return Clock()


@pytest.fixture
def chat(clock: Clock) -> ChatFactory:
    """One that takes passwords from anywhere."""
    limits = Limits(connections_per_address=4)
    return chat_with(
        clock=clock, takes_plaintext=True, hashing=Hashing(hasher=CHEAP), limits=limits
    )


@pytest.fixture
def come(chat: ChatFactory) -> Callable[..., Visitor]:
    """Makes somebody who comes from afar."""
    return lambda host=EVE: Visitor(chat, host)


Come = Callable[..., Visitor]


def test_what_is_done_about_an_account_is_in_the_log(come: Come, logged: list[str]) -> None:
    """Each with the address and the name, and no password."""
    alice = come().says("JOIN tea Alice", f"REGISTER {PASSWORD}", f"PASSWORD {PASSWORD} {WRONG}")
    alice.says(f"UNREGISTER {PASSWORD}", f"PASSWORD x {PASSWORD}", f"UNREGISTER {WRONG}")
    come().says("LOGIN Alice").says("LOGIN ALICE short")
    alice.says(f"REGISTER {PASSWORD}")
    come().says(f"AUTH ALICE {PASSWORD}", "JOIN tea")
    told = [line.removeprefix(f"{HERS} ") for line in logged if line.startswith(HERS)]
    assert told == [
        "connected",
        "is Alice",
        "has registered Alice",
        "has changed the password of Alice",
        "has given a wrong password for Alice",
        "has given a wrong password for Alice",
        "has given up the account Alice",
        "connected",
        "has given a wrong password for an unknown name",
        "has registered Alice",
        "connected",
        "has proved to be Alice",
        "is Alice",
    ]
    assert not [line for line in logged if PASSWORD in line or WRONG in line]


def test_who_guesses_is_in_the_log_and_fills_no_disk(
    come: Come, clock: Clock, logged: list[str]
) -> None:
    """Each guess that was looked at, and once in a while that no more are."""
    come("192.0.2.1").says("JOIN tea alice", f"REGISTER {PASSWORD}")
    logged.clear()
    for _ in range(100):
        come().says(*[f"LOGIN alice {WRONG}{n}" for n in range(5)]).vanishes()
    wrong = f"{HERS} has given a wrong password for alice"
    locked = f"{HERS} is refused: too many wrong passwords, as alice"
    assert logged.count(wrong) == TRIES
    assert logged.count(locked) == 1
    clock.advance(REFUSALS_SECONDS)
    assert f"and {500 - TRIES - 1} more were refused" in logged


def test_a_password_in_the_place_of_a_name_is_not_in_the_log(come: Come, logged: list[str]) -> None:
    """A name that is no account's is not told."""
    for _ in range(TRIES + 1):
        come().says(f"LOGIN {PASSWORD} alice", f"AUTH {PASSWORD} alice").vanishes()
    assert f"{HERS} has given a wrong password for an unknown name" in logged
    assert f"{HERS} is refused: too many wrong passwords" in logged
    assert not [line for line in logged if PASSWORD in line]


@pytest.mark.parametrize(
    "name",
    [
        *("198.51.100.9", "198.51.100.9:5", "[2001:db8::9]:5", "from198.51.100.9", "{peer}"),
        *("a\u202eb", "a\x1b[2Jb", "a\u2028b", "a\x00b", "\ufffd", "*admin:root*", "x" * 5000),
    ],
)
def test_nobody_writes_the_log_but_the_chat(come: Come, logged: list[str], name: str) -> None:
    """Whatever is typed as a name, the address in front is where it came from; and a line is one
    line of what can be shown."""
    come().says(f"LOGIN {name} {WRONG}", f"AUTH {name} {WRONG}", f"JOIN tea {name}")
    come().says(f"JOIN {name} bob", f"REGISTER {name}")
    assert logged
    for line in logged:
        assert line.startswith(f"{HERS} ")
        assert line.isprintable()
        assert len(line) < 200


def test_who_is_banned_is_in_the_log_when_they_try(
    chat: ChatFactory, come: Come, clock: Clock, logged: list[str]
) -> None:
    """As often as they are refused for it, but not more than once in a while."""
    ban = Sanction(SERVER, "ban", "eve", "eve", 0, "", "carol", 1)
    entry = AuditEntry(1, SERVER, "", "carol", "BAN", "eve")
    chat.realm.store.moderation.impose(ban, entry)
    chat.registry.load()
    for _ in range(3):
        come().says(*["LOGIN eve"] * 5, "JOIN tea EVE").vanishes()
    come("203.0.113.8").says("JOIN tea eve")
    refused = [line for line in logged if "refused" in line]
    assert refused == [
        f"{HERS} is refused: banned from this server, as eve",
        "203.0.113.8:54321 is refused: banned from this server, as eve",
    ]
    clock.advance(REFUSALS_SECONDS)
    assert "and 17 more were refused" in logged


def test_each_address_that_is_refused_for_its_number_is_named(
    come: Come, clock: Clock, logged: list[str]
) -> None:
    """So that a firewall can be told; the others of it are counted."""
    for host in (EVE, "203.0.113.8"):
        for _ in range(10):
            come(host)
    assert logged == [
        f"{host}:54321 is refused: too many connections" for host in (EVE, "203.0.113.8")
    ]
    clock.advance(REFUSALS_SECONDS)
    assert "and 10 more were refused" in logged


@pytest.mark.parametrize("said", [b"", b"\xff\xfd\x03\xff\xfb\x18", b"\x16", b"\x16\x03\x01\x02"])
def test_who_comes_and_goes_without_a_word_is_counted(
    come: Come, clock: Clock, logged: list[str], said: bytes
) -> None:
    """As a balancer does, also one that says hello in TLS: one line an hour for all of them."""
    for number in range(1800):
        visitor = come() if number else come("203.0.113.8")
        if said:
            visitor.sends(said)
        visitor.vanishes()
        clock.advance(0.5)
    assert logged == []
    clock.advance(SILENT_SECONDS)
    assert logged == [f"1800 came and went without a word, 1799 of them from {EVE}"]
    clock.advance(2 * SILENT_SECONDS)
    assert len(logged) == 1


def test_who_stays_is_in_the_log(come: Come, clock: Clock, logged: list[str]) -> None:
    """Who has said nothing for a while is no balancer; nor is who has said half a line."""
    silent, half = come(), come("203.0.113.8")
    half.sends(b"GET / HTT")
    half.vanishes()
    clock.advance(HINT_SECONDS)
    silent.vanishes()
    assert logged == [
        "203.0.113.8:54321 connected",
        "203.0.113.8:54321 (nobody yet) disconnected",
        f"{HERS} connected",
        f"{HERS} (nobody yet) disconnected",
    ]


def test_what_is_counted_is_told_at_the_end(chat: ChatFactory, logged: list[str]) -> None:
    """Nothing is left out because the server stops."""
    Visitor(chat, EVE).vanishes()
    chat.shut_down()
    assert logged == [f"1 came and went without a word, 1 of them from {EVE}"]
