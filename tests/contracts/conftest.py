"""Every store that there is, for the tests that each has to pass."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.history.memory.memory_store import MemoryStore
from chat.history.sql.store import SqlStore
from chat.history.store import Store
from tests.turning import REACTOR, result

URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
"""The fixture of each kind of database."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind, with the tables of a chat."""
    return str(request.getfixturevalue(URLS[request.param]))


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/chat.sqlite"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def opened() -> Iterator[Callable[[str], SqlStore]]:
    """Opens the store of a URL."""
    stores: list[SqlStore] = []

    def open_store(url: str) -> SqlStore:
        stores.append(SqlStore(url, REACTOR))
        stores[-1].open()
        return stores[-1]

    yield open_store
    for store in stores:
        result(store.close())


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, opened: Any) -> Store:
    """An empty store of each kind, open."""
    if request.param == "memory":
        return MemoryStore()
    return opened(request.getfixturevalue(URLS[request.param]))


@pytest.fixture
def stores(opened: Any, sqlite_url: str, postgres_url: str) -> list[Store]:
    """One of each kind, where a test tries the same examples on all of them."""
    return [MemoryStore(), opened(sqlite_url), opened(postgres_url)]
