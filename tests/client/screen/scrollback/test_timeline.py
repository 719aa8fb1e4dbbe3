"""The rows of a room."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.client.screen.scrollback.rows import Kind, Row
from chat.client.screen.scrollback.timeline import Timeline
from chat.client.terms.events import Message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def in_utc() -> Iterator[None]:
    """Everybody is in Greenwich."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def said(number: int, text: str = "", user: str = "bob", hours: int = 0, **more: bool) -> Message:
    at = NOON + timedelta(minutes=number, hours=hours)
    return Message("tea", number, at, user, text or f"m{number}", **more)


def page(first: int, last: int, hours: int = 0) -> list[Message]:
    return [said(number, hours=hours) for number in range(first, last + 1)]


def seeded(first: int = 1, last: int = 3, live: bool = True) -> Timeline:
    timeline = Timeline("me")
    timeline.seed(page(first, last), False, live)
    return timeline


def shown(timeline: Timeline) -> str:
    """The rows in a line: messages by their texts, others by their kinds."""
    special = {Kind.DAY: "DAY", Kind.UNREAD: "NEW"}
    return " ".join(special.get(row.kind, row.text) for row in timeline.rows)


def test_a_message_becomes_a_row() -> None:
    """It has all that is shown of it, in time of here."""
    timeline = Timeline("Me")
    assert timeline.append(said(1, "hi me\tthere\x1b[31m", "bo\x07b"))
    assert timeline.append(said(2, "me too", "Me", own=True))
    row, own = [row for row in timeline.rows if row.kind is Kind.MESSAGE]
    assert (row.text, row.user, row.time) == ("hi me   there\ufffd[31m", "bo\ufffdb", "12:01")
    assert (row.number, row.mention, row.own) == (1, True, False)
    assert (own.mention, own.own) == (False, True)


def test_times_are_those_of_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message late in the evening in Greenwich is one of the next day in Tokyo."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        timeline = Timeline()
        timeline.append(said(1, hours=8))
        timeline.notice("hello", "info", NOON)
        assert [row.text for row in timeline.rows] == ["Sunday, 22 November 2026", "m1", "hello"]
        assert [row.time for row in timeline.rows] == ["", "05:01", "21:00"]
    time.tzset()


def test_the_ends_of_all_time_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may say that something was said in the year 1 or 9999."""
    timeline = Timeline()
    for zone in ("Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        timeline.append(Message("tea", 1, datetime.min.replace(tzinfo=UTC), "bob", "old"))
        timeline.append(Message("tea", 2, datetime.max.replace(tzinfo=UTC), "bob", "new"))
    monkeypatch.undo()
    time.tzset()
    assert timeline.count == 2


def test_each_day_has_a_line_above_it() -> None:
    """The first day of what is shown as well, so that one knows when that was."""
    timeline = Timeline()
    timeline.seed([said(1), said(2), said(3, hours=24)], True)
    timeline.append(said(4, hours=24))
    timeline.append(said(5, hours=48))
    assert shown(timeline) == "DAY m1 m2 DAY m3 m4 DAY m5"
    assert timeline.rows[0].text == "Saturday, 21 November 2026"


def test_older_pages_bring_their_days() -> None:
    """A day's line moves up to its first message, and other days get their own."""
    timeline = Timeline()
    timeline.seed(page(11, 12), False)
    timeline.put_before(page(9, 10), False)
    assert shown(timeline) == "DAY m9 m10 m11 m12"
    timeline.put_before(page(7, 8, hours=-24), True)
    assert shown(timeline) == "DAY m7 m8 DAY m9 m10 m11 m12"
    assert (timeline.first, timeline.last, timeline.count) == (7, 12, 6)
    assert timeline.at_start


def test_newer_pages_bring_their_days() -> None:
    """A page behind the window goes on with its day, and begins others."""
    timeline = seeded(1, 2, live=False)
    timeline.put_after([said(3), said(4, hours=24)], True)
    assert shown(timeline) == "DAY m1 m2 m3 DAY m4"
    assert timeline.live


