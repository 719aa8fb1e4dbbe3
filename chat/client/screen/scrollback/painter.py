"""Rows as they are drawn: lines with colours. Knows how a row falls into lines, not where it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from chat.client.screen.scrollback import look
from chat.client.screen.scrollback.cells import Span, snap
from chat.client.screen.scrollback.lines import INDENT, RULES, Lines, column_cells, lines_of
from chat.client.screen.scrollback.rows import EDITED, Kind, Row

DRAWN_ROWS: Final = 512
"""How many rows stay drawn: some pages of the largest terminal."""

LOOKS: Final = {
    "time": "color: $foreground 70%;",
    "name": "text-style: none;",
    "own": "text-style: bold;",
    "bar": "color: $foreground 30%;",
    "mention-bar": "color: $text-accent; text-style: bold;",
    "day": "color: $foreground 70%;",
    "unread": "color: $text-error; text-style: bold;",
    "missing": "color: $foreground 70%; text-style: italic;",
    "notice": "color: $foreground 70%;",
    "error": "color: $text-error;",
    "pending": "color: $foreground 50%;",
    "mention": "background: $accent 15%; text-style: bold;",
    "link": "text-style: underline;",
    "edited": "color: $foreground 50%;",
    "match": "background: $warning; color: black; text-style: bold;",
    "target": "text-style: reverse;",
}
"""What the pane's component classes are called, after `pane--`, and how they look. A kind of rows
that is not a message has its own."""

_Layer = list[tuple[int, int, Style]]


class Drawn(NamedTuple):
    """A row as it is drawn."""

    lines: Lines
    links: list[tuple[int, int, str]]
    """Where they are, and their URLs."""
    strips: list[Strip]


class Painter:
    """Draws rows, and keeps them for the next time.

    pane: gives the colours.
    """

    def __init__(self, pane: Widget) -> None:
        self._pane = pane
        self._width = 0
        self._target: Row | None = None
        self._wanted: tuple[str, ...] = ()
        self._drawn: LRUCache[Row, Drawn] = LRUCache(DRAWN_ROWS)
        self._looks: dict[str, Style] = {}

    def resize(self, width: int) -> None:
        """The pane has so many cells in a line."""
        self._width = width
        self._drawn.clear()

    def restyle(self) -> None:
        """Colours have changed."""
        self._looks.clear()
        self._drawn.clear()

    def highlight(self, words: tuple[str, ...]) -> None:
        """Let these words of a search stand out, and no others."""
        self._wanted = words
        self._drawn.clear()

    def mark(self, row: Row | None) -> bool:
        """Mark this row, and no other. Returns whether one was marked before."""
        before, self._target = self._target, row
        for changed in (before, row):
            if changed is not None:
                self._drawn.discard(changed)
        return before is not None

    def forget(self, row: Row) -> None:
        """A row is not what it was."""
        self._drawn.discard(row)

    def draw(self, row: Row) -> Drawn:
        """A row as it is drawn."""
        drawn = self._drawn.get(row)
        if drawn is None:
            drawn = self._drawn[row] = self._paint(row, lines_of(row, self._width))
        return drawn

    def blank(self, width: int) -> Strip:
        """A line without a row."""
        return Strip.blank(width, self._look("base"))

    def select(self, strip: Strip, shown: str, span: Span) -> Strip:
        """A line of which something is selected; -1: up to its end.

        shown: its text.
        """
        start, end = span
        style = self._pane.screen.get_component_rich_style("screen--selection")
        first = cell_len(shown[:start])
        last = cell_len(shown if end == -1 else shown[:end])
        chosen = [
            Segment(segment.text, (segment.style or Style.null()) + style)
            for segment in strip.crop(first, last)
        ]
        return Strip.join([strip.crop(0, first), Strip(chosen), strip.crop(last)])

    def _paint(self, row: Row, lines: Lines) -> Drawn:
        """Give a row its colours."""
        base = self._base(row)
        links: list[tuple[int, int, str]] = []
        layers: list[_Layer] = []
        bar: Style = base + self._look("mention-bar" if row.mention else "bar")
        if row.kind not in RULES:
            layers.append(self._head_layer(row, lines, bar))
            text, head = row.text, lines.head
            if row.kind is Kind.MESSAGE:
                found = look.links(text)
                links = [
                    (start + head, end + head, look.address(text[first:last]))
                    for (first, last), (start, end) in zip(found, snap(text, found), strict=True)
                ]
                link = self._look("link")
                layers.append([(start, end, link + Style(link=url)) for start, end, url in links])
            if row.edited:
                end = len(lines.full)
                layers.append([(end - len(EDITED), end, self._look("edited"))])
            if self._wanted:
                match = self._look("match")
                found = snap(text, look.words(text, self._wanted))
                layers.append([(start + head, end + head, match) for start, end in found])
        runs = _runs(len(lines.full), base, layers)
        if row is self._target:
            target = self._look("target")
            runs = [(start, end, style + target) for start, end, style in runs]
            base, bar = base + target, bar + target
        return Drawn(lines, links, _strips(lines, runs, base, bar, self._width))

    def _head_layer(self, row: Row, lines: Lines, bar: Style) -> _Layer:
        """The colours of what comes before what was said."""
        start, end = lines.name
        layer = [(0, start, self._look("time"))]
        if row.kind is Kind.MESSAGE and start < end:
            colour = Style(color=look.colour(row.user, self._pane.app.current_theme.dark))
            layer.append((start, end, self._look("own" if row.own else "name") + colour))
        if column_cells(self._width):
            layer.append((lines.head - 2, lines.head - 1, bar))
        return layer

    def _base(self, row: Row) -> Style:
        """The style of what is not special in a row."""
        if row.mention:
            return self._look("base") + self._look("mention")
        if row.kind is Kind.MESSAGE:
            return self._look("base")
        if row.kind is Kind.NOTICE and row.level == "error":
            return self._look("base") + self._look("error")
        return self._look("base") + self._look(row.kind.name.lower())

    def _look(self, name: str) -> Style:
        """What a component class of the pane adds to other styles; "base" is the pane's own."""
        style = self._looks.get(name)
        if style is None:
            if name == "base":
                style = self._pane.rich_style
            else:
                part = f"pane--{name}"
                own = self._pane.get_component_rich_style(part, partial=True)
                whole = self._pane.get_component_rich_style(part)
                style = own.without_color + Style(
                    color=whole.color if own.color else None,
                    bgcolor=whole.bgcolor if own.bgcolor else None,
                )
            self._looks[name] = style
        return style


