"""Makes the pictures of the client: a real server, people who talk, and the screen of one of them.

`make pictures` runs it; the pictures are SVGs beside this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from benchmarks.servers import HOST, ours, running
from chat.client import ChatClient
from chat.client.options.settings import Settings
from chat.client.screen.app import ChatApp

FOLDER: Final = Path(__file__).parent
SIZE: Final = (100, 26)
PATIENCE_SECONDS: Final = 30

TALK: Final = (
    ("bob", "ops", "deploy of the wiki is through, 0 errors"),
    ("carol", "ops", "alice: can you look at the certificate? it ends on Monday"),
    ("bob", "lobby", "good morning!"),
    ("carol", "lobby", "morning. Has anybody seen the projector of room 3?"),
    ("田中", "lobby", "会議は東京で、10時から 🗼"),
    ("bob", "lobby", "alice had it on Friday, I think"),
    ("alice", "lobby", "it is in my office, third shelf. Take it as long as you like"),
    ("carol", "lobby", "you are a star ⭐"),
    (
        "bob",
        "lobby",
        "notes of yesterday are at https://wiki.example.org/notes/friday (short, and with a"
        " list of what each of us wanted to look at until next week)",
    ),
    ("alice", "lobby", "thanks! I'll read them over lunch"),
)
"""Who says what, where."""


async def until(pilot: Pilot[int], look: Callable[[], object]) -> None:
    """Wait until the screen is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():
            await pilot.pause(0.01)


async def show(port: int, folder: Path) -> None:
    """People talk, and alice's screen is taken into a folder, dark and light."""
    app = ChatApp(Settings(HOST, port, "alice", ("lobby", "ops"), bell=False, notify=False))
    async with AsyncExitStack() as stack:
        people = {
            name: await stack.enter_async_context(
                ChatClient(HOST, port, user=name, rooms=["lobby", "ops"])
            )
            for name in ("bob", "carol", "田中")
        }
        pilot = await stack.enter_async_context(app.run_test(size=SIZE))
        await until(pilot, lambda: len(app.places.all) == 2 and app.visit)
        assert app.visit
        people["alice"] = app.visit.client
        for user, room, text in TALK:
            await people[user].say(room, text)
        await people["carol"].say("@alice", "psst, is the cake for bob still a secret?")
        await until(pilot, lambda: len(app.places.all) == 3 and app.places.all[2].unread)
        app.prompt.put("bob: the cert")
        for name, theme in (("dark", "textual-dark"), ("light", "textual-light")):
            app.theme = theme
            app.show_lists()
            await pilot.pause(0.5)
            save(app, folder / f"chat-{name}.svg")
        app.theme = "textual-dark"
        app.prompt.put("/search friday")
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.pause(0.5)
        save(app, folder / "search.svg")


def save(app: ChatApp, file: Path) -> None:
    """What is on the screen, as a picture."""
    file.write_text(app.export_screenshot(title="twisted-chat"))


if __name__ == "__main__":
    with running(ours("memory:")) as server:
        asyncio.run(show(server.port, FOLDER))
