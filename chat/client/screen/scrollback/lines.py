"""How a row falls into lines: its time, its name, and what was said. Knows no colours.

In a pane that is wide enough, names have a column of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

from chat.client.screen.scrollback.cells import Span, cut, height, wrap
from chat.client.screen.scrollback.clusters import clusters
from chat.client.screen.scrollback.rows import Kind, Row
from chat.client.terms.phrases import short

NARROW_CELLS: Final = 66
"""A pane that is narrower, as in 80 columns, has no column of names: it takes a third of that."""

WIDE_CELLS: Final = 100
"""A pane this wide has room for long names."""

COLUMN_CELLS: Final = (12, 16)
"""How wide the column of names is, and in a wide pane; a name is nowhere shown longer."""

TIME_CELLS: Final = 5
INDENT: Final = "  "
"""Before the lines of a message below its first one, where there is no column."""

RULES: Final = frozenset((Kind.DAY, Kind.UNREAD, Kind.MISSING))
"""They are a line from side to side."""


class Lines(NamedTuple):
    """How a row falls into lines."""

    full: str
    """All that is shown of it but the beginnings of its later lines."""
    head: int
    """So much of it comes before what was said."""
    name: Span
    """Where the username is in it."""
    spans: list[Span]
    """Its lines."""
    hang: str
    """What the lines after the first begin with."""

    def shown(self, line: int) -> str:
        """A line as it is shown."""
        start, end = self.spans[line]
        return (self.hang if line else "") + self.full[start:end]

    def place(self, line: int, at: int) -> int:
        """Where in `full` a character of a line is."""
        start, end = self.spans[line]
        return min(end, start + max(0, at - len(self.hang)) if line else at)

    def place_in_cell(self, line: int, cell: int) -> int | None:
        """Where in `full` the character is that a cell of a line shows, if any."""
        for start, _, size in clusters(self.shown(line)):
            if cell < size:
                return self.place(line, start) if not line or start >= len(self.hang) else None
            cell -= size
        return None

    def first_character(self, line: int) -> int:
        """With which character of what was said a line begins."""
        return max(0, self.spans[line][0] - self.head) if line < len(self.spans) else 0

    def line_of(self, character: int) -> int:
        """Which line has a character of what was said."""
        starts = [start - self.head for start, _ in self.spans]
        return max(0, bisect_right(starts, character) - 1)


def column_cells(width: int) -> int:
    """How many cells the column of names has in a pane this wide; 0: there is none."""
    return COLUMN_CELLS[width >= WIDE_CELLS] if width >= NARROW_CELLS else 0


def lines_of(row: Row, width: int) -> Lines:
    """How a row falls into lines, in a pane this wide."""
    if row.kind in RULES:
        rule = _rule(row.text, width)
        return Lines(rule, 0, (0, 0), [(0, len(rule))], "")
    column = column_cells(width)
    head, name = _head(row, column)
    full = head + row.text
    if not column:
        return Lines(full, len(head), name, wrap(full, width, width - len(INDENT)), INDENT)
    cells = _head_cells(column)
    spans = [(start + len(head), end + len(head)) for start, end in wrap(row.text, width - cells)]
    spans[0] = (0, spans[0][1])
    return Lines(full, len(head), name, spans, f"{' ' * (cells - 2)}{head[-2:]}")


def height_of(row: Row, width: int) -> int:
    """How many lines a row falls into, in a pane this wide."""
    if row.kind in RULES:
        return 1
    if column := column_cells(width):
        return height(row.text, width - _head_cells(column))
    return height(_head(row, 0)[0] + row.text, width, width - len(INDENT))


def copied(row: Row, lines: Lines, begin: int, stop: int) -> str:
    """A piece of a row as one would write it down, without columns and broken lines."""
    if row.kind in RULES:
        return lines.full[begin:stop].strip("─ ")
    if stop <= lines.head or begin >= lines.head:
        return lines.full[begin:stop].strip()
    said = lines.full[lines.head : stop]
    if row.kind is Kind.NOTICE:
        return f"{row.time} {_sign(row)} {said}"
    return f"{row.time or '…'} {short(row.user)}: {said}"


def _head_cells(column: int) -> int:
    """How many cells come before what was said, beside a column of names."""
    return TIME_CELLS + 1 + column + len(" │ ")


def _head(row: Row, column: int) -> tuple[str, Span]:
    """What comes before what was said, and where the username is in it."""
    time = row.time or "…"
    if row.kind is Kind.NOTICE:
        name = _sign(row)
    else:
        name = _cut_name(row.user, column or COLUMN_CELLS[-1])
    if not column:
        head = f"{time} {name}{' ' if row.kind is Kind.NOTICE else ': '}"
        start = len(time) + 1
    else:
        before = f"{time:^{TIME_CELLS}} {' ' * (column - cell_len(name))}"
        start = len(before)
        head = f"{before}{name} {'┃' if row.mention else '│'} "
    return head, (start, start + len(name))


def _sign(row: Row) -> str:
    """What a notice has instead of a name."""
    return "!" if row.level == "error" else "*"


@lru_cache(1024)  # a room full of people; a long name takes longer than its message
def _cut_name(user: str, cells: int) -> str:
    return cut(short(user), cells)


def _rule(text: str, width: int) -> str:
    """A text in the middle of a line of so many cells."""
    text = cut(text, max(1, width - 4))
    left = max(0, width - cell_len(text) - 2)
    return f"{'─' * (left // 2)} {text} {'─' * (left - left // 2)}"
