"""The rows of one room, and what becomes of its messages: hidden, shown again, edited.

Knows no widgets and no cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from chat.client.screen.scrollback.rows import EDITED, Kind, Row, separator, shown
from chat.client.screen.scrollback.window import Window
from chat.client.terms.events import Message
from chat.client.terms.numbers import Numbers, Run

EDITS: Final = 1000
"""So many messages are known to be edited, for the case that they are read again."""


class Timeline(Window):
    """The rows of a room. username: who looks at it."""

    def __init__(self, username: str = "") -> None:
        super().__init__(username)
        self._edited: dict[int, str | None] = {}  # None: the text is as it is read

    def rows_of(self, numbers: Iterable[Run]) -> list[Row]:
        """The rows of those of these messages that are here."""
        wanted = Numbers(numbers)
        return [row for row in self.rows if row.number and row.number in wanted]

    def hide(self, numbers: Iterable[Run]) -> list[Row]:
        """These messages are not to be seen any more; the rows that are gone."""
        numbers = list(numbers)
        self._hidden.add(numbers)
        self._waiting.discard(numbers)
        return self._drop(self.rows_of(numbers))

    def unhide(self, numbers: Iterable[Run]) -> list[Run]:
        """These messages may be seen again: those to `restore`, as they belong here."""
        numbers = list(numbers)
        self._hidden.discard(numbers)
        if not (self.first or self.at_start):
            return []
        first = 0 if self.at_start else self.first
        return [
            (max(start, first), end if self.live else min(end, self.last))
            for start, end in numbers
            if end >= first and (self.live or start <= self.last)
        ]

    def restore(self, messages: Iterable[Message]) -> bool:
        """Put messages in again where they belong. Returns whether there was one to put in."""
        here_already = {row.number for row in self.rows}
        found = [
            message
            for message in messages
            if message.number not in here_already and message.number not in self._hidden
        ]
        if found:
            self._put_between(sorted(found, key=lambda message: message.number))
        return bool(found)

    def edit(self, number: int, text: str) -> Row | None:
        """A message has another text now; its row, if it is here."""
        self._edited.pop(number, None)
        self._edited[number] = text
        if len(self._edited) > EDITS:
            del self._edited[next(iter(self._edited))]
        for at, row in enumerate(self.rows):
            if row.number == number:
                row.edit(text, self.username)
                self._touch(at)
                return row
        return None

    def come_back(self) -> None:
        """One was away: what becomes of messages may not have been told."""
        self._hidden.clear()
        self._edited = dict.fromkeys(self._edited)

    def renew(self, messages: Sequence[Message], first: int, last: int) -> list[Row]:
        """These are all that there are between two numbers, now; the rows that are not there, or
        are others.
        """
        by_number = {message.number: message for message in messages}
        changed = self._drop(
            [
                row
                for row in self.rows
                if first <= row.number <= last and row.number not in by_number
            ]
        )
        for at, row in enumerate(self.rows):
            message = by_number.get(row.number)
            text = row.text.removesuffix(EDITED) if row.edited else row.text
            if message and text != shown(message.text):
                self._edited[row.number] = None
                row.edit(message.text, self.username)
                self._touch(at)
                changed.append(row)
        self.restore(messages)
        return changed

    def _drop(self, gone: list[Row]) -> list[Row]:
        if gone:
            doomed = set(gone)
            self.count -= len(gone)
            self._lay_days([row for row in self.rows if row not in doomed])
        return gone

    def _put_between(self, messages: list[Message]) -> None:
        """Put each behind the last message that is older; where there is none, before the first."""
        numbers = [row.number for row in self.rows if row.number]
        behind: dict[int, list[Row]] = {}
        for message in messages:
            at = bisect_left(numbers, message.number)
            behind.setdefault(numbers[at - 1] if at else 0, []).append(self._row(message))
        rows: list[Row] = []
        for row in self.rows:
            if row.number:
                rows += behind.pop(0, [])
            rows.append(row)
            rows += behind.pop(row.number, []) if row.number else []
        place = len(rows) - self._pending
        rows[place:place] = behind.pop(0, [])  # there were no messages
        first, last = messages[0].number, messages[-1].number
        self.first, self.last = min(self.first or first, first), max(self.last, last)
        self.newest = max(self.newest, last)
        self.count += len(messages)
        self._lay_days(rows)

    def _lay_days(self, rows: list[Row]) -> None:
        """Have these rows, with a line above each day."""
        days = {row.day: row for row in rows if row.kind is Kind.DAY and row.day}
        laid: list[Row] = []
        last: date | None = None
        for row in (row for row in rows if row.kind is not Kind.DAY):
            day = row.day
            is_message = row.kind is Kind.MESSAGE
            if day and (last is None or day > last or (is_message and day != last)):
                laid.append(days.pop(day) if day in days else separator(day))
                last = day
            laid.append(row)
        self._last_day = last
        pairs = enumerate(zip(self.rows, laid, strict=False))
        same = next(
            (at for at, (old, new) in pairs if old is not new), min(len(self.rows), len(laid))
        )
        self.rows = laid
        self._touch(same)

    def _row(self, message: Message) -> Row:
        row = super()._row(message)
        if message.number in self._edited:
            text = self._edited[message.number]
            row.edit(message.text if text is None else text, self.username)
        return row
