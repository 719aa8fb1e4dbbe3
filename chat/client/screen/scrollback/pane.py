"""A pane that shows a timeline, and keeps the reader's place in it. Knows no rooms and no app.

It is settled when all rows are laid out and the reader sees what he is to see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from chat.client.screen.scrollback.layout import Layout
from chat.client.screen.scrollback.painter import LOOKS, Drawn, Painter
from chat.client.screen.scrollback.rows import Row
from chat.client.screen.scrollback.timeline import Timeline

WHEEL_LINES: Final = 3

FRAME_SECONDS: Final = 0.1
"""In a flood it is drawn at most so often: nobody reads faster, and each drawing takes a few
milliseconds in which no key is heard."""


class Spot(NamedTuple):
    """A character in a pane."""

    row: Row
    drawn: Drawn
    at: int
    """Where it is in what is shown of the row."""


class Pane(ScrollView, can_focus=True):
    """The rows of a timeline. Whoever changes the timeline says so, before or behind it.

    The pane stays at the end when it is there, and otherwise shows the same lines as before,
    whatever comes before or behind them.

    username: who reads it.
    """

    ALLOW_SELECT = True
    FOCUS_ON_CLICK = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pane--{look}" for look in LOOKS}
    DEFAULT_CSS = f"""
    Pane {{
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        {" ".join(f"& .pane--{look} {{ {style} }}" for look, style in LOOKS.items())}
    }}
    """

    def __init__(
        self,
        username: str = "",
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 -- Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.timeline = Timeline(username)
        self.painter = Painter(self)
        self.wants_full = False
        """The ends are told to be near if the rows don't fill the pane."""
        self._laid_out = Layout(self.timeline)
        self._page_lines = 0  # how many lines are visible
        self._top_line = 0  # the first of those
        self._sticks = True  # the reader is at the end of a live window
        self._goes_to: Row | None = None  # what is to be shown as soon as anything is
        self._visible = False
        self._settle_is_due = False
        self._settled_at = 0.0  # by the monotonic clock
        self._frame_is_set = False  # a timer will settle it
        self._settling = False

    # --- what it tells ---------------------------------------------------------------------

    def comes_to_end(self) -> None:
        """The reader has come to where nothing is newer."""

    def comes_near_start(self) -> None:
        """The reader is less than a page from the first row."""

    def comes_near_end(self) -> None:
        """The reader is less than a page from the last row."""

    # --- what is shown ---------------------------------------------------------------------

    @property
    def is_at_end(self) -> bool:
        """Whether the reader sees the newest there is."""
        return self._sticks

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Rows move in here; the reader is to see what he sees."""
        self._hold()
        yield
        self._settle()

    @contextmanager
    def losing(self, doomed: Collection[Row]) -> Iterator[None]:
        """These rows go in here; the reader is to see what he sees of the others."""
        self._hold()
        self._laid_out.spare(doomed, self._top_line, self._page_lines)
        yield
        self._unselect()
        self.wants_full = True
        self._settle()

    def redraw(self, row: Row) -> None:
        """A row is another one than before, where it was."""
        self.painter.forget(row)

    def settle_soon(self) -> None:
        """Rows have changed at the end; many may do so before anybody looks."""
        if not self._visible or self._settle_is_due or self._frame_is_set:
            return
        wait = self._settled_at + FRAME_SECONDS - monotonic()
        if wait > 0:
            self._frame_is_set = True
            self.set_timer(wait, self._next_frame)
        else:
            self._settle_is_due = self.call_later(self._settle)

    def start_anew(self) -> None:
        """All rows are others: show the end, if it is live, or else the beginning."""
        self._laid_out.release()
        self._laid_out.scrolled()
        self.painter.mark(None)
        self._goes_to = None
        self._top_line = 0
        self._sticks = self.timeline.live
        self.wants_full = True
        self._unselect()
        self._settle()

    def go_to(self, row: Row) -> None:
        """Show a row in the middle, and mark it."""
        self.painter.mark(row)
        self._goes_to = row
        self._sticks = False
        self._settle()

    def unmark(self) -> None:
        """Nothing is marked by `go_to` any more."""
        if self.painter.mark(None):
            self.refresh()

    def spot(self, offset: Offset) -> Spot | None:
        """The character in a cell of the pane, if there is one."""
        found = self._laid_out.row_at(self.scroll_offset.y + offset.y)
        if found is None:
            return None
        row, line = found
        drawn = self.painter.draw(row)
        if line >= len(drawn.strips):
            return None
        at = drawn.lines.place_in_cell(line, offset.x)
        return None if at is None else Spot(row, drawn, at)

    # --- scrolling -------------------------------------------------------------------------

    def page_up(self) -> None:
        """Towards older messages by a page, but for a line."""
        self._scroll_by(-max(1, self._page_lines - 1))

    def page_down(self) -> None:
        """Towards newer messages by a page, but for a line."""
        self._scroll_by(max(1, self._page_lines - 1))

    def to_end(self) -> None:
        """To the last row, where one stays if nothing is newer."""
        self._settle_if_due()
        self._scroll_by(self.virtual_size.height)
        if not self._visible:
            self.unmark()
            self._laid_out.release()
            self._goes_to = None
            self._sticks = True

    def action_scroll_up(self) -> None:
        """A line up."""
        self._scroll_by(-1)

    def action_scroll_down(self) -> None:
        """A line down."""
        self._scroll_by(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.page_up()

    def action_page_down(self) -> None:
        """A page down."""
        self.page_down()

    def action_scroll_home(self) -> None:
        """To the first row."""
        self._scroll_by(-self.virtual_size.height)

    def action_scroll_end(self) -> None:
        """To the last row."""
        self.to_end()

    def on_key(self) -> None:
        """Whoever presses a key has seen the mark."""
        self.unmark()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Some lines up."""
        self._wheel(event, -WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Some lines down."""
        self._wheel(event, WHEEL_LINES)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        event.prevent_default()
        self._scroll_by(lines)

    def _scroll_by(self, lines: int) -> None:
        """The reader scrolls, or would; not in a pane that he does not see."""
        if not self._visible:
            return
        self._settle_if_due()
        self.unmark()
        self.scroll_to(y=self._top_line + lines, animate=False, force=True)
        self._moved()

    def _moved(self) -> None:
        """The reader has scrolled."""
        self._top_line = self.scroll_offset.y
        self._laid_out.scrolled()
        self._look_at_end()
        self._look_around()

    def _look_at_end(self) -> None:
        """The reader may have come to the end, or left it."""
        was, self._sticks = self._sticks, self._top_line >= self.max_scroll_y and self.timeline.live
        if self._sticks and not was:
            self.comes_to_end()

    def _look_around(self) -> None:
        """The reader may be near an end of the window."""
        page = self._page_lines
        if page and self.timeline.first:
            if self._top_line < page:
                self.comes_near_start()
            if self.max_scroll_y - self._top_line < page:
                self.comes_near_end()

    # --- selecting -------------------------------------------------------------------------

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, one line for each message, and what ends it."""
        self._settle_if_due()
        copied = self._laid_out.copy(selection)
        return None if copied is None else (copied, "\n")

    def selection_updated(self, selection: Selection | None) -> None:
        """Textual calls it when the mouse selects."""
        self.refresh()

    def _unselect(self) -> None:
        """What was selected is not where it was."""
        if self.is_attached and self.text_selection:
            self.screen.clear_selection()

    # --- settling --------------------------------------------------------------------------

    def on_show(self) -> None:
        """It can be seen, and its size is known."""
        self._visible = True
        self._settle_resized()

    def on_hide(self) -> None:
        """It can't be seen, and wraps nothing until it can."""
        self._visible = False

    def on_resize(self) -> None:
        """Its size has changed."""
        self._settle_resized()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """It was scrolled: by the reader, unless rows are being laid out, or are about to be."""
        super().watch_scroll_y(old_value, new_value)
        if not self._settling and self._room() == (self._laid_out.width, self._page_lines):
            self._moved()

    def _room(self) -> tuple[int, int]:
        """How many cells a line has, and how many lines are visible."""
        size = self.scrollable_content_region.size
        return size.width, size.height

    def _hold(self) -> None:
        """Rows are about to move; the reader is to see what he sees."""
        self._laid_out.hold(self._top_line, self._page_lines)

    def _settle_resized(self) -> None:
        if self._room() != (self._laid_out.width, self._page_lines):
            self._hold()
            self.wants_full = True
        self._settle()

    def _next_frame(self) -> None:
        self._frame_is_set = False
        self._settle_if_due()

    def _settle_if_due(self) -> None:
        if self.timeline.untouched < len(self.timeline.rows) or self._settle_is_due:
            self._settle()

    def _settle(self) -> None:
        """Lay out what has changed, and scroll to where the reader was. Nothing if it is hidden."""
        self._settle_is_due = False
        self._settled_at = monotonic()
        if not self._visible:
            return  # its size would be looked for everywhere
        width, page = self._room()
        if not width or not page:
            return
        self._page_lines = page
        if width != self._laid_out.width:
            self._laid_out.resize(width)
            self.painter.resize(width)
            self._unselect()
        self._laid_out.lay_out()
        self._settling = True
        try:
            self.virtual_size = Size(width, self._laid_out.lines)
            self._top_line = min(max(self._place(), 0), self.max_scroll_y)
            self.scroll_to(y=self._top_line, animate=False, force=True)
        finally:
            self._settling = False
        self.refresh()
        self._look_at_end()
        if self.wants_full and self.virtual_size.height <= page:
            self._look_around()  # nobody can scroll there
        self.wants_full = False

    def _place(self) -> int:
        """Which line is to be the first visible one, as far as there are so many."""
        top = self._laid_out.find(self._top_line)
        if top is None:
            self._unselect()
            top = 0
        row, self._goes_to = self._goes_to, None
        if row is not None and row in self.timeline.rows:
            index = self.timeline.rows.index(row)
            return self._laid_out.start(index) - (self._page_lines - row.height) // 2
        if self._sticks and not self.is_vertical_scrollbar_grabbed:
            return self.max_scroll_y
        return top

    # --- drawing ---------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Colours have changed."""
        super().notify_style_update()
        self.painter.restyle()

    def render_line(self, y: int) -> Strip:
        """A visible line, for Textual."""
        line = self.scroll_offset.y + y
        found = self._laid_out.row_at(line)
        if found is not None:
            row, of_row = found
            drawn = self.painter.draw(row)
            if of_row < len(drawn.strips):
                strip = drawn.strips[of_row]
                line += self._laid_out.origin
                selection = self.text_selection
                span = selection.get_span(line) if selection else None
                if span is not None:
                    strip = self.painter.select(strip, drawn.lines.shown(of_row), span)
                return strip.apply_offsets(0, line)
        return self.painter.blank(self._laid_out.width or self.size.width)
