"""How rooms are kept, on the screen: topics, modes, who keeps them, and what they take back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from chat.client import Members
from chat.client.screen.rooms import changes
from chat.client.session import presence
from tests.client.house import HELD, House, house
from tests.client.screen.sitting import Sitting, sitting


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back does so at once."""
    monkeypatch.setattr(presence, "PAUSES", (0.01,))


def play(
    scene: Callable[[House, Sitting], Coroutine[Any, Any, None]],
    *rooms: str,
    size: tuple[int, int] = (100, 30),
    before: int = 0,
    **answers: list[str],
) -> None:
    """Alice sits in the tea room, or in these; so many messages are there."""

    async def sit() -> None:
        async with house() as (the, port):
            the.answers = {f"{verb} tea": answer for verb, answer in answers.items()}
            for number in range(1, before + 1):
                the.keeps("bob", f"line {number}.")
            async with sitting(port, "alice", *(rooms or ("tea",)), size=size) as alice:
                await scene(the, alice)

    asyncio.run(sit())


MODES = "MODE tea private=on moderated=off registered=on slow=30 raid=off"
KEPT: dict[str, list[str]] = {
    "TOPIC": ["TOPIC tea milk or lemon?"],
    "MODE": [MODES],
    "MODERATOR": ["MODERATOR tea Bob owner", "MODERATOR tea carol moderator", "INFO 2 names"],
    "WHO": ["USER bob", "USER carol", "USER alice", "INFO 3 users in tea"],
}


def test_a_room_shows_how_it_is_kept() -> None:
    """Its topic and modes stand above it, and a mark at those who keep it; that is no news."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("tea  [private, registered, slow 30 s]  3 here  milk or lemon?  ●")
        await alice.sees("~bob", "+carol", " alice")
        assert "the topic is" not in alice.screen
        assert "is the owner" not in alice.screen
        the.tells("TOPIC tea honey", MODES.replace("slow=30", "slow=0"), "MODERATOR tea carol none")
        await alice.sees("[private, registered]  3 here  honey")
        await alice.sees("the topic is: honey", "carol is no moderator any more")
        await alice.sees_no("+carol")
        the.tells("TOPIC tea")
        await alice.sees("there is no topic")
        await alice.sees("3 here  ● alice")

    play(scene, size=(120, 30), **KEPT)


@pytest.mark.parametrize(
    ("size", "bar"),
    [
        ((80, 24), "tea  +prs  3 here  milk or lemon? it is a long st…  ● alice at 127.0.0.1:"),
        ((59, 20), "tea  +prs  3 here  milk or lemon? it is a long …  ● alice"),
        ((40, 20), "tea  +prs  3 here  milk or l…  ● alice"),
        ((34, 20), "tea  +prs  3 here  ● alice"),
    ],
)
def test_a_small_screen_shows_what_fits(size: tuple[int, int], bar: str) -> None:
    """A topic that is too long is cut, and left out where it would be a few letters."""
    topic = ["TOPIC tea milk or lemon? it is a long story " + "so " * 300]

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees(bar)
        assert all(len(line) <= size[0] for line in alice.lines)

    play(scene, size=size, **(KEPT | {"TOPIC": topic}))


def test_what_is_taken_back_goes_from_the_screen() -> None:
    """And comes back where it was when it is shown again."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 5.")
        for number in (2, 4):
            del the.messages[number]
        the.tells("HIDDEN tea 2,4")
        await alice.sees_no("line 4.")
        assert "line 2." not in alice.screen
        await alice.sees("line 3.")
        the.keeps("bob", "line 2.", 2)
        the.keeps("bob", "line 4.", 4)
        the.tells("SHOWN tea 2,4")
        await alice.sees("line 2.", "line 4.")
        assert "taken back" not in alice.screen
        rows = alice.app.places.active.pane.timeline.rows
        assert [row.number for row in rows if row.number] == [1, 2, 3, 4, 5]

    play(scene, before=5)


