"""What is refused to whom, in both styles; the sentence says who could help."""

from __future__ import annotations

import pytest

from chat.dialects.rooms_style import ROOMS
from chat.vocabulary.errors import ASK, ChatError
from tests.moderation.town import Town, hush
from tests.people import Visitor

BOTH, OWNER, OPERATORS = "alice, bob", "alice", "op, op2"

REFUSED: dict[str, list[tuple[str, str, str, str]]] = {
    "gus": [
        ("TOPIC tea x", "not-allowed", "", BOTH),
        ("TOPIC tea -", "not-allowed", "", BOTH),
        ("CLAIM tea", "room-claimed", "tea", OWNER),
        ("KICK carol", "not-allowed", "", BOTH),
        ("KICK tea carol", "not-allowed", "", BOTH),
        ("MUTE carol 10m", "not-allowed", "", BOTH),
        ("UNMUTE carol", "not-allowed", "", BOTH),
        ("MUTES", "not-allowed", "", BOTH),
        ("BAN carol", "not-allowed", "", BOTH),
        ("UNBAN carol", "not-allowed", "", BOTH),
        ("BANS", "not-allowed", "", BOTH),
        ("HIDE carol 10m", "not-allowed", "", BOTH),
        ("HIDE * 10m", "not-allowed", "", BOTH),
        ("UNHIDE carol", "not-allowed", "", BOTH),
        ("EARLIER 1", "not-allowed", "", BOTH),
        ("RAID on", "not-allowed", "", BOTH),
        ("RAID off", "not-allowed", "", BOTH),
        ("HELD", "not-allowed", "", BOTH),
        ("LET *", "not-allowed", "", BOTH),
        ("AUDIT", "not-allowed", "", BOTH),
        ("INVITE tea", "not-allowed", "", BOTH),
        ("INVITE tea carol", "not-allowed", "", BOTH),
        ("INVITE tea carol off", "not-allowed", "", BOTH),
        ("UNCLAIM tea", "not-allowed", "", OWNER),
        ("GIVE tea carol", "not-allowed", "", OWNER),
        ("MODERATOR tea carol on", "not-allowed", "", OWNER),
        ("MODE tea moderated on", "not-allowed", "", OWNER),
        ("KICK * carol", "not-allowed", "", OPERATORS),
        ("MUTE * carol", "not-allowed", "", OPERATORS),
        ("MUTES *", "not-allowed", "", OPERATORS),
        ("BAN * carol", "not-allowed", "", OPERATORS),
        ("UNBAN * carol", "not-allowed", "", OPERATORS),
        ("BANS *", "not-allowed", "", OPERATORS),
        ("RAID * on", "not-allowed", "", OPERATORS),
        ("AUDIT *", "not-allowed", "", OPERATORS),
        ("ANNOUNCE hello", "not-allowed", "", OPERATORS),
        ("UNSAY", "nothing-said", "tea", ASK),
        ("EDIT 1 x", "nothing-said", "tea", ASK),
        ("UNSAY hall", "not-in-room", "hall", ASK),
        ("EDIT hall 1 x", "not-in-room", "hall", ASK),
    ],
    "carol": [
        ("CLAIM tea", "room-claimed", "tea", OWNER),
        ("CLAIM hall", "not-in-room", "hall", ASK),
        ("TOPIC tea x", "not-allowed", "", BOTH),
        ("TOPIC nowhere x", "room-not-found", "nowhere", ASK),
        ("MODE nowhere", "room-not-found", "nowhere", ASK),
        ("MODERATOR nowhere", "room-not-found", "nowhere", ASK),
    ],
    "bob": [
        ("KICK alice", "not-allowed", "", OPERATORS),
        ("MUTE alice 10m", "not-allowed", "", OPERATORS),
        ("BAN tea alice", "not-allowed", "", OPERATORS),
        ("HIDE alice 10m", "not-allowed", "", OPERATORS),
        ("INVITE tea alice off", "not-allowed", "", OPERATORS),
        ("KICK bob", "not-allowed", "", OWNER),
        ("BAN bob", "not-allowed", "", OWNER),
        ("HIDE bob 10m", "not-allowed", "", OWNER),
        ("KICK op", "not-allowed", "", OPERATORS),
        ("GIVE tea bob", "not-allowed", "", OWNER),
        ("MODE tea slow 30", "not-allowed", "", OWNER),
    ],
    "alice": [
        ("CLAIM tea", "room-claimed", "tea", OWNER),
        ("CLAIM", "missing-room", "", ASK),
        ("CLAIM tea hall", "bad-argument", "hall", ASK),
        ("TOPIC", "missing-room", "", ASK),
        ("GIVE", "missing-room", "", ASK),
        ("GIVE tea", "missing-username", "", ASK),
        ("GIVE tea gus", "user-not-registered", "gus", ASK),
        ("GIVE tea bob carol", "bad-argument", "carol", ASK),
        ("MODERATOR", "missing-room", "", ASK),
        ("MODERATOR tea gus on", "user-not-registered", "gus", ASK),
        ("MODERATOR tea carol off", "not-on-list", "carol", ASK),
        ("MODERATOR tea alice off", "not-allowed", "", OPERATORS),
        ("MODERATOR tea bob maybe", "bad-argument", "maybe", ASK),
        ("INVITE tea gus", "user-not-registered", "gus", ASK),
        ("INVITE tea carol off", "not-on-list", "carol", ASK),
        ("MODE", "missing-room", "", ASK),
        ("MODE tea shy on", "bad-argument", "shy", ASK),
        ("MODE tea private", "missing-argument", "", ASK),
        ("MODE tea private maybe", "bad-argument", "maybe", ASK),
        ("MODE tea slow", "missing-length", "", ASK),
        ("MODE tea slow 2x", "bad-length", "2x", ASK),
        ("MODE tea slow 25h", "bad-length", "25h", ASK),
        ("KICK", "missing-username", "", ASK),
        ("KICK nobody", "user-not-found", "nobody", ASK),
        ("KICK 203.0.113.7", "user-not-found", "203.0.113.7", ASK),
        ("KICK elsewhere", "user-not-found", "elsewhere", ASK),
        ("MUTE", "missing-username", "", ASK),
        ("MUTE -x", "invalid-username", "", ASK),
        ("BAN 10.0.0.0/7", "bad-network", "10.0.0.0/7", ASK),
        ("BAN @nobody", "user-not-found", "@nobody", ASK),
        ("UNMUTE carol", "not-on-list", "carol", ASK),
        ("UNBAN 203.0.113.0/24", "not-on-list", "203.0.113.0/24", ASK),
        ("UNBAN @gus", "not-on-list", "@gus", ASK),
        ("HIDE", "missing-username", "", ASK),
        ("HIDE gus", "missing-length", "", ASK),
        ("HIDE gus soon", "bad-length", "soon", ASK),
        ("UNHIDE gus", "not-on-list", "gus", ASK),
        ("LET gus", "user-not-found", "gus", ASK),
        ("LET witness", "user-not-found", "witness", ASK),
        ("LET *", "user-not-found", "*", ASK),
        ("RAID", "missing-argument", "", ASK),
        ("RAID maybe", "bad-argument", "maybe", ASK),
        ("RAID on soon", "bad-length", "soon", ASK),
        ("EDIT 1", "missing-text", "", ASK),
        ("EDIT one two", "room-not-found", "one", ASK),
        ("EDIT 1 x", "nothing-said", "tea", ASK),
        ("EARLIER", "missing-number", "", ASK),
        ("AUDIT soon", "room-not-found", "soon", ASK),
        ("ANNOUNCE hello", "not-allowed", "", OPERATORS),
    ],
    "op": [
        ("MUTE * op2", "not-allowed", "", OPERATORS),
        ("KICK * op", "not-allowed", "", OPERATORS),
        ("ANNOUNCE", "missing-text", "", ASK),
        ("MODE hall private on", "not-claimed", "hall", ASK),
        ("UNCLAIM hall", "not-claimed", "hall", ASK),
    ],
}


