"""Brings a database's schema up to this version's. Knows no messages."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from twisted.logger import Logger

from chat.history.sql.flavours import Flavour
from chat.history.sql.schema import HEAD
from chat.history.store import StoreError

log = Logger()

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(flavour: Flavour, to: str = HEAD) -> None:
    """Make the tables, or bring older ones up to date, with a copy made first where it can be.

    Raises StoreError, and has changed nothing then: if the database can't be reached, is no
    chat's, or was written by a newer version.
    """
    try:
        with flavour.engine.connect() as connection:
            revision = revision_of(connection, flavour)
            flavour.prepare(connection)
            if revision != to:
                flavour.lock_for_upgrade(connection)
                _upgrade(connection, flavour, to)
                connection.exec_driver_sql("COMMIT")
    except Exception as error:
        if isinstance(error, (SQLAlchemyError, *flavour.errors)):
            raise StoreError(flavour.reason(error)) from error
        raise


def revision_of(connection: Connection, flavour: Flavour) -> str:
    """The schema's revision; "" where there are no tables. Raises StoreError."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
    if "messages" in tables or "rooms" in tables:
        raise StoreError(f"{flavour.name}: there are tables of something else in it")
    return ""


def _upgrade(connection: Connection, flavour: Flavour, to: str) -> None:
    revision = revision_of(connection, flavour)  # somebody else may have been quicker
    if revision == to:
        return
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision and revision not in known:
        raise StoreError(
            f"{flavour.name}: written by a newer version of the chat (schema {revision}, this one "
            f"knows {HEAD}): upgrade the chat, or choose another --store"
        )
    if revision and (copy := flavour.copy_before(connection, to)):
        log.info("{name} is upgraded; as it was it is in {copy}", name=flavour.name, copy=copy)
    command.upgrade(config, to)
