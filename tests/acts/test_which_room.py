"""Which room a command is about, and whom: where the room may be left out."""

from __future__ import annotations

import pytest

from chat.vocabulary.errors import ChatError
from tests.moderation.town import Town, claimed, hush

NO_ROOM = "ERROR say which room: "

ROOMLESS = [
    *("KICK gus", "MUTE gus", "UNMUTE gus", "MUTES", "BAN gus", "UNBAN gus", "BANS"),
    *("HIDE gus 10m", "UNHIDE gus", "UNSAY", "EDIT 1 x", "EARLIER 1", "RAID on", "HELD"),
    *("LET gus", "LET *", "AUDIT", "AUDIT 5", "AUDIT BEFORE 5"),
]


@pytest.mark.parametrize("line", ROOMLESS)
def test_in_two_rooms_one_has_to_say_which(line: str) -> None:
    """In the rooms style; in one room, or in the login style, it is plain."""
    town, alice = claimed()
    town.rooms("gus", "tea").says("MSG tea hi")
    radio = town.login("alice")
    alice.says("JOIN hall")
    hush(alice, radio)
    (refused,) = alice.says(line).heard()
    assert refused.startswith(NO_ROOM)
    assert radio.says(line).heard() != ["ERR missing-room"]


@pytest.mark.parametrize("style", ["rooms", "login"])
def test_one_s_room_from_somewhere_else(style: str) -> None:
    """Its owner need not be in it, with or without a # before its name, however that is written."""
    town, alice = claimed()
    alice.says("LEAVE tea").vanishes()
    gus = town.rooms("gus", "tea").says("MSG tea hi")
    alice = (town.rooms if style == "rooms" else town.login)("alice", "hall")
    hush(gus, alice)
    alice.says("HIDE TEA gus 10m", "MUTE #tea gus 10m loud", "TOPIC tea x", "KICK tea gus")
    assert len(alice.heard()) == 4
    gus.hears("INFO alice has sent you out of tea", "INFO left room tea")
    assert alice.says("AUDIT tea 4").heard()[0].split(" ", 4)[4].endswith("HIDE gus 600 s")
    alice.says("MUTES #Tea")
    assert alice.heard()[0] == "MUTE tea gus 2026-01-01T12:10:00.000Z alice loud"


def test_a_room_that_is_not_there_is_nobody() -> None:
    """Who names one is told so, and nobody is banned instead, from another room."""
    town = Town(operators=("op",))
    op = town.rooms("op", "hall")
    gus = town.rooms("gus", "hall")
    hush(op)
    refused = "ERROR there is no room {}: ROOMS lists what there is"
    for line in ("BAN cellar gus", "KICK cellar gus", "MUTE cellar gus 10m", "HIDE cellar gus 10m"):
        op.says(line).hears(refused.format("cellar"))
    op.says("RAID cellar on", "HELD cellar").hears(*[refused.format("cellar")] * 2)
    op.says("BANS", "MUTES").hears("INFO 0 bans in hall", "INFO 0 mutes in hall")
    gus.hears()


def test_somebody_who_is_called_as_the_room() -> None:
    """One word is somebody; of two the first is the room."""
    town, alice = claimed()
    tea = town.rooms("tea", "tea")
    hush(alice)
    alice.says("MUTE tea").hears("INFO tea is muted in tea for good")
    alice.says("UNMUTE tea", "KICK tea tea too hot")
    alice.hears(
        *("INFO tea is not muted in tea any more", "INFO tea left tea", "INFO tea is out of tea")
    )
    tea.hears("INFO alice has sent you out of tea: too hot", "INFO left room tea")


def test_a_length_of_time_is_no_reason() -> None:
    """One that is mistyped is refused, and not for good; a reason may have numbers in it later."""
    _, alice = claimed()
    hush(alice)
    for word in ("5x", "0s", "10min", "10", "999999w"):
        wrong = f"ERROR {ChatError('bad-length', word).sentence}"
        alice.says(f"MUTE gus {word}", f"BAN tea gus {word} rude").hears(wrong, wrong)
    alice.says("MUTE gus 10m 3 times rude", "BAN zoe no 5x", "MUTES", "BANS")
    alice.hears(
        *("INFO gus is muted in tea for 10m", "INFO zoe is banned from tea for good"),
        *("MUTE tea gus 2026-01-01T12:10:00.000Z alice 3 times rude", "INFO 1 mute in tea"),
        *("BAN tea zoe - alice no 5x", "INFO 1 ban in tea"),
    )


@pytest.mark.parametrize(
    "line",
    [
        *("HELD *", "LET * *", "LET * gus", "HIDE * gus 10m", "UNHIDE * gus", "EARLIER * 1"),
        *("UNSAY *", "EDIT * 1 x", "TOPIC * x", "MODE * private on", "CLAIM *", "GIVE * alice"),
        *("INVITE * alice", "MODERATOR * alice on", "KICK *", "BAN *", "MUTE * *", "BAN * *"),
    ],
)
def test_not_everything_is_for_the_whole_server(line: str) -> None:
    """It is refused, and the connection goes on."""
    town = Town("alice", operators=("op",))
    town.rooms("gus")
    op = town.rooms("op")
    assert op.says(line).heard()[0].startswith("ERROR ")
    op.says("PING").hears("PONG")
    assert op.says("AUDIT *").heard() == ["INFO 0 acts found"]
