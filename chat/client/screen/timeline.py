"""The rows of one room, in order: what is shown of it. Knows no widgets and no cells.

Messages are a window of all that was ever said there: without gaps, from `first` to `last`.
Between them stand the days, notices and the line above what is new; behind all of them what one
has said and what is not stored yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from itertools import islice
from typing import Final, Literal

from chat.client.events import Message
from chat.client.safe import clean
from chat.client.screen.look import mentions
from chat.client.screen.wrapping import expand

Level = Literal["info", "error"]

TRIM_PART: Final = 10
"""Trimming waits until there is a tenth too much: it moves all rows, too much for each message."""


class Kind(Enum):
    """What a row is."""

    MESSAGE = auto()
    DAY = auto()
    """The messages below are of this day."""
    UNREAD = auto()
    """What is below is new."""
    NOTICE = auto()
    """A word from the client itself, with a time."""
    MISSING = auto()
    """Messages that nobody can have any more."""
    PENDING = auto()
    """What one has said, before it is delivered."""


@dataclass(slots=True, eq=False)
class Row:
    """One of them. All texts are as they may be shown."""

    kind: Kind
    text: str
    user: str = ""
    time: str = ""
    """Hours and minutes here, or nothing."""
    number: int = 0
    """A message's."""
    day: date | None = None
    """A message's, here; or that of a separator."""
    own: bool = False
    mention: bool = False
    level: Level = "info"
    """A notice's."""
    key: str = ""
    """What a pending text is called."""
    height: int = 0
    """In lines; 0: not known. Who draws the rows keeps it here."""


class Timeline:
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
        self.waiting = 0
        """How many have come that are not here, for the window ends before them."""
        self.at_start = False
        """Nothing is older than what is here."""
        self.live = True
        """Nothing is newer than what is here."""
        self._newest = 0  # the number of the newest message that has come
        self._pending = 0  # how many rows at the end are pending
        self._last_day: date | None = None
        self._unread: Row | None = None
        self._unread_from = 0  # the number of the first new message; 0: nothing is new

    def seed(self, messages: Sequence[Message], at_start: bool, live: bool = True) -> None:
        """Show these messages, oldest first, and nothing else but what is pending.

        live: nothing newer was stored when they were asked for; as in `put_after`.
        """
        pending = self.rows[len(self.rows) - self._pending :]
        self.rows = []
        self.first = self.last = self.count = 0
        self._unread = self._last_day = None
        self._touch(0)
        if not self.waiting:
            self._newest = 0  # the numbers may begin anew: a server may have forgotten all
        kept, self._pending = self._pending, 0
        self._add_behind(messages)
        self.rows += pending
        self._pending = kept
        self.at_start = at_start
        self._end_is(live)
        self._put_unread_line()

    def append(self, message: Message) -> bool:
        """A message has come. Returns whether it was put in."""
        number = message.number
        if number <= self._newest:
            return False
        self._newest = number
        if not self.live:
            self.waiting += 1
            return False
        self._put_behind(message)
        return True

    def put_before(self, messages: Sequence[Message], at_start: bool) -> bool:
        """Older messages, oldest first. Returns whether there was one that was not here."""
        self.at_start = at_start
        older = [message for message in messages if not self.first or message.number < self.first]
        if not older:
            return False
        if not self.first:
            self.last = older[-1].number
            self._newest = max(self._newest, self.last)
            self._last_day = _day(older[-1])
        self.first = older[0].number
        self.count += len(older)
        page: list[Row] = []
        day: date | None = None
        for message in older:
            row = self._row(message)
            if row.day != day:
                page.append(_separator(row.day))
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

    def put_after(self, messages: Sequence[Message], reaches_end: bool) -> bool:
        """Newer messages, oldest first. Returns whether there was one that was not here.

        reaches_end: nothing newer was stored when they were asked for. What has come since is
        still missing; the window is live when there is nothing of it.
        """
        before = self.last
        self._add_behind(messages)
        self._end_is(reaches_end)
        self._put_unread_line()
        return self.last > before

    def notice(self, text: str, level: Level, at: datetime) -> None:
        """A word from the client; a row for each line of it."""
        here = _here(at)
        time = _time(here)
        if self._last_day is None or here.date() > self._last_day:
            self._insert(_separator(here.date()))
            self._last_day = here.date()
        for line in text.split("\n"):
            self._insert(Row(Kind.NOTICE, _shown(line), time=time, level=level))

    def missing(self, count: int) -> None:
        """So many messages after the last one are not kept any more."""
        what = "1 message is" if count == 1 else f"{count} messages are"
        self._insert(Row(Kind.MISSING, f"{what} not kept any more"))

    def pend(self, key: str, text: str) -> None:
        """One has said this, and it is not delivered yet."""
        self._touch(len(self.rows))
        self.rows.append(Row(Kind.PENDING, _shown(text), _shown(self.username), own=True, key=key))
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
        if number and (number <= self._newest or not self.count):
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
        self.rows[:at] = [_separator(oldest.day)]
        self.first = oldest.number
        self.count -= spare
        self.at_start = False
        self._touch(0)

    def _row(self, message: Message) -> Row:
        at = _here(message.at)
        text = _shown(message.text)
        return Row(
            Kind.MESSAGE,
            text,
            _shown(message.user),
            _time(at),
            message.number,
            at.date(),
            message.own,
            not message.own and bool(mentions(text, self.username)),
        )

    def _add_behind(self, messages: Sequence[Message]) -> None:
        """Put in the newer ones of these."""
        for message in messages:
            if message.number > self.last:
                self._put_behind(message)
        self._newest = max(self._newest, self.last)

    def _put_behind(self, message: Message) -> None:
        row = self._row(message)
        if row.day != self._last_day:
            self._insert(_separator(row.day))
            self._last_day = row.day
        self._insert(row)
        self.first = self.first or message.number
        self.last = message.number
        self.count += 1

    def _end_is(self, live: bool) -> None:
        """Whether nothing newer was stored than what is here. It may have come since."""
        self.live = live and self.last >= self._newest
        self.waiting = min(self.waiting, self._newest - self.last)

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


def _shown(text: str) -> str:
    return expand(clean(text))


def _here(at: datetime) -> datetime:
    """A time where one is; or as it is, in the first or last hours of all time."""
    try:
        return at.astimezone()
    except (OverflowError, ValueError, OSError):
        return at


def _time(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def _day(message: Message) -> date:
    return _here(message.at).date()


def _separator(day: date | None) -> Row:
    assert day is not None
    return Row(Kind.DAY, f"{day:%A}, {day.day} {day:%B} {day.year}", day=day)
