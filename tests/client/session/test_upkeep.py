"""How rooms are kept, as a client is told of it; and what becomes of one who is sent out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from chat.client import (
    Connected,
    Disconnected,
    Entered,
    Event,
    Gone,
    Held,
    Message,
    Modes,
    Notice,
    Refused,
    RefusedError,
    Returned,
    Standing,
    Topic,
)
from chat.client.memory import profile
from chat.client.session import presence
from chat.client.wire.grammar import Answer, Headed
from tests.client.house import HELD, House, house
from tests.client.meeting import Guest, guest

BANNED = "you are banned from tea: ask bob"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back does so at once."""
    monkeypatch.setattr(presence, "PAUSES", (0.01,))


def play(
    scene: Callable[[House, Guest], Coroutine[Any, Any, None]], *rooms: str, **settings: Any
) -> None:
    """Alice comes to the tea room, or to these."""

    async def meet() -> None:
        async with house() as (the, port), guest(port, "alice", *(rooms or ("tea",))) as alice:
            for room in rooms or ("tea",):
                await alice.hears(Entered, lambda event, room=room: event.room == room)
            await scene(the, alice)

    asyncio.run(meet())


async def rest(alice: Guest) -> None:
    """All has been answered and told."""
    for _ in range(3):
        await alice.client.who("tea")
        await asyncio.sleep(0)


def facts(alice: Guest) -> list[Event]:
    """What was told of how rooms are kept."""
    return [event for event in alice.told if isinstance(event, Topic | Modes | Standing)]


def test_what_is_told_of_a_room_is_known() -> None:
    """Topic, modes and who keeps it are told when they change, and once; and can be looked up."""

    async def scene(the: House, alice: Guest) -> None:
        for _ in range(2):
            the.tells(
                "TOPIC TEA  milk or lemon?",
                "MODE tea private=off slow=30 raid=on",
                "MODERATOR tea Bob owner",
                "MODERATOR tea carol none",
                "TOPIC coffee none of ours",
            )
        await alice.hears(Standing)
        await rest(alice)
        modes = {"private": "off", "slow": "30", "raid": "on"}
        told = [
            Topic("tea", "milk or lemon?"),
            Modes("tea", modes),
            Standing("tea", "Bob", "owner"),
        ]
        assert facts(alice) == told
        known = alice.client.kept("TEA")
        assert known
        assert (known.topic, known.modes) == ("milk or lemon?", told[1])
        assert [known.standing(user) for user in ("BOB", "carol")] == ["owner", "none"]
        the.tells("MODERATOR tea bob none", "TOPIC tea")
        await alice.hears(Topic, lambda event: not event.text)
        assert known.standing("bob") == "none"
        assert alice.client.kept("coffee") is None

    play(scene)


def test_what_was_so_before_is_told_as_such() -> None:
    """Who asks how a room is kept is told of it as of something old; of what has changed since the
    last time as of something new, also of who keeps it no more.
    """

    async def scene(the: House, alice: Guest) -> None:
        the.answers = {
            "TOPIC tea": ["TOPIC tea milk or lemon?"],
            "MODE tea": ["MODE tea private=on"],
            "MODERATOR tea": [
                "MODERATOR tea bob owner",
                "MODERATOR tea carol moderator",
                "INFO 2 people keep tea",
            ],
        }
        alice.client.ask_kept("tea")
        alice.client.ask_kept("@bob")
        alice.client.ask_kept("nowhere")
        await rest(alice)
        old = facts(alice)
        assert len(old) == 4
        assert all(fact.old for fact in old)
        assert the.asked("TOPIC") == ["TOPIC tea"]
        the.answers["TOPIC tea"] = ["TOPIC tea honey"]
        the.answers["MODERATOR tea"] = ["MODERATOR tea bob owner", "MODERATOR tea eve moderator"]
        the.hangs_up()
        await alice.hears(Returned)
        alice.client.ask_kept("tea")
        await rest(alice)
        assert facts(alice)[4:] == [
            Topic("tea", "honey"),
            Standing("tea", "eve", "moderator"),
            Standing("tea", "carol", "none"),
        ]

    play(scene)


def test_an_answer_that_is_lost_makes_nothing_old() -> None:
    """Who asks and loses the connection is told of news as of news afterwards."""

    async def scene(the: House, alice: Guest) -> None:
        alice.client.ask_kept("tea")
        the.hangs_up()
        await alice.hears(Returned)
        the.tells("TOPIC tea honey")
        assert await alice.hears(Topic) == Topic("tea", "honey")

    play(scene)


