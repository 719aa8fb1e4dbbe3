"""What is taken back, shown again or edited goes, comes and changes under the reader's eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.client.screen.scrollback.conversation import Conversation
from tests.client.screen.scene import Scene, page, play, said

Act = Callable[[Conversation], object]


def seen(the: Scene) -> list[str]:
    """The visible messages."""
    return [line.split("│")[-1].strip() for line in the.shown]


def numbered(first: int, last: int) -> list[str]:
    return [f"m{number}" for number in range(first, last + 1)]


def test_who_is_at_the_end_stays_there() -> None:
    """Whatever goes, comes or changes."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 50), True)
        the.pane.hide([(45, 48)])
        assert seen(the) == [*numbered(37, 44), "m49", "m50"]
        the.pane.hide([(10, 20), (50, 50)])
        assert seen(the) == [*numbered(36, 44), "m49"]
        the.pane.timeline.unhide([(45, 48)])
        the.pane.restore(page(45, 48))
        the.pane.edit(49, "better")
        assert seen(the) == [*numbered(40, 48), "better (edited)"]
        assert the.pane.is_at_end
        the.pane.append(said(51))
        await the.settle()
        assert seen(the)[-1] == "m51"

    play(scene)


ELSEWHERE: list[Act] = [
    lambda pane: pane.hide([(1, 20)]),
    lambda pane: pane.hide([(60, 99)]),
    lambda pane: pane.edit(3, "word " * 100),
    lambda pane: pane.restore(page(5, 9)),
    lambda pane: pane.renew([said(30)], 21, 35),
]


@pytest.mark.parametrize("act", ELSEWHERE)
def test_the_reader_stays_where_he_is(act: Act) -> None:
    """What happens above or below changes nothing of what is seen."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 100), True)
        the.pane.hide([(5, 9)])
        the.pane.timeline.unhide([(5, 9)])
        the.pane.jump(50)
        before = seen(the)
        assert before == numbered(46, 55)
        act(the.pane)
        await the.settle()
        assert seen(the) == before
        assert not the.pane.is_at_end

    play(scene)


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ([(48, 49)], [*numbered(46, 47), *numbered(50, 57)]),
        ([(40, 48)], [*numbered(37, 39), *numbered(49, 55)]),
        ([(53, 70)], [*numbered(46, 52), *numbered(71, 73)]),
        ([(46, 55)], numbered(56, 65)),
        ([(30, 70)], numbered(71, 80)),
        ([(30, 100)], numbered(20, 29)),
        ([(46, 100)], numbered(36, 45)),
    ],
)
def test_what_is_seen_goes_and_the_rest_closes_up(
    hidden: list[tuple[int, int]], expected: list[str]
) -> None:
    """What is left of what is seen stays in its place; if nothing is, what came behind it is seen,
    and not the beginning of all.
    """

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 100), True)
        the.pane.jump(50)
        assert seen(the) == numbered(46, 55)
        the.pane.hide(hidden)
        await the.settle()
        assert seen(the) == expected

    play(scene)


def test_what_is_seen_comes_back_and_changes() -> None:
    """In its place among what is seen; the first line stays where it is."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 100), True)
        the.pane.jump(50)
        the.pane.hide([(48, 49)])
        the.pane.timeline.unhide([(48, 49)])
        the.pane.restore(page(48, 49))
        assert seen(the) == numbered(46, 55)
        the.pane.edit(47, "better")
        now = [said(46), said(47, "better"), *page(48, 50), said(51, "best"), *page(53, 55)]
        the.pane.renew(now, 46, 55)
        assert seen(the) == [
            *("m46", "better (edited)", "m48", "m49", "m50", "best (edited)"),
            *numbered(53, 56),
        ]
        style = the.style_of("better", 1)
        assert the.style_of("(edited)", 1).color != style.color

    play(scene)


def test_nothing_is_selected_of_what_goes() -> None:
    """What was selected is not where it was."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 50), True)
        assert the.select((0, 2), (30, 3))
        the.pane.hide([(45, 45)])
        await the.settle()
        assert not the.pane.text_selection

    play(scene)


def test_where_all_goes_more_is_asked_for() -> None:
    """What is older may be there still."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(11, 50), False)
        await the.heard()
        the.pane.hide([(11, 50)])
        assert "".join(the.shown) == ""
        assert await the.heard() == ["WantsOlder"]
        the.pane.put_before(page(1, 10), True)
        assert seen(the)[1:] == numbered(2, 10)

    play(scene)


def test_a_pane_that_is_not_seen_keeps_up() -> None:
    """What goes while nobody looks is gone when somebody does."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 100), True)
        the.pane.jump(50)
        await the.show(False)
        the.pane.hide([(46, 46)])
        the.pane.hide([(44, 60)])
        the.pane.edit(61, "better")
        await the.show(True)
        assert seen(the)[:2] == ["better (edited)", "m62"]

    play(scene)


def test_a_jump_to_what_is_hidden() -> None:
    """Goes to what is beside it."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 99), True)
        the.pane.hide([(50, 59), (90, 99)])
        assert the.pane.jump(52)
        assert seen(the)[4] == "m60"
        assert the.pane.jump(95)
        assert seen(the)[-1] == "m89"
        assert not the.pane.jump(100)
        the.pane.hide([(1, 99)])
        assert not the.pane.jump(52)

    play(scene)
