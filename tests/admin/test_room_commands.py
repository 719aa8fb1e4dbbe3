"""The command line of rooms and people: bans, mutes, owners of rooms, the audit log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from chat.history.room_records import (
    ADMIN,
    HIGHEST,
    SERVER,
    AuditEntry,
    Holder,
    Kept,
    Sanction,
    SanctionKind,
)
from chat.history.sql.link import Link
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.tools import export
from chat.history.tools.shell_user import shell_user
from chat.vocabulary.limits import REASON_CHARACTERS
from tests.reasons import FILE_EXISTS
from tests.stored import Chat, act

HOUR = 3600_000
SOON = 10_000


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def chat(request: pytest.FixtureRequest) -> Iterator[Chat]:
    """A store of each kind, in which something was said in tea."""
    chat = Chat(request.getfixturevalue(request.param))
    chat.say("tea", "bob", "hi")
    yield chat
    chat.link.close()


def held(chat: Chat) -> dict[tuple[str, str, str], Sanction]:
    """What holds, by room, kind and target."""
    found = chat.moderation.changes(chat.link, None).sanctions
    return {(each.room, each.kind, each.target): each for each in found}


def logged(chat: Chat) -> list[tuple[str, str, str, str, str, str]]:
    return [(e.room, e.name, e.by, e.act, e.target, e.text) for e in chat.log()]


def private(name: str, *holders: Holder) -> Kept:
    return Kept(name.lower(), name, holders=holders, is_private=True)


ALICE = Holder("alice", "Alice", 5, "owner")
BOB = Holder("bob", "bob", 3, "owner")


# --- bans and mutes ------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "done"), [("ban", "banned"), ("mute", "muted")])
def test_somebody_is_banned_or_muted_and_let_again(
    chat: Chat, kind: SanctionKind, done: str
) -> None:
    """On the whole server, for good, unless something else is said; both are in the log."""
    assert chat.does(kind, "Alice") == f"Alice is {done}"
    (sanction,) = held(chat).values()
    assert abs(sanction.at / 1000 - time.time()) < 60
    expected = Sanction(SERVER, kind, "alice", "Alice", 0, "", ADMIN, 0, rank=HIGHEST)
    assert replace(sanction, at=0) == expected
    assert chat.does(f"un{kind}", "ALICE") == f"ALICE is {done} no longer"
    assert held(chat) == {}
    assert logged(chat) == [
        ("", "", shell_user(), kind.upper(), "Alice", "for good"),
        ("", "", shell_user(), f"UN{kind.upper()}", "ALICE", ""),
    ]


def test_it_may_be_for_a_time_and_a_reason_and_in_one_room(chat: Chat) -> None:
    """The log has all of that; what there was before is replaced."""
    chat.does("ban", "bob", "--room", "TEA")
    before = int(time.time() * 1000)
    told = chat.does("ban", "bob", "--room", "#tea", "--for", "2h", "--reason", "spam,\n and more")
    assert told == "bob is banned in tea"
    (sanction,) = held(chat).values()
    assert (sanction.room, sanction.reason) == ("tea", "spam, and more")
    assert before + 2 * HOUR <= sanction.until < before + 2 * HOUR + SOON
    first, second = logged(chat)
    assert first == ("tea", "Tea", shell_user(), "BAN", "bob", "for good")
    assert second[:5] == first[:5]
    assert second[5].startswith("until 20")
    assert second[5].endswith("Z: spam, and more")
    chat.does("mute", "bob")
    chat.does("unban", "bob", "--room", "tea")
    assert held(chat).keys() == {("", "mute", "bob")}


@pytest.mark.parametrize(
    ("word", "network", "shown"),
    [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.7/24", "203.0.113.0/24", "203.0.113.0/24"),
        ("2001:DB8::7", "2001:db8::7/128", "2001:db8::7"),
        ("2001:db8::7/64", "2001:db8::/64", "2001:db8::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.7"),
    ],
)
def test_an_address_or_a_network_is_banned(chat: Chat, word: str, network: str, shown: str) -> None:
    """Stored in one way, so it is found again however it is written."""
    assert chat.does("ban", word) == f"{shown} is banned"
    assert held(chat).keys() == {("", "ban", network)}
    assert chat.does("bans") == f"* {shown} for good by {ADMIN}\n"
    chat.does("unban", network)
    assert held(chat) == {}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ban", "two words"], "a username is one word"),
        (["ban", "203.0.113.7/33"], "203.0.113.7/33 is no address and no network"),
        (["mute", "2001:db8::x"], "2001:db8::x is no address and no network"),
        (["ban", "@alice"], "BAN @alice says it there"),
        (["ban", "0.0.0.0/0"], "too much of the network"),
        (["ban", "alice", "--room", "two words"], "a room's name is one word"),
        (["mute", "alice", "--room", "nowhere"], "there is no room nowhere"),
        (["bans", "--room", "nowhere"], "there is no room nowhere"),
        (["unban", "alice"], "alice is not banned"),
        (["unmute", "203.0.113.7", "--room", "tea"], "203.0.113.7 is not muted in tea"),
        (["unban", "bob"], "bob is not banned"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    chat: Chat, words: list[str], reason: str
) -> None:
    """And nothing is done, so nothing is in the log."""
    chat.does("ban", "bob", "--room", "tea")
    before = (held(chat), chat.log())
    assert reason in chat.refuses(*words)
    assert (held(chat), chat.log()) == before


@pytest.mark.parametrize("length", ["2", "2x", "0s", "999999w", ""])
def test_a_length_of_time_that_is_none_is_said_to_be_none(chat: Chat, length: str) -> None:
    """As the rest of the command line is, with exit status 2."""
    ran = chat.admin("ban", "bob", "--for", length)
    assert ran.status == 2
    assert "--for" in ran.err
    assert f"{length!r} is " in ran.err
    assert held(chat) == {}


def test_a_reason_harms_no_terminal(chat: Chat) -> None:
    """And has an end."""
    chat.does("ban", "bob", "--reason", "\x1b[31mred\udcff" + "!" * 999)
    (sanction,) = held(chat).values()
    assert sanction.reason.startswith("\ufffd[31mred?!!!")
    assert len(sanction.reason) == REASON_CHARACTERS


def test_what_holds_is_listed(chat: Chat) -> None:
    """Not what was lifted, nor what is over; of all rooms, or of one."""
    assert chat.admin("bans").out == ""
    later = int(time.time() * 1000) + HOUR
    for sanction in (
        Sanction("tea", "ban", "bob", "Bob", later, "spam", "alice", 9),
        Sanction(SERVER, "ban", "203.0.113.0/24", "203.0.113.0/24", 0, "", ADMIN, 8),
        Sanction("tea", "mute", "carol", "carol", 0, "", "alice", 7),
        Sanction("tea", "ban", "carol", "carol", 10, "", "alice", 6),
        Sanction("tea", "ban", "dave", "dave", 0, "", "alice", 5),
    ):
        chat.moderation.impose(chat.link, sanction, act("BAN"))
    chat.does("unban", "dave", "--room", "tea")
    on_server, in_tea = chat.does("bans").splitlines()
    assert on_server == f"* 203.0.113.0/24 for good by {ADMIN}"
    assert in_tea.startswith("tea Bob until 20")
    assert in_tea.endswith("Z by alice: spam")
    assert chat.does("bans", "--room", "tea").splitlines() == [in_tea]
    assert chat.does("mutes").splitlines() == ["tea carol for good by alice"]


def test_what_was_imposed_on_where_somebody_comes_from_is_lifted(chat: Chat) -> None:
    """By the word that tells it, as nobody is told the address; all there is of that."""
    for room, net in (("tea", "203.0.113.7/32"), ("tea", "203.0.113.8/32"), (SERVER, "::1/128")):
        sanction = Sanction(room, "ban", net, "@Eve", 0, "", "alice", 9)
        chat.moderation.impose(chat.link, sanction, act("BAN"))
    assert chat.does("unban", "@eve", "--room", "tea") == "@Eve is banned in tea no longer"
    assert held(chat).keys() == {("", "ban", "::1/128")}
    assert [entry[3:5] for entry in logged(chat)[3:]] == [("UNBAN", "@Eve")] * 2
    assert chat.refuses("unban", "@eve", "--room", "tea") == "@eve is not banned in tea"
    assert chat.refuses("unmute", "@eve") == "@eve is not muted"


# --- rooms ---------------------------------------------------------------------------------


def test_rooms_that_are_kept_are_listed(chat: Chat) -> None:
    """With their owners, modes and topics; nothing is kept of one that was given back, and the
    raid switch of the server is no room."""
    moderator = replace(BOB, standing="moderator")
    chat.keep(Kept("tea", "Tea", "hot drinks", (moderator, ALICE), is_moderated=True, slow=30))
    chat.keep(Kept("jam", "jam", "sweet"))
    chat.keep(Kept("bun", "bun", "round"))
    chat.keep(replace(chat.kept()["bun"], topic=""))
    chat.keep(Kept(SERVER, "*", raid=5))
    jam, tea = chat.does("rooms").splitlines()
    modes = "private=off moderated=off registered=off slow=0 raid=off"
    assert jam.split() == ["jam", "-", *modes.split(), "sweet"]
    assert tea.split()[:4] == ["Tea", "Alice", "private=off", "moderated=on"]
    assert tea.endswith("slow=30 raid=off hot drinks")


def test_who_has_set_a_topic_is_not_listed(chat: Chat) -> None:
    """A line is as long as it was; and where a topic was taken away nothing is kept."""
    chat.keep(Kept("jam", "jam", "sweet"))
    listed = chat.does("rooms")
    chat.keep(replace(chat.kept()["jam"], topic_by="Bob", topic_at=5))
    assert chat.does("rooms") == listed
    chat.keep(replace(chat.kept()["jam"], topic="", topic_by="", topic_at=0))
    assert chat.admin("rooms").out == ""


def test_a_room_gets_another_owner(chat: Chat) -> None:
    """Whose it was moderates it; all else is as it was, and servers see it."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    chat.accounts.create(chat.link, "bob", "bob", "hash", 3)
    invited = Holder("carol", "carol", 4, "invited")
    chat.keep(Kept("tea", "Tea", "hot", (BOB, invited, replace(ALICE, standing="invited"))))
    before = chat.kept()["tea"]
    assert chat.does("give", "tea", "ALICE") == "Tea is Alice's"
    after = chat.kept()["tea"]
    assert after.revision > before.revision
    holders = (ALICE, replace(BOB, standing="moderator"), invited)
    assert set(after.holders) == set(holders)
    assert replace(after, holders=(), revision=0) == replace(before, holders=(), revision=0)
    assert logged(chat)[-1] == ("tea", "Tea", shell_user(), "GIVE", "Alice", "")