def town() -> tuple[Town, Visitor]:
    """Tea is kept by alice, bob moderates it, carol has an account; op is elsewhere."""
    its = Town("alice", "bob", "carol", operators=("op", "op2"))
    alice = its.rooms("alice").says("CLAIM tea", "MODERATOR tea bob on")
    its.rooms("elsewhere", "hall")
    hush(alice)
    return its, alice


@pytest.mark.parametrize("style", ["rooms", "login"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why_and_who_could_help(name: str, style: str) -> None:
    """The code, or a sentence with the names of those who may; and nothing has changed, nobody
    has noticed, and the log says nothing of it."""
    its, alice = town()
    if name == "alice":
        alice.vanishes()
    witness = its.stamped("witness")
    who = (its.rooms if style == "rooms" else its.login)(name)
    op = its.rooms("op", "office") if name != "op" else who
    its.rooms("lou", "nobodys").vanishes()
    hush(witness, alice, op)
    before = op.says("AUDIT * 1000").heard()
    for line, code, word, ask in REFUSED[name]:
        error = ChatError(code, word, ask=[ask])
        error.usage = ROOMS.verbs[line.split()[0]].usage
        sentence = f"ERROR {error.sentence}"
        short = f"ERR {code} {error.word}".rstrip()
        expected = sentence if style == "rooms" else short
        assert (line, who.says(line).heard()) == (line, [expected])
    witness.hears()
    assert op.says("AUDIT * 1000").heard() == before


def test_those_who_are_here_are_named_first() -> None:
    """Of those who could help three are named at the most; without any, whoever runs the server."""
    names = ("alice", "bob", "carol", "dave")
    its = Town(*names)
    alice = its.rooms("alice").says("CLAIM tea")
    alice.says(*[f"MODERATOR tea {name} on" for name in names[1:]])
    gus = its.rooms("gus")
    refused = "ERROR that is not allowed here: ask {}"
    gus.says("KICK alice").hears(refused.format("alice, bob, carol"))
    dave = its.rooms("dave", "hall")
    alice.vanishes()
    gus.hears("INFO alice left tea")
    gus.says("KICK dave").hears(refused.format("dave, alice, bob"))
    dave.says("ANNOUNCE hi").hears(refused.format(ASK))
