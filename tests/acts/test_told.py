"""Who is told what is done in a room: those with stamps on, and nobody who could not know it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.accounts.owning import PASSWORD
from tests.accounts.setting import result
from tests.moderation.town import Town, claimed, hush
from tests.people import Visitor

QUIET = [
    "TOPIC tea all about tea",
    "TOPIC tea -",
    "MODERATOR tea bob on",
    "MODERATOR tea dan on",
    "MODERATOR tea dan off",
    "MODE tea slow 30",
    "MODE tea moderated on",
    "MODE tea moderated off",
    "MODE tea slow off",
    "RAID tea on",
    "RAID tea off",
    "MUTE tea nobody 10m",
    "UNMUTE tea nobody",
    "BAN tea nobody 10m",
    "UNBAN tea nobody",
    "INVITE tea carol",
    "HIDE tea gone 10m",
    "UNHIDE tea gone",
    "EDIT tea 3 uno",
    "UNSAY tea",
    "GIVE tea bob",
]
"""Acts of alice's of which only those with stamps are told, or nobody is. What is said first is
numbered 1 (hers), 2 (gone's) and 3 (hers)."""


@pytest.fixture
def town() -> Town:
    """There are bob, carol and alice, who are registered; she is to own tea."""
    return Town("alice", "bob", "carol", "dan")


def alice_of(town: Town) -> Visitor:
    """The owner of tea; she has said something in it, and so has somebody who is gone."""
    alice = town.stamped("alice").says("CLAIM tea", "MSG tea one")
    town.rooms("gone").says("MSG tea spam").vanishes()
    alice.says("MSG tea two")
    return alice


@pytest.mark.parametrize("style", ["rooms", "login"])
def test_clients_of_old_notice_nothing(town: Town, style: str) -> None:
    """Whoever has not asked for stamps hears no line that there was not before, guest or account,
    and then goes on as ever."""
    alice = alice_of(town)
    come = town.rooms if style == "rooms" else town.login
    gus, carol = come("gus"), come("carol")
    hush(alice, gus)
    for line in QUIET:
        answer = alice.says(line).heard()[-1]
        assert not answer.startswith("ERROR"), (line, answer)
    invited = ["INFO alice invites you to tea: JOIN tea"]
    gus.hears()
    assert carol.heard() == invited
    alice.says("MSG tea bye").vanishes()
    room = "tea " if style == "rooms" else ""
    left = "INFO alice left tea" if style == "rooms" else "INFO alice disconnected"
    gus.hears(f"MSG {room}alice bye", left)


def test_those_with_stamps_are_told(town: Town) -> None:
    """In order, each once, whoever has done it; and in the login style the same."""
    alice = alice_of(town)
    carol, lou = town.stamped("carol"), town.login("lou").says("STAMPS on")
    hush(alice, carol, lou)
    for line in QUIET:
        alice.says(line)
    modes = "MODE tea private=off moderated={} registered=off slow={} raid={}"
    told = [
        *("TOPIC tea all about tea", "TOPIC tea"),
        "MODERATOR tea bob moderator",
        *("MODERATOR tea dan moderator", "MODERATOR tea dan none"),
        modes.format("off", 30, "off"),
        modes.format("on", 30, "off"),
        modes.format("off", 30, "off"),
        modes.format("off", 0, "off"),
        modes.format("off", 0, "on"),
        modes.format("off", 0, "off"),
        *("HIDDEN tea 2", "SHOWN tea 2"),
        *("EDITED tea 3 alice uno", "HIDDEN tea 3"),
    ]
    invited = told.index("HIDDEN tea 2")
    assert carol.heard() == [
        *(*told[:invited], "INFO alice invites you to tea: JOIN tea", *told[invited:])
    ]
    assert lou.heard() == told
    own = [line for line in alice.heard() if not line.startswith(("INFO", "OK"))]
    assert own == told


def test_who_is_not_in_the_room_is_not_told(town: Town) -> None:
    """Though it has stamps on, and was in it."""
    alice = alice_of(town)
    lou = town.stamped("lou", "tea", "hall").says("LEAVE tea")
    dan = town.stamped("dan", "hall")
    hush(alice, lou, dan)
    for line in QUIET:
        alice.says(line)
    lou.hears()
    assert dan.heard() in ([], ["INFO alice has made you a moderator of tea"])


def test_what_was_said_before_is_heard_before(town: Town) -> None:
    """A message, and then that it is hidden: nobody is told of what it has not heard."""
    alice = alice_of(town)
    gus, carol = town.rooms("gus"), town.stamped("carol")
    hush(carol)
    gus.says("MSG tea spam")
    alice.says("HIDE gus 10m", "UNHIDE gus")
    gus.says("EDIT 4 eggs", "UNSAY")
    first, *others = carol.heard()
    assert first.endswith("MSG tea gus spam")
    assert others == ["HIDDEN tea 4", "SHOWN tea 4", "EDITED tea 4 gus eggs", "HIDDEN tea 4"]


def test_nothing_is_told_where_nothing_has_changed(town: Town) -> None:
    """What is so already is done, and said to nobody; nor is it an act for the log."""
    alice = alice_of(town).says("TOPIC tea x", "MODE tea slow 30", "MODERATOR tea bob on")
    carol = town.stamped("carol")
    hush(alice, carol)
    alice.says("TOPIC tea x", "MODE tea slow 30", "MODERATOR tea bob on", "RAID tea off")
    alice.says("INVITE tea bob", "UNHIDE tea nobody", "HIDE tea nobody 10m")
    carol.hears()
    hush(alice)
    acts = [line.split()[5] for line in alice.says("AUDIT tea").heard()[:-1]]
    assert acts == ["CLAIM", "TOPIC", "MODE", "MODERATOR"]


def test_who_is_sent_out_is_told_nothing_more(town: Town) -> None:
    """Not what becomes of the room."""
    alice = alice_of(town)
    lou = town.stamped("lou")
    alice.says("KICK lou")
    hush(alice)
    assert lou.heard()[-1] == "INFO left room tea"
    for line in QUIET:
        alice.says(line)
    lou.hears()


@pytest.mark.parametrize("style", ["rooms", "login"])
def test_answers_come_in_the_order_of_the_lines(style: str) -> None:
    """Also where a message, and what an act comes to, take a turn to be told."""
    turns: deque[Callable[[], object]] = deque()
    town = Town("alice", "bob", "carol", "dan", later=turns.append)
    visitor = town.stranger()

    def says(*lines: str) -> list[str]:
        visitor.says(*lines)
        while turns:
            turns.popleft()()
        return visitor.heard()

    says(f"AUTH alice {PASSWORD}", "JOIN tea" if style == "rooms" else "LOGIN", "JOIN tea")
    assert says("CLAIM tea", "PING claimed")[-1] == "PONG claimed"
    acts = [line for line in QUIET if not line.startswith(("HIDE", "UNHIDE", "EDIT", "UNSAY"))]
    room = "tea " if style == "rooms" else ""
    for line in acts:
        says(f"MSG {room}hello")
        assert says(f"MSG {room}one", line, "PING")[-1] == "PONG"


def test_everybody_hears_what_an_operator_announces() -> None:
    """At all devices, in all rooms and styles; whoever has not said who it is does not."""
    town = Town("carol", operators=("op",))
    op, phone, radio = town.rooms("op", "office"), town.rooms("carol"), town.login("carol", "hall")
    gus, stranger = town.stamped("gus"), town.stranger()
    hush(op, phone)
    told = "INFO op announces: back in  a minute"
    op.says("ANNOUNCE back in  a minute ").hears(told, "INFO announced")
    for each in (phone, radio, gus):
        assert each.heard()[-1].rstrip() == told
    stranger.hears()


def test_an_invitation_is_told_at_all_devices() -> None:
    """In whatever room it is; and taking it back is not."""
    town, alice = claimed()
    town.register("carol")
    phone, radio = town.rooms("carol", "hall"), town.login("carol", "lobby")
    hush(phone)
    alice.says("INVITE tea carol", "INVITE tea carol off")
    for device in (phone, radio):
        device.hears("INFO alice invites you to tea: JOIN tea")


def appoint(town: Town, name: str, is_operator: bool) -> None:
    """As python -m chat.admin does beside a server, which then sees it."""
    accounts: Any = town.factory.realm.store.accounts
    account = accounts._all[name]
    account.record = replace(account.record, is_operator=is_operator)
    account.revision = accounts._next()
    result(town.factory.directory.load())


def test_an_operator_has_its_rights_at_once_and_no_longer_than_it_is_one(town: Town) -> None:
    """Whoever is here: it may read the log, is asked for help, and comes where it was banned; and
    is put out there again."""
    alice, carol, gus = alice_of(town), town.rooms("carol", "hall"), town.rooms("gus", "hall")
    alice.says("BAN carol", "MODE tea moderated on")
    hush(alice, carol, gus)
    refused = "ERROR that is not allowed here: ask {}"
    carol.says("AUDIT *").hears(refused.format("whoever runs this server"))
    appoint(town, "carol", True)
    gus.says("ANNOUNCE hi").hears(refused.format("carol"))
    carol.says("JOIN tea", "MSG tea hi").hears("INFO joined room tea", "MSG tea carol hi")
    assert carol.says("AUDIT * 1").heard()[-1] == "INFO 1 act found"
    appoint(town, "carol", False)
    carol.hears("INFO you are banned from tea: ask alice", "INFO left room tea")
    carol.says("AUDIT *").hears(refused.format("whoever runs this server"))
    gus.says("ANNOUNCE hi").hears(refused.format("whoever runs this server"))


def test_an_account_that_is_given_up_holds_nothing_any_more(town: Town) -> None:
    """Neither its rights nor its place in a private room."""
    alice = alice_of(town).says("MODERATOR tea bob on", "MODE tea private on")
    bob = town.rooms("bob").says(f"UNREGISTER {PASSWORD}", "KICK alice", "MSG tea hm", "HISTORY")
    heard = bob.heard()
    assert "INFO left room tea" in heard
    assert not [line for line in heard if "one" in line.split()]
    hush(alice)
    assert alice.says("WHO tea").heard()[:-1] == ["USER alice"]
