"""Stores for the command line of the history: empty, talked in, and with rooms that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import Files
from tests.history.tools.shell import NOON, draft, moderate, say


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "chat.sqlite"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Where another one may be made."""
    return tmp_path / "other.sqlite"


@pytest.fixture
def ready(files: Files, store: Path) -> Path:
    """A database in which nothing was said."""
    files.put(store)
    return store


@pytest.fixture
def spoken(ready: Path) -> Path:
    """A database with two rooms and a conversation."""
    say(ready, draft("Lobby", "alice", "hello"), draft("tea", "bob", "Grüße", NOON + 1, "t-1"))
    say(ready, draft("Lobby", "Bob", "hi alice", NOON + 1234))
    say(ready, draft("@alice@bob", "alice", "psst", NOON + 2000))
    return ready


@pytest.fixture
def moderated(ready: Path) -> Path:
    """A database with something of everything."""
    say(ready, draft("tea", "alice", "hello"))
    moderate(ready)
    return ready
