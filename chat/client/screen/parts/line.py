"""A line that is edited as it is drawn: the cursor never stands within a letter, nor in an emoji.

Knows neither a history nor completion.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widgets import Input
from textual.widgets.input import Selection

from chat.client.screen.scrollback.cells import snap
from chat.client.screen.scrollback.clusters import clusters
from chat.vocabulary.text import clean


def typed(event: events.Key) -> str:
    """The character that a key puts into a line, "" if none. Joiners, wide spaces and pictures
    newer than Python's data are typed as well, and printable neither to Python nor to Textual."""
    found = event.character or ""
    is_text = len(found) == 1 and (found.isprintable() or found >= "\xa0") and clean(found) == found
    return found if is_text else ""


class _Drawn(Text):
    """Text whose styles begin and end between clusters."""

    def stylize(self, style: str | Style, start: int = 0, end: int | None = None) -> None:
        """See Text."""
        for first, last in snap(self.plain, [(start, len(self) if end is None else end)]):
            super().stylize(style, first, last)

    def stylize_before(self, style: str | Style, start: int = 0, end: int | None = None) -> None:
        """See Text."""
        for first, last in snap(self.plain, [(start, len(self) if end is None else end)]):
            super().stylize_before(style, first, last)


class Line(Input):
    """A line of text."""

    @property
    def _value(self) -> Text:
        """See Input."""
        drawn = super()._value
        if drawn.plain.isascii():
            return drawn
        return _Drawn(drawn.plain, no_wrap=True, overflow="ignore", end="")

    async def _on_key(self, event: events.Key) -> None:
        """See Input, which puts in what is printable to Textual, after this."""
        if not event.is_printable and (character := typed(event)):
            self.replace(character, *self.selection)
            event.stop()
            event.prevent_default()

    def _edges(self) -> list[int]:
        """Where the cursor may stand."""
        return [*(start for start, _, _ in clusters(self.value)), len(self.value)]

    def _before(self, at: int) -> int:
        edges = self._edges()
        return edges[max(bisect_left(edges, at) - 1, 0)]

    def _behind(self, at: int) -> int:
        edges = self._edges()
        return edges[min(bisect_right(edges, at), len(edges) - 1)]

    def action_cursor_left(self, select: bool = False) -> None:
        """See Input."""
        start, end = self.selection
        if select:
            self.selection = Selection(start, self._before(end))
        else:
            self.cursor_position = self._before(end) if start == end else min(start, end)

    def action_cursor_right(self, select: bool = False) -> None:
        """See Input."""
        start, end = self.selection
        if select:
            self.selection = Selection(start, self._behind(end))
        else:
            self.cursor_position = self._behind(end) if start == end else max(start, end)

    def action_delete_right(self) -> None:
        """See Input."""
        start, end = self.selection
        if start == end:
            end = self._behind(start)
        self.delete(start, end)

    def action_delete_left(self) -> None:
        """See Input. Of a letter with marks the last one goes; of a picture all."""
        start, end = self.selection
        if start == end and end:
            first = self._before(end)
            start = end - 1 if self.value[first].isalpha() else first
        self.delete(start, end)

    def _cell_offset_to_index(self, offset: int) -> int:
        """See Input."""
        left = offset + self.scroll_offset[0]
        for start, _, cells in clusters(self.value):
            left -= cells
            if left < 0:
                return start
        return len(self.value)