def test_what_is_here_is_not_put_in_again() -> None:
    """Pages may overlap the window, and a message may come twice."""
    timeline = seeded(3, 5)
    assert not timeline.append(said(5))
    assert not timeline.append(said(4))
    assert timeline.put_before(page(1, 4), True)
    assert not timeline.put_before(page(1, 4), True)
    assert timeline.put_after(page(4, 7), True)
    assert not timeline.put_after(page(4, 7), True)
    assert shown(timeline) == "DAY m1 m2 m3 m4 m5 m6 m7"


def test_what_comes_while_older_is_shown_waits() -> None:
    """It is counted once, and not put in: it would follow what it does not follow."""
    timeline = seeded(1, 3, live=False)
    assert not timeline.append(said(9))
    assert not timeline.append(said(9))
    assert not timeline.append(said(10))
    assert (timeline.waiting, timeline.last) == (2, 3)
    timeline.put_after(page(4, 9), False)
    assert (timeline.waiting, timeline.live) == (1, False)
    timeline.put_after(page(10, 10), True)
    assert (timeline.waiting, timeline.live) == (0, True)
    assert timeline.append(said(11))


def test_a_page_that_was_the_last_may_not_be_so_when_it_comes() -> None:
    """What came after it was asked for is missing, so the window is not live yet."""
    timeline = seeded(1, 3, live=False)
    timeline.append(said(6))
    timeline.put_after(page(4, 5), True)
    assert (timeline.live, timeline.waiting) == (False, 1)
    timeline.append(said(7))
    timeline.seed(page(4, 6), False)
    assert (timeline.live, timeline.waiting) == (False, 1)


def test_numbers_may_begin_anew() -> None:
    """A server that has forgotten everything is believed."""
    timeline = seeded(100, 103)
    timeline.seed(page(1, 2), True)
    assert timeline.live
    assert timeline.append(said(3))


def test_older_messages_may_come_first_of_all() -> None:
    """An empty room that gets a page of them has a window."""
    timeline = Timeline()
    timeline.notice("welcome", "info", NOON)
    timeline.put_before(page(4, 5), False)
    assert (timeline.first, timeline.last) == (4, 5)
    assert timeline.append(said(6))
    assert not timeline.append(said(5))
    assert shown(timeline) == "DAY m4 m5 welcome m6"


def test_seeding_leaves_only_what_is_pending() -> None:
    """The window is another one; what one has said is still on its way."""
    timeline = seeded()
    timeline.pend("a", "mine")
    timeline.mark_unread()
    timeline.notice("bob joined", "info", NOON)
    timeline.seed(page(8, 9), True)
    assert shown(timeline) == "DAY m8 m9 mine"
    timeline.append(said(10))
    timeline.mark_unread()
    assert shown(timeline) == "DAY m8 m9 m10 NEW mine"
    timeline.unpend("a")
    assert shown(timeline) == "DAY m8 m9 m10 NEW"


def test_pending_texts_stay_at_the_end() -> None:
    """Until each is taken away by its key; others may be delivered first."""
    timeline = seeded(1, 1)
    timeline.pend("a", "x\ty")
    timeline.pend("b", "z")
    timeline.append(said(2))
    timeline.notice("two\nlines", "info", NOON)
    assert shown(timeline) == "DAY m1 m2 two lines x   y z"
    assert timeline.rows[-1].user == "me"
    timeline.unpend("a")
    timeline.unpend("unknown")
    assert shown(timeline) == "DAY m1 m2 two lines z"
    timeline.unpend("b")
    timeline.append(said(3))
    assert shown(timeline) == "DAY m1 m2 two lines m3"


