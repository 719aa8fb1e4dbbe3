"""A server that wants the screen to grow."""

from __future__ import annotations

import asyncio

import pytest

from chat.client.screen import mishap
from chat.client.screen.rooms import places, visit
from chat.client.screen.scrollback import window
from chat.client.session import reception
from tests.client.house import house
from tests.client.screen.sitting import sitting

MOST = 20
FLOOD = 300


def test_no_flood_makes_the_screen_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of members, speakers, notices and rooms only so many are kept, and the screen goes on."""
    for module, name in (
        (places, "MOST_MEMBERS"),
        (visit, "MOST_MEMBERS"),
        (visit, "MOST_ROOMS"),
        (window, "MOST_NOTICES"),
        (reception, "MOST_ROOMS"),
    ):
        monkeypatch.setattr(module, name, MOST)

    async def sit() -> None:
        async with house() as (server, port), sitting(port, "alice", "tea") as alice:
            (tea,) = alice.app.places.all
            await alice.until(lambda: tea.are_members_known, "the members")
            numbers = range(FLOOD)
            server.tells(*(f"INFO user{at} joined tea" for at in numbers))
            server.tells(*(f"INFO notice {at} \x1b[2J" for at in numbers))
            server.tells(*(f"INFO joined room room{at}" for at in numbers))
            for at in numbers:
                server.tells(f"INFO joined room r{at}", "INFO bob has sent you out of r: go")
                server.tells(f"INFO left room r{at}")
                server.says(f"speaker{at}", "hi")
                server.tells(f"DM somebody{at} hi")
            server.says("bob", "the-end")
            await alice.sees("the-end")
            assert len(tea.members) == MOST
            assert len(tea.speakers) == MOST
            assert len(tea.pane.timeline.rows) <= FLOOD + 2 * MOST
            assert len(alice.app.places.all) <= MOST

    asyncio.run(sit())


def test_the_file_of_errors_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the program goes wrong, the last errors are kept and the oldest go."""
    monkeypatch.setattr(mishap, "LOG_BYTES", 1000)
    for at in range(100):
        file = mishap.keep(ValueError(f"number {at}"))
    assert file is not None
    assert "number 99" in file.read_text()
    assert sum(one.stat().st_size for one in file.parent.iterdir()) < 5000
