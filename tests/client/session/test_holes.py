"""Numbers may be missing: what is hidden is in no history, and a client comes to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from chat.client import Edited, Entered, Hidden, Message, Missing, Returned, Shown
from chat.client.session import backfill, presence
from tests.client.house import House, house
from tests.client.meeting import Guest, guest


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back does so at once."""
    monkeypatch.setattr(presence, "PAUSES", (0.01,))
    monkeypatch.setattr(backfill, "READ_PAUSES", (0.01,) * 4)


def play(
    scene: Callable[[House, Guest], Coroutine[Any, Any, None]], *before: int, backlog: int = 0
) -> None:
    """Alice comes to the tea room, in which messages with these numbers are."""

    async def meet() -> None:
        async with house() as (the, port):
            for number in before:
                the.keeps("bob", f"m{number}", number)
            async with guest(port, "alice", "tea", backlog=backlog) as alice:
                await alice.hears(Entered)
                await scene(the, alice)

    asyncio.run(meet())


async def rest(the: House, alice: Guest) -> int:
    """All has been told and answered; how often a history was asked for until then."""
    for _ in range(5):
        await alice.client.who("tea")
    return len(the.asked("HISTORY"))


async def _lose(the: House, alice: Guest) -> Returned:
    """The connection is lost, and made again."""
    before = sum(isinstance(event, Returned) for event in alice.told)
    the.hangs_up()
    while sum(isinstance(event, Returned) for event in alice.told) == before:
        await asyncio.sleep(0.001)
    return [event for event in alice.told if isinstance(event, Returned)][-1]


def test_a_hole_is_looked_into_once() -> None:
    """What comes behind a hole is told at once; it is asked once what was there, and no more."""

    async def scene(the: House, alice: Guest) -> None:
        before = await rest(the, alice)
        the.says("bob", "m9", 9)
        await alice.hears(Message, lambda event: event.number == 9)
        assert await rest(the, alice) == before + 1
        for _ in range(20):
            the.says("bob", "more")
        await alice.hears(Message, lambda event: event.number == 29)
        assert await rest(the, alice) == before + 1
        assert not [event for event in alice.told if isinstance(event, Missing)]

    play(scene, 1, 2, 4)


def test_who_comes_back_misses_nothing_that_is_hidden() -> None:
    """Only what is in the history was missed, however many numbers lie between."""

    async def scene(the: House, alice: Guest) -> None:
        the.says("bob", "m3")
        await alice.hears(Message)
        the.keeps("bob", "m900", 900)
        the.keeps("alice", "m950", 950)
        returned = await _lose(the, alice)
        assert (returned.missed, returned.is_more, returned.is_anew) == (1, False, False)
        await alice.hears(Message, lambda event: event.number == 950)
        asked = await rest(the, alice)
        assert await rest(the, alice) == asked
        assert alice.heard("tea") == ["m3", "m900", "m950"]
        assert not [event for event in alice.told if isinstance(event, Missing)]

    play(scene, 1, 2)


def test_what_is_missed_is_not_made_up() -> None:
    """Of more messages than are read at once it is said that there are more, not how many."""

    async def scene(the: House, alice: Guest) -> None:
        for number in range(1000, 4000, 3):
            the.keeps("bob", f"m{number}", number)
        returned = await _lose(the, alice)
        assert (returned.missed, returned.is_more) == (backfill.PAGE, True)
        await alice.hears(Message, lambda event: event.number == 3997)
        assert len(alice.heard("tea")) == 999 + 1

    play(scene, 1, 2)


def test_a_room_whose_end_was_hidden_is_no_other_room() -> None:
    """The newest that is left is older than what was told last: nothing of it is told again."""

    async def scene(the: House, alice: Guest) -> None:
        for number in (3, 4, 5):
            the.says("bob", f"m{number}")
        await alice.hears(Message, lambda event: event.number == 5)
        for number in (3, 4, 5):
            del the.messages[number]
        assert not (await _lose(the, alice)).is_anew
        the.says("bob", "m6", 6)
        await alice.hears(Message, lambda event: event.number == 6)
        assert alice.heard("tea") == ["m3", "m4", "m5", "m6"]
        the.messages.clear()
        assert not (await _lose(the, alice)).is_anew
        the.says("bob", "m7", 7)
        await alice.hears(Message, lambda event: event.number == 7)
        asked = await rest(the, alice)
        assert await rest(the, alice) == asked

    play(scene, 1, 2)


@pytest.mark.parametrize("kept", [0, 2])
def test_another_history_is_seen_when_somebody_speaks(kept: int) -> None:
    """A number that was told before, and something newer has it: the numbers have begun anew."""

    async def scene(the: House, alice: Guest) -> None:
        the.says("bob", "m4")
        await alice.hears(Message)
        for number in range(kept + 1, 5):
            the.messages.pop(number, None)
        assert not (await _lose(the, alice)).is_anew
        the.at += timedelta(days=1)
        the.says("bob", "anew")
        returned = await alice.hears(Returned, lambda event: event.is_anew)
        assert returned.missed == kept + 1
        said = await alice.hears(Message, lambda event: event.text == "anew")
        assert (said.number, said.old) == (kept + 1, False)
        the.says("bob", "more")
        await alice.hears(Message, lambda event: event.text == "more")

    play(scene, 1, 2, 3)


