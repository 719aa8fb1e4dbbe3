"""Where each row of a timeline is, in lines, and where those in sight are to stay while rows move.

Knows neither colours nor widgets. Lines are counted from the beginning of the timeline.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from textual.selection import Selection

from chat.client.screen.scrollback.lines import copied, height_of, lines_of
from chat.client.screen.scrollback.rows import Row
from chat.client.screen.scrollback.timeline import Timeline


class _Held(NamedTuple):
    """A row that was visible, and is to stay where it was."""

    row: Row
    at: int
    """The character of what was said with which its first visible line began."""
    line: int
    """Which line of the timeline's that was."""


class Layout:
    """The rows, one below the other. The widget says when they have changed."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.width = 0
        """Of the pane, in cells; 0: nothing is laid out."""
        self.origin = 0
        """Line 0 has this number in selections, which move with their text."""
        self._ends: list[int] = []  # the line behind each row, of those that are laid out
        self._held: list[_Held] | None = None  # while rows move
        self._anchor: _Held | None = None  # the first of those, when they moved last

    @property
    def lines(self) -> int:
        """How many there are."""
        return self._ends[-1] if self._ends else 0

    def start(self, index: int) -> int:
        """The first line of a row."""
        return self._ends[index - 1] if index else 0

    def row_at(self, line: int) -> tuple[Row, int] | None:
        """The row of a line, and which one of its lines it is."""
        index = bisect_right(self._ends, line)
        if line < 0 or index >= min(len(self._ends), len(self.timeline.rows)):
            return None
        return self.timeline.rows[index], line - self.start(index)

    def resize(self, width: int) -> None:
        """The pane has another width: all is to be laid out anew."""
        self.width = width
        for row in self.timeline.rows:
            row.height = 0
        self.timeline.untouched = 0

    def lay_out(self) -> None:
        """Find out where the rows are that have changed."""
        ends, rows, timeline = self._ends, self.timeline.rows, self.timeline
        del ends[timeline.untouched :]
        line = ends[-1] if ends else 0
        for index in range(len(ends), len(rows)):
            row = rows[index]
            if not row.height:
                row.height = height_of(row, self.width)
            line += row.height
            ends.append(line)
        timeline.untouched = len(rows)

    # --- staying where one was -------------------------------------------------------------

    def hold(self, top: int, page: int) -> None:
        """Rows are about to move: remember which ones are visible, and where.

        top: the first visible line.
        page: how many lines are visible.
        """
        if self._held is not None:
            return
        self._held = []
        laid_out = min(len(self._ends), self.timeline.untouched)
        for index in range(bisect_right(self._ends, top), laid_out):
            start = self.start(index)
            if start >= top + page:
                break
            row, line = self.timeline.rows[index], max(start, top)
            self._held.append(_Held(row, self.character(row, line - start), line))

    def spare(self, doomed: Collection[Row], top: int, page: int) -> None:
        """Rows are about to go that were held. Where all are, those behind them come up to the top;
        where none is behind them, those before them come down to the end.
        """
        rows = self.timeline.rows
        held = [kept.row for kept in self._held or () if kept.row in rows]
        if not held or any(row not in doomed for row in held):
            return
        at = rows.index(held[0])
        behind = next((row for row in islice(rows, at, None) if row not in doomed), None)
        before = next((row for row in reversed(rows[:at]) if row not in doomed), None)
        if behind:
            self._held = [_Held(behind, 0, top)]
        elif before:
            self._held = [_Held(before, 0, top + page - before.height)]

    def release(self) -> None:
        """Nothing need stay where it was."""
        self._held = []

    def scrolled(self) -> None:
        """What is at the top now is there because the reader wants it."""
        self._anchor = None

    def find(self, top: int) -> int | None:
        """Which line is to be the first visible one for what was held to stay where it was.

        None: nothing of that is left.

        top: the line that was the first.
        """
        held, self._held = self._held, None
        if not held:
            return top
        places = {row: index for index, row in enumerate(self.timeline.rows)}
        for kept in held:
            index = places.get(kept.row)
            if index is not None:
                line = self.start(index) + self._line(kept)
                self.origin += kept.line - line
                self._anchor = kept
                return line - (kept.line - top)
        return None

    def character(self, row: Row, line: int) -> int:
        """With which character of what was said a line of a row begins."""
        if not line:
            return 0
        anchor = self._anchor
        if anchor is not None and anchor.row is row:
            return anchor.at  # not scrolled since: resizing step by step adds up no error
        return lines_of(row, self.width).first_character(line)

    def _line(self, kept: _Held) -> int:
        """Which line of a row has the character that it is held at."""
        return lines_of(kept.row, self.width).line_of(kept.at) if kept.at else 0

    # --- copying ---------------------------------------------------------------------------

    def copy(self, selection: Selection) -> str | None:
        """The selected text, one line for each message; None: nothing is laid out."""
        if not self._ends:
            return None
        start, end = selection
        first = max(0, start.y - self.origin) if start else 0
        last = min(self.lines - 1, end.y - self.origin) if end else self.lines - 1
        texts: list[str] = []
        line = first
        while line <= last:
            index = bisect_right(self._ends, line)
            row, top = self.timeline.rows[index], self.start(index)
            lines = lines_of(row, self.width)
            bottom = min(last - top, len(lines.spans) - 1)
            begin = lines.place(line - top, start.x) if start and line == first else 0
            stop = lines.spans[bottom][1]
            if end and self.origin + top + bottom == end.y:
                stop = lines.place(bottom, end.x)
            texts.append(copied(row, lines, begin, stop).rstrip())
            line = self._ends[index]
        return "\n".join(texts)