def test_a_refusal_says_nothing_of_who_keeps_a_room() -> None:
    """Nor does what is told of another room; what was known is known."""

    async def scene(the: House, alice: Guest) -> None:
        the.tells("MODERATOR tea bob owner", "MODERATOR tea carol moderator")
        the.answers = {"MODERATOR tea": ["ERROR you are banned: ask bob"]}
        await alice.hears(Standing, lambda event: event.user == "carol")
        alice.client.ask_kept("tea")
        await rest(alice)
        assert len(facts(alice)) == 2
        the.answers["MODERATOR tea"] = [
            "MODERATOR tea bob owner",
            "MODERATOR ops carol moderator",
        ]
        alice.client.ask_kept("tea")
        gone = await alice.hears(Standing, lambda event: event.standing == "none")
        assert gone.user == "carol"

    play(scene)


def test_what_is_told_while_one_asks_is_not_lost() -> None:
    """News may stand in the middle of an answer: it is news all the same, and no part of it."""

    async def scene(the: House, alice: Guest) -> None:
        the.answers = {
            "WHO": ["TOPIC tea news", "MODERATOR tea bob moderator", "USER alice", "INFO 1 user"],
            "BANS tea": ["TOPIC tea more news", "ERROR that is not allowed here: ask bob"],
            "MODERATOR tea": ["MODERATOR tea bob moderator", "MODERATOR tea bob none"],
        }
        assert await alice.client.who("tea") == ["alice"]
        await alice.hears(Standing)
        with pytest.raises(RefusedError, match="ask bob"):
            await alice.client.order("BANS tea")
        assert [event.text for event in facts(alice) if isinstance(event, Topic)] == [
            "news",
            "more news",
        ]
        alice.client.ask_kept("tea")
        await alice.hears(Standing, lambda event: event.standing == "none")

    play(scene)


def test_an_order_is_answered() -> None:
    """Its answer is returned line by line; a refusal says who could help."""

    async def scene(the: House, alice: Guest) -> None:
        the.answers = {
            "TOPIC tea": ["TOPIC tea milk"],
            "MUTES tea": ["MUTE tea eve - bob spam", "INFO 1 mute in tea"],
        }
        assert await alice.client.order("TOPIC tea") == [Headed("tea", "milk")]
        assert await alice.client.order("MUTES tea") == [
            Answer("MUTE", "tea eve - bob spam"),
            Answer("INFO", "1 mute in tea"),
        ]
        with pytest.raises(RefusedError, match="one line"):
            await alice.client.order("MUTES tea\nQUIT")

    play(scene)


def test_a_server_that_keeps_no_rooms_is_no_error() -> None:
    """What it refuses is left unknown."""

    async def scene(the: House, alice: Guest) -> None:
        unknown = ["ERROR there is no command like that: HELP lists what there is"]
        the.answers = dict.fromkeys(("TOPIC", "MODE", "MODERATOR"), unknown)
        alice.client.ask_kept("tea")
        await rest(alice)
        assert facts(alice) == []
        assert not [event for event in alice.told if isinstance(event, Notice)]
        known = alice.client.kept("tea")
        assert known
        assert known.topic is known.modes is None

    play(scene)


