"""Names that are something else as well: what BAN means is never in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import username
from chat.vocabulary.writing.readings import check_is_name
from tests.moderation.town import Town, claimed, hush

AGAINST = "[room] <who> [duration] [reason]"

NUMBERS = st.integers(0, 2**32).flatmap(
    lambda n: st.sampled_from([str(n), hex(n), f"0{n:o}", hex(n).upper().replace("X", "x")])
)


@pytest.mark.parametrize(
    "name",
    [
        *("203.0.113.66", "10.0.0.1", "999.1.1.1", "1.2.3", "1.2", "127.1", "0x7f.1", "0X7F.0.0.1"),
        *("0177.0.0.1", "203.0.113.066", "1.2.3.4.5", "1.2.3.4.", "२०३.०.११३.६६"),
        *("203．0．113．66", "10m", "1h30m", "2d", "10M", "90s", "1w2d3h", "1.5h"),
        *("203.0.113.0-255", "203.0.113.0-203.0.113.9", "203.0.113.x"),
        *("l0.0.0.1", "1O.O.O.l", "I0.0.0.1", "2\u043e3.0.113.66"),  # one is Cyrillic
    ],
)
def test_no_new_username_can_be_read_as_something_else(name: str) -> None:
    """In both styles, and with a sentence that says why; nobody is here under it."""
    town = Town()
    shown = username(name).shown
    newcomer = town.stranger()
    newcomer.says(f"JOIN lobby {name}").hears(
        f"ERROR {shown} is read as an address or a length of time: choose another name"
    )
    newcomer.says(f"LOGIN {name}").hears(f"ERR ambiguous-username {shown}")
    newcomer.says("LOGIN gus", "WHO").hears("OK", "USER gus")


@pytest.mark.parametrize(
    "name",
    [
        *("42", "2130706433", "007", "user1", "10minutes", "m10", "v1.5", "alice.10", "a.b.c.d"),
        *("forever", "on", "off", "0xcafe", "1e5", "10m-team", "h", "3d_artist", "2026-01-01"),
        *("lo", "oil", "lol.lol2", "rn.li.co", "v0.1-2"),
    ],
)
def test_all_others_are_names(name: str) -> None:
    """Numbers as well: where a username may stand no number may; what is only like a time is none.
    They can be banned by name, and let in again."""
    town = Town(operators=("op",))
    op, visitor = town.rooms("op"), town.rooms(name)
    hush(op)
    op.says(f"BAN * {name} 10m").hears(
        f"INFO {name} left tea", f"INFO {name} is banned from this server for 10m"
    )
    assert visitor.is_sent_away
    op.says(f"UNBAN * {name}").hears(f"INFO {name} is not banned from this server any more")
    town.rooms(name)


@given(st.lists(NUMBERS, min_size=2, max_size=5))
def test_no_notation_of_an_address_is_a_name(numbers: list[str]) -> None:
    """Whatever inet_aton takes."""
    name = username(".".join(numbers)[:32].rstrip("."))
    if "." in name.shown:
        with pytest.raises(ChatError):
            check_is_name(name)


def test_an_older_name_is_meant_by_user_alone() -> None:
    """An account from before is who they were; an address is an address, and shields nobody."""
    town, alice = claimed("203.0.113.66", "10m")
    alice.says("MODERATOR tea 203.0.113.66 off", "MODERATOR tea user:10m off").heard()
    old, eve = town.rooms("203.0.113.66"), town.rooms("eve", host="203.0.113.66")
    ten = town.rooms("10m")
    hush(alice, old, eve, ten)
    alice.says("BAN 203.0.113.66 flood")
    assert alice.heard()[-1] == "INFO 203.0.113.66 is banned from tea for good"
    assert eve.heard()[0] == "INFO you are banned from tea (flood): ask alice"
    old.says("MSG tea me?")
    assert "MSG tea 203.0.113.66 me?" in old.heard()
    hush(alice)
    alice.says("MUTE user:203.0.113.66 10m", "MUTES").heard()
    assert old.says("MSG tea x").heard()[0].startswith("ERROR you are muted in tea")
    alice.says("MUTE 10m").hears(f"ERROR 10m makes no sense here: MUTE {AGAINST}")
    alice.says("MUTE user:10m 10m").hears("INFO user:10m is muted in tea for 10m")
    assert [line.split()[2] for line in alice.says("MUTES").heard()[:-1]] == [
        "user:203.0.113.66",
        "user:10m",
    ]
    alice.says("UNMUTE user:203.0.113.66", "UNMUTE user:10m", "UNBAN 203.0.113.66").hears(
        *(f"INFO user:{name} is not muted in tea any more" for name in ("203.0.113.66", "10m")),
        "INFO 203.0.113.66 is not banned from tea any more",
    )
    alice.says("HIDE tea user:10m 1h", "INVITE tea user:10m").heard()
    alice.says("KICK user:10m").hears("INFO 10m left tea", "INFO user:10m is out of tea")


def test_equal_sanctions_are_one_and_are_lifted_under_every_form() -> None:
    """A second one replaces the first however it is written."""
    _, alice = claimed()
    for words in (
        ("203.0.113.66", "203.0.113.66/32", "::ffff:203.0.113.66", "::FFFF:CB00:7142/128"),
        ("2001:DB8::7", "2001:db8:0:0::7", "[2001:db8::7]", "2001:db8::7/128"),
        ("203.0.113.0/24", "203.0.113.9/24", "::ffff:203.0.113.0/120", "203.0.113.0/0.0.0.255"),
        ("Gus", "GUS", "user:gus", "User:gus"),
    ):
        for lifted in words:
            alice.says(*(f"BAN {word}" for word in words)).heard()
            assert alice.says("BANS").heard()[1:] == ["INFO 1 ban in tea"]
            alice.says(f"UNBAN {lifted}", "BANS")
            assert alice.heard()[-1] == "INFO 0 bans in tea"


def test_nor_is_a_room_with_such_a_name_in_the_way() -> None:
    """Whoever opens one does not have another one banned; with a # it is a room."""
    town = Town(operators=("op",))
    op = town.rooms("op", "tea", "203.0.113.66", "10m")
    town.rooms("flooding", "203.0.113.66")
    hush(op)
    op.says("BAN 203.0.113.66 flooding").hears(f"ERROR say which room: BAN {AGAINST}")
    op.says("BAN #tea 203.0.113.66 flooding").hears("INFO 203.0.113.66 is banned from tea for good")
    op.says("BAN #203.0.113.66 flooding")
    assert op.heard()[-1] == "INFO flooding is banned from 203.0.113.66 for good"
