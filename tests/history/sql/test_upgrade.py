"""Stores of other versions, and what is no store of a chat's at all."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from chat.admin.__main__ import main as admin
from chat.history.sql import migrations
from chat.history.sql.flavours import of
from chat.history.sql.schema import HEAD
from chat.history.sql.upgrade import upgrade
from chat.history.store import StoreError
from tests import commandline
from tests.history.tools.shell import refusal, url
from tests.postgres import Postgres

NEWER = f"9999, this one knows {HEAD} and older): start that version again, or put back a backup"


def test_the_list_of_steps_is_what_is_in_the_folder() -> None:
    """A new step is a file and a line; each names the one before, and no two have one number."""
    (folder,) = import_module(f"{migrations.__name__}.versions").__path__
    files = sorted(path.stem for path in Path(folder).glob("*.py"))
    assert files == list(migrations.CHAIN)
    steps = [import_module(f"{migrations.__name__}.versions.{name}") for name in files]
    assert [step.revision for step in steps] == list(migrations.KNOWN)
    assert [step.down_revision for step in steps] == [None, *migrations.KNOWN[:-1]]
    assert len({*migrations.KNOWN}) == len(files)


def test_a_step_that_another_version_has_left_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever files lie about: a later one, or another one of the same number."""
    for name in ("0005_others", "9999_later"):
        number = name[:4]
        (tmp_path / f"{name}.py").write_text(f"revision = {number!r}\nraise SystemExit\n")
    versions = import_module(f"{migrations.__name__}.versions")
    monkeypatch.setattr(versions, "__path__", [*versions.__path__, str(tmp_path)])
    path = tmp_path / "chat.sqlite"
    upgrade(of(url(path)), "0001")
    upgrade(of(url(path)))
    assert asked(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


@pytest.fixture
def newer(sqlite_url: str, tmp_path: Path) -> Path:
    """A store that a newer version has written."""
    path = tmp_path / "chat.sqlite"
    asked(path, "UPDATE alembic_version SET version_num = '9999'")
    return path


@pytest.mark.parametrize(
    "words",
    [
        "export --store {url}",
        "export --room tea --format text --store {url}",
        "import --store {url}",
        "copy {url} {other}",
        "copy {old} {url}",
    ],
)
def test_no_command_of_the_history_touches_a_newer_store(
    newer: Path, tmp_path: Path, words: str
) -> None:
    """One line says that it is newer, and what to do."""
    upgrade(of(url(tmp_path / "old")))
    urls = {"url": url(newer), "other": url(tmp_path / "other"), "old": url(tmp_path / "old")}
    before = newer.read_bytes()
    assert NEWER in refusal(*words.format(**urls).split())
    assert newer.read_bytes() == before
    assert not (tmp_path / "chat.sqlite.before-9999").exists()


@pytest.mark.parametrize(
    "words",
    [
        *("list", "ban eve", "unban eve", "bans", "audit", "rooms", "give tea bob"),
        *("export bob", "disable bob", "operator bob", "create bob --no-password"),
        "delete bob --yes",
    ],
)
def test_no_command_of_chat_admin_touches_a_newer_store(newer: Path, words: str) -> None:
    """A ban that the newer version would not see helps nobody."""
    before = newer.read_bytes()
    ran = commandline.run(admin, *words.split(), "--store", url(newer))
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert NEWER in ran.err
    assert newer.read_bytes() == before


def test_the_server_does_not_touch_a_newer_store(
    newer: Path, postgres: Postgres, postgres_url: str
) -> None:
    """Neither in SQLite nor in PostgreSQL."""
    postgres.ask("UPDATE alembic_version SET version_num = '9999'", postgres_url)
    before = newer.read_bytes()
    for store in (url(newer), postgres_url):
        with pytest.raises(StoreError, match=re.escape(NEWER)):
            upgrade(of(store))
    assert newer.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("CREATE TABLE bookmarks (x)", "bookmarks"),
        ("CREATE TABLE messages (x); CREATE TABLE rooms (x)", "messages and 1 more"),
        ("CREATE TABLE alembic_version (v); INSERT INTO alembic_version VALUES ('ae1027a6')", "al"),
        ("CREATE TABLE alembic_version (v); INSERT INTO alembic_version VALUES ('0005')", "al"),
        ("CREATE TABLE django_migrations (x); CREATE TABLE rooms (x)", "django_migrations and 1"),
    ],
)
def test_the_file_of_another_program_is_left_alone(tmp_path: Path, sql: str, names: str) -> None:
    """SQLite's files are for one program each."""
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=rf"tables of something else in it \({names}"):
        upgrade(of(url(path)))
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", ["sanctions", "rooms", "accounts"])
def test_a_database_where_others_have_tables_of_these_names_is_left_alone(
    postgres: Postgres, table: str
) -> None:
    """In PostgreSQL others may have tables beside the chat's, if they are called otherwise."""
    at = postgres.database()
    postgres.ask(f"CREATE TABLE bookmarks (x int); CREATE TABLE {table} (x int)", at)
    with pytest.raises(StoreError, match=rf"tables of something else in it \({table}\)"):
        upgrade(of(at))
    postgres.ask(f"DROP TABLE {table}", at)
    upgrade(of(at))


def asked(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()