def test_who_draws_is_told_what_has_changed() -> None:
    """No row is where it was from the first one on that came or went."""
    timeline = seeded(5, 6)
    timeline.pend("a", "x")
    timeline.pend("b", "y")
    for act, untouched in (
        (lambda: timeline.unpend("b"), 4),
        (lambda: timeline.pend("b", "y"), 4),
        (lambda: timeline.append(said(7)), 3),
        (lambda: timeline.notice("hi", "info", NOON), 4),
        (lambda: timeline.mark_unread(), 5),
        (lambda: timeline.clear_unread_line(), 5),
        (lambda: timeline.put_before([said(5)], True), 7),
        (lambda: timeline.put_before(page(3, 5), True), 0),
        (lambda: timeline.trim(2), 0),
    ):
        timeline.untouched = len(timeline.rows)
        act()
        assert timeline.untouched == untouched


def test_there_is_one_line_above_what_is_new() -> None:
    """It moves to the end when it is put there again, and goes when nothing is new."""
    timeline = seeded(1, 2)
    timeline.clear_unread_line()
    timeline.mark_unread()
    timeline.append(said(3))
    assert shown(timeline) == "DAY m1 m2 NEW m3"
    timeline.mark_unread()
    timeline.mark_unread()
    assert shown(timeline) == "DAY m1 m2 m3 NEW"
    timeline.clear_unread_line()
    timeline.clear_unread_line()
    assert shown(timeline) == "DAY m1 m2 m3"


def test_the_line_may_be_put_above_any_message() -> None:
    """Where the message is here, or comes with a page; above its day; until nothing is new."""
    timeline = seeded(5, 8)
    timeline.mark_unread(7)
    assert shown(timeline) == "DAY m5 m6 NEW m7 m8"
    timeline.mark_unread(5)
    assert shown(timeline) == "NEW DAY m5 m6 m7 m8"
    timeline.mark_unread(3)
    assert shown(timeline) == "DAY m5 m6 m7 m8"
    timeline.put_before(page(4, 4), False)
    timeline.put_before(page(1, 3), True)
    assert shown(timeline) == "DAY m1 m2 NEW m3 m4 m5 m6 m7 m8"
    timeline.seed(page(2, 4), False, live=False)
    assert shown(timeline) == "DAY m2 NEW m3 m4"
    timeline.seed(page(1, 2), True, live=False)
    assert shown(timeline) == "DAY m1 m2"
    timeline.put_after(page(3, 4), True)
    assert shown(timeline) == "DAY m1 m2 NEW m3 m4"
    timeline.clear_unread_line()
    timeline.seed(page(1, 4), True)
    assert shown(timeline) == "DAY m1 m2 m3 m4"
    timeline.mark_unread(5)
    timeline.append(said(5))
    assert shown(timeline) == "DAY m1 m2 m3 m4 NEW m5"


def test_the_line_waits_for_a_room_to_come() -> None:
    """Nothing is here yet: the line is above what is new when that comes, or above all there is."""
    timeline = Timeline()
    timeline.mark_unread(2)
    assert shown(timeline) == ""
    timeline.seed(page(1, 3), True)
    assert shown(timeline) == "DAY m1 NEW m2 m3"
    timeline.seed(page(4, 5), True)
    assert shown(timeline) == "NEW DAY m4 m5"


def test_what_others_have_said_is_counted() -> None:
    """Behind a message, and how often one is named; one's own is not counted."""
    timeline = Timeline("me")
    timeline.seed([said(1), said(2, text="hi me"), said(3, own=True), said(4)], True)
    assert timeline.others_after(0) == (3, 1)
    assert timeline.others_after(2) == (1, 0)
    assert timeline.others_after(4) == (0, 0)


def test_missing_messages_are_counted() -> None:
    """One is not several."""
    timeline = Timeline()
    timeline.missing(1)
    timeline.missing(120)
    assert shown(timeline) == "1 message could not be read 120 messages could not be read"