def test_keepers_that_are_made_up_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than there can be are told, and not remembered."""
    monkeypatch.setattr(profile, "MOST_KEEPERS", 10)

    async def scene(the: House, alice: Guest) -> None:
        the.tells(*(f"MODERATOR tea u{number} moderator" for number in range(50)))
        await alice.hears(Standing, lambda event: event.user == "u49")
        known = alice.client.kept("tea")
        assert known
        assert len(known._standings) == 10

    play(scene)


def test_a_word_to_everyone_is_heard_whatever_one_asks() -> None:
    """Announcements and invitations are told, also in the middle of an answer."""

    async def scene(the: House, alice: Guest) -> None:
        said = ["INFO root announces: we restart at six", "INFO bob invites you to den: JOIN den"]
        the.answers["WHO"] = [*said, "USER alice"]
        assert await alice.client.who("tea") == ["alice"]
        the.tells(*said)
        await rest(alice)
        notices = [event.text for event in alice.told if isinstance(event, Notice)]
        assert notices[:2] == [
            "root announces: we restart at six",
            "bob invites you to den: /join den",
        ]
        assert notices[2:4] == notices[:2]

    play(scene)


# --- being sent out -------------------------------------------------------------------------------


def test_who_is_sent_out_is_told_why_and_stays_out() -> None:
    """With the reason; who comes back does not try to come in again, but may do so by hand."""

    async def scene(the: House, alice: Guest) -> None:
        the.tells("INFO bob has sent you out of tea: spam: again", "INFO left room tea")
        gone = await alice.hears(Gone)
        assert gone == Gone("tea", "bob has sent you out: spam: again")
        assert alice.client.rooms == ["lobby"]
        the.hangs_up()
        await alice.hears(Returned)
        await rest(alice)
        assert the.asked("JOIN").count("JOIN tea") == 1
        assert await alice.client.join("tea") == "tea"
        the.tells("INFO left room tea")
        assert await alice.hears(Gone, lambda event: not event.reason)

    play(scene, "lobby", "tea")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("bob has sent you out of tea", "bob has sent you out"),
        ("you have been sent out of tea", "you have been sent out"),
        ("you are banned: spam: ask bob", "you are banned: spam: ask bob"),
        (
            "tea is for registered usernames: REGISTER makes yours one",
            "tea is for registered usernames: REGISTER makes yours one",
        ),
    ],
)
def test_whatever_the_reason_one_is_told(told: str, reason: str) -> None:
    """Also in the middle of an answer, where it is no part of that; and for one room alone."""

    async def scene(the: House, alice: Guest) -> None:
        the.answers["WHO"] = [f"INFO {told}", "INFO left room tea", "USER eve"]
        assert await alice.client.who("tea") == ["eve"]
        assert await alice.hears(Gone) == Gone("tea", reason)
        the.tells("INFO left room lobby")
        assert await alice.hears(Gone, lambda event: event.room == "lobby") == Gone("lobby")

    play(scene, "lobby", "tea")


def test_a_room_that_lets_one_in_no_more_is_tried_once() -> None:
    """Also where it was the only one: one comes back all the same, into no room, and stays calm."""

    async def scene(the: House, alice: Guest) -> None:
        the.answers["JOIN tea"] = [f"ERROR {BANNED}"]
        the.hangs_up()
        said = alice.client.send("@bob", "hello?")
        assert await alice.hears(Gone) == Gone("tea", BANNED)
        await alice.hears(Connected, lambda event: event.again)
        assert alice.client.rooms == []
        assert the.heard[-20:].count("LEAVE lobby") == 1
        tried = the.asked("JOIN")[2:]
        assert tried == ["JOIN tea alice", "JOIN lobby alice", "JOIN tea"]
        the.hangs_up()
        while len(the.asked("JOIN")) < 6 or not alice.client.is_connected:
            await asyncio.sleep(0.001)
        await alice.client.who("tea")
        assert the.asked("JOIN")[5:] == ["JOIN lobby alice"]
        assert not said.done()
        with pytest.raises(RefusedError, match="you are banned"):
            await alice.client.join("tea")

    play(scene)


def test_who_is_let_in_nowhere_goes_on_trying() -> None:
    """A username may be one's own again in a while, and a ban may end."""

    async def scene(the: House, alice: Guest) -> None:
        the.answers["JOIN"] = ["ERROR you are banned here: ask root"]
        the.hangs_up()
        await alice.hears(Disconnected, lambda event: "ask root" in event.reason)
        del the.answers["JOIN"]
        await alice.hears(Returned)
        assert alice.client.rooms == ["tea"]

    play(scene)


def test_who_is_banned_at_first_is_told_so() -> None:
    """The first connection has to succeed in the room that one asked for."""

    async def meet() -> None:
        async with house() as (the, port):
            the.answers["JOIN tea"] = [f"ERROR {BANNED}"]
            with pytest.raises(RefusedError, match="you are banned"):
                async with guest(port, "alice", "tea"):
                    pass
            assert the.asked("JOIN") == ["JOIN tea alice"]

    asyncio.run(meet())


# --- what waits for a moderator -------------------------------------------------------------------


def token_of(the: House, text: str) -> str:
    """The token under which something was said last."""
    return next(line for line in reversed(the.heard) if line.endswith(text)).split()[0]


async def _held(the: House, alice: Guest, text: str) -> str:
    """The server holds what was said; its token."""
    while not [line for line in the.heard if line.endswith(text)]:
        await asyncio.sleep(0.001)
    token = token_of(the, text)
    the.tells(f"{token} ERROR {HELD}: bob")
    await alice.hears(Held, lambda event: event.text == text)
    return token.removeprefix("@")