def test_ones_own_message_that_comes_twice_is_no_other_history() -> None:
    """What is sent again is answered as the first time, and told once."""

    async def scene(the: House, alice: Guest) -> None:
        the.says("alice", "m3", 3, token="a")
        the.says("bob", "m4", 4)
        the.says("alice", "m3", 3, token="a")
        the.says("bob", "m5", 5)
        await alice.hears(Message, lambda event: event.number == 5)
        assert alice.heard("tea") == ["m3", "m4", "m5"]
        assert not [event for event in alice.told if isinstance(event, Returned)]

    play(scene, 1, 2)


def test_what_is_hidden_while_it_waits_is_not_told() -> None:
    """It came behind a hole, and was hidden before the history was read; nothing waits for it."""

    async def scene(the: House, alice: Guest) -> None:
        before = await rest(the, alice)
        the.says("mallory", "spam", 9)
        del the.messages[9]
        the.tells("HIDDEN tea 9")
        the.says("bob", "m10", 10)
        await alice.hears(Message, lambda event: event.number == 10)
        assert alice.heard("tea") == ["m10"]
        assert (await alice.hears(Hidden)).numbers == ((9, 9),)
        assert await rest(the, alice) <= before + 2

    play(scene, 1, 2)


def test_what_is_hidden_or_edited_while_it_is_read_is_told_as_it_is_now() -> None:
    """A history may have been read before, and come after the word of it."""

    async def scene(the: House, alice: Guest) -> None:
        def change() -> None:
            the.tells("HIDDEN tea 4-5", "EDITED tea 6 bob better")
            the.reads = None

        for number in range(3, 8):
            the.keeps("bob", f"m{number}", number)
        the.reads = change
        await _lose(the, alice)
        await alice.hears(Message, lambda event: event.number == 7)
        assert alice.heard("tea") == ["m3", "better", "m7"]

    play(scene, 1, 2)


def test_a_backlog_has_nothing_that_is_hidden() -> None:
    """Nor what was hidden while it was read; numbers that are not there are not waited for."""

    async def meet() -> None:
        async with house() as (the, port):
            for number in (2, 5, 6, 9):
                the.keeps("bob", f"m{number}", number)
            the.reads = lambda: the.tells("HIDDEN tea 6")
            async with guest(port, "alice", "tea", backlog=10) as alice:
                entered = await alice.hears(Entered)
                assert [message.number for message in entered.backlog] == [2, 5, 9]

    asyncio.run(meet())


def test_what_is_shown_again_is_told_if_it_never_was() -> None:
    """What was told before is not told again; a client may read it."""

    async def scene(the: House, alice: Guest) -> None:
        the.tells("SHOWN tea 1-2")
        shown = await alice.hears(Shown)
        assert shown == Shown("tea", ((1, 2),))
        the.keeps("mallory", "m5", 5)
        the.keeps("mallory", "m6", 6)
        the.tells("SHOWN tea 5-6")
        await alice.hears(Message, lambda event: event.number == 6)
        assert alice.heard("tea") == ["m5", "m6"]
        the.tells("SHOWN tea 17")  # and hidden again at once
        asked = await rest(the, alice)
        assert await rest(the, alice) == asked

    play(scene, 1, 2)


def test_what_is_edited_is_told() -> None:
    """To whoever is in the room, with its number and its text; in other rooms nothing is."""

    async def scene(the: House, alice: Guest) -> None:
        the.tells("EDITED coffee 1 bob no", "HIDDEN coffee 1", "SHOWN coffee 1")
        the.tells("EDITED TEA 2 bob it is  better")
        assert await alice.hears(Edited) == Edited("tea", 2, "bob", "it is  better")
        assert not [event for event in alice.told if isinstance(event, Hidden | Shown)]

    play(scene, 1, 2)


def test_which_message_was_ones_own_last() -> None:
    """It is known, also from the backlog; what is taken back is none any more."""

    async def scene(the: House, alice: Guest) -> None:
        await asyncio.sleep(0)
        assert alice.client.own_last("tea") == alice.client.last_changed("tea") == 0
        for number in (3, 4, 6):
            the.says("Alice", f"m{number}", number)
        the.says("bob", "m7", 7)
        await alice.hears(Message, lambda event: event.number == 7)
        assert alice.client.own_last("TEA") == 6
        the.tells("HIDDEN tea 6", "EDITED tea 4 alice x")
        await alice.hears(Edited)
        assert alice.client.own_last("tea") == 4
        assert alice.client.last_changed("tea") == 4
        assert alice.client.own_last("nowhere") == 0

    play(scene, 1, 2)
