"""Rooms that look alike, and names of rooms that are a way to speak."""

from __future__ import annotations

import pytest

from tests.moderation.town import Town, hush

ALIKE = "ERROR that looks like the name of another room, {}: choose another name"


@pytest.mark.parametrize(
    ("there", "name"),
    [
        *(
            ("lobby", "lоbby"),
            ("tea", "tеа"),
            ("Tea", "TЕA"),
            ("coco", "сосо"),
            ("paypal", "раураl"),
        ),
        *(("tea", "teа"), ("room1", "rооm1"), ("кот", "кoт"), ("café", "cаfé"), ("ops", "орѕ")),
    ],
)
def test_a_room_that_looks_like_another_one_is_not_opened(there: str, name: str) -> None:
    """In both styles, first or later, open or kept; whoever means the other one is told its name.
    Nobody is in it, and the other one is there."""
    town = Town("alice", ago=1)
    alice = town.rooms("alice", there)
    refused = ALIKE.format(there)
    town.stranger().says(f"JOIN {name} gus").hears(refused)
    gus, lou = town.rooms("gus", "hall"), town.login("lou", "hall")
    hush(gus)
    gus.says(f"JOIN {name}", f"JOIN {there}").hears(refused, f"INFO joined room {there}")
    lou.says(f"JOIN {name}").hears(f"ERR room-alike {there}")
    if there != "lobby":
        alice.says(f"CLAIM {there}", f"LEAVE {there}")
        gus.says(f"LEAVE {there}").heard()
        gus.says(f"JOIN {name}").hears(refused)


@pytest.mark.parametrize(
    ("there", "name"),
    [
        *(("room1", "rooml"), ("lobby", "l0bby"), ("lobby", "Iobby"), ("corn", "com")),
        *(("tea", "чай"), ("кот", "кит"), ("日本", "日木"), ("tea", "thé"), ("vova", "Вова2")),
    ],
)
def test_what_people_can_type_and_what_is_unlike_is_a_room(there: str, name: str) -> None:
    """ASCII names are never refused: room1 and rooml are two rooms."""
    town = Town()
    town.rooms("alice", there)
    town.rooms("gus", name)


def test_a_room_that_is_there_is_entered_whatever_it_looks_like() -> None:
    """The first one of that look stays, and an ASCII name is not taken by it; when the other one is
    gone its look is free."""
    town = Town()
    first = town.rooms("alice", "tеа")
    tea = town.rooms("gus", "tea")
    lou = town.rooms("lou", "tеа")
    for visitor, name in ((first, "tеа"), (lou, "tеа"), (tea, "tea")):
        visitor.says(f"LEAVE {name}").heard()
    town.rooms("zoe", "tеa")


def test_no_private_room_is_told_by_its_look() -> None:
    """A name that looks like that of a private room is as any other: nobody learns of it."""
    town = Town("alice", ago=1)
    alice = town.rooms("alice", "tea").says("CLAIM tea", "MODE tea private on")
    town.rooms("gus", "tеа")
    alice.says("LEAVE tea").heard()
    town.rooms("lou", "tеa2")


def test_whoever_is_muted_has_no_other_way_to_speak() -> None:
    """No reason and no name of a room: those are told to others. Without a word a moderator goes on
    with it, and whoever is muted goes where there is a room."""
    town = Town("alice", "bob", operators=("op",), ago=1)
    alice, op = town.rooms("alice"), town.rooms("op", "hall")
    alice.says("CLAIM tea", "MODERATOR tea bob on")
    bob, eve = town.rooms("bob", "tea", "tower"), town.rooms("eve")
    alice.says("MUTE tea bob")
    hush(alice, bob, eve)
    speaking = [
        *("KICK tea eve so long", "MUTE tea eve so long", "BAN tea eve so long"),
        *("MUTE tea eve 1h so long", "HIDE tea eve 1h so long", "TOPIC tea so long", "MSG tea x"),
    ]
    for line in speaking:
        assert [each[:27] for each in bob.says(line).heard()] == ["ERROR you are muted in tea:"]
    bob.says("JOIN so_long").hears("INFO joined room so_long")
    bob.says("MUTE tea eve 1h").hears("INFO eve is muted in tea for 1h")
    bob.says("KICK tea eve").heard()
    eve.hears("INFO bob has sent you out of tea", "INFO left room tea")
    op.says("MUTE * bob", "MUTE * eve").heard()
    hush(bob)
    for visitor, lines in ((bob, ["JOIN bye_all", "KICK tea eve bye"]), (eve, ["JOIN bye_all"])):
        for line in lines:
            assert visitor.says(line).heard()[0].startswith("ERROR you are muted on this server")
    eve.says("JOIN tower").hears("INFO joined room tower")
    assert not [line for line in op.says("ROOMS").heard() if "bye" in line]
