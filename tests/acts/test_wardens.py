"""What benchmarks/acts.py counts with: what is wrong with a log has to be found."""

from __future__ import annotations

import random

import pytest

from benchmarks.acts import Record, settle
from benchmarks.wardens import Act, AuditEntry, Played, Warden

TOPIC = Act("TOPIC tea x", "amy", "TOPIC", "", "x", is_answered=True)
BAN = Act("BAN tea gus 7d hm", "amy", "BAN", "gus", "until then: hm", is_answered=True)
SAID = Act("MSG tea hello", "gus", is_answered=True)
EDIT = Act("EDIT tea 1 y", "gus", "EDIT", "#1")

LOG = [
    AuditEntry(1, "tea", "amy", "TOPIC", "", "x"),
    AuditEntry(2, "tea", "amy", "BAN", "gus", "until 2026-01-01T12:00:00.000Z: hm"),
    AuditEntry(5, "tea", "gus", "EDIT", "#1", ""),
]


def faults(acts: list[Act], entries: list[AuditEntry]) -> list[str]:
    record = Record()
    settle(acts, entries, record)
    return sorted(record.faults)


def test_a_log_that_agrees() -> None:
    """With what was under way in it, or not."""
    acts = [TOPIC, BAN, SAID, EDIT]
    for log, many in ((LOG, 1), (LOG[:2], 0)):
        record = Record()
        found = settle(acts, log, record)
        assert record.report() == ""
        assert [act.line for act in found] == [act.line for act in acts[: 3 + many]]
        assert record.happened.total() == many


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (LOG[1:], ["missing"]),
        (LOG[:1], ["missing"]),
        ([*LOG, LOG[2]], ["unasked"]),
        ([LOG[0], *LOG], ["missing", "unasked"]),
        ([LOG[1], LOG[0], LOG[2]], ["missing", "unasked"]),
        ([LOG[0]._replace(text="y"), *LOG[1:]], ["missing", "unasked"]),
        ([LOG[0], LOG[1]._replace(text="for good: hm"), LOG[2]], ["missing", "unasked"]),
        ([LOG[0], LOG[1]._replace(by="ben"), LOG[2]], ["missing", "unasked"]),
        ([*LOG[:2], LOG[2]._replace(target="#2")], ["unasked"]),
    ],
)
def test_a_log_that_does_not(log: list[AuditEntry], expected: list[str]) -> None:
    """An act is missing, there twice, in another place, or another one."""
    assert faults([TOPIC, BAN, SAID, EDIT], log) == expected


def test_what_is_lifted_with_a_room() -> None:
    """All of it, where it was answered that the room is given back; else as far as that went."""
    lifts = frozenset({("BAN", "gus"), ("MUTE", "lou")})
    log = [
        AuditEntry(1, "tea", "amy", "UNMUTE", "lou", ""),
        AuditEntry(2, "tea", "amy", "UNBAN", "gus", ""),
        AuditEntry(3, "tea", "amy", "UNCLAIM", "", ""),
    ]
    for is_answered, many, expected in [
        *((True, 3, []), (True, 2, ["missing"]), (True, 1, ["missing"]), (True, 0, ["missing"])),
        *((False, 3, []), (False, 2, []), (False, 1, []), (False, 0, [])),
    ]:
        act = Act("UNCLAIM tea", "amy", "UNCLAIM", lifts=lifts, is_answered=is_answered)
        assert faults([act], log[:many]) == expected
    act = Act("UNCLAIM tea", "amy", "UNCLAIM", lifts=lifts, is_answered=True)
    assert faults([act], [log[0], log[0]._replace(target="zoe"), *log[1:]]) == [
        "missing",
        "unasked",
    ]
    assert faults([act], [*log[:1], log[2]]) == ["missing"]


def played(*lines: tuple[str, str, str, str]) -> Played:
    """What comes of a log."""
    found = Played()
    for by, verb, target, text in lines:
        found.play(AuditEntry(0, "tea", by, verb, target, text))
    return found


def test_what_a_log_comes_to() -> None:
    """Who holds the room, its modes, its topic, who is banned in it."""
    found = played(
        *(("amy", "CLAIM", "", ""), ("amy", "TOPIC", "", "x"), ("amy", "INVITE", "gus", "on")),
        *(("amy", "GIVE", "ben", ""), ("ben", "CLAIM", "", "")),
        ("ben", "MODE", "private=on", ""),
        *(("ben", "MODERATOR", "amy", "off"), ("ben", "MODE", "slow=7", "")),
        *(("ben", "RAID", "on", ""), ("ben", "BAN", "zoe", "for good: hm")),
        *(("ben", "MUTE", "lou", "for good"), ("ben", "BAN", "zoe", "until 5Z: hm")),
        *(("ben", "UNMUTE", "lou", ""), ("ben", "KICK", "gus", "hm")),
    )
    assert found.holders == {"amy": "invited", "gus": "invited", "ben": "owner"}
    assert (found.owner, found.topic) == ("ben", "x")
    modes = ("private", "moderated", "registered", "slow", "raid")
    assert [found.mode(each) for each in modes] == ["on", "off", "off", "7", "on"]
    assert found.told("BAN", "tea") == ["BAN tea zoe 5Z ben hm"]
    assert found.told("MUTE", "tea") == []
    given_back = played(("amy", "CLAIM", "", ""), ("amy", "UNCLAIM", "", ""))
    assert (given_back.owner, given_back.topic, given_back.modes) == ("", "", {})


def test_a_warden_knows_what_its_messages_say() -> None:
    """What is to be seen, and what the moderators of now may see of before."""
    warden = Warden(0, random.Random(1))
    for act in [
        *(Act("MSG tea 1", "gus0", text="1"), Act("MSG tea 2", "gus0", text="2")),
        *(Act("EDIT tea 2 zwei", "gus0"), Act("UNSAY tea", "gus0"), Act("EDIT tea 1 eins", "gus0")),
        Act("MSG tea 3", "gus0", text="3"),
    ]:
        warden.happens(act)
    place = warden.place
    assert place.shown == {1: "eins", 3: "3"}
    assert [place.earlier(n) for n in (1, 2, 3)] == [["1"], ["2", "zwei"], []]
    warden.happens(Act("CLAIM tea", "amy0", "CLAIM"))
    assert [place.earlier(n) for n in (1, 2, 3)] == [[], [], []]
    warden.happens(Act("HIDE tea gus0 7d", "amy0"))
    assert place.shown == {}
    assert [place.earlier(n) for n in (1, 2, 3)] == [["eins"], [], ["3"]]
    warden.happens(Act("UNHIDE tea gus0", "amy0"))
    assert place.shown == {1: "eins", 3: "3"}
