"""A pane, and the reader's place in it."""

from unittest.mock import patch

import pytest
from rich.cells import cell_len
from textual import events
from textual.selection import SELECT_ALL

from chat.client.screen.scrollback import lines
from tests.client.screen.scene import Scene, page, play, said


def test_the_end_stays_in_sight() -> None:
    """Who is at the end sees what comes, whatever else is put in or taken away."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 150), False)
        assert the.shown[-1].endswith("m150")
        for act in (
            lambda: the.pane.append(said(151)),
            lambda: the.pane.put_before(page(51, 100), False),
            lambda: the.pane.trim(40),
            lambda: the.pane.mark_unread(),
            lambda: the.pane.clear_unread_line(),
        ):
            act()
            await the.settle()
            assert the.shown[-1].endswith(("m150", "m151", " new " + "─" * 37))
            assert the.pane.is_at_end
        for width, height in ((40, 10), (40, 5), (90, 20)):
            await the.resize(width, height)
            assert the.shown[-1].endswith("m151")
            assert the.pane.is_at_end

    play(scene)


def test_the_reader_stays_where_he_is() -> None:
    """The same lines are seen, to the line, whatever comes before and behind them."""

    async def scene(the: Scene) -> None:
        long = [said(number, f"m{number} " + "word " * 20) for number in range(101, 151)]
        the.pane.seed(long, False)
        the.pane.page_up()
        the.pane.page_up()
        seen = the.shown
        assert not the.pane.is_at_end
        for act in (
            lambda: the.pane.append(said(151)),
            lambda: the.pane.notice("hello"),
            lambda: the.pane.pend("a", "mine"),
            lambda: the.pane.unpend("a"),
            lambda: the.pane.put_before(page(60, 100), False),
            lambda: the.pane.mark_unread(),
            lambda: the.pane.append(said(152)),
            lambda: the.pane.clear_unread_line(),
            lambda: the.pane.trim(60),
        ):
            act()
            await the.settle()
            assert the.shown == seen
        assert the.pane.timeline.count == 60

    play(scene)


def test_the_reader_stays_at_the_top_when_older_messages_come() -> None:
    """Even if the line of the day that stood above the first message moves away."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 150), False)
        the.pane.action_scroll_home()
        seen = the.shown
        assert "Saturday" in seen[0]
        the.pane.put_before(page(51, 100), False)
        assert the.shown[1:] == seen[1:]
        assert the.shown[0].endswith("m100")

    play(scene)


def test_keys_and_the_wheel_scroll() -> None:
    """By a line, a page but for a line, three lines, and to both ends."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 99), True)
        the.pane.focus()
        tops = []
        for key in ("home", "down", "down", "up", "pagedown", "pageup", "end", "up", "pagedown"):
            await the.pilot.press(key)
            tops.append(the.pane.scroll_offset.y)
        assert tops == [0, 1, 2, 1, 10, 1, 90, 89, 90]
        await the.pilot._post_mouse_events([events.MouseScrollUp], the.pane)
        assert the.pane.scroll_offset.y == 87
        await the.pilot._post_mouse_events([events.MouseScrollDown], the.pane)
        assert the.pane.scroll_offset.y == 90

    play(scene)


def test_one_may_jump_in_a_pane_that_is_hidden() -> None:
    """It is there when it is shown."""

    async def scene(the: Scene) -> None:
        await the.show(False)
        the.pane.seed(page(1, 99), True)
        assert the.pane.jump(50)
        await the.show(True)
        assert the.shown[4].endswith("m50")

    play(scene)


def test_a_jump_is_not_lost_while_a_pane_is_hidden() -> None:
    """By what comes meanwhile; but one may go to the end instead, or forget the message."""

    async def scene(the: Scene) -> None:
        await the.show(False)
        the.pane.seed(page(1, 99), True)
        the.pane.jump(50)
        the.pane.append(said(100))
        await the.show(True)
        assert the.shown[4].endswith("m50")
        await the.show(False)
        the.pane.jump(50)
        the.pane.to_end()
        await the.show(True)
        assert the.shown[-1].endswith("m100")
        await the.show(False)
        the.pane.jump(2)
        the.pane.trim(50)
        await the.show(True)
        assert the.shown[-1].endswith("m100")

    play(scene)


def test_the_end_is_found_behind_what_just_came() -> None:
    """Though none of it has been laid out."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 20), True)
        the.pane.action_scroll_home()
        for message in page(21, 200):
            the.pane.append(message)
        the.pane.to_end()
        assert the.shown[-1].endswith("m200")

    play(scene)


