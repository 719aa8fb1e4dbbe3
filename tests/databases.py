"""Databases with the tables of a chat and nothing in them, which are ready at once: to make the
tables takes longer than most tests of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from chat.history.sql.flavours import of
from chat.history.sql.upgrade import upgrade
from tests.postgres import Postgres


class Files:
    """SQLite: a file is made once, in a folder, and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._first = folder / "first.sqlite"
        upgrade(of(f"sqlite:///{self._first}"))

    def put(self, path: Path) -> str:
        """Put one there; its URL."""
        shutil.copy(self._first, path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"UPDATE moderation_changes SET origin = {_origin()}")
        return f"sqlite:///{path}"


class Pool:
    """PostgreSQL: a database is made once, and copied. What a test has left in a copy is removed,
    and the next test gets it: but not where its tables are others than they were."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self._first = ""
        self._shape = ""
        self._free: list[str] = []

    def take(self) -> str:
        """The URL of one."""
        if self._free:
            return self._free.pop()
        if not self._first:
            url = self.postgres.database()
            upgrade(of(url))
            self._shape = str(self.postgres.ask(_SHAPE, url)[0][0])
            self._first = url.partition("@/")[2].partition("?")[0]
        url = self.postgres.database(f"TEMPLATE {self._first}")
        self.postgres.ask(f"UPDATE moderation_changes SET origin = {_origin()}", url)
        return url

    def give_back(self, url: str) -> None:
        """A test is done with it, whatever is still connected to it."""
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(_LEAVE)
                (shape,) = connection.execute(_SHAPE).fetchone() or ("",)
                if shape == self._shape:
                    connection.execute(_EMPTY)
                    connection.execute(f"UPDATE moderation_changes SET origin = {_origin()}")
                    self._free.append(url)
        except psycopg.Error:
            return  # it is of no more use


_LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_SHAPE = """
SELECT md5(string_agg(line, '\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', relname, attname, atttypid, attnotnull) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
    UNION ALL
    SELECT concat_ws(' ', conrelid, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT version_num FROM alembic_version
) AS lines (line)
"""
"""What is different where anything about the tables is."""

_EMPTY = """
SET session_replication_role = replica;  -- foreign keys are not looked at
DO $$
DECLARE
    each text;
    is_used boolean;
BEGIN
    FOR each IN
        SELECT quote_ident(relname) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('alembic_version', 'account_changes', 'moderation_changes')
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || each || ')' INTO is_used;
        IF is_used AND pg_relation_size(each) > 100000 THEN
            EXECUTE 'TRUNCATE ' || each || ' CASCADE';
        ELSIF is_used THEN  -- new files would take longer
            EXECUTE 'DELETE FROM ' || each;
        END IF;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
    UPDATE account_changes SET revision = 0, removals = 0;
    UPDATE moderation_changes SET revision = 0;
END $$
"""


def _origin() -> int:
    """What no other database has: see chat.history.sql.schema.moderation_changes."""
    return int.from_bytes(os.urandom(7), "big")
