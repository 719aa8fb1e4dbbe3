"""What stands before a room, where anything does: it costs nothing where nothing does."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from chat.moderation.gate import Gate
from chat.moderation.rulebook import Rulebook
from tests.moderation.town import Town, claimed, hush

SWITCHED = [
    ("MODE tea moderated on", "MODE tea moderated off"),
    ("MODE tea slow 30", "MODE tea slow off"),
    ("RAID tea on", "RAID tea off"),
    ("RAID * on", "RAID * off"),
    ("MUTE tea gus", "UNMUTE tea gus"),
    ("MUTE tea 192.0.2.0/24", "UNMUTE tea 192.0.2.0/24"),
    ("MUTE * gus", "UNMUTE * gus"),
]


def gate_of(town: Town, room: str = "tea") -> Gate | None:
    return town.factory.rooms[room].gate


@pytest.mark.parametrize(("on", "off"), SWITCHED)
def test_there_is_one_where_something_is_asked_of_speakers(on: str, off: str) -> None:
    """And in no other room; and none any more once that is over."""
    town = Town(operators=("op",))
    op = town.rooms("op").says("CLAIM tea")
    town.rooms("gus", "tea", "hall")
    assert gate_of(town) is None
    op.says(on)
    assert gate_of(town) is not None
    is_everywhere = "*" in on
    assert (gate_of(town, "hall") is not None) == is_everywhere
    town.rooms("lou", "cellar")
    assert (gate_of(town, "cellar") is not None) == is_everywhere
    op.says(off)
    assert [gate_of(town, room) for room in ("tea", "hall", "cellar")] == [None] * 3


@pytest.mark.parametrize(
    "line", ["MODE tea registered on", "BAN tea zoe", "TOPIC tea x", "INVITE tea bob"]
)
def test_there_is_none_for_what_does_not_concern_speaking(line: str) -> None:
    """Messages are as cheap as ever."""
    town, alice = claimed()
    town.register("bob")
    alice.says(line)
    assert alice.heard()[-1].startswith("INFO ")
    assert gate_of(town) is None


def test_it_is_decided_when_something_changes_and_not_for_every_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once for each speaker, and once more when something has."""
    decided: list[str] = []
    voice = Rulebook.voice

    def count(rulebook: Rulebook, user: Any, room: Any) -> Any:
        decided.append(user.key)
        return voice(rulebook, user, room)

    monkeypatch.setattr(Rulebook, "voice", count)
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.rooms("lou")
    alice.says("MUTE tea nobody")
    for _ in range(10):
        gus.says("MSG tea hi")
        lou.says("MSG tea hi")
    assert sorted(decided) == ["gus", "lou"]
    alice.says("MUTE lou 10m")
    for _ in range(10):
        gus.says("MSG tea hi")
        lou.says("MSG tea hi")
    assert sorted(decided) == ["gus", "gus", "lou", "lou"]
    town.passes(600)
    for _ in range(10):
        gus.says("MSG tea hi")
        lou.says("MSG tea hi")
    assert sorted(decided) == ["gus", "gus", "lou", "lou", "lou"]


def test_it_keeps_nobody_who_is_gone() -> None:
    """Who has spoken before it, and was let through, and left, takes no memory."""
    town, alice = claimed()
    alice.says("RAID on", "MUTE tea nobody")
    users: list[weakref.ref[Any]] = []
    for n in range(5):
        gus = town.rooms(f"gus{n}").says("MSG tea hi")
        users.append(weakref.ref(town.factory.users[f"gus{n}"]))
        alice.says(f"LET gus{n}")
        gus.says("MSG tea hi", "QUIT").vanishes()
    del gus
    hush(alice)
    gc.collect()
    assert [user() for user in users] == [None] * 5


def test_a_refusal_keeps_nobody_from_speaking_later() -> None:
    """What was refused for being too fast does not begin the time anew."""
    town, alice = claimed()
    alice.says("MODE tea slow 30")
    gus = town.rooms("gus").says("MSG tea 1")
    for _ in range(29):
        town.passes(1)
        gus.says("MSG tea too fast")
    hush(gus)
    town.passes(1)
    gus.says("MSG tea 2").hears("MSG tea gus 2")


def test_what_waits_keeps_it_there_after_the_raid() -> None:
    """Until it is let through; then there is none."""
    town, alice = claimed()
    alice.says("RAID on")
    town.rooms("gus").says("MSG tea hi")
    alice.says("RAID off")
    assert gate_of(town) is not None
    alice.says("LET *")
    assert gate_of(town) is None


def test_a_clock_that_was_set_back_keeps_nobody_silent_for_long() -> None:
    """In slow mode one waits no longer than it says."""
    town, alice = claimed()
    alice.says("MODE tea slow 30")
    gus = town.rooms("gus").says("MSG tea 1")
    town.clock.rightNow -= 3600
    hush(gus)
    gus.says("MSG tea 2")
    assert gus.heard() in (
        ["MSG tea gus 2"],
        ["ERROR this room is slow: say it again in 30 s"],
    )