def test_a_timeline_is_trimmed_by_a_tenth_at_once() -> None:
    """Not for every message; and what is left has its day above it, and older messages."""
    timeline = Timeline()
    timeline.seed(page(1, 22), True)
    timeline.mark_unread()
    timeline.trim(20)
    assert (timeline.count, timeline.spare(20)) == (22, 0)
    timeline.append(said(23))
    assert timeline.spare(20) == 3
    timeline.trim(20)
    assert (timeline.first, timeline.last, timeline.count) == (4, 23, 20)
    assert not timeline.at_start
    assert shown(timeline).startswith("DAY m4 m5")
    assert shown(timeline).endswith("m22 NEW m23")
    timeline.trim(0)
    assert shown(timeline) == "DAY m23"
    timeline.clear_unread_line()
    timeline.append(said(24))
    assert shown(timeline) == "DAY m23 m24"


# --- what becomes of messages ---------------------------------------------------------------------


def texts(rows: list[Row]) -> list[str]:
    return [row.text for row in rows]


def test_what_is_hidden_goes_and_the_window_stays() -> None:
    """Nothing is missing in between: it reaches as far as before, whatever is left in it."""
    timeline = seeded(3, 7)
    timeline.pend("a", "mine")
    assert texts(timeline.hide([(1, 3), (5, 6), (9, 9)])) == ["m3", "m5", "m6"]
    assert shown(timeline) == "DAY m4 m7 mine"
    assert (timeline.first, timeline.last, timeline.count, timeline.live) == (3, 7, 2, True)
    assert timeline.append(said(8))
    assert not timeline.append(said(9))
    assert timeline.last == 9
    assert timeline.append(said(10))
    assert texts(timeline.hide([(0, 99)])) == ["m4", "m7", "m8", "m10"]
    assert shown(timeline) == "mine"
    assert (timeline.first, timeline.last, timeline.count) == (3, 10, 0)
    assert timeline.hide([(0, 99)]) == []
    timeline.append(said(100))
    assert shown(timeline) == "DAY m100 mine"


def test_a_day_of_which_all_is_hidden_has_no_line() -> None:
    """Unless something else is told of it."""
    timeline = Timeline()
    timeline.seed([said(1), said(2, hours=24), said(3, hours=48), said(4, hours=72)], True)
    timeline.notice("hello", "info", NOON + timedelta(hours=74))
    timeline.hide([(2, 2), (4, 4)])
    assert shown(timeline) == "DAY m1 DAY m3 DAY hello"
    timeline.append(said(5, hours=72))
    assert shown(timeline) == "DAY m1 DAY m3 DAY hello m5"
    timeline.hide([(3, 5)])
    assert shown(timeline) == "DAY m1 DAY hello"


def test_a_page_brings_back_nothing_that_is_hidden() -> None:
    """It may have been read before, and come after the word of it."""
    timeline = seeded(5, 6, live=False)
    timeline.hide([(3, 3), (8, 8)])
    timeline.put_before(page(2, 4), True)
    timeline.put_after(page(7, 8), True)
    assert shown(timeline) == "DAY m2 m4 m5 m6 m7"
    assert (timeline.first, timeline.last, timeline.live) == (2, 8, True)
    timeline.seed(page(1, 9), True)
    assert shown(timeline) == "DAY m1 m2 m4 m5 m6 m7 m9"


def test_what_has_come_and_is_hidden_is_not_waited_for() -> None:
    """The window is live when all that is there is in it; also where nobody has told of hiding."""
    timeline = seeded(1, 3, live=False)
    for number in (7, 8, 9):
        timeline.append(said(number))
    timeline.hide([(9, 9)])
    assert timeline.waiting == 2
    timeline.put_after(page(4, 7), True)
    assert (timeline.live, timeline.waiting) == (False, 1)
    known = timeline.newest
    timeline.append(said(11))
    timeline.put_after([], True, known)
    assert (timeline.live, timeline.waiting) == (False, 1)
    timeline.put_after([], True, timeline.newest)
    assert (timeline.live, timeline.waiting) == (True, 0)
    timeline.live = False
    timeline.append(said(12))
    timeline.seed(page(1, 3), True, known=timeline.newest)
    assert timeline.live
    assert timeline.append(said(13))