def test_who_keeps_a_room_is_told_which_messages_are_gone() -> None:
    """To look what they said, and bring them back."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("~alice", "line 3.")
        the.tells("HIDDEN tea 2-3")
        await alice.sees("taken back: 2-3 (/earlier tells the last)")
        the.answers["EARLIER #tea 3"] = [
            "EARLIER tea 3 2026-05-04T12:00:00.000Z line 3.",
            "INFO 1 text of message 3",
        ]
        await alice.types("/earlier")
        await alice.sees("line 3.", "1 text of message 3")

    play(scene, before=3, MODERATOR=["MODERATOR tea alice owner"], WHO=["USER alice"])


def test_what_is_taken_back_is_not_unread() -> None:
    """In a room that one does not look at; where nothing is left, nothing is new."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.presses("alt+1")
        the.says("bob", "hello")
        the.says("mallory", "alice, spam")
        the.says("mallory", "spam")
        await alice.until(lambda: alice.room(2) == "2 tea @1", "the mention")
        the.tells("HIDDEN tea 2-3")
        await alice.until(lambda: alice.room(2) == "2 tea 1", "the count")
        the.tells("HIDDEN tea 1")
        await alice.until(lambda: alice.room(2) == "2 tea", "no count")
        assert alice.app.places.all[1].pane.timeline.rows == []
        the.says("bob", "again", 4)
        await alice.until(lambda: alice.room(2) == "2 tea 1", "the count")
        await alice.presses("alt+2")
        await alice.sees("── new ──", "again")

    play(scene, "lobby", "tea", HISTORY=[])


def test_what_is_edited_changes_on_the_screen() -> None:
    """With a mark; a message that is not there is none."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 3.")
        the.tells("EDITED tea 2 bob better", "EDITED tea 99 bob what?", "EDITED ops 1 bob what?")
        await alice.sees("better (edited)")
        await alice.sees_no("line 2.")
        assert "what?" not in alice.screen

    play(scene, before=3)


def test_what_was_taken_back_while_one_was_away() -> None:
    """It is gone when one is back, though nobody has told of it; also where one looks later."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 700.")
        timeline = alice.app.places.active.pane.timeline
        while not timeline.at_start:
            await alice.presses("pageup")
        await alice.presses("ctrl+end")
        the.tells("HIDDEN tea 5")
        await alice.until(lambda: timeline.count == 699, "the word of it")
        for number in (3, 300, 699):
            del the.messages[number]
        the.messages[700] = ("bob", "better")
        the.hangs_up()
        await alice.sees("back again", "better (edited)")
        await alice.until(
            lambda: not {3, 300, 699} & {row.number for row in timeline.rows}, "the end of it"
        )
        assert timeline.count == 697
        await alice.until(lambda: not alice.app._state, "the connection")

    play(scene, before=700)


def test_ones_own_message_that_is_hidden_at_once() -> None:
    """It is not on its way for ever, though it is never told."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.types("oops")
        await alice.until(lambda: the.heard[-1].endswith("oops"), "the message")
        the.says("alice", "oops", 9, token=the.heard[-1].split()[0][1:])
        del the.messages[9]
        the.tells("HIDDEN tea 9")
        await alice.until(lambda: not alice.app.places.active.pane.timeline._pending, "the end")
        await alice.sees_no("oops")

    play(scene, before=2)


@pytest.mark.parametrize("how", ["newer", "newest", "joined"])
def test_what_has_come_and_is_gone_is_not_asked_for_for_ever(how: str) -> None:
    """Who reads something else comes to the end of the room when there is no more of it."""

    async def scene(the: House, alice: Sitting) -> None:
        place = alice.app.places.active
        timeline = place.pane.timeline
        timeline.live, place.pane._asked_newer = False, True
        for text in ("one", "two"):
            the.says("bob", text)
        await alice.until(lambda: timeline.waiting == 2, "what is not here")
        for number in (3, 4):
            del the.messages[number]
        the.hangs_up()
        await alice.sees("back again")
        if how == "joined":
            the.tells("INFO bob has sent you out of tea", "INFO left room tea")
            await alice.until(lambda: not place.is_here, "the end of it")
            await alice.types("/join tea")
            await alice.until(lambda: place.is_here, "the room")
        elif how == "newer":
            await alice.app.visit.read_newer(place)
        else:
            await alice.app.visit.read_newest(place)
        assert (timeline.live, timeline.waiting) == (True, 0)
        the.says("bob", "three", 5)
        await alice.until(lambda: timeline.last == 5, "the next one")

    play(scene, before=2)


def test_what_was_taken_back_in_a_room_that_one_looks_at_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is read again when somebody looks; what can't be read then is, the next time."""
    monkeypatch.setattr(changes, "READ", 2)

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 5.")
        await alice.types("/join lobby")
        await alice.sees("2 lobby")
        place = alice.app.places.all[0]
        del the.messages[4]
        the.hangs_up()
        await alice.until(lambda: place.stale, "the connection")
        the.answers["HISTORY tea 2"] = ["ERROR the history can't be read just now"]
        await alice.presses("alt+1")
        await alice.sees("line 4.")
        await alice.until(lambda: the.heard[-1].startswith("PING") and place.stale, "the answer")
        del the.answers["HISTORY tea 2"]
        await alice.presses("alt+2", "alt+1")
        await alice.sees_no("line 4.")
        await alice.sees("line 3.", "line 5.")

    play(scene, before=5)


