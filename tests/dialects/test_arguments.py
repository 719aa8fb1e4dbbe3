"""What is wrong with the words behind a verb is said so that people can put it right."""

from __future__ import annotations

import pytest

from chat.dialects.rooms_style import ROOMS
from tests.moderation.town import claimed, hush
from tests.people import Visitor


@pytest.fixture
def alice() -> Visitor:
    """Who keeps tea; eve is there, bob is registered and away."""
    town, alice = claimed()
    town.register("bob")
    town.rooms("eve").says("MSG tea hi")
    hush(alice)
    return alice


@pytest.mark.parametrize(
    ("line", "why"),
    [
        *(
            (line, "for how long is missing")
            for line in ("HIDE tea eve", "HIDE eve", "HIDE #tea bob")
        ),
        *((line, "a username is missing") for line in ("HIDE", "HIDE tea", "HIDE tea 1h")),
        *((f"{verb} tea", "a username is missing") for verb in ("KICK", "BAN", "MUTE", "UNHIDE")),
        *((verb, "a username is missing") for verb in ("KICK", "BAN", "UNBAN", "LET", "DM")),
        *((f"{verb} tea", "a username is missing") for verb in ("LET", "GIVE")),
        *(
            (f"{verb} eve tea", "eve is a username, and no room")
            for verb in ("GIVE", "LET", "UNBAN")
        ),
        *(
            (line, "eve is a username, and no room")
            for line in ("HIDE eve tea 1h", "MODERATOR eve on", "INVITE eve", "BANS eve", "WHO eve")
        ),
        *(
            (line, "something is missing")
            for line in ("RAID", "MODERATOR tea bob", "MODE tea private")
        ),
        *((line, "something is missing") for line in ("STAMPS", "MODE tea on")),
        ("MODE tea slow", "for how long is missing"),
        *((line, "a number is missing") for line in ("EDIT", "EARLIER", "READ tea")),
        *(
            (line, "say which room")
            for line in ("CLAIM", "MODE", "INVITE", "TOPIC", "GIVE", "READ")
        ),
        *((line, "tea makes no sense here") for line in ("MUTE eve tea 10m", "BAN eve tea 1h x")),
        *((line, "yes makes no sense here") for line in ("MODERATOR tea bob yes", "RAID yes")),
        *(
            (line, "x makes no sense here")
            for line in ("AUDIT tea x", "GIVE tea bob x", "EDIT tea x")
        ),
        *((line, "off makes no sense here") for line in ("INVITE tea bob on off",)),
        *((line, "AFTER makes no sense here") for line in ("HISTORY tea 5 AFTER",)),
    ],
)
def test_an_answer_says_what_is_wrong_and_how_it_is_written(
    alice: Visitor, line: str, why: str
) -> None:
    """In the place where it is; and nothing has happened."""
    usage = ROOMS.verbs[line.split()[0]].usage
    alice.says(line).hears(f"ERROR {why}: {usage}")
    assert alice.says("AUDIT tea 1").heard()[0].split()[5] == "CLAIM"


@pytest.mark.parametrize("word", ["forever", "1x", "10", "1h30m"])
def test_what_is_no_length_of_time_is_told_how_one_is_written(alice: Visitor, word: str) -> None:
    """It is what stands in that place, and not the username in front of it."""
    told = f"ERROR {word} is no length of time: write it like 30s, 10m, 2h or 7d"
    alice.says(f"HIDE tea eve {word}", f"HIDE eve {word}").hears(told, told)


def test_no_verb_says_that_nothing_makes_no_sense(alice: Visitor) -> None:
    """With no words behind it, or with one that it can't use."""
    for verb in ROOMS.verbs:
        if verb not in ("QUIT", "EXIT", "UNREGISTER"):
            for line in (verb, f"{verb} ?!", f"{verb} tea ?!"):
                assert not [
                    heard for heard in alice.says(line).heard() if heard.startswith("ERROR nothing")
                ]