def test_what_is_shown_again_comes_to_its_place() -> None:
    """Behind what is older, above what is new; with its day; only what belongs to the window."""
    timeline = Timeline()
    timeline.seed([said(3), said(4, hours=24), said(5, hours=48)], False)
    timeline.notice("hello", "info", NOON + timedelta(hours=50))
    timeline.mark_unread()
    timeline.append(said(8, hours=48))
    timeline.pend("a", "mine")
    timeline.hide([(4, 5)])
    assert shown(timeline) == "DAY m3 DAY hello NEW m8 mine"
    assert timeline.unhide([(1, 2), (4, 6), (8, 9)]) == [(4, 6), (8, 9)]
    found = [said(4, hours=24), said(5, hours=48), said(6, hours=48), said(8, hours=48)]
    assert timeline.restore(found)
    assert shown(timeline) == "DAY m3 DAY m4 DAY m5 m6 hello NEW m8 mine"
    assert timeline.count == 5
    assert not timeline.restore(found)
    timeline.hide([(6, 6)])
    assert not timeline.restore([said(6)])
    assert not timeline.append(said(7))


def test_what_is_shown_again_at_an_end_of_the_window() -> None:
    """It belongs there where nothing lies between: before the first, or behind the newest."""
    timeline = seeded(3, 4)
    assert timeline.unhide([(1, 9)]) == [(3, 9)]
    timeline.at_start = True
    assert timeline.unhide([(1, 9)]) == [(1, 9)]
    timeline.restore(page(2, 6))
    assert shown(timeline) == "DAY m2 m3 m4 m5 m6"
    assert (timeline.first, timeline.last, timeline.newest) == (2, 6, 6)
    assert not timeline.append(said(5))
    timeline.live = False
    assert timeline.unhide([(5, 9), (8, 9)]) == [(5, 6)]
    nothing = Timeline()
    assert nothing.unhide([(1, 9)]) == []
    nothing.seed([], True)
    assert nothing.unhide([(1, 9)]) == [(1, 9)]
    nothing.notice("hello", "info", NOON)
    nothing.restore(page(1, 2))
    assert shown(nothing) == "DAY hello m1 m2"


def test_what_is_edited_has_its_new_text() -> None:
    """Marked as such, also when it is read again; who is named in it is found anew."""
    timeline = seeded(1, 3)
    row = timeline.edit(2, "hello me\x1b")
    assert row
    assert (row.text, row.mention, row.edited, row.height) == (
        "hello me\ufffd (edited)",
        True,
        True,
        0,
    )
    assert timeline.edit(2, "edited")
    assert (row.text, row.mention) == ("edited (edited)", False)
    assert timeline.edit(9, "later") is None
    timeline.append(said(9))
    timeline.seed(page(1, 3), True)
    assert shown(timeline) == "DAY m1 edited (edited) m3"
    timeline.append(said(9))
    assert shown(timeline).endswith("m3 later (edited)")


def test_who_was_away_sees_what_is_there_now() -> None:
    """What was hidden meanwhile goes, what was shown comes back, what was edited is as it is."""
    timeline = seeded(1, 9)
    timeline.hide([(4, 4)])
    timeline.edit(3, "older")
    timeline.append(said(10))
    timeline.come_back()
    now = [said(1), said(2, text="two"), said(3, text="newer"), said(4), said(7), said(8), said(9)]
    changed = timeline.renew(now, 1, 9)
    assert sorted(texts(changed)) == ["m5", "m6", "newer (edited)", "two (edited)"]
    assert shown(timeline) == "DAY m1 two (edited) newer (edited) m4 m7 m8 m9 m10"
    assert timeline.renew(now, 1, 9) == []
    timeline.edit(7, "seven (edited)")
    assert timeline.renew([said(7, text="seven (edited)")], 7, 7) == []
    assert timeline.append(said(11, text="eleven (edited)"))
    assert timeline.renew([said(11, text="eleven (edited)")], 11, 11) == []
    timeline.seed([said(3, text="newest")], True)
    assert shown(timeline) == "DAY newest (edited)"
    timeline.edit(99, "older")
    timeline.come_back()
    timeline.append(said(99))
    assert shown(timeline).endswith("m99 (edited)")


