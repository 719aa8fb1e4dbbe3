"""A room is told by number: each message once, in order, whatever comes when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from chat.client.memory.feed import Feed
from chat.client.wire.grammar import Said, Whispered
from chat.vocabulary.names import key_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def said(number: int, text: str = "") -> Said:
    return Said("tea", number, NOON, "bob", text or f"line {number}")


def here(last: int) -> Feed:
    """A room one is in, of which so much has been told."""
    room = Feed("tea")
    room.come()
    room.begin([said(last)] if last else [])
    list(room.release())
    room.is_known = True
    return room


def test_what_follows_is_told_at_once() -> None:
    """The next number is told, one that was told is not, and a later one means being behind."""
    room = here(4)
    assert room.hear(said(5))
    assert not room.hear(said(5))
    assert not room.hear(said(3))
    assert not room.is_behind
    assert not room.hear(said(8))
    assert room.is_behind


def test_numbers_that_are_not_in_the_history_do_not_exist() -> None:
    """What was read is told as far as it is there; only what can't be read at all is counted."""
    room = here(4)
    assert list(room.read([said(4), said(7), said(8)])) == [said(7), said(8)]
    room.hold()
    room.hear(said(12))
    assert list(room.release()) == []
    assert room.is_behind
    assert list(room.release(whatever=True)) == [(3, said(12))]
    assert not room.is_behind


def test_what_was_said_since_is_news() -> None:
    """What was said to oneself since the chat began is told, also if it was not announced."""
    room = Feed("@bob")
    room.announce(Whispered("bob", "five"))
    page = [said(at)._replace(at=NOON + timedelta(seconds=at)) for at in range(1, 5)]
    old = room.begin([*page, said(5, "five")], NOON + timedelta(seconds=3))
    assert old == page[:2]
    assert room.last == 2


def test_a_replay_is_no_news() -> None:
    """What comes before one is in the room is left to the history."""
    room = Feed("tea")
    assert not room.hear(said(3))
    room.come()
    assert room.begin([said(2), said(3)]) == [said(2), said(3)]
    assert room.last == 3


def test_announced_messages_are_news() -> None:
    """Of a conversation, what was announced and what was said since is news, not backlog."""
    room = Feed("@bob")
    for text in ("psst", "psst", "hey"):
        room.announce(Whispered("bob", text))
    page = [said(1, "psst"), said(2, "hello"), said(3, "psst"), said(4, "psst"), said(5, "hey")]
    assert room.begin([*page, said(6, "more")]) == page[:2]
    assert room.last == 2


WHAT = ["live", "lost", "read", "hide", "hide while it is read"]


@example(["lost", "live", "hide"], 0, 7)
@given(st.lists(st.sampled_from(WHAT), max_size=60), st.integers(0, 5), st.integers(1, 7))
def test_everything_is_told_once_in_order(happens: list[str], before: int, page: int) -> None:
    """Whether messages come live, are left out, are read, or hidden: what is there is told, once
    and in order, and what is hidden is not told any more.
    """
    room = here(before)
    history = [said(number) for number in range(1, before + 1)]
    newest = before
    hidden: dict[int, int] = {}
    told: list[int] = []

    def hide() -> None:
        if history:
            number = history.pop(len(history) // 2).number
            hidden[number] = len(told)
            room.hide([(number, number)])

    def read(is_slow: bool) -> None:
        room.hold()
        room.is_reading = True
        while found := [one for one in history if one.number > (room.last or 0)][:page]:
            if is_slow:
                hide()
            told.extend(one.number for one in room.read(found))
        room.has_read()
        told.extend(one.number for _, one in room.release(whatever=True))

    for what in happens:
        if what in ("live", "lost"):
            newest += 1
            history.append(said(newest))
            if what == "live" and room.hear(history[-1]):
                told.append(newest)
        elif what == "hide":
            hide()
        else:
            read(what != "read")
    read(False)
    assert told == sorted(set(told))
    assert {one.number for one in history if one.number > before} <= set(told)
    for number, at in hidden.items():
        assert number not in told[at:]
    assert not room.is_behind


def test_names_of_one_room() -> None:
    """Case and width make no difference."""
    assert key_of("Tea") == key_of("ｔＥＡ") != key_of("coffee")
