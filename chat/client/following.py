"""One room as a client follows it: by number, each message once, in order. Knows no connection."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from chat.client.wire import Said, Whispered

ANNOUNCED: Final = 10_000
"""Direct messages that are remembered until they are read in the history."""

HELD: Final = 10_000
"""Messages that are kept while those before them are being read; more are read again instead."""


def key_of(name: str) -> str:
    """Two names with the same key are the same room: case and width make no difference."""
    return unicodedata.normalize("NFKC", name).casefold()


class Following:
    """How far a room has been told."""

    def __init__(self, name: str) -> None:
        self.name = name
        """What it is called here, from the beginning to the end."""
        self.is_here = False
        """One is in it, on the connection that there is."""
        self.is_known = False
        """Its Entered has been told."""
        self.is_reading = False
        """What comes next is being read from the history."""
        self.last: int | None = None
        """The number of the last message that was told; None: not known."""
        self.first: int | None = None
        """The number of the first message that is news here, if one has come."""
        self.read_until: int | None = None
        """The number of the last message that an account has read: what follows is told on coming;
        None: not known, or not wanted."""
        self.is_announced = False
        """Something was said between somebody and oneself; it is in the history."""
        self.lost_at: datetime | None = None
        """When the connection was lost, until one is back and it has been told."""
        self.old_until = 0
        """Messages up to this number were said while one was away."""
        self._held: list[Said] | None = None
        self._announced: list[Whispered] = []

    @property
    def is_behind(self) -> bool:
        """What has come waits for what was said before it."""
        return self._held is not None

    def go(self) -> None:
        """One is not in it any more, or not yet: what comes now is a replay, and in the history."""
        self.is_here = False
        self._held = None

    def come(self) -> None:
        """One is in it."""
        self.is_here = True
        self._held = []

    def hold(self) -> None:
        """Keep what comes from here on: what was before has to be told first."""
        if self._held is None:
            self._held = []

    def announce(self, whispered: Whispered) -> None:
        """A direct message has come, without its number."""
        self.is_announced = True
        self._announced.append(whispered)
        del self._announced[:-ANNOUNCED]

    @property
    def announcements(self) -> int:
        """How many direct messages have come that may not have been read."""
        return len(self._announced)

    def lacks(self, page: list[Said]) -> bool:
        """Not all that was announced is among these messages."""
        at = len(page)
        for whispered in reversed(self._announced):
            found = _before(page, at, whispered)
            if found == at:
                return True
            at = found
        return False

    def announced(self) -> list[Whispered]:
        """What was announced, and may not have been read; it is not kept any longer."""
        announced, self._announced = self._announced, []
        self.is_announced = False
        return announced

    def announce_number(self, number: int) -> None:
        """A direct message has this number."""
        if self.last is None or number > self.last:
            self.is_announced = True
            self._came(number)

    def begin(self, page: list[Said], since: datetime | None = None) -> list[Said]:
        """Follow on from the newest messages; those of them that are not news.

        since: what was said from then on is news; what has come here, or was announced, is too.
        """
        at = len(page)
        for whispered in reversed(self._announced):
            at = _before(page, at, whispered)
        if since:
            at = next((place for place, said in enumerate(page[:at]) if said.at >= since), at)
        if at < len(page):
            self._came(page[at].number)
        first = self.first
        old = page if first is None else [said for said in page if said.number < first]
        self.last = first - 1 if first is not None else (page[-1].number if page else 0)
        return old

    def hear(self, said: Said) -> bool:
        """A message has come; whether it is to be told now.

        One that was told before is not; nor is one that does not follow the last one: from then
        on one is behind.
        """
        if not self.is_here:
            return False
        self._came(said.number)
        if self._held is not None:
            self._keep(said)
            return False
        if self.last is not None and said.number != self.last + 1:
            if said.number > self.last:
                self._held = [said]
            return False
        self.last = said.number
        return True

    def read(self, page: list[Said]) -> Iterator[tuple[int, Said]]:
        """Messages that were read, in their order: how many are missing before each, and it."""
        for said in page:
            if self.last is not None and said.number <= self.last:
                continue
            missing = 0 if self.last is None else said.number - self.last - 1
            self.last = said.number
            yield missing, said

    def release(self, *, whatever: bool = False) -> Iterator[tuple[int, Said]]:
        """What was held, as `read` tells it, as far as nothing is missing before it.

        whatever: what is missing can't be read. Afterwards one is behind if something is left.
        """
        left: list[Said] = []
        for said in sorted(self._held or (), key=lambda said: said.number):
            if left or not (whatever or self.last is None or said.number <= self.last + 1):
                left.append(said)
            else:
                yield from self.read([said])
        self._held = left or None

    def _came(self, number: int) -> None:
        if not self.is_known:
            self.first = number if self.first is None else min(self.first, number)

    def _keep(self, said: Said) -> None:
        assert self._held is not None
        if len(self._held) >= HELD:
            self._held.clear()
        self._held.append(said)


def _before(page: list[Said], end: int, whispered: Whispered) -> int:
    """Where the last message like this stands before the end; the end if nowhere."""
    for at in range(end - 1, -1, -1):
        if (page[at].user, page[at].text) == whispered:
            return at
    return end