OPERATIONS = st.tuples(
    st.sampled_from(
        [
            *("append", "before", "after", "seed", "trim", "settle"),
            *("notice", "missing", "pend", "unpend", "mark", "clear"),
            *("hide", "show", "edit", "renew"),
        ]
    ),
    st.integers(0, 60),
)


@example([("seed", 10), ("settle", 0), ("hide", 5)])
@example([("seed", 10), ("hide", 5), ("settle", 0), ("show", 5)])
@example([("seed", 10), ("settle", 0), ("renew", 5)])
@given(st.lists(OPERATIONS, max_size=40))
def test_a_timeline_stays_in_order(operations: list[tuple[str, int]]) -> None:
    """Numbers rise, each day is told once, and who draws is told of changes."""
    timeline = Timeline("me")
    seen: list[Row] = []
    for what, number in operations:
        if what == "settle":
            seen, timeline.untouched = list(timeline.rows), len(timeline.rows)
            continue
        act(timeline, what, number)
        rows = timeline.rows
        assert rows[: timeline.untouched] == seen[: timeline.untouched]
        messages = [row for row in rows if row.kind is Kind.MESSAGE]
        numbers = [row.number for row in messages]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == timeline.count
        assert not numbers or timeline.first <= numbers[0] <= numbers[-1] <= timeline.last
        assert timeline.last <= timeline.newest
        day = None
        for row in rows:
            if row.kind is Kind.DAY:
                assert row.day != day
            assert row.kind is not Kind.MESSAGE or row.day == day
            day = row.day if row.kind is Kind.DAY else day
        assert sum(row.kind is Kind.UNREAD for row in rows) <= 1
        pending = [row.kind is Kind.PENDING for row in rows]
        assert all(before <= after for before, after in pairwise(pending))


def act(timeline: Timeline, what: str, number: int) -> None:
    """Do one thing to a timeline."""
    messages = [said(at, hours=at) for at in range(max(1, number - 9), number + 1)]
    if what == "append" and number:
        timeline.append(messages[-1])
    elif what == "before":
        timeline.put_before([m for m in messages if m.number < timeline.first], number < 9)
    elif what == "after":
        timeline.put_after(messages, number % 2 == 0)
    elif what == "notice":
        timeline.notice("hello", "info", NOON)
    elif what == "pend":
        timeline.pend(str(number % 4), "mine")
    elif what == "unpend":
        timeline.unpend(str(number % 4))
    elif what == "mark":
        timeline.mark_unread()
    elif what == "clear":
        timeline.clear_unread_line()
    elif what == "trim":
        timeline.trim(number)
    elif what == "missing":
        timeline.missing(number)
    elif what == "seed":
        timeline.seed(messages, False, number % 3 > 0)
    elif what == "hide":
        timeline.hide([(number, number + number % 5)])
    elif what == "show":
        wanted = timeline.unhide([(number, number + number % 5)])
        timeline.restore(
            said(at, hours=at) for first, last in wanted for at in range(max(first, 1), last + 1)
        )
    elif what == "edit":
        timeline.edit(number, "better")
    elif what == "renew" and timeline.first:
        timeline.come_back()
        last = min(timeline.last, timeline.first + number)
        now = [said(at, hours=at) for at in range(timeline.first, last + 1) if at % 3]
        timeline.renew(now, timeline.first, last)
