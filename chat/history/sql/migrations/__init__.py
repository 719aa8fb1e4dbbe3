"""The steps from an empty database to the tables of this version: which there are, in which order,
and how they are taken. Knows no database of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

CHAIN: Final = (
    "0001_messages",
    "0002_words",
    "0003_accounts",
    "0004_moderation",
    "0005_topics",
    "0006_offers",
    "0007_ranks",
    "0008_clock",
    "0009_words_anew",
    "0010_hidings",
)
"""The files of `versions`, each the step behind the one before. It is this list that a version
knows, and not the folder: what another version has left there is never looked at. A new step is
written as a file there, and as a line here."""

KNOWN: Final = tuple(name.partition("_")[0] for name in CHAIN)
"""What the schema is called after each step, oldest first."""


def migrate(connection: Connection, revision: str, to: str) -> None:
    """Take the steps from one revision, "" for a database that is empty, to a later one; both are
    known. What is done is part of the connection's transaction."""
    context = MigrationContext.configure(connection)
    if not revision:
        connection.exec_driver_sql(_VERSION)
    for name in CHAIN[KNOWN.index(revision) + 1 if revision else 0 : KNOWN.index(to) + 1]:
        with Operations.context(context):
            import_module(f"{__name__}.versions.{name}").upgrade()
    connection.exec_driver_sql("DELETE FROM alembic_version")
    connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{to}')")


_VERSION: Final = (
    "CREATE TABLE IF NOT EXISTS alembic_version "
    "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As Alembic has it, which has made the tables of older stores."""
