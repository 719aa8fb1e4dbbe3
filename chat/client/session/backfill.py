"""Reads what has not been told of a room from its history. Knows no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from chat.client.memory.feed import Feed
from chat.client.terms.errors import RefusedError
from chat.client.terms.events import Entered, Event, Message, Missing, Notice, Returned
from chat.client.wire.grammar import Said
from chat.vocabulary.names import key_of

PAGE: Final = 500
"""Messages that are asked for at once."""

MOST_PAGES: Final = 20
"""So far back is looked for direct messages that were announced; they may not be kept any more."""

WAITED: Final = timedelta(minutes=1)
"""What was said so long before one came has waited. Less may be two clocks that differ."""

READ_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds between tries to read a history that can't be read just now."""


class Reader(Protocol):
    """Whose rooms these are."""

    since: datetime
    """When it began, by the clock of this machine."""

    @property
    def is_connected(self) -> bool:
        """The server takes what one says."""

    def follows(self, room: Feed) -> bool:
        """It is still one of the rooms."""

    def message(self, room: str, said: Said, *, old: bool = False) -> Message:
        """A message as it is told."""

    def tell(self, event: Event) -> None:
        """Something has happened."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> object:
        """Do something beside."""

    async def said(
        self, room: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> list[Said]:
        """Messages of a room. Raises RefusedError and UnreachableError."""


class Backfill:
    """backlog: how many messages are told of a room on coming to it."""

    def __init__(self, chat: Reader, backlog: int) -> None:
        self._chat = chat
        self._backlog = backlog

    async def open(self, room: Feed) -> None:
        """Tell what was said in a room before one came, or while one was away.

        Raises RefusedError and UnreachableError.
        """
        if room.is_reading:
            return
        room.hold()
        room.is_reading = True
        last = room.last
        try:
            await (self._read_on(room) if room.is_known else self._read_first(room))
        finally:
            room.has_read()
        if room.is_behind and room.last == last:  # what is missing is not there
            self._tell_held(room, whatever=True)
        self.more(room)

    async def open_at_last(self, room: Feed) -> None:
        """The same, also if the history can't be read just now. Raises UnreachableError."""
        refused = ""
        for pause in READ_PAUSES:
            if not self._chat.follows(room):
                return
            try:
                await self.open(room)
                return
            except RefusedError as error:
                refused = str(error)
                await asyncio.sleep(pause)
        if not self._chat.follows(room):
            return
        self._chat.tell(Notice(f"{room.name}: {refused}"))
        if not room.is_known:
            room.is_known = True
            self._chat.tell(Entered(room.name))
        other = room.name[1:]
        for whispered in room.announced():
            to = "you" if key_of(whispered.user) == key_of(other) else other
            self._chat.tell(Notice(f"{whispered.user} to {to} alone: {whispered.text}"))
        for missing, said in room.release(whatever=True):
            if missing:
                self._chat.tell(Missing(room.name, missing))
            self._tell(room, [said])

    def more(self, room: Feed) -> None:
        """Read on if something is missing."""
        is_due = room.is_behind or room.is_announced
        if is_due and not room.is_reading and self._chat.is_connected and self._chat.follows(room):
            self._chat.spawn(self.open_at_last(room))

    async def _read_first(self, room: Feed) -> None:
        """The backlog of a room; it was said before what has come here already.

        Of a conversation all is news that was said since the chat began, as it was said to
        oneself; a server that was killed may have stored it and not sent it.
        """
        is_conversation = room.name.startswith("@")
        if room.read_until is not None:
            old = await self._begin_at(room, room.read_until)
        elif is_conversation:
            page = await self._announced(room)
            waited = [said.number for said in page if said.at < self._chat.since - WAITED]
            room.old_until = max(waited, default=0)
            old = room.begin(page, self._chat.since)
        else:
            page = await self._chat.said(room.name, max(self._backlog, 1), before=room.first)
            old = room.begin(page)
        if not self._chat.follows(room):
            return
        room.is_known = True
        backlog = old[-self._backlog :] if self._backlog else []
        messages = [self._chat.message(room.name, said, old=True) for said in backlog]
        self._chat.tell(Entered(room.name, messages))
        if room.is_announced or room.first is not None or room.read_until is not None:
            await self._read_on(room)
        else:
            self._tell_held(room)

    async def _begin_at(self, room: Feed, number: int) -> list[Said]:
        """Follow on from a message; what was said up to it, as much as was asked for."""
        newest = await self._chat.said(room.name, 1)
        room.old_until = newest[-1].number if newest else 0
        count = self._backlog if number else 0
        page = await self._chat.said(room.name, count, before=number + 1) if count else []
        room.begin_at(number, page)
        return page

    async def _announced(self, room: Feed) -> list[Said]:
        """The newest messages of a conversation, back to the first one that was announced. Where
        many have waited for an account they are still being announced.
        """
        page: list[Said] = []
        for _ in range(MOST_PAGES):
            known = room.announcements
            page = await self._chat.said(room.name, PAGE, before=room.first)
            if known == room.announcements:
                break
        older = page
        for _ in range(MOST_PAGES):
            if len(older) < PAGE or not room.lacks(page):
                break
            older = await self._chat.said(room.name, PAGE, before=older[0].number)
            page = older + page
        return page

    async def _read_on(self, room: Feed) -> None:
        """What was said since the last message that was told."""
        announced = room.announced()
        try:
            page = await self._chat.said(room.name, PAGE, after=room.last)
            if room.lost_at:
                page = await self._come_back(room, room.lost_at, page)
            while page:
                last = room.last
                self._tell(room, room.read(page))
                is_more = len(page) == PAGE and room.last != last
                page = await self._chat.said(room.name, PAGE, after=room.last) if is_more else []
        except RefusedError:
            for whispered in announced:
                room.announce(whispered)
            raise
        self._tell_held(room)

    async def _come_back(self, room: Feed, since: datetime, page: list[Said]) -> list[Said]:
        """Tell that one is back; what is to be told first."""
        newest = page[-1:]
        if len(page) in (0, PAGE):
            newest = await self._chat.said(room.name, 1)
        is_anew = any(map(room.is_of_another, newest))
        if is_anew:  # its numbers begin anew
            room.begin_anew()
            page = await self._chat.said(room.name, PAGE)
        missed = sum(not self._chat.message(room.name, said).own for said in page)
        is_more = len(page) == PAGE and not is_anew
        room.old_until = room.before_live(newest[-1].number if newest else 0)
        room.lost_at = None
        if self._chat.follows(room):
            self._chat.tell(Returned(room.name, since, missed, is_more, is_anew))
        return page

    def _tell_held(self, room: Feed, *, whatever: bool = False) -> None:
        self._tell(room, (said for _, said in room.release(whatever=whatever)))

    def _tell(self, room: Feed, found: Iterable[Said]) -> None:
        for said in found:
            if self._chat.follows(room):
                old = said.number <= room.old_until
                self._chat.tell(self._chat.message(room.name, said, old=old))
