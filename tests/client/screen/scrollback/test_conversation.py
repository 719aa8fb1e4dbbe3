"""What comes into the pane where people talk, and what it tells the app."""

from chat.client.screen.scrollback.conversation import Conversation
from tests.client.screen.scene import Scene, page, play, said


def test_what_one_says_is_pending_until_it_is_not() -> None:
    """It stays below what comes meanwhile, and goes by its key."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 1), True)
        the.pane.pend("a", "mine")
        the.pane.append(said(2))
        await the.settle()
        assert [line[20:] for line in the.shown[1:5]] == [" m1", " m2", " mine", ""]
        the.pane.unpend("a")
        the.pane.append(said(3, "mine", "me", own=True))
        await the.settle()
        assert [line[20:] for line in the.shown[1:5]] == [" m1", " m2", " mine", ""]
        assert the.shown[3].startswith("12:00           me")

    play(scene)


def test_older_messages_are_asked_for_once() -> None:
    """When the reader comes within a page of the first row, and again when they have come."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 200), False)
        the.pane.page_up()
        assert await the.heard() == []
        the.pane.action_scroll_home()
        the.pane.page_up()
        the.pane.action_scroll_down()
        assert await the.heard() == ["WantsOlder"]
        the.pane.put_before(page(51, 100), False)
        assert await the.heard() == []
        the.pane.action_scroll_home()
        assert await the.heard() == ["WantsOlder"]
        the.pane.page_failed()
        assert await the.heard() == []
        the.pane.page_up()
        assert await the.heard() == ["WantsOlder"]
        the.pane.put_before(page(1, 50), True)
        the.pane.action_scroll_home()
        assert await the.heard() == []

    play(scene)


def test_a_pane_that_is_not_full_asks_for_more() -> None:
    """Nobody can scroll there; but an answer that brings nothing is not asked for again."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 102), False)
        assert await the.heard() == ["WantsOlder"]
        the.pane.put_before(page(99, 100), False)
        assert await the.heard() == ["WantsOlder"]
        the.pane.put_before([], False)
        assert await the.heard() == []

    play(scene)


def test_newer_messages_are_asked_for_where_a_window_ends() -> None:
    """The reader stays where he is when they come, until he comes to the end of all."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(101, 150), True, live=False)
        assert await the.heard() == []
        the.pane.to_end()
        assert await the.heard() == ["WantsNewer"]
        assert not the.pane.is_at_end
        seen = the.shown
        assert not the.pane.append(said(160))
        the.pane.put_after(page(151, 160), True)
        assert the.shown == seen
        assert await the.heard() == []
        the.pane.to_end()
        assert await the.heard() == ["AtEnd"]
        assert the.pane.is_at_end
        assert the.shown[-1].endswith("m160")

    play(scene)


def test_the_end_is_told_when_the_reader_comes_there() -> None:
    """Each time he does, and not while he is there."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 50), True)
        the.pane.page_up()
        the.pane.append(said(51))
        assert await the.heard() == []
        the.pane.page_down()
        assert await the.heard() == []
        the.pane.page_down()
        the.pane.page_down()
        assert await the.heard() == ["AtEnd"]
        the.pane.append(said(52))
        the.pane.to_end()
        assert await the.heard() == []

    play(scene)


def test_a_jump_shows_a_message_in_the_middle() -> None:
    """Marked until a key is pressed, something comes, or one jumps elsewhere."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 99), True)
        assert not the.pane.jump(100)
        assert not the.pane.jump(0)
        await the.settle()

        def marked() -> list[str]:
            return [
                line.text.split()[-1]
                for line in map(the.pane.render_line, range(10))
                if all(segment.style and segment.style.reverse for segment in line)
            ]

        assert the.pane.jump(50)
        assert (marked(), the.shown[4][-3:]) == (["m50"], "m50")
        assert not the.pane.is_at_end
        the.pane.append(said(100))
        assert marked() == []
        the.pane.jump(50)
        assert marked() == ["m50"]
        the.pane.jump(52)
        assert (marked(), the.shown[4][-3:]) == (["m52"], "m52")
        the.pane.focus()
        await the.pilot.press("x")
        assert marked() == []
        the.pane.jump(2)
        assert the.shown[2].endswith("m2")
        the.pane.jump(100)
        assert (marked(), the.shown[-1][-4:]) == (["m100"], "m100")
        assert the.pane.is_at_end

    play(scene)


def test_clicks_on_links_and_names_are_told() -> None:
    """Wherever they are wrapped or aligned; clicks on anything else are not."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "漢 http://a.b x"), said(2, "hi", "a" * 99)], True)
        wide = the.pane.container_size.width > 60
        text = 22 if wide else 11
        clicks = [(text + 3, 1), (text, 1), (0, 1), (text + 14, 1), (57, 1), (1, 8)]
        names = [(15, 1), (10, 2)] if wide else [(6, 1), (8, 2)]
        for x, y in (*clicks, *names):
            await the.pilot.click(the.pane, offset=(x, y), times=1)
            await the.pilot.pause(0.0)
            the.app._mouse_down_widget = None
        await the.settle()
        told = [
            word.url if isinstance(word, Conversation.LinkClicked) else word.user
            for word in the.app.heard
            if isinstance(word, Conversation.LinkClicked | Conversation.UserClicked)
        ]
        assert told == ["http://a.b", "bob", "a" * 99]

    play(scene)
    play(scene, width=59)
