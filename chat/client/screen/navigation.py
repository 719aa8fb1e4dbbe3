"""Going about on the screen: from room to room, and through what was said in one.

Knows neither what is typed nor how one came to the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on
from textual.widget import Widget

from chat.client import RefusedError, UnreachableError
from chat.client.screen.frame import Frame
from chat.client.screen.parts.sidebars import Sidebar
from chat.client.screen.rooms.places import Place
from chat.client.screen.scrollback.conversation import Conversation


class Navigation(Frame):
    """The frame, and the keys that go about in it."""

    def action_go(self, number: int) -> None:
        """Go to a room by its place in the list."""
        places = self.places.all
        if number <= len(places) and len(self.screen_stack) == 1:
            self.show(places[number - 1])

    def action_step(self, step: int) -> None:
        """Go to the room above or below."""
        if self.places.all:
            self.action_go((self.places.position + step) % len(self.places.all) + 1)

    def action_unread(self) -> None:
        """Go to the next room with something unread; first where one is named."""
        places = sorted(self.places.all, key=lambda place: not place.mentions)
        for place in places:
            if place.unread:
                self.action_go(self.places.all.index(place) + 1)
                return

    def action_new(self) -> None:
        """Go to the line above what is new."""
        place = self.places.active
        if place and place.first_unread and not place.pane.jump(place.first_unread):
            self.run_worker(self._jump(place.name, place.first_unread, []), group="typed")

    def action_next_part(self) -> None:
        """Have the keys go to the conversation, the members, the rooms, or the line again."""
        place = self.places.active
        parts: list[Widget] = [self.prompt, *((place.pane,) if place else ())]
        parts += [part for part in self.query(Sidebar).results(Sidebar) if part.display]
        at = parts.index(self.focused) if self.focused in parts else -1
        parts[(at + 1) % len(parts)].focus()

    def action_page(self, step: int) -> None:
        """Scroll by a page."""
        if self.places.active:
            pane = self.places.active.pane
            (pane.page_up if step < 0 else pane.page_down)()

    def action_newest(self) -> None:
        """Go to the newest message."""
        place = self.places.active
        if place and self.visit:
            self.run_worker(self._read_page(place, self.visit.read_newest), group="pages")

    async def _read_page(self, place: Place, read: Callable[[Place], Awaitable[None]]) -> None:
        try:
            await read(place)
        except (RefusedError, UnreachableError) as error:
            place.pane.page_failed()
            self.complain(str(error))

    async def _jump(self, room: str, number: int, words: list[str]) -> None:
        try:
            if self.visit:
                await self.visit.jump(room, number, words)
        except (RefusedError, UnreachableError) as error:
            self.complain(str(error))

    @on(Conversation.WantsOlder)
    def _wants_older(self, event: Conversation.WantsOlder) -> None:
        self._fetch(event.conversation, "read_older")

    @on(Conversation.WantsNewer)
    def _wants_newer(self, event: Conversation.WantsNewer) -> None:
        self._fetch(event.conversation, "read_newer")

    def _fetch(self, pane: Conversation, what: str) -> None:
        place = self._place_of(pane)
        if place and self.visit:
            self.run_worker(self._read_page(place, getattr(self.visit, what)), group="pages")
