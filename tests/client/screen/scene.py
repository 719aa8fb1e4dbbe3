"""A conversation on a screen of its own: `play(scene)` shows it, and plays what is done there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Offset
from textual.message import Message as Word
from textual.pilot import Pilot
from textual.selection import Selection

from chat.client.screen.scrollback import pane
from chat.client.screen.scrollback.conversation import Conversation
from chat.client.terms.events import Message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Stage(App[None]):
    """A conversation and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Word] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Conversation("me")

    def on_conversation_wants_older(self, event: Conversation.WantsOlder) -> None:
        self.heard.append(event)

    def on_conversation_wants_newer(self, event: Conversation.WantsNewer) -> None:
        self.heard.append(event)

    def on_conversation_at_end(self, event: Conversation.AtEnd) -> None:
        self.heard.append(event)

    def on_conversation_link_clicked(self, event: Conversation.LinkClicked) -> None:
        self.heard.append(event)

    def on_conversation_user_clicked(self, event: Conversation.UserClicked) -> None:
        self.heard.append(event)


class Scene:
    """A conversation on a screen, and somebody who looks at it."""

    def __init__(self, app: Stage, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.pane = app.query_one(Conversation)

    async def settle(self) -> None:
        """Until what is told has been heard, laid out and drawn: each may bring the next."""
        for _ in range(3):
            await self.pilot.pause()

    async def settle_until(self, happened: Callable[[], bool]) -> None:
        """Until something has happened for which Textual takes its time, some milliseconds."""
        async with asyncio.timeout(10):
            while not happened():
                await self.settle()
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Textual waits a moment, as a terminal that is being resized tells each size."""
        await self.pilot.resize_terminal(width, height)
        await self.settle_until(lambda: self.pane.container_size == (width, height))

    async def show(self, visible: bool) -> None:
        """Let the pane be seen, or not."""
        self.pane.display = visible
        await self.settle_until(lambda: bool(self.pane.size) == visible)

    @property
    def shown(self) -> list[str]:
        """The visible lines, without spaces at their ends."""
        return [
            self.pane.render_line(y).text.rstrip() for y in range(self.pane.container_size.height)
        ]

    async def heard(self) -> list[str]:
        """What the app was told since it was last asked."""
        await self.settle()
        words = [type(word).__name__ for word in self.app.heard]
        self.app.heard.clear()
        return words

    def style_of(self, text: str, y: int) -> Style:
        """The style in which a text begins on a visible line."""
        segments = [
            s for s in self.pane.render_line(y) if s.text.lstrip().startswith(text.lstrip())
        ]
        assert segments, [s.text for s in self.pane.render_line(y)]
        return segments[0].style or Style.null()

    def select(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """What is copied when this is selected, in characters and visible lines."""
        lines = self.pane.scroll_offset.y + self.pane._laid_out.origin
        selection = Selection(Offset(start[0], start[1] + lines), Offset(end[0], end[1] + lines))
        self.pane.screen.selections = {self.pane: selection}
        return self.pane.screen.get_selected_text() or ""


def play(
    scene: Callable[[Scene], Awaitable[None]],
    width: int = 80,
    height: int = 10,
    frame: float = 0.0,
) -> None:
    """Play a scene in Greenwich, on a screen of so many cells and lines.

    frame: for so many seconds what changes waits for other changes before it is drawn.
    """

    async def run() -> None:
        app = Stage()
        async with app.run_test(size=(width, height)) as pilot:
            the = Scene(app, pilot)
            await the.settle()
            await scene(the)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pane, "FRAME_SECONDS", frame)
        patched.setenv("TZ", "UTC")
        time.tzset()
        asyncio.run(run())
    time.tzset()


def said(number: int, text: str = "", user: str = "bob", **more: Any) -> Message:
    return Message(
        "tea", number, NOON + timedelta(seconds=number), user, text or f"m{number}", **more
    )


def page(first: int, last: int) -> list[Message]:
    return [said(number) for number in range(first, last + 1)]
