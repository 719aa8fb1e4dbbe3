"""The database of a URL, for the tools: found, connected to, and of this version or refused. Knows
no tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

from sqlalchemy import Connection

from chat.history.sql.flavours import Flavour, of
from chat.history.sql.link import Link
from chat.history.sql.mishaps import check_file
from chat.history.sql.schema import HEAD
from chat.history.sql.sqlite import Sqlite
from chat.history.sql.upgrade import check_known, check_tables, revision_of
from chat.history.store import NoStoreError, StoreError


def flavour_of(url: str) -> Flavour:
    """The database of a URL. Raises StoreError."""
    if url == "memory:":
        raise StoreError("memory: is gone with its server: name sqlite:///FILE or postgresql://...")
    return of(url)


def existing(url: str) -> Flavour:
    """The same, if it is there: to connect would make an SQLite database. Raises StoreError."""
    flavour = flavour_of(url)
    if isinstance(flavour, Sqlite):
        check_file(Path(flavour.name), has_to_be=True)
    return flavour


@contextmanager
def linked(flavour: Flavour) -> Iterator[Link]:
    """A connection to it, closed in the end."""
    link = Link(flavour, Event(), follows=False)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def patient_link(url: str) -> Iterator[Link]:
    """A connection to a store that is there already, for changes beside a server that runs: it
    waits longer for others. Raises StoreError."""
    flavour = existing(url)
    with linked(flavour) as link:
        link.ask(partial(check_revision, flavour))
        flavour.be_patient(link.driver)
        yield link


def check_revision(flavour: Flavour, connection: Connection) -> None:
    """Raises StoreError, if it is not of this version of the chat."""
    found = revision(flavour, connection)
    check_known(flavour, found)
    if found != HEAD:
        raise StoreError(
            f"{flavour.name}: written by an older version of the chat (schema {found}, this one "
            f"works with {HEAD}): start the server once, which brings it up to date"
        )
    check_tables(connection, flavour)


def revision(flavour: Flavour, connection: Connection) -> str:
    """Of which version it is. Raises StoreError, if there is no history in it."""
    found = revision_of(connection, flavour)
    if not found:
        raise NoStoreError(f"{flavour.name}: there is no history in it")
    return found
