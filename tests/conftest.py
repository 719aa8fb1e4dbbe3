"""What all tests share: nothing goes wrong unseen, and people come by name."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher

from chat.dialects.login_style import LOGIN
from chat.factory import ChatFactory
from tests.databases import Files, Pool
from tests.people import Visitor
from tests.postgres import Postgres, programs
from tests.soaking import SOAKS, USUAL, examples

# A slow machine is no bug. CI says the same of the same code; at home new examples are tried.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("here"), max_examples=examples(USUAL))
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("soak" if SOAKS else "ci" if os.environ.get("CI") else "here")


# What is ignored here would be ignored by every program that a test starts: under nohup that is
# SIGHUP, in the background of a script Ctrl-C. What is heard here is theirs anew.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_collection_finish() -> None:
    """What is here now stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def logged_errors() -> Iterator[list[str]]:
    """Errors that were logged. A test that expects one clears the list."""
    errors: list[str] = []

    def observe(event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            failure = event.get("log_failure")
            errors.append(formatEvent(event) + (f": {failure.value}" if failure else ""))

    globalLogPublisher.addObserver(observe)
    yield errors
    globalLogPublisher.removeObserver(observe)
    assert not errors


@pytest.fixture
def factory() -> ChatFactory:
    """A whole chat in memory."""
    return ChatFactory()


@pytest.fixture
def visitor(factory: ChatFactory) -> Callable[[], Visitor]:
    """Makes somebody who has not said who it is."""
    return lambda: Visitor(factory)


@pytest.fixture
def in_rooms(factory: ChatFactory) -> Callable[..., Visitor]:
    """Makes somebody who is in rooms, in the rooms style."""

    def come(name: str, *rooms: str) -> Visitor:
        person = Visitor(factory)
        for room in rooms or ("lobby",):
            person.says(f"JOIN {room} {name}").hears(f"INFO joined room {room}")
        return person

    return come


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All that is logged."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


@pytest.fixture
def logged_in(factory: ChatFactory) -> Callable[[str], Visitor]:
    """Makes somebody who is in the lobby, in the login style."""

    def come(name: str) -> Visitor:
        person = Visitor(factory).says(f"LOGIN {name}").hears("OK")
        assert person.protocol.session.dialect is LOGIN
        return person

    return come


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, for all tests of a process."""
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    server = Postgres(folder)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def pool(postgres: Postgres) -> Pool:
    """Databases in it, with the tables of a chat."""
    return Pool(postgres)


@pytest.fixture
def postgres_url(pool: Pool) -> Iterator[str]:
    """One of them, with nothing in its tables."""
    url = pool.take()
    yield url
    pool.give_back(url)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Files of SQLite, with the tables of a chat."""
    return Files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def sqlite_url(files: Files, tmp_path: Path) -> str:
    """One of them, with nothing in its tables."""
    return files.put(tmp_path / "chat.sqlite")
