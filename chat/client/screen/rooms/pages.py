"""Older and newer messages of a room, a page at a time. Knows nothing of what happens there."""

from __future__ import annotations

from typing import Final

from chat.client import ChatClient
from chat.client.screen.rooms.places import Place
from chat.client.screen.rooms.stage import Stage

PAGE: Final = 100
"""Messages that are read at once on scrolling: a few screens."""


class Pages:
    """client: reads them. Everything raises RefusedError and UnreachableError."""

    def __init__(self, client: ChatClient, stage: Stage) -> None:
        self.client = client
        self._stage = stage

    async def read_older(self, place: Place, count: int = PAGE) -> None:
        """Put a page in front of what a room shows."""
        first = place.pane.timeline.first
        page = await self.client.history(place.name, count, before=first or None)
        place.pane.put_before(page, len(page) < count)

    async def read_newer(self, place: Place) -> None:
        """Put a page behind what a room shows."""
        timeline = place.pane.timeline
        known = timeline.newest
        page = await self.client.history(place.name, PAGE, after=timeline.last)
        place.pane.put_after(page, len(page) < PAGE, known)

    async def read_newest(self, place: Place) -> None:
        """Show the end of a room, where it is not what is shown."""
        if not place.pane.timeline.live:
            known = place.pane.timeline.newest
            page = await self.client.history(place.name, PAGE)
            place.pane.seed(page, len(page) < PAGE, known=known)
        place.pane.to_end()
        self._stage.read(place)