def _strips(lines: Lines, runs: _Layer, base: Style, bar: Style, width: int) -> list[Strip]:
    """The lines of a row, each as wide as the pane."""
    strips: list[Strip] = []
    hang = _hang(lines.hang, base, bar)
    at = 0
    for first, last in lines.spans:
        segments = list(hang) if strips else []
        while runs and runs[at][1] <= first < runs[-1][1]:
            at += 1
        for start, end, style in runs[at:]:
            if start >= last:
                break
            if text := lines.full[max(start, first) : min(end, last)]:
                segments.append(Segment(text, style))
        strips.append(Strip(segments).adjust_cell_length(width, base))
    return strips


def _hang(hang: str, base: Style, bar: Style) -> list[Segment]:
    """The beginning of a line that is not a row's first."""
    if len(hang) <= len(INDENT):
        return [Segment(hang, base)]
    return [Segment(hang[:-2], base), Segment(hang[-2], bar), Segment(hang[-1], base)]


def _runs(size: int, base: Style, layers: list[_Layer]) -> _Layer:
    """A text of so many characters cut into pieces of one style, those of later layers on top.

    layers: the spans of each are in order and apart from each other.
    """
    edges = {0, size}
    for layer in layers:
        for start, end, _ in layer:
            edges.update((start, end))
    places = [0] * len(layers)
    runs: _Layer = []
    for start, end in pairwise(sorted(edges)):
        style = base
        for number, layer in enumerate(layers):
            at = places[number]
            while at < len(layer) and layer[at][1] <= start:
                at += 1
            places[number] = at
            if at < len(layer) and layer[at][0] <= start:
                style += layer[at][2]
        runs.append((start, end, style))
    return runs
