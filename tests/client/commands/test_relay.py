"""Commands that are passed on to the server, and what it answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from chat.client.commands import relay
from chat.client.commands.relay import line_of, moment, pass_on
from chat.client.commands.usage import PASSED_ON, Command, CommandError, parse
from chat.client.wire.grammar import Line
from chat.client.wire.grammar import parse as parsed

AT = "2026-05-04T12:00:00.000Z"


class Chat:
    """A chat in which number 7 is one's own last message, and 9 the one that was changed last."""

    def __init__(self, *answer: str, own: int = 7, changed: int = 9) -> None:
        self.answer = answer
        self.own = own
        self.changed = changed

    def own_last(self, room: str) -> int:
        return self.own

    def last_changed(self, room: str) -> int:
        return self.changed

    async def order(self, line: str) -> list[Line]:
        return [parsed(one.encode()) for one in self.answer]


def typed(line: str) -> Command:
    command = parse(line)
    assert isinstance(command, Command)
    return command


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/topic", "TOPIC #tea"),
        ("/Topic  milk  or lemon? ", "TOPIC #tea milk  or lemon?"),
        ("/claim", "CLAIM #tea"),
        ("/moderator bob off", "MODERATOR #tea bob off"),
        ("/mode slow 30s", "MODE #tea slow 30s"),
        ("/mute eve 10m be nice", "MUTE #tea eve 10m be nice"),
        ("/ban * eve", "BAN * eve"),
        ("/bans *", "BANS *"),
        ("/hide * 10m", "HIDE #tea * 10m"),
        ("/let *", "LET #tea *"),
        ("/raid on 1h", "RAID #tea on 1h"),
        ("/raid * off", "RAID * off"),
        ("/audit 20 BEFORE 300", "AUDIT #tea 20 BEFORE 300"),
        ("/audit *", "AUDIT *"),
        ("/unsay", "UNSAY #tea"),
        ("/edit 3 cups, not 2", "EDIT #tea 7 3 cups, not 2"),
        ("/edit #3 cups", "EDIT #tea 3 cups"),
        ("/edit #three cups", "EDIT #tea 7 #three cups"),
        ("/earlier", "EARLIER #tea 9"),
        ("/earlier 12", "EARLIER #tea 12"),
        ("/earlier #12", "EARLIER #tea 12"),
        ("/announce * tea at six", "ANNOUNCE * tea at six"),
    ],
)
def test_a_command_is_said_with_its_room(line: str, said: str) -> None:
    """A # before the room has it taken for nothing else; * stands for the whole server."""
    assert line_of(Chat(), typed(line), "tea") == said


@pytest.mark.parametrize("name", PASSED_ON)
@pytest.mark.parametrize("room", ["", "@bob"])
def test_a_room_is_needed(name: str, room: str) -> None:
    """Where one is in none, nothing is said; what is for the whole server needs none."""
    arguments = PASSED_ON[name].arguments
    chat = Chat()
    if name == "announce":
        assert line_of(chat, Command(name, "x"), room) == "ANNOUNCE x"
        return
    with pytest.raises(CommandError, match=f"/{name} is about a room, and you are "):
        line_of(chat, Command(name, "x x"), room)
    if arguments.startswith("[*]"):
        assert line_of(chat, Command(name, "* x"), room) == f"{name.upper()} * x"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/edit better", "you have said nothing here that could be edited"),
        ("/edit #7", "say more: /edit"),
        ("/earlier", "nothing was edited or hidden here"),
        ("/earlier last", "'last' is no number"),
    ],
)
def test_what_makes_no_sense_is_not_said(line: str, reason: str) -> None:
    """It is known here what is missing."""
    with pytest.raises(CommandError, match=reason):
        line_of(Chat(own=0, changed=0), typed(line), "tea")


@pytest.mark.parametrize(
    ("line", "answer", "told"),
    [
        ("/topic", ["TOPIC TEA milk?"], ["the topic is: milk?"]),
        ("/topic", ["TOPIC tea"], ["there is no topic"]),
        ("/topic honey", ["TOPIC tea honey", "INFO topic set"], ["topic set"]),
        ("/mode", ["MODE tea private=on raid=off"], ["private on; raid off"]),
        ("/mode", ["TOPIC ops none of it", "MODE tea raid=off"], ["raid off"]),
        (
            "/moderator",
            ["MODERATOR tea bob owner", "MODERATOR ops eve owner", "INFO 1 name in tea"],
            ["bob is the owner", "1 name in tea"],
        ),
        ("/held", ["TOPIC tea news", "INFO 0 messages held"], ["0 messages held"]),
        ("/invite", ["INVITED den bob", "INFO 1 name"], ["bob is invited", "1 name"]),
        ("/mutes", [f"MUTE tea eve {AT} bob"], ["eve until T, by bob"]),
        ("/bans", ["BAN tea 10.0.0.0/8 - bob too much"], ["10.0.0.0/8 for good, by bob: too much"]),
        ("/earlier 3", [f"EARLIER tea 3 {AT} it was so"], ["3 until T: it was so"]),
        ("/held", [f"HELD tea {AT} eve may I?"], ["T eve: may I?"]),
        (
            "/audit",
            [f"AUDIT 17 {AT} tea bob BAN eve for good: spam", f"AUDIT 18 {AT} * root ANNOUNCE -"],
            ["17  T tea, bob: BAN eve for good: spam", "18  T the server, root: ANNOUNCE"],
        ),
        ("/kick eve", ["INFO joined room ops", "NEWS of tomorrow"], ["NEWS of tomorrow"]),
        ("/bans", ["BAN", "AUDIT 1", "HELD"], [" until , by ", "1   , : ", " : "]),
    ],
)
def test_an_answer_is_told_in_words(line: str, answer: list[str], told: list[str]) -> None:
    """Lists line by line; what is news to all stands not in it; what makes no sense is no error."""
    found = asyncio.run(pass_on(Chat(*answer), typed(line), "tea"))
    assert [one.replace(moment(AT), "T").strip() for one in found] == [one.strip() for one in told]


def test_an_answer_may_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said that there is more."""
    monkeypatch.setattr(relay, "MOST_LINES", 2)
    answer = [f"INFO line {number}" for number in range(5)]
    found = asyncio.run(pass_on(Chat(*answer), typed("/bans"), "tea"))
    assert found == ["line 0", "line 1", "and 3 more"]


def test_a_moment_is_told_as_one_would() -> None:
    """Of today by its time, of another day with its date; what is none, as it is."""
    now = datetime.now(UTC)
    assert moment(now.isoformat()) == f"{now.astimezone():%H:%M}"
    assert moment(AT).startswith("2026-05-04 ")
    assert moment("x" * 99) == "x" * 31 + "…"
    assert moment("0001-01-01T00:00:00+23:59")