def test_what_waits_for_a_moderator_is_not_lost() -> None:
    """It is told once that it waits; when it is let through it is delivered under its token."""

    async def scene(the: House, alice: Guest) -> None:
        said = alice.client.send("tea", "may I?")
        token = await _held(the, alice, "may I?")
        await asyncio.wait_for(alice.client.delivered(), 10)
        assert (alice.client.waiting, alice.client.held) == (0, 1)
        assert [event for event in alice.told if isinstance(event, Held | Refused)] == [
            Held("tea", "may I?", f"{HELD}: bob")
        ]
        the.says("alice", "may I?", token=token)
        assert await said == 1
        assert (await alice.hears(Message)).own
        assert alice.client.held == 0
        await rest(alice)
        assert len([line for line in the.heard if "may I?" in line]) == 1

    play(scene)


def test_what_waits_is_sent_again_to_a_server_that_may_have_forgotten_it() -> None:
    """Once for each time one comes back, under its token; that it waits still is told no more."""

    async def scene(the: House, alice: Guest) -> None:
        alice.client.send("tea", "may I?")
        token = await _held(the, alice, "may I?")
        for times in (2, 3):
            the.hangs_up()
            while len([line for line in the.heard if line == f"@{token} MSG tea may I?"]) < times:
                await asyncio.sleep(0.001)
            the.tells(f"@{token} ERROR {HELD}: bob")
        await rest(alice)
        assert sum(isinstance(event, Held) for event in alice.told) == 1
        the.hangs_up()
        while len([line for line in the.heard if line == f"@{token} MSG tea may I?"]) < 4:
            await asyncio.sleep(0.001)
        the.tells(f"@{token} ERROR you are muted: ask bob")
        refused = await alice.hears(Refused)
        assert (refused.text, refused.reason) == ("may I?", "you are muted: ask bob")
        assert alice.client.held == 0

    play(scene)


def test_a_server_that_holds_nothing() -> None:
    """A refusal there is a refusal, whatever it says."""

    async def meet() -> None:
        async with house() as (the, port):
            the.answers["HELP held"] = ["ERROR there is no command HELD: HELP lists what there is"]
            async with guest(port, "alice", "tea") as alice:
                for reason in (f"{HELD}: bob", ": no"):
                    said = alice.client.send("tea", "hello")
                    while not [line for line in the.heard if " MSG " in line]:
                        await asyncio.sleep(0.001)
                    the.tells(f"{token_of(the, 'hello')} ERROR {reason}")
                    with pytest.raises(RefusedError):
                        await said
                    the.heard.clear()

    asyncio.run(meet())


def test_who_waits_for_an_answer_is_told_that_it_waits() -> None:
    """`say` does not wait for a moderator; what is refused is not held."""

    async def scene(the: House, alice: Guest) -> None:
        saying = asyncio.create_task(alice.client.say("tea", "may I?"))
        await _held(the, alice, "may I?")
        with pytest.raises(RefusedError, match="waits until a moderator") as refused:
            await saying
        assert refused.value.code == "held"
        saying = asyncio.create_task(alice.client.say("tea", "hello"))
        while "hello" not in the.heard[-1]:
            await asyncio.sleep(0.001)
        the.tells(f"{token_of(the, 'hello')} ERROR this room is slow: say it again in 9 s")
        with pytest.raises(RefusedError, match="again in 9 s") as refused:
            await saying
        assert refused.value.code == ""
        await alice.hears(Refused)
        assert (alice.client.waiting, alice.client.held) == (0, 1)

    play(scene)


@pytest.mark.parametrize("is_sent_out", [True, False])
def test_what_waits_in_a_room_that_one_leaves(is_sent_out: bool) -> None:
    """It is not sent again from outside; who is sent out is told that it is not delivered."""

    async def scene(the: House, alice: Guest) -> None:
        said = alice.client.send("tea", "may I?")
        await _held(the, alice, "may I?")
        if is_sent_out:
            the.tells("INFO bob has sent you out of tea: spam", "INFO left room tea")
        else:
            the.answers["LEAVE tea"] = ["INFO left room tea"]
            await alice.client.leave("tea")
        with pytest.raises(RefusedError):
            await said
        await alice.hears(Gone)
        assert sum(isinstance(event, Refused) for event in alice.told) == is_sent_out
        assert alice.client.held == 0

    play(scene)
