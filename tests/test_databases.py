"""Databases that are handed out to one test after the other tell nothing from one to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.history.room_records import Kept
from chat.history.sql.schema import metadata
from tests.databases import Files, Pool
from tests.stored import Chat


@pytest.fixture
def pool(pool: Pool) -> Pool:
    """One that has no database which was used before."""
    return Pool(pool.postgres)


def dump(url: str) -> list[object]:
    """All that there is, but for what no two databases have in common."""
    chat = Chat(url)
    tables = [table for table in metadata.sorted_tables if table.name != "moderation_changes"]
    found = [chat.link.ask(lambda c, t=t: c.execute(t.select()).all()) for t in tables]
    revision, origin = chat.moderation.changes(chat.link, None).revision
    chat.link.close()
    assert origin
    return [*found, revision]


def origin(url: str) -> int:
    """What no other database has."""
    chat = Chat(url)
    found = chat.moderation.changes(chat.link, None).revision[1]
    chat.link.close()
    return found


@pytest.mark.parametrize("many", [1, 3000])
def test_what_a_test_has_left_is_gone(pool: Pool, many: int) -> None:
    """However much that was, and though it is still connected; ids begin anew as well."""
    url = pool.take()
    empty, first = dump(url), origin(url)
    chat = Chat(url)
    for _ in range(2):
        assert chat.say("tea", "alice", *["hi"] * many)[0].number == 1
        chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
        chat.keep(Kept("tea", "Tea"))
        assert [entry.number for entry in chat.log()] == [1]
        ids = chat.link.ask(lambda c: c.exec_driver_sql("SELECT min(id) FROM messages").scalar())
        assert ids == 1
        pool.give_back(url)
        assert pool.take() == url
        assert dump(url) == empty
        assert origin(url) != first


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE audit RENAME TO gone",
        "ALTER TABLE accounts ADD CONSTRAINT never CHECK (since < 0)",
        "ALTER TABLE kept ADD COLUMN more text",
        "DROP INDEX audit_by_room",
        "UPDATE alembic_version SET version_num = '9999'",
        "DROP TABLE alembic_version",
    ],
)
def test_a_database_with_other_tables_is_not_used_again(pool: Pool, change: str) -> None:
    """The next test would wonder."""
    url = pool.take()
    pool.postgres.ask(change, url)
    pool.give_back(url)
    assert pool.take() != url


def test_no_two_files_are_copies_of_each_other(files: Files, tmp_path: Path) -> None:
    """As the store notices another one in the place of its own."""
    one, two = (files.put(tmp_path / name) for name in ("one", "two"))
    assert dump(one) == dump(two)
    assert origin(one) != origin(two)
