"""Somebody in front of the real screen, at a real server: `await alice.types("hi")`,
`await alice.sees("hi")`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from chat.client.options.settings import Settings
from chat.client.screen.app import ChatApp
from chat.client.screen.parts.sidebars import SIDEBAR_CELLS
from tests.integration.server import PATIENCE


class Sitting:
    """A screen, and whoever sits in front of it."""

    def __init__(self, app: ChatApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def screen(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)

    def room(self, number: int) -> str:
        """The line of a room on the left, with one space for many."""
        return " ".join(self.lines[number][:SIDEBAR_CELLS].split())

    async def until(self, look: Callable[[], object], what: str = "that") -> None:
        """Wait until it is so."""
        deadline, moment = time.monotonic() + PATIENCE, 0.005
        while not look():
            assert time.monotonic() < deadline, f"{what} did not come:\n{self.screen}"
            await asyncio.sleep(moment)
            await self.pilot.pause()
            moment = min(moment * 1.2, 0.05)  # what takes its time is looked for less often

    async def sees(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        await self.until(lambda: all(text in self.screen for text in texts), repr(texts))

    async def sees_no(self, text: str) -> None:
        """Wait until this is not on the screen."""
        await self.until(lambda: text not in self.screen, f"the end of {text!r}")

    async def presses(self, *keys: str) -> None:
        """Press keys, and let them do what they do."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def types(self, text: str, *, enter: bool = True) -> None:
        """Type a line."""
        for character in text:
            await self.pilot.press(_NAMES.get(character, character))
        if enter:
            await self.pilot.press("enter")
        await self.pilot.pause()

    @property
    def typed(self) -> str:
        """What stands in the line that is being typed."""
        return self.app.prompt.value


_NAMES = {" ": "space"}


@asynccontextmanager
async def sitting(
    port: int, user: str = "", *rooms: str, size: tuple[int, int] = (100, 30), **settings: object
) -> AsyncIterator[Sitting]:
    """A screen at a server; with a username, one who is in its rooms."""
    chosen = Settings(
        host="127.0.0.1", port=port, user=user, rooms=rooms, **{"notify": False, **settings}
    )
    app = ChatApp(chosen)
    async with app.run_test(size=size) as pilot:
        person = Sitting(app, pilot)
        if user and rooms:
            await person.until(
                lambda: len(app.places.all) >= len(rooms) and not app._state, "the room"
            )
        yield person
