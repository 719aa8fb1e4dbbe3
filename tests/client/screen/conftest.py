"""What all tests of the screen share."""

import asyncio
from pathlib import Path

import pytest

TURNS = 20
"""So many turns of the loop a key takes at the most on its way, and what it brings about."""


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot waits until all words are heard; it need not wait for the processor to cool down."""

    async def turn(*_: object) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)

    monkeypatch.setattr("textual.app.wait_for_idle", turn)
    monkeypatch.setattr("textual.pilot.wait_for_idle", lambda *_: asyncio.sleep(0))


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What goes wrong in a test is not written where one's own client writes it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
