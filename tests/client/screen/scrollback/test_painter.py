"""How rows are drawn."""

from rich.cells import cell_len

from chat.client.screen.scrollback import look
from chat.client.screen.scrollback.painter import LOOKS
from chat.client.screen.scrollback.rows import Kind
from tests.client.screen.scene import NOON, Scene, page, play, said


def test_markup_is_only_text() -> None:
    """What looks like Textual's or Rich's markup is shown as it was written."""

    async def scene(the: Scene) -> None:
        text = "[bold]a[/] [@click=app.quit]b[/] [/] \\[red] :smile:"
        the.pane.seed([said(1, text, "[red]x[/]")], True)
        the.pane.notice(text, at=NOON)
        the.pane.pend("a", text)
        await the.settle()
        assert the.shown[1] == f"12:00    [red]x[/] │ {text}"
        assert the.shown[2].endswith(f"* │ {text}")
        assert the.shown[3].endswith(f"me │ {text}")
        assert not the.style_of("[bold]", 1).bold

    play(scene)


def test_links_are_links() -> None:
    """A terminal that knows them can open them, on each of their lines."""

    async def scene(the: Scene) -> None:
        url = "https://example.org/" + "a" * 36
        the.pane.seed([said(1, f"see {url}, é http://a.b/é")], True)
        style = the.style_of("https", 2)
        assert (style.link, style.underline) == (url, True)
        style = the.style_of("aaa", 3)
        assert (style.link, style.underline) == (url, True)
        assert the.style_of(", é", 3).link is None
        assert the.style_of("http:", 3).link == "http://a.b/%C3%A9"

    play(scene, width=67)


def test_what_concerns_the_reader_stands_out() -> None:
    """Mentions have a bar and are bold on another ground; his own name is bold."""

    async def scene(the: Scene) -> None:
        the.pane.seed(
            [said(1, "hey ME"), said(2, "hey men"), said(3, "x me", "me", own=True)], True
        )
        assert "bob ┃ hey ME" in the.shown[1]
        plain = the.style_of("hey", 2)
        assert the.style_of("hey", 1).bold
        assert the.style_of("hey", 1).bgcolor != plain.bgcolor
        assert not plain.bold
        assert the.style_of("me", 3).bold
        assert not the.style_of("x", 3).bold

    play(scene)


def test_searched_words_stand_out() -> None:
    """In texts, not in names, until there is no search any more."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "some tea, TEA"), said(2, "x", "tea")], True)
        the.pane.highlight(["tea"])
        plain = the.style_of("some", 1)
        assert the.style_of("tea", 1).bgcolor != plain.bgcolor
        assert the.style_of("TEA", 1).bgcolor != plain.bgcolor
        assert the.style_of("tea", 2).bgcolor == plain.bgcolor
        the.pane.highlight([])
        assert the.style_of("some tea, TEA", 1) == plain

    play(scene)


def test_a_style_does_not_take_a_letter_apart() -> None:
    """Where a word ends before an accent, the accent belongs to it."""

    async def scene(the: Scene) -> None:
        the.pane.seed([said(1, "x e\u0301 ❤\ufe0f http://a.b\u200b!")], True)
        the.pane.highlight(["e", "❤"])
        line = the.pane.render_line(1)
        assert sum(cell_len(segment.text) for segment in line) == line.cell_length
        the.style_of("e\u0301", 1)
        the.style_of("❤\ufe0f", 1)
        assert the.style_of("http", 1).link == "http://a.b"

    play(scene)


def test_names_have_the_colours_of_the_theme() -> None:
    """And change with it."""

    async def scene(the: Scene) -> None:
        the.pane.seed(page(1, 1), True)
        for theme, dark in (("textual-dark", True), ("textual-light", False)):
            the.app.theme = theme
            await the.settle()
            colour = the.style_of("bob", 1).color
            assert colour is not None
            assert colour.name == look.colour("bob", dark)
            assert the.style_of("m1", 1).bgcolor == the.pane.rich_style.bgcolor

    play(scene)


def test_every_kind_of_rows_has_its_look() -> None:
    """A new one has to be given one; a message has none of its own."""
    assert {kind.name.lower() for kind in Kind if kind is not Kind.MESSAGE} <= set(LOOKS)