def test_many_messages_are_put_back_in_few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are scattered; nothing is asked for of what is not on the screen."""
    monkeypatch.setattr(changes, "READ", 10)

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 150.")
        gone = [*range(1, 60, 2), *range(60, 90, 3), 149]
        kept = {number: the.messages.pop(number) for number in gone}
        numbers = ",".join(map(str, gone))
        the.tells(f"HIDDEN tea {numbers}")
        timeline = alice.app.places.active.pane.timeline
        await alice.sees_no("line 149.")
        first = timeline.first
        assert first == 51
        the.messages |= kept
        asked = len(the.asked("HISTORY"))
        the.tells(f"SHOWN tea {numbers}")
        await alice.sees("line 149.")
        assert [row.number for row in timeline.rows if row.number] == list(range(51, 151))
        assert len(the.asked("HISTORY")) - asked == 5

    play(scene, before=150)


@pytest.mark.parametrize("how", ["restore", "renew"])
def test_a_server_that_never_comes_to_an_end(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much to be read again is not; the end of the room is shown, all of it."""
    monkeypatch.setattr(changes, "READ", 5)
    monkeypatch.setattr(changes, "PAGES", 3)

    async def scene(the: House, alice: Sitting) -> None:
        await alice.sees("line 50.")
        timeline = alice.app.places.active.pane.timeline

        def here() -> list[int]:
            return [row.number for row in timeline.rows if row.number]

        if how == "restore":
            the.tells("HIDDEN tea 1-40")
            await alice.until(lambda: timeline.count == 10, "the word of it")
            the.tells("SHOWN tea 1-40")
        else:
            the.hangs_up()
        await alice.until(lambda: "HISTORY tea 5" in the.heard, "the end")
        await alice.until(lambda: here() == list(range(here()[0], 51)), "all of it")
        while not timeline.at_start:
            await alice.presses("pageup")
        assert here() == list(range(1, 51))
        assert the.heard.count("HISTORY tea 5") == 1

    play(scene, before=50)


# --- what one types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said", "answer", "shown"),
    [
        ("/topic", "TOPIC #tea", ["TOPIC tea milk?"], ["the topic is: milk?"]),
        ("/topic milk and honey", "TOPIC #tea milk and honey", ["INFO topic set"], ["topic set"]),
        (
            "/mode",
            "MODE #tea",
            [MODES],
            ["private, registered, slow 30 s on; moderated, raid off"],
        ),
        (
            "/moderator",
            "MODERATOR #tea",
            ["MODERATOR tea bob owner", "INFO 1 name in tea"],
            ["bob is the owner", "1 name in tea"],
        ),
        (
            "/bans",
            "BANS #tea",
            ["BAN tea eve 2026-05-04T12:00:00Z bob spam", "BAN tea 10.0.0.0/8 - bob"],
            ["eve until 2026-05-04 ", "by bob: spam", "10.0.0.0/8 for good, by bob"],
        ),
        ("/ban * eve 1h spam", "BAN * eve 1h spam", ["INFO eve is banned"], ["eve is banned"]),
        ("/hide * 10m", "HIDE #tea * 10m", ["INFO 3 messages hidden"], ["3 messages hidden"]),
        ("/announce tea!", "ANNOUNCE tea!", ["INFO announced"], ["announced"]),
    ],
)
def test_commands_are_passed_on_and_answered(
    typed: str, said: str, answer: list[str], shown: list[str]
) -> None:
    """With the room one is in; the answer stands there in words."""

    async def scene(the: House, alice: Sitting) -> None:
        the.answers[said] = answer
        await alice.types(typed)
        await alice.sees(*shown)
        assert the.heard.count(said) == 1
        assert not the.asked("MSG")
        assert alice.screen.count("slow 30 s on") <= 1

    play(scene, size=(130, 20), **KEPT)


def test_a_refusal_says_who_could_help() -> None:
    """It stands above the line, which comes back; the answer is shown where it was asked for."""

    async def scene(the: House, alice: Sitting) -> None:
        the.answers["KICK #tea bob"] = ["ERROR that is not allowed here: ask carol"]
        await alice.types("/kick bob")
        await alice.sees("that is not allowed here: ask carol")
        assert alice.typed == "/kick bob"
        await alice.presses("escape")
        for typed, reason in [
            ("/claim", "/register makes yours one"),
            ("/edit better", "you have said nothing here that could be edited"),
            ("/earlier", "nothing was edited or hidden here since you came"),
            ("/earlier x", "'x' is no number: /earlier [number]"),
            ("/edit #7", "say more: /edit [#number] <text>"),
        ]:
            await alice.types(typed)
            await alice.sees(reason)
            await alice.presses("escape")
        await alice.types("/msg bob")
        await alice.until(lambda: alice.app.places.active.name == "@bob", "the other room")
        await alice.types("/kick bob")
        await alice.sees("/kick is about a room, and you are talking to bob alone")

    play(scene)


