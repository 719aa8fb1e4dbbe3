"""What changes about a room and about what was said in it, as its pane shows it.

Knows neither how one comes to rooms nor what one says there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from chat.client import (
    ChatClient,
    Edited,
    Event,
    Hidden,
    Modes,
    RefusedError,
    Shown,
    Standing,
    Topic,
)
from chat.client.screen.rooms.places import Place, Places
from chat.client.screen.rooms.stage import Stage
from chat.client.terms.numbers import Numbers, Run, written

READ: Final = 500
"""Messages that are read at once."""

PAGES: Final = 20
"""So many of those are read for one change, more than a room keeps: a server could go on and on."""


class Changes:
    """client: where it is told. notice: says a word in a room."""

    def __init__(
        self,
        client: ChatClient,
        places: Places,
        stage: Stage,
        notice: Callable[[str, Place], None],
    ) -> None:
        self._client = client
        self._places = places
        self._stage = stage
        self._notice = notice
        self.happened: dict[type[Event], Callable[[Any], None]] = {
            Topic: self._fact,
            Modes: self._fact,
            Standing: self._fact,
            Hidden: self._hidden,
            Shown: self._shown,
            Edited: self._edited,
        }
        """What is done when something happens."""

    def come_back(self, place: Place) -> None:
        """One was away, and was not told what became of messages meanwhile."""
        place.stale = place.pane.timeline.last
        place.pane.timeline.come_back()

    def look_again(self, place: Place) -> None:
        """Somebody looks at a room: what was said before one was away is to be as it is now."""
        if place.stale and not place.is_private:
            self._client.spawn(self._renew(place))

    def _fact(self, event: Topic | Modes | Standing) -> None:
        place = self._places.get(event.room)
        if place and not event.old:
            self._notice(event.words, place)
        self._stage.show_lists()

    def _hidden(self, event: Hidden) -> None:
        place = self._places.get(event.room)
        if place is None:
            return
        hidden, waiting = Numbers(event.numbers), place.pane.timeline.waiting
        for number in [number for number in place.pending if number in hidden]:
            place.pane.unpend(place.pending.pop(number))
        gone = place.pane.hide(event.numbers)
        place.take_back(gone, waiting - place.pane.timeline.waiting)
        if self._keeps(place):
            self._notice(f"taken back: {written(event.numbers)} (/earlier tells the last)", place)
        self._stage.show_lists()

    def _shown(self, event: Shown) -> None:
        place = self._places.get(event.room)
        wanted = place.pane.timeline.unhide(event.numbers) if place else []
        if place and wanted:
            self._client.spawn(self._restore(place, wanted))

    def _edited(self, event: Edited) -> None:
        if place := self._places.get(event.room):
            place.pane.edit(event.number, event.text)

    def _keeps(self, place: Place) -> bool:
        """One moderates the room."""
        kept = self._client.kept(place.name)
        return kept is not None and kept.standing(self._client.user) != "none"

    async def _restore(self, place: Place, wanted: list[Run]) -> None:
        """Put messages back, in as few pages as they are in. Raises UnreachableError."""
        left = Numbers(wanted)
        with suppress(RefusedError):
            for _ in range(PAGES):
                if not left:
                    return
                first, last = left.runs[0][0], left.runs[-1][1]
                count = min(READ, last - first + 1)
                page = await self._client.history(place.name, count, after=first - 1)
                place.pane.restore([message for message in page if message.number in left])
                left.discard([(0, page[-1].number if len(page) == count else last)])
            await self._begin_anew(place)

    async def _renew(self, place: Place) -> None:
        """Read again what a room shows. Raises UnreachableError."""
        first, last, place.stale = place.pane.timeline.first, place.stale, 0
        try:
            for _ in range(PAGES):
                if not 0 < first <= last:
                    return
                page = await self._client.history(place.name, READ, after=first - 1)
                end = min(last, page[-1].number) if len(page) == READ else last
                place.pane.renew([one for one in page if one.number <= end], first, end)
                first = end + 1
            await self._begin_anew(place)
        except RefusedError:
            place.stale = last  # it can't be read just now

    async def _begin_anew(self, place: Place) -> None:
        """That is too much to read: show the end. Raises RefusedError and UnreachableError."""
        known = place.pane.timeline.newest
        page = await self._client.history(place.name, READ)
        place.pane.seed(page, len(page) < READ, known=known)
