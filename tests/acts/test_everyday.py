"""Every command of those who keep rooms, lines in and lines out, in both styles."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.moderation.town import Town, hush
from tests.people import Visitor


class Asked(NamedTuple):
    """A line, and its answer.

    lines: the same in both styles. info: what stands behind INFO in the rooms style. done: the
    login style says OK instead; otherwise it says nothing there, as it closes no lists.
    """

    line: str
    lines: tuple[str, ...] = ()
    info: str = ""
    done: bool = False

    def answer(self, style: str) -> list[str]:
        """The lines of the answer."""
        last = [f"INFO {self.info}"] if style == "rooms" else ["OK"] if self.done else []
        return [*self.lines, *(last if self.info else [])]


def done(line: str, info: str) -> Asked:
    """Something is done."""
    return Asked(line, info=info, done=True)


def listed(line: str, *lines: str, info: str) -> Asked:
    """A list, and how long it was."""
    return Asked(line, lines, info)


def shown(line: str, *lines: str) -> Asked:
    """Something is told."""
    return Asked(line, lines)


UNTIL = "2026-01-01T12:10:00.000Z"
NOW = "2026-01-01T12:00:00.000Z"

ROOMS = [
    shown("TOPIC tea", "TOPIC tea"),
    done("TOPIC tea all  about tea ", "topic of tea set"),
    shown("TOPIC #TEA", "TOPIC tea all  about tea"),
    done("TOPIC tea -", "topic of tea set"),
    shown("TOPIC tea", "TOPIC tea"),
    done("CLAIM tea", "tea is yours"),
    listed("MODERATOR tea", "MODERATOR tea alice owner", info="1 name in tea"),
    done("MODERATOR tea BOB on", "BOB moderates tea"),
    done("MODERATOR tea carol ON", "carol moderates tea"),
    listed(
        "MODERATOR tea",
        *("MODERATOR tea alice owner", "MODERATOR tea bob moderator"),
        "MODERATOR tea carol moderator",
        info="3 names in tea",
    ),
    done("MODERATOR tea carol off", "carol does not moderate tea"),
    shown("MODE tea", "MODE tea private=off moderated=off registered=off slow=0 raid=off"),
    done("MODE tea moderated on", "tea is moderated on"),
    done("mode tea Registered ON", "tea is Registered ON"),
    done("MODE tea slow 30", "tea is slow 30"),
    shown("MODE tea", "MODE tea private=off moderated=on registered=on slow=30 raid=off"),
    done("MODE tea slow 2m", "tea is slow 2m"),
    shown("MODE tea", "MODE tea private=off moderated=on registered=on slow=120 raid=off"),
    done("MODE tea slow off", "tea is slow off"),
    done("MODE tea moderated off", "tea is moderated off"),
    done("MODE tea registered off", "tea is registered off"),
    done("MODE tea private on", "tea is private on"),
    listed("INVITE tea", info="0 names in tea"),
    done("INVITE tea carol", "carol is invited to tea"),
    listed("INVITE tea", "INVITED tea carol", info="1 name in tea"),
    done("INVITE tea carol off", "carol is not invited to tea"),
    listed("INVITE tea", info="0 names in tea"),
    done("MODE tea private off", "tea is private off"),
    done("GIVE tea bob", "tea is given to bob, who has to CLAIM it"),
    listed(
        "MODERATOR tea",
        *("MODERATOR tea alice owner", "MODERATOR tea bob moderator"),
        info="2 names in tea",
    ),
]

PEOPLE = [
    done("CLAIM tea", "tea is yours"),
    done("MUTE tea gus 10m too  loud", "gus is muted in tea for 10m"),
    done("MUTE lou", "lou is muted in tea for good"),
    listed(
        "MUTES tea",
        *(f"MUTE tea gus {UNTIL} alice too  loud", "MUTE tea lou - alice"),
        info="2 mutes in tea",
    ),
    done("UNMUTE GUS", "gus is not muted in tea any more"),
    listed("MUTES", "MUTE tea lou - alice", info="1 mute in tea"),
    done("UNMUTE tea lou", "lou is not muted in tea any more"),
    listed("MUTES", info="0 mutes in tea"),
    done("BAN zoe 10m", "zoe is banned from tea for 10m"),
    done("BAN 192.0.2.0/24 7d", "192.0.2.0/24 is banned from tea for 7d"),
    done("BAN tea 203.0.113.7 for good", "203.0.113.7 is banned from tea for good"),
    done("BAN @lou", "@lou is banned from tea for good"),
    listed(
        "BANS tea",
        f"BAN tea zoe {UNTIL} alice",
        "BAN tea 192.0.2.0/24 2026-01-08T12:00:00.000Z alice",
        "BAN tea 203.0.113.7 - alice for good",
        "BAN tea @lou - alice",
        info="4 bans in tea",
    ),
    done("UNBAN 192.0.2.7/24", "192.0.2.0/24 is not banned from tea any more"),
    done("UNBAN tea 203.0.113.7", "203.0.113.7 is not banned from tea any more"),
    done("UNBAN @lou", "@lou is not banned from tea any more"),
    done("UNBAN zoe", "zoe is not banned from tea any more"),
    listed("BANS", info="0 bans in tea"),
]

MESSAGES = [
    done("HIDE tea gus 10m rude", "2 messages hidden in tea"),
    listed("HISTORY tea", f"HISTORY tea 4 {NOW} lou hi", info="1 message from tea"),
    done("HIDE lou 10m", "1 message hidden in tea"),
    done("HIDE gus 10m", "0 messages hidden in tea"),
    listed("HISTORY tea", info="0 messages from tea"),
    done("UNHIDE tea gus", "2 messages shown again in tea"),
    done("UNHIDE lou", "1 message shown again in tea"),
    listed(
        "EARLIER tea 1",
        *(f"EARLIER tea 1 {NOW} first", f"EARLIER tea 1 {NOW} second"),
        info="2 texts of message 1",
    ),
    listed("EARLIER 2", f"EARLIER tea 2 {NOW} no more", info="1 text of message 2"),
    listed("EARLIER 3", info="0 texts of message 3"),
    done("RAID on", "raid on in tea"),
    done("RAID tea on 1h", "raid on in tea"),
    shown("MODE tea", "MODE tea private=off moderated=off registered=off slow=0 raid=on"),
    listed("HELD tea", info="0 messages held in tea"),
    listed("HELD", info="0 messages held in tea"),
    done("LET gus", "0 messages let through in tea"),
    done("LET tea *", "0 messages let through in tea"),
    done("RAID off", "raid off in tea"),
    listed(
        "AUDIT tea 3",
        *(f"AUDIT 11 {NOW} tea alice LET gus", f"AUDIT 12 {NOW} tea alice LET *"),
        f"AUDIT 13 {NOW} tea alice RAID off",
        info="3 acts found",
    ),
    listed(
        "AUDIT 2 BEFORE 12",
        *(f"AUDIT 10 {NOW} tea alice RAID on", f"AUDIT 11 {NOW} tea alice LET gus"),
        info="2 acts found",
    ),
    listed(
        "AUDIT tea before 6",
        *("AUDIT 1 2026-01-01T11:59:59.000Z tea alice CLAIM -", f"AUDIT 2 {NOW} tea gus EDIT #1"),
        *(f"AUDIT 3 {NOW} tea gus EDIT #1", f"AUDIT 4 {NOW} tea gus UNSAY #2"),
        f"AUDIT 5 {NOW} tea alice HIDE gus 600 s: rude",
        info="5 acts found",
    ),
]


@pytest.fixture(params=["rooms", "login"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asks(alice: Visitor, style: str, conversation: list[Asked]) -> None:
    """She asks all of it, and hears nothing else."""
    for asked in conversation:
        assert (asked.line, alice.says(asked.line).heard()) == (asked.line, asked.answer(style))


def test_rooms(style: str) -> None:
    """TOPIC, CLAIM, GIVE, MODERATOR, MODE, INVITE."""
    town = Town("alice", "bob", "carol")
    alice = (town.rooms if style == "rooms" else town.login)("alice")
    asks(alice, style, ROOMS)


def test_people(style: str) -> None:
    """MUTE, BAN, how they are listed and lifted; the room may be left out, and so may the length
    of time and the reason."""
    town = Town("alice")
    alice = (town.rooms if style == "rooms" else town.login)("alice")
    lou = town.rooms("lou", "hall", host="198.51.100.4")
    asks(alice, style, PEOPLE)
    assert not lou.is_sent_away


def test_kick(style: str) -> None:
    """With the room or without, with a reason or without, by name or by address."""
    town = Town("alice", "bob")
    alice = (town.rooms if style == "rooms" else town.login)("alice").says("CLAIM tea")
    for line, host in [
        *(("KICK tea gus be nice", "127.0.0.1"), ("kick gus", "127.0.0.1")),
        *(("KICK tea 192.0.2.0/24", "192.0.2.9"), ("KICK 192.0.2.9 be nice", "192.0.2.9")),
    ]:
        gus = town.rooms("gus", "tea", host=host)
        hush(alice)
        who = {"gus": "gus", "192.0.2.0/24": "192.0.2.0/24", "192.0.2.9": "192.0.2.9"}
        shown = next(who[word] for word in line.split() if word in who)
        left = ["INFO gus left tea", f"INFO {shown} is out of tea"]
        assert alice.says(line).heard() == (left if style == "rooms" else ["OK"])
        why = ": be nice" if "nice" in line else ""
        gus.hears(f"INFO alice has sent you out of tea{why}", "INFO left room tea")
        gus.says("QUIT").vanishes()


def test_messages(style: str) -> None:
    """HIDE, UNHIDE, EARLIER, RAID, HELD, LET, AUDIT."""
    town = Town("alice", ago=1)
    alice = (town.rooms if style == "rooms" else town.login)("alice").says("CLAIM tea")
    town.passes(1)
    gus = town.rooms("gus").says("MSG tea first", "EDIT 1 second", "EDIT tea 1 third")
    gus.says("MSG tea no more", "UNSAY", "MSG tea more")
    town.login("lou").says("MSG hi")
    hush(alice)
    asks(alice, style, MESSAGES)
