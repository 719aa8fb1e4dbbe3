"""Slow mode remembers who has spoken, whatever becomes of them and of the room."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from chat.moderation.paces import Paces
from tests.moderation.town import Town, hush
from tests.people import Visitor

SLOW = "ERROR this room is slow: say it again in {} s"


def slow_room() -> tuple[Town, Visitor, Visitor]:
    """A town, the owner of a slow room, and a guest who has just said something there."""
    town = Town("alice")
    alice = town.rooms("alice").says("CLAIM tea", "MODE tea slow 30")
    gus = town.rooms("gus").says("MSG tea 1")
    assert gus.heard()[-1] == "MSG tea gus 1"
    hush(alice)
    return town, alice, gus


@pytest.mark.parametrize("goes", ["LEAVE tea", "QUIT", "PING"])
@pytest.mark.parametrize("is_empty", [True, False])
@pytest.mark.parametrize("style", ["rooms", "login"])
def test_nobody_is_faster_for_having_left(goes: str, is_empty: bool, style: str) -> None:
    """Whether they have left the room, the chat, or lost their connection; whether others were in
    the room meanwhile; whatever style they come back in."""
    town, alice, gus = slow_room()
    if is_empty:
        alice.says("LEAVE tea")
    gus.says(goes).vanishes()
    assert ("tea" in town.factory.rooms) is not is_empty
    town.passes(10)
    gus, says = (town.rooms("gus"), "MSG tea") if style == "rooms" else (town.login("gus"), "MSG")
    gus.says(f"{says} 2")
    assert gus.heard()[-1] in (SLOW.format(20), "ERR slow-mode 20")
    town.passes(20)
    gus.says(f"{says} 3", "PING")
    assert gus.heard() in (["MSG tea gus 3", "PONG"], ["PONG"])


def test_it_is_remembered_while_slow_mode_is_off() -> None:
    """To switch it off and on again is no way to be faster."""
    _, alice, gus = slow_room()
    alice.says("MODE tea slow off", "MODE tea slow 30")
    gus.says("MSG tea 2")
    assert gus.heard()[-1] == SLOW.format(30)


def test_each_room_and_each_user_has_a_pace_of_its_own() -> None:
    """What somebody says in one room keeps them from nothing in others, and keeps back nobody
    else."""
    clock = Clock()
    paces = Paces(clock.seconds)
    assert [paces.take(room, user, 30) for room in ("a", "b") for user in ("x", "y")] == [0] * 4
    clock.advance(10)
    assert [paces.take(room, user, 30) for room in ("a", "b") for user in ("x", "y")] == [20] * 4


def test_of_who_has_spoken_no_more_is_known_than_has_to_be() -> None:
    """A flood of names is forgotten once each might speak again; before that it has a bound."""
    clock = Clock()
    paces = Paces(clock.seconds, known=100)
    for number in range(1000):
        paces.take("tea", f"gus{number}", 30)
    assert len(paces) == 100
    clock.advance(30)
    for number in range(100):
        paces.take("tea", f"lou{number}", 0.001)
        clock.advance(0.01)
    assert len(paces) <= 2


def test_who_has_longest_been_silent_is_forgotten_first() -> None:
    """Where more have spoken than can be known."""
    paces = Paces(Clock().seconds, known=3)
    for user in "abcd":
        paces.take("tea", user, 30)
    assert [paces.take("tea", user, 30) > 0 for user in "bcda"] == [True, True, True, False]


def test_what_is_sent_again_is_no_second_message() -> None:
    """It may come at once; something else that is called the same may not."""
    town, alice, gus = slow_room()
    gus.says("STAMPS on")
    town.passes(30)
    gus.says("@t MSG tea hi", "@t MSG tea hi", "@t MSG tea pills")
    heard = [line.partition("Z ")[2] or line for line in gus.heard()]
    assert heard == [
        "INFO stamps on",
        "t MSG tea gus hi",
        "t MSG tea gus hi",
        f"@t {SLOW.format(30)}",
    ]
    assert [line for line in alice.heard() if "pills" in line] == []
