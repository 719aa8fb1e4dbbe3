"""Every store that there is, for the tests that each has to pass."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.history.memory.memory_store import MemoryStore
from chat.history.sql.store import SqlStore
from chat.history.store import Store
from tests.postgres import Postgres
from tests.turning import REACTOR, result


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/chat.sqlite"
    return str(request.getfixturevalue("postgres_url"))


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
def store(request: pytest.FixtureRequest, tmp_path: Path, opened: Any) -> Store:
    """An empty store of each kind, open."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "sqlite":
        return opened(f"sqlite:///{tmp_path}/chat.sqlite")
    return opened(request.getfixturevalue("postgres_url"))


@pytest.fixture
def stores(tmp_path: Path, opened: Any, postgres: Postgres) -> list[Store]:
    """One of each kind, where a test tries the same examples on all of them."""
    urls = [f"sqlite:///{tmp_path}/chat.sqlite", postgres.database()]
    return [MemoryStore(), *map(opened, urls)]