def test_an_owner_who_is_gone_gets_nothing(chat: Chat) -> None:
    """Neither does who has its name now."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    chat.keep(Kept("tea", "Tea", holders=(BOB,)))
    chat.accounts.create(chat.link, "bob", "bob", "hash", 4)
    chat.does("give", "tea", "alice")
    assert chat.kept()["tea"].holders == (ALICE,)


@pytest.mark.parametrize(("room", "options"), [("tea", []), ("Biscuits", ["--new"])])
def test_a_room_that_nobody_keeps_gets_an_owner(chat: Chat, room: str, options: list[str]) -> None:
    """One where something was said; or a new one, if that is said."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    chat.does("give", room, "alice", *options)
    assert chat.kept()[room.lower()].holders == (ALICE,)
    assert chat.kept()[room.lower()].name == room.title()
    assert "there is a room" in chat.refuses("give", room, "alice", "--new")


@pytest.mark.parametrize(
    "words",
    [
        *("give notea alice", "give te alice", "give #tee alice", "give tea/1 alice --new"),
        *("give tea alise", "give new alise --new", "ban bob --room notea", "mute bob --room teа"),
        *("unban bob --room notea", "bans --room notea", "audit --room notea", "disable alise"),
        *("enable alise", "operator alise", "operator alise --off", "reset alise --no-password"),
        *("delete alise --yes", "export alise", "unban bobby", "unmute bobby"),
    ],
)
def test_a_slip_of_the_pen_makes_nothing(chat: Chat, words: str) -> None:
    """Neither a room nor an account comes to be by a name that is misspelt."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    before = (chat.kept(), chat.records(), held(chat), chat.log())
    refusal = chat.refuses(*words.split())
    assert "there is no" in refusal or "is not" in refusal
    assert (chat.kept(), chat.records(), held(chat), chat.log()) == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["tea", "nobody"], "there is no account nobody"),
        (["two words", "alice"], "a room's name is one word"),
        (["tea/1", "alice"], "there is no room tea/1"),
    ],
)
def test_only_a_room_and_an_account_are_brought_together(
    chat: Chat, words: list[str], reason: str
) -> None:
    """Otherwise nothing happens."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    assert reason in chat.refuses("give", *words)
    assert (chat.kept(), chat.log()) == ({}, [])