def test_ones_own_last_message_is_edited() -> None:
    """Without a number it is the last one that one has said here; # and a number names one."""

    async def scene(the: House, alice: Sitting) -> None:
        the.says("alice", "helo")
        the.says("bob", "hi")
        await alice.sees("hi")
        await alice.types("/edit hello 2 you")
        await alice.until(lambda: the.asked("EDIT"), "the command")
        await alice.types("/edit #7 hello")
        await alice.until(lambda: len(the.asked("EDIT")) > 1, "the command")
        assert the.asked("EDIT") == ["EDIT #tea 1 hello 2 you", "EDIT #tea 7 hello"]

    play(scene)


def test_news_of_what_one_has_done_oneself_is_told_once() -> None:
    """As all others are told it; and the server's answer."""

    async def scene(the: House, alice: Sitting) -> None:
        the.answers["MODERATOR #tea bob on"] = [
            "MODERATOR tea bob moderator",
            "INFO bob moderates tea",
        ]
        await alice.types("/moderator bob on")
        await alice.sees("bob moderates tea")
        assert alice.screen.count("bob is a moderator") == 1

    play(scene, **KEPT)


# --- what waits, and being sent out ---------------------------------------------------------------


def test_what_waits_for_a_moderator_stays_on_the_screen() -> None:
    """Below all else, with the reason, until it is let through; it is not put into the line."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.types("may I?")
        await alice.until(lambda: the.heard[-1].endswith("may I?"), "the message")
        token = the.heard[-1].split()[0]
        the.tells(f"{token} ERROR {HELD}: bob")
        await alice.sees("what you said waits until a moderator", "… ")
        assert alice.typed == ""
        the.says("bob", "hello")
        await alice.sees("hello")
        assert alice.app.places.active.pane.timeline.rows[-1].text == "may I?"
        the.says("alice", "may I?", token=token[1:])
        await alice.sees_no("… ")
        assert sum("may I?" in line for line in alice.lines) == 1
        await alice.types("/quit")
        await alice.until(lambda: not alice.app.is_running, "the end")

    play(scene)


def test_a_line_that_is_refused_comes_back() -> None:
    """Muted, too fast, or where only moderators speak: it is not lost, and not sent again."""

    async def scene(the: House, alice: Sitting) -> None:
        await alice.types("too fast")
        await alice.until(lambda: the.heard[-1].endswith("too fast"), "the message")
        the.tells(f"{the.heard[-1].split()[0]} ERROR this room is slow: say it again in 9 s")
        await alice.sees("this room is slow: say it again in 9 s")
        assert alice.typed == "too fast"
        the.hangs_up()
        await alice.sees("back again")
        assert sum("too fast" in line for line in the.heard) == 1

    play(scene)


def test_who_is_sent_out_sees_why_and_may_come_back_by_hand() -> None:
    """The room stays, and is marked; it is not joined again until one says so."""

    async def scene(the: House, alice: Sitting) -> None:
        the.tells("INFO bob has sent you out of tea: spam", "INFO left room tea")
        await alice.sees("not in here any more: bob has sent you", "out: spam", "line 2.")
        assert not alice.app.places.active.is_here
        await alice.sees_no("here  ●")
        alice.app.visit.client.tell(Members("tea", ("bob",)))  # was asked for before
        await alice.types("hello?")
        await alice.sees("you are not in the room tea")
        assert not alice.app.places.active.are_members_known
        await alice.presses("escape")
        the.answers["JOIN tea"] = ["ERROR you are banned from tea: ask bob"]
        the.hangs_up()
        await alice.until(lambda: the.asked("JOIN").count("JOIN lobby alice") == 1, "the lobby")
        await alice.until(lambda: not alice.app._state, "the connection")
        joins = the.asked("JOIN").count("JOIN tea")
        await alice.types("/join tea")
        await alice.sees("you are banned from tea: ask bob")
        await alice.presses("escape")
        del the.answers["JOIN tea"]
        await alice.types("/join tea")
        await alice.until(lambda: alice.app.places.active.is_here, "the room")
        assert the.asked("JOIN").count("JOIN tea") == joins + 2

    play(scene, before=2)
