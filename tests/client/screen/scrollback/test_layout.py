"""Where rows are, and where they stay."""

import random
from unittest.mock import patch

import pytest
from textual.selection import SELECT_ALL

from chat.client.screen.scrollback import lines
from chat.client.terms.events import Message
from tests.client.screen.scene import NOON, Scene, page, play, said


def test_the_reader_stays_where_he_is_in_a_pane_of_any_width() -> None:
    """The first visible line still has the character with which it began, and all comes back."""

    async def scene(the: Scene) -> None:
        words = " ".join(f"word{number}" for number in range(300))
        the.pane.seed([said(number, f"{words}") for number in range(1, 6)], True)
        the.pane.action_scroll_home()
        for _ in range(5):
            the.pane.page_down()
        seen = the.shown
        first = seen[0].split()[1]
        for width in (70, 45, 20, 120, 33, 64):
            await the.resize(width, 10)
            assert first in the.shown[0].split()
        await the.resize(80, 10)
        assert the.shown == seen

    play(scene)


def test_a_pane_that_becomes_narrower_and_taller_keeps_the_place() -> None:
    """Though Textual takes the reader to its end for a moment, for it has more lines to come."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(n, f"m{n} " + "word " * 40) for n in range(1, 31)], True)
        the.pane.jump(26)
        first = the.shown[0].split()[-5:]
        await the.resize(40, 30)
        assert " ".join(first) in " ".join(the.shown[0:2])
        assert not the.pane.is_at_end

    play(scene)


def test_the_reader_who_scrolls_on_has_a_new_place() -> None:
    """In a message that is longer than the pane, in a pane that changes before and after."""

    async def scene(the: Scene) -> None:
        words = " ".join(f"word{number}" for number in range(300))
        the.pane.seed([said(1, words)], True)
        the.pane.action_scroll_home()
        the.pane.page_down()
        await the.resize(70, 10)
        the.pane.page_down()
        first = the.shown[0].split()[1]
        await the.resize(64, 10)
        assert first in the.shown[0].split()

    play(scene)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_reader_sees_the_same(seed: int) -> None:
    """Anything put in, taken away or made wider leaves the message he looks at where it is."""
    chance = random.Random(seed)

    def some(first: int, last: int) -> list[Message]:
        return [
            said(n, f"m{n} " + "word 漢字 " * chance.choice((0, 0, 3, 20)))
            for n in range(first, last + 1)
        ]

    async def scene(the: Scene) -> None:
        pane, timeline = the.pane, the.pane.timeline
        pane.seed(some(1000, 1100), False)
        pane.jump(1050)
        found = pane._laid_out.row_at(pane._top_line)
        assert found is not None
        row, line = found
        for _ in range(40):
            before = pane._laid_out.character(row, line)
            what = chance.randrange(10)
            if what < 3:
                last = timeline.last
                for message in some(last + 1, last + chance.randrange(9)):
                    pane.append(message)
            elif what == 3:
                pane.put_before(some(timeline.first - 5, timeline.first - 1), False)
            elif what == 4:
                pane.trim(max(60, timeline.count - 30, timeline.last - row.number + 20))
            elif what == 5:
                pane.mark_unread()
            elif what == 6:
                pane.clear_unread_line()
            elif what == 7:
                pane.pend(str(chance.randrange(3)), "mine")
            elif what == 8:
                pane.unpend(str(chance.randrange(3)))
            else:
                await the.resize(chance.choice((40, 59, 80, 110)), 10)
            found = pane._laid_out.row_at(pane._top_line)
            assert found is not None
            assert found[0] is row
            line = found[1]
            assert pane._laid_out.character(row, line) == before

    play(scene)


def test_a_message_costs_no_look_at_the_others() -> None:
    """Behind twenty thousand, only the new row is measured."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 20_000), True)
        await the.settle()
        with patch.object(lines, "height", wraps=lines.height) as measured:
            the.pane.append(said(20_001))
            await the.settle()
            assert measured.call_count == 1

    play(scene)


def test_what_is_copied_has_no_columns() -> None:
    """A message is a line, however it was wrapped; a piece of it is only that piece."""

    async def scene(the: Scene) -> None:
        words = " ".join(["word"] * 20)
        the.pane.seed([said(1, "hello"), said(2, words), said(3, "end")], True)
        the.pane.notice("no", "error", NOON)
        await the.settle()
        everything = f"12:00 bob: hello\n12:00 bob: {words}\n12:00 bob: end\n12:00 ! no"
        assert the.select((0, 1), (78, 5)) == everything
        assert the.select((21, 1), (24, 1)) == "hel"
        assert the.select((23, 1), (25, 2)) == "llo\n12:00 bob: word"
        assert the.select((26, 2), (25, 3)) == " ".join(["word"] * 11)
        assert the.select((15, 1), (18, 1)) == "bob"
        assert the.select((3, 2), (0, 3)) == f"12:00 bob: {' '.join(['word'] * 11)}"
        the.pane.screen.selections = {the.pane: SELECT_ALL}
        assert the.pane.screen.get_selected_text() == f"Saturday, 21 November 2026\n{everything}"

    play(scene)


def test_a_selection_stays_with_its_text() -> None:
    """Whatever is put before it; in a pane of another width it is gone."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 150), False)
        assert the.select((21, 8), (25, 8)) == "m149"
        the.pane.put_before(page(51, 100), False)
        the.pane.append(said(151))
        the.pane.trim(80)
        assert the.pane.screen.get_selected_text() == "m149"
        await the.resize(50, 10)
        assert the.pane.screen.get_selected_text() is None

    play(scene)
