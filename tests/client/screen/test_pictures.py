"""The pictures of the documents."""

import asyncio
from pathlib import Path

from docs.pictures import make
from tests.integration.server import Server


def test_the_pictures_are_what_the_client_shows(server: Server, tmp_path: Path) -> None:
    """The script that takes them runs, and what it takes shows what it should."""
    asyncio.run(make.show(server.ports[0], tmp_path))
    for name in ("chat-dark.svg", "chat-light.svg", "search.svg"):
        taken, kept = ((folder / name).read_text() for folder in (tmp_path, make.FOLDER))
        for text in ("lobby", "@carol", "good"):
            assert text in taken
            assert text in kept