def test_a_hidden_pane_wraps_nothing() -> None:
    """Until it is shown; then it is where it was, or at the end."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 150), False)
        for at_end in (True, False):
            if not at_end:
                the.pane.page_up()
            seen = the.shown
            await the.show(False)
            with (
                patch.object(lines, "height", side_effect=AssertionError),
                patch.object(lines, "wrap", side_effect=AssertionError),
            ):
                last = the.pane.timeline.last
                for message in page(last + 1, last + 50):
                    the.pane.append(message)
                first = the.pane.timeline.first
                the.pane.put_before(page(first - 20, first - 1), False)
                the.pane.notice("hello")
                the.pane.mark_unread()
                the.pane.clear_unread_line()
                await the.settle()
            await the.show(True)
            assert the.shown[-1].endswith("hello") if at_end else the.shown == seen

    play(scene)


def test_a_burst_is_drawn_once() -> None:
    """Two thousand messages at a time are laid out once, and only what is seen is drawn."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 50), True)
        await the.settle()
        with (
            patch.object(the.pane, "render_line", wraps=the.pane.render_line) as drawn,
            patch.object(
                the.pane._laid_out, "lay_out", wraps=the.pane._laid_out.lay_out
            ) as laid_out,
            patch.object(the.pane.painter, "_paint", wraps=the.pane.painter._paint) as painted,
        ):
            for message in page(51, 2050):
                the.pane.append(message)
            await the.settle()
            assert laid_out.call_count == 1
            assert painted.call_count <= 20
            assert 10 <= drawn.call_count <= 40
        assert the.shown[-1].endswith("m2050")

    play(scene)


def test_a_flood_is_drawn_by_the_clock() -> None:
    """What comes soon after a drawing waits for the next one; then all of it is there."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 50), True)
        await the.settle()
        with patch.object(
            the.pane._laid_out, "lay_out", wraps=the.pane._laid_out.lay_out
        ) as laid_out:
            for message in page(51, 70):
                the.pane.append(message)
                await the.pilot.pause()
            while not the.shown[-1].endswith("m70"):
                await the.pilot.pause(0.01)
            assert laid_out.call_count < 10

    play(scene, frame=0.2)


def test_the_mouse_selects_text() -> None:
    """What is selected is shown so, and can be copied."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "漢字 hello there")], True)
        await the.settle()
        await the.pilot.mouse_down(the.pane, offset=(26, 1))
        await the.pilot.hover(the.pane, offset=(30, 1))
        await the.pilot.mouse_up(the.pane, offset=(30, 1))
        assert the.pane.screen.get_selected_text() == "hello"
        selection = the.pane.screen.get_component_rich_style("screen--selection")
        assert [
            segment.text
            for segment in the.pane.render_line(1)
            if segment.style and segment.style.bgcolor == selection.bgcolor
        ] == ["hello"]

    play(scene)


def test_a_double_click_selects_nothing() -> None:
    """Textual would select all that was ever said."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 3), True)
        await the.settle()
        await the.pilot.click(the.pane, offset=(23, 1), times=2)
        await the.settle()
        assert the.pane.screen.get_selected_text() is None

    play(scene)


HOSTILE = [
    *("", " ", "\t", "[bold]", "[/]", "[@click=app.quit]x[/]", "a" * 4096, "漢" * 2000),
    *("a" + "\u0301" * 4095, "\u0301", "👩\u200d" * 999, "🇩🇪" * 500, "🏽" * 99, "❤\ufe0f" * 300),
    *("\x1b]8;;http://x\x1b\\", "\x1b[2J\x07\r\n\x9b31m", "\u202eabc", "\ud800", "שלום " * 50),
    *("http://" + "a" * 4000, "http://a.b " * 300, "\u200d" * 99, "\t" * 999, " " * 4096, "\ufe0f"),
]


@pytest.mark.parametrize(("width", "height"), [(10, 3), (1, 1), (2, 2), (60, 10), (300, 100)])
def test_nothing_that_is_said_breaks_a_pane(width: int, height: int) -> None:
    """Every line is as wide as the pane, and has no control characters, wherever one looks."""

    async def scene(the: Scene) -> None:
        messages = [said(n, text, text) for n, text in enumerate(HOSTILE, 1)]
        the.pane.seed(messages, True)
        the.pane.username = "a"
        the.pane.append(said(99, "a " * 999))
        for key, text in enumerate(HOSTILE):
            the.pane.notice(text, "error")
            the.pane.pend(str(key), text)
        the.pane.highlight(["a", "漢", "[", "\u0301", ""])
        await the.settle()
        wide = the.pane.scrollable_content_region.width
        for place in (0.0, 0.1, 0.3, 0.5, 0.8, 1.0):
            the.pane.scroll_to(y=the.pane.max_scroll_y * place, animate=False)
            the.pane.screen.selections = {the.pane: SELECT_ALL}
            await the.settle()
            for y in range(height):
                line = the.pane.render_line(y)
                assert sum(cell_len(segment.text) for segment in line) == (wide or 1)
                assert not set(line.text) & {*map(chr, range(32)), *map(chr, range(127, 160))}
        assert bool(the.pane.get_selection(SELECT_ALL)) == bool(wide)
        the.app.screen.clear_selection()
        for number in (1, 99):
            assert the.pane.jump(number)

    play(scene, width, height)


def test_a_pane_of_changing_size_is_never_wrong() -> None:
    """From very small to very large and back, with every kind of row."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(n, text, text) for n, text in enumerate(HOSTILE, 1)], True)
        the.pane.mark_unread()
        the.pane.append(said(99, "漢 " * 99))
        the.pane.missing(3)
        for width, height in ((10, 3), (300, 100), (1, 1), (61, 7), (60, 7), (12, 40), (80, 10)):
            await the.resize(width, height)
            lines = [the.pane.render_line(y) for y in range(height)]
            if wide := the.pane.scrollable_content_region.width:
                assert {line.cell_length for line in lines} == {wide}
            assert the.pane.is_at_end

    play(scene)
