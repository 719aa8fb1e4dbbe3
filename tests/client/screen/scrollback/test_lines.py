"""How rows fall into lines."""

from tests.client.screen.scene import NOON, Scene, play, said

FAMILY = "👩\u200d👩\u200d👧"


def test_names_have_a_column() -> None:
    """Time, name and text are one below the other; long names are cut, long texts indented."""

    async def scene(the: Scene) -> None:
        the.pane.seed(
            [
                said(1, "hello there"),
                said(2, "word " * 20, "averylongusername"),
                said(3, "漢字 " + FAMILY, "田中"),
            ],
            True,
        )
        the.pane.notice("bob joined", at=NOON)
        the.pane.notice("no such room", "error", NOON)
        the.pane.missing(2)
        the.pane.pend("a", "on its way")
        await the.settle()
        assert the.shown == [
            f"{'─' * 25} Saturday, 21 November 2026 {'─' * 26}",
            "12:00          bob │ hello there",
            "12:00 averylongus… │ word word word word word word word word word word word",
            "                   │ word word word word word word word word word",
            f"12:00         田中 │ 漢字 {FAMILY}",
            "12:00            * │ bob joined",
            "12:00            ! │ no such room",
            f"{'─' * 24} 2 messages could not be read {'─' * 25}",
            "  …             me │ on its way",
            "",
        ]

    play(scene)


def test_a_narrow_pane_has_no_column() -> None:
    """Names stand before the texts, and further lines are indented a little."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "one two three four five six seven", "alice")], True)
        the.pane.notice("bob joined", at=NOON)
        the.pane.pend("a", "on its way")
        await the.settle()
        assert the.shown[1:6] == [
            "12:00 alice: one two three",
            "  four five six seven",
            "12:00 * bob joined",
            "… me: on its way",
            "",
        ]

    play(scene, width=30)


def test_a_wide_pane_shows_longer_names() -> None:
    """Its column has sixteen cells."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "hi", "averylongusername")], True)
        assert the.shown[1] == "12:00 averylonguserna… │ hi"

    play(scene, width=101)
