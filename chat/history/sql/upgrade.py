"""Brings a database's schema up to this version's, and refuses what is newer or no chat's. Knows no
messages."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection, false, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from twisted.logger import Logger

from chat.history.sql.flavours import Flavour
from chat.history.sql.migrations import KNOWN, migrate
from chat.history.sql.schema import HEAD, metadata
from chat.history.store import StoreError
from chat.vocabulary.text import clean

log = Logger()

_VERSION = "alembic_version"
_FIRST = {"rooms", "messages"}
"""What has been there since the first step."""


def upgrade(flavour: Flavour, to: str = HEAD) -> None:
    """Make the tables, or bring older ones up to date, with a copy made first where it can be.

    Raises StoreError, and has changed nothing then: if the database can't be reached, is no
    chat's, or was written by a newer version.
    """
    try:
        with flavour.engine.connect() as connection:
            revision = revision_of(connection, flavour)
            check_known(flavour, revision)
            flavour.prepare(connection)
            if revision != to:
                flavour.lock_for_upgrade(connection)
                _upgrade(connection, flavour, to)
                connection.exec_driver_sql("COMMIT")
            if to == HEAD:
                check_tables(connection, flavour)
    except Exception as error:
        if isinstance(error, (SQLAlchemyError, *flavour.errors)):
            raise StoreError(flavour.reason(error)) from error
        raise


def revision_of(connection: Connection, flavour: Flavour) -> str:
    """The schema's revision, whether it is known or not; "" where there are no tables. Raises
    StoreError, where there are some of something else."""
    flavour.check(connection)
    inspector = inspect(connection)
    tables = [*inspector.get_table_names(), *inspector.get_view_names()]
    versions: list[str] = []
    if _VERSION in tables:
        versions = [str(found) for found in connection.scalars(text(f"SELECT * FROM {_VERSION}"))]
    if {*tables} >= _FIRST and len(versions) == 1 and re.fullmatch(r"\d{4}", versions[0]):
        return versions[0]
    foreign = [name for name in tables if name != _VERSION or versions]
    if flavour.shares:
        foreign = [name for name in foreign if name in metadata.tables or name == _VERSION]
    if foreign:
        raise StoreError(
            f"{flavour.name}: there are tables of something else in it ({_some(foreign)}): "
            "choose another --store"
        )
    return ""


def check_tables(connection: Connection, flavour: Flavour) -> None:
    """Whether all tables are there, as this version knows them. Raises SQLAlchemyError."""
    for table in metadata.sorted_tables:
        connection.execute(select(table).where(false()))
    flavour.unindexed(connection)


def check_known(flavour: Flavour, revision: str) -> None:
    """Raises StoreError, where a newer version has written it: what that keeps, as who is banned,
    this one would not look for."""
    if revision and revision not in KNOWN:
        raise StoreError(
            f"{flavour.name}: written by a newer version of the chat (schema {revision}, this one "
            f"knows {HEAD} and older): start that version again, or put back a backup from before "
            "the upgrade, or choose another --store"
        )


def _upgrade(connection: Connection, flavour: Flavour, to: str) -> None:
    revision = revision_of(connection, flavour)  # somebody else may have been quicker
    check_known(flavour, revision)
    if revision == to:
        return
    if revision and (copy := flavour.copy_before(connection, to)):
        log.info("{name} is upgraded; as it was it is in {copy}", name=flavour.name, copy=copy)
    migrate(connection, revision, to)


def _some(names: Collection[str]) -> str:
    first, *others = sorted(names)
    return clean(first) + (f" and {len(others)} more" if others else "")
