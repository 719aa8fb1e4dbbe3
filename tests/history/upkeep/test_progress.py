"""How far something long has come, as a person at a terminal sees it."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from chat.admin.__main__ import main as admin
from chat.history.__main__ import main
from chat.history.sql import sqlite
from chat.history.sql.flavours import of
from chat.history.sql.upgrade import upgrade
from chat.history.upkeep import progress
from chat.history.upkeep.progress import Tell
from tests.history.tools.shell import draft as drafted
from tests.history.tools.shell import jsonl, line, make_accounts, say, url

MANY = 500


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A database where somebody has said much."""
    path = tmp_path / "chat.sqlite"
    say(path, *(drafted("tea", "alice", f"cup {n}") for n in range(MANY)))
    make_accounts(path)
    return path


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whoever watches is shown how far it is at once, at a terminal that can do that."""
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def watched(*words: object, program: object = main, terminal: io.StringIO | None = None) -> str:
    """What a person saw of a command."""
    seen = terminal or Terminal()
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stderr(seen), redirect_stdout(out):
        assert program([str(word) for word in words]) == 0  # type: ignore[operator]
    return seen.getvalue()


def commands(store: Path) -> Iterator[tuple[str, list[object]]]:
    """What may take long, and what is seen of it."""
    folder = store.parent
    file = folder / "all.jsonl"
    file.write_bytes(jsonl(*(line("jam", n) for n in range(1, MANY))))
    at = ["--store", url(store)]
    yield "importing", ["import", file, *at]
    yield "exporting", ["export", folder / "exported", *at]
    yield "copying", ["backup", folder / "backup", *at]
    yield "copying", ["copy", url(store), url(folder / "other.sqlite")]
    yield "comparing", ["copy", url(store), url(folder / "third.sqlite")]


def test_long_work_shows_how_far_it_is(store: Path, patience: pytest.MonkeyPatch) -> None:
    """A line that is drawn anew, and is gone when it is done: what is told then stands alone."""
    for doing, words in commands(store):
        seen = watched(*words)
        assert f"\r{doing}: " in seen, words
        assert "\x1b" not in seen
        last = seen.rstrip("\n").rpartition("\r")[2]
        assert last.startswith("chat.history: ")
    seen = watched("delete", "alice", "--yes", "--store", url(store), program=admin)
    assert "\rdeleting: " in seen


def test_nobody_is_shown_what_they_cannot_see(store: Path, patience: pytest.MonkeyPatch) -> None:
    """A file or a pipe gets at the most what was done in the end; so does a terminal that can't
    draw over a line."""
    for _, words in commands(store):
        seen = watched(*words, terminal=io.StringIO())
        assert seen.count("\n") <= 1
        assert "\r" not in seen
    for path in store.parent.iterdir():
        if path.name in ("exported", "backup"):
            path.unlink()
    patience.setenv("TERM", "dumb")
    for _, words in commands(store):
        assert "\r" not in watched(*words)


def test_what_takes_no_time_shows_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is done before anybody looks."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 60.0)
    for doing, words in commands(store):
        assert doing not in watched(*words)


def test_an_upgrade_shows_how_far_it_is(tmp_path: Path, patience: pytest.MonkeyPatch) -> None:
    """The copy of the store as it was, and the index of words."""
    store = tmp_path / "chat.sqlite"
    upgrade(of(url(store)), "0001")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("INSERT INTO rooms VALUES (1, 'tea', 'tea', 1, 5000)")
        rows = [(n, 1, n, 1, "alice", f"cup {n}", None) for n in range(1, 5001)]
        connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    with redirect_stderr(Terminal()) as seen:
        upgrade(of(url(store)))
    assert "\rcopying: " in seen.getvalue()
    assert "\rindexing: " in seen.getvalue()


def test_a_backup_in_steps_is_of_one_moment(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes at each step: it is not begun anew, and has nothing of that."""
    said = 0

    @contextmanager
    def talking(doing: str, total: int | None, unit: str = "") -> Iterator[Tell]:
        def tell(done: int) -> None:
            nonlocal said
            if said < 20:
                said += 1
                say(store, drafted("tea", "bob", f"meanwhile {said}"))

        yield tell

    monkeypatch.setattr(sqlite, "progress", talking)
    monkeypatch.setattr(sqlite, "COPIED_PAGES", 1)
    sqlite.back_up(store, store.with_name("copied"))
    assert said == 20
    with closing(sqlite3.connect(store.with_name("copied"))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (MANY,)
