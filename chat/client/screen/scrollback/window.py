"""The rows of one room, in order: what is shown of it. Knows no widgets and no cells.

Messages are a window of all that was ever said there: all that there are, from `first` to `last`;
those two themselves may be hidden. Between them stand the days, notices and the line above what is
new; behind all of them what one has said and what is not stored yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final

from chat.client.screen.scrollback.rows import (
    Kind,
    Level,
    Row,
    here,
    row_of,
    separator,
    shown,
    time_of,
)
from chat.client.terms.bounds import MOST_NOTICES
from chat.client.terms.events import Message
from chat.client.terms.numbers import Numbers
from chat.client.terms.phrases import counted

TRIM_PART: Final = 10
"""Trimming waits until there is a tenth too much: it moves all rows, too much for each message."""


class Window:
    """The rows of a room.

    username: who looks at it. Messages of others with that name in them are mentions.
    """

    def __init__(self, username: str = "") -> None:
        self.username = username
        self.rows: list[Row] = []
        self.untouched = 0
        """So many rows are as they were when this was set to their number: who draws them does."""
        self.first = 0
        """The number of the oldest message here; 0: there is none."""
        self.last = 0
        """The number of the newest message here."""
        self.count = 0
        """How many messages are here."""
        self.newest = 0
        """The number of the newest message that has come."""
        self.at_start = False
        """Nothing is older than what is here."""
        self.live = True
        """Nothing is newer than what is here."""
        self._notices = 0  # how many have been put in, or more than there are
        self._pending = 0  # how many rows at the end are pending
        self._last_day: date | None = None
        self._unread: Row | None = None
        self._unread_from = 0  # the number of the first new message; 0: nothing is new
        self._waiting = Numbers()  # what has come and is not here, for the window ends before it
        self._hidden = Numbers()  # since one is there: a page may have been read before

    @property
    def waiting(self) -> int:
        """How many have come that are not here, for the window ends before them."""
        return len(self._waiting)

    def seed(
        self, messages: Sequence[Message], at_start: bool, live: bool = True, known: int = 0
    ) -> None:
        """Show these messages, oldest first, and nothing else but what is pending.

        live: nothing newer was stored when they were asked for; known: see `put_after`.
        """
        pending = self.rows[len(self.rows) - self._pending :]
        self.rows = []
        self.first = self.last = self.count = 0
        self._unread = self._last_day = None
        self._touch(0)
        kept, self._pending = self._pending, 0
        self._add_behind(messages)
        self.rows += pending
        self._pending = kept
        self.at_start = at_start
        self._end_is(live, known)
        # the numbers may begin anew: a server may have forgotten all
        self.newest = max([self.last, *(last for _, last in self._waiting.runs)])
        self._put_unread_line()

    def append(self, message: Message) -> bool:
        """A message has come. Returns whether it was put in."""
        number = message.number
        if number <= self.newest:
            return False
        self.newest = number
        if not self.live:
            self._waiting.put(number)
            return False
        return self._put_behind(message)

    def put_before(self, messages: Sequence[Message], at_start: bool) -> bool:
        """Older messages, oldest first. Returns whether there was one that was not here."""
        self.at_start = at_start
        older = [
            message
            for message in messages
            if (not self.first or message.number < self.first)
            and message.number not in self._hidden
        ]
        if not older:
            return False
        if not self.first:
            self.last = older[-1].number
            self.newest = max(self.newest, self.last)
            self._last_day = here(older[-1].at).date()
        self.first = older[0].number
        self.count += len(older)
        page: list[Row] = []
        day: date | None = None
        for message in older:
            row = self._row(message)
            if row.day != day:
                page.append(separator(row.day))
                day = row.day
            page.append(row)
        for at, row in enumerate(self.rows):
            if row.kind is Kind.DAY:
                if row.day == day:
                    del self.rows[at]
                break
        self.rows[:0] = page
        self._touch(0)
        self._put_unread_line()
        return True

    def put_after(self, messages: Sequence[Message], reaches_end: bool, known: int = 0) -> bool:
        """Newer messages, oldest first. Returns whether there was one that was not here.

        reaches_end: nothing newer was stored when they were asked for. What has come since is
        still missing; the window is live when there is nothing of it.
        known: the newest that had come when they were asked for. What is not here up to that one
        does not exist.
        """
        before = self.last
        self._add_behind(messages)
        self._end_is(reaches_end, known)
        self._put_unread_line()
        return self.last > before

    def notice(self, text: str, level: Level, at: datetime) -> None:
        """A word from the client; a row for each line of it."""
        at = here(at)
        day = at.date()
        if self._last_day is None or day > self._last_day:
            self._insert(separator(day))
            self._last_day = day
        for line in text.split("\n"):
            row = Row(Kind.NOTICE, shown(line), time=time_of(at), day=day, level=level)
            self._insert(row)
            self._notices += 1
        if self._notices > MOST_NOTICES + MOST_NOTICES // TRIM_PART:
            self._forget_notices()

    def _forget_notices(self) -> None:
        """Forget the oldest of the rows that say no message."""
        notices = [at for at, row in enumerate(self.rows) if row.kind is Kind.NOTICE]
        oldest = notices[: max(0, len(notices) - MOST_NOTICES)]
        self._notices = len(notices) - len(oldest)
        for at in reversed(oldest):
            del self.rows[at]
        if oldest:
            self._touch(oldest[0])

    def missing(self, count: int) -> None:
        """So many messages after the last one could not be read."""
        self._insert(Row(Kind.MISSING, f"{counted(count, 'message')} could not be read"))

    def pend(self, key: str, text: str) -> None:
        """One has said this, and it is not delivered yet."""
        self._touch(len(self.rows))
        self.rows.append(Row(Kind.PENDING, shown(text), shown(self.username), own=True, key=key))
        self._pending += 1

    def unpend(self, key: str) -> None:
        """That is delivered, or refused."""
        for at in range(len(self.rows) - self._pending, len(self.rows)):
            if self.rows[at].key == key:
                del self.rows[at]
                self._touch(at)
                self._pending -= 1
                return

    def mark_unread(self, number: int = 0) -> None:
        """What has this number is new, and what follows; 0: what comes from now on."""
        if number and (number <= self.newest or not self.count):
            self.clear_unread_line()
            self._unread_from = number
            self._put_unread_line()
            return
        if self._unread is not None and self._unread is self._row_before_pending():
            return
        self.clear_unread_line()
        self._unread = Row(Kind.UNREAD, "new")
        self._insert(self._unread)

    def clear_unread_line(self) -> None:
        """Nothing is new any more."""
        self._unread_from = 0
        if self._unread is not None:
            at = self.rows.index(self._unread)
            del self.rows[at]
            self._touch(at)
            self._unread = None

    def others_after(self, number: int) -> tuple[int, int]:
        """How many messages of others are here behind that one, and in how many one is named."""
        behind = [row for row in self.rows if row.number > number and not row.own]
        return len(behind), sum(row.mention for row in behind)

    def spare(self, keep: int) -> int:
        """How many messages are too many; 0 while it is less than a tenth."""
        spare = self.count - max(keep, 1)
        return spare if spare > keep // TRIM_PART else 0

    def trim(self, keep: int) -> None:
        """Forget the oldest rows, when there are a tenth more messages than these."""
        spare = self.spare(keep)
        if not spare:
            return
        messages = (at for at, row in enumerate(self.rows) if row.kind is Kind.MESSAGE)
        at = next(islice(messages, spare, None))
        oldest = self.rows[at]
        if self._unread is not None and self.rows.index(self._unread) < at:
            self._unread, self._unread_from = None, 0
        self.rows[:at] = [separator(oldest.day)]
        self.first = oldest.number
        self.count -= spare
        self.at_start = False
        self._touch(0)

    def _row(self, message: Message) -> Row:
        return row_of(message, self.username)

    def _add_behind(self, messages: Sequence[Message]) -> None:
        """Put in the newer ones of these."""
        for message in messages:
            if message.number > self.last:
                self._put_behind(message)
        self.newest = max(self.newest, self.last)

    def _put_behind(self, message: Message) -> bool:
        """Whether it was put in: what is hidden is not, and it is here all the same."""
        self.first = self.first or message.number
        self.last = message.number
        if message.number in self._hidden:
            return False
        row = self._row(message)
        if row.day != self._last_day:
            self._insert(separator(row.day))
            self._last_day = row.day
        self._insert(row)
        self.count += 1
        return True

    def _end_is(self, live: bool, known: int) -> None:
        """Whether nothing newer was stored than what is here. It may have come since."""
        self._waiting.discard([(0, max(self.last, known) if live else self.last)])
        self.live = live and not self._waiting

    def _insert(self, row: Row) -> None:
        """Put a row behind all but the pending ones."""
        at = len(self.rows) - self._pending
        self._touch(at)
        self.rows.insert(at, row)

    def _put_unread_line(self) -> None:
        """Put the line above what is new, where that is here and the line is not."""
        number = self._unread_from
        if self._unread or not number or (number < self.first and not self.at_start):
            return
        new = (at for at, row in enumerate(self.rows) if row.number >= number)
        at = next(new, None)
        if at is not None:
            if at > 0 and self.rows[at - 1].kind is Kind.DAY:
                at -= 1
            self._unread = Row(Kind.UNREAD, "new")
            self._touch(at)
            self.rows.insert(at, self._unread)

    def _row_before_pending(self) -> Row | None:
        at = len(self.rows) - self._pending
        return self.rows[at - 1] if at else None

    def _touch(self, at: int) -> None:
        """The rows from there on are not what they were."""
        self.untouched = min(self.untouched, at)