def test_who_changes_a_room_at_the_same_time_loses_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given as it is by then; in the end it is said that it could not be."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    keep = RoomTables.keep
    left = [1]

    def interfered(self: RoomTables, link: Link, kept: Kept, entry: AuditEntry) -> bool:
        if left:
            left.pop()
            now = chat.kept().get("tea") or Kept("tea", "Tea")
            assert keep(self, link, replace(now, topic=f"{now.topic}!"), act("TOPIC", "tea"))
        return keep(self, link, kept, entry)

    monkeypatch.setattr(RoomTables, "keep", interfered)
    chat.does("give", "tea", "alice")
    assert (chat.kept()["tea"].topic, chat.kept()["tea"].holders) == ("!", (ALICE,))
    left.extend(range(99))
    assert chat.refuses("give", "tea", "alice") == "somebody else changes Tea just now: try again"


def test_rooms_with_the_same_name_are_told_apart(chat: Chat) -> None:
    """A private one, and that which others find by its name."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    chat.keep(private("Tea", BOB))
    chat.say("tea\x1f1", "carol", "hi")
    refusal = chat.refuses("ban", "bob", "--room", "tea")
    assert refusal == "there are 2 rooms tea: say tea/0 or tea/1"
    chat.does("ban", "bob", "--room", "TEA/0")
    chat.does("ban", "carol", "--room", "Tea/1")
    assert [room for room, _, _ in held(chat)] == ["tea", "tea\x1f1"]
    assert [line.split()[:2] for line in chat.does("bans").splitlines()] == [
        ["tea", "bob"],
        ["tea/1", "carol"],
    ]
    chat.does("give", "tea/1", "alice")
    assert chat.kept()["tea\x1f1"].holders == (ALICE,)
    shown = [line.split()[:3] for line in chat.does("rooms").splitlines()]
    assert shown == [["Tea", "bob", "private=on"], ["Tea/1", "Alice", "private=off"]]
    assert "there is no room tea/2" in chat.refuses("bans", "--room", "tea/2")
    assert "there is no room tea/x" in chat.refuses("bans", "--room", "tea/x")
    only_there = chat.does("audit", "--room", "tea/1", "-").splitlines()
    assert [line.split()[2:5] for line in only_there] == [
        ["tea/1", shell_user(), "BAN"],
        ["tea/1", shell_user(), "GIVE"],
    ]


def test_a_room_that_was_shut_is_not_meant_by_its_name(chat: Chat) -> None:
    """A private one that was given back, as nobody comes there any more."""
    chat.keep(private("Tea"))
    assert chat.does("ban", "bob", "--room", "tea") == "bob is banned in tea"
    chat.say("tea\x1f1", "carol", "hi")
    assert chat.does("ban", "bob", "--room", "tea") == "bob is banned in tea/1"
    assert chat.does("unban", "bob", "--room", "tea/0") == "bob is banned in tea no longer"


# --- the audit log -------------------------------------------------------------------------


def test_the_audit_log_is_written_out(chat: Chat, tmp_path: Path) -> None:
    """All of it, the oldest first; for people, or as JSON with all that is known."""
    note = chat.moderation.note
    for at in range(1, 3):
        note(chat.link, act("KICK", "tea", "Alice", "bob", 1_777_863_721_000 + at))
    note(chat.link, replace(act("ANNOUNCE", by="Alice", at=1_777_863_721_003), text="no tea"))
    ran = chat.admin("audit")
    assert ran.err == ""
    lines = ran.out.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == sorted(numbers)
    assert [line.partition(" ")[2] for line in lines] == [
        "2026-05-04T03:02:01.001Z tea Alice KICK bob",
        "2026-05-04T03:02:01.002Z tea Alice KICK bob",
        "2026-05-04T03:02:01.003Z * Alice ANNOUNCE - no tea",
    ]
    assert chat.admin("audit", "--room", "tea").out.splitlines() == lines[:2]
    assert chat.does("audit", "--json", tmp_path / "log.jsonl") == ""
    found = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [entry["number"] for entry in found] == numbers
    first = {"at": 1_777_863_721_001, "room": "tea", "name": "Tea", "by": "Alice"}
    assert found[0] == {"number": numbers[0], **first, "act": "KICK", "target": "bob", "text": ""}
    assert (found[2]["room"], found[2]["text"]) == ("", "no tea")
    assert FILE_EXISTS in chat.refuses("audit", tmp_path / "log.jsonl")


@pytest.mark.parametrize("many", [0, 5, 6])
def test_a_long_audit_log_is_whole(chat: Chat, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """As many pages as it has."""
    monkeypatch.setattr(export, "PAGE", 2)
    for at in range(many):
        chat.moderation.note(chat.link, act("KICK", "tea", at=at))
    ran = chat.admin("audit", "--json", "--room", "tea")
    assert ran.err == ""
    assert [json.loads(line)["at"] for line in ran.out.splitlines()] == list(range(many))
