"""What the two databases do each in its own way; and which of them a URL means. Knows no accounts
and no rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import ColumnElement, Executable, Select
from sqlalchemy.types import TypeEngine

from chat.history.store import StoreError
from chat.history.words import Term
from chat.vocabulary.events import Draft
from chat.vocabulary.writing.secrets import shown

STORES: Final = "it is memory:, sqlite:///FILE or postgresql://USER@HOST/DATABASE"


class JsonRows(Protocol):
    """A JSON array of arrays, bound as one parameter, as a table."""

    source: Any
    """What to select from."""

    def column(self, at: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """What stands at a place in each row."""


class Flavour(Protocol):
    """A database. A driver is a connection as its own library knows it, in autocommit."""

    name: str
    """What it is called in the log, without a password."""
    errors: tuple[type[Exception], ...]
    """What its library raises."""
    begin: str
    """How a transaction that will write begins."""
    insert_into: Any
    """The INSERT that has ON CONFLICT."""
    shares: bool
    """Whether others may have tables of their own beside the chat's."""
    transaction_id: ColumnElement[str] | None
    """What a transaction is known by when its commit was not answered, if that can happen."""

    @property
    def engine(self) -> Engine:
        """How it is connected to: one for all threads, so that each statement is made once."""

    def check(self, connection: Connection) -> None:
        """Whether it may have a chat in it, whatever is in it now. Raises StoreError."""

    def prepare(self, connection: Connection) -> None:
        """Set up what is certainly a chat's, or is to become one. Raises StoreError."""

    def rows(self, parameter: str) -> JsonRows:
        """The rows of a parameter."""

    def words_of(self, draft: Draft) -> str | None:
        """The words of a message that is stored, if they are stored with it."""

    def insertion(self) -> Executable:
        """Insert the parameter `rows` into messages: each has room, number, at, name, text,
        token and words."""

    def inserted(self, driver: Any, last_id: int, size: int) -> None:
        """Messages have been inserted in this transaction, up to that id; so much text."""

    def unindexed(self, connection: Connection) -> ColumnElement[bool] | None:
        """Which messages the index does not have yet, if there can be any."""

    def matching(self, terms: Iterable[Term], before: int = 0) -> Select[Any]:
        """The ids of messages with all these terms, the latest first; before: older than that one,
        if it is not 0."""

    def make_index(self, connection: Connection) -> None:
        """Make the index of words, with those of all messages that there are."""

    def renew_index(self, connection: Connection) -> None:
        """Index all messages as they are indexed now. Takes its time."""

    def drop_index(self, connection: Connection) -> None:
        """Drop it."""

    def remove_from_index(self, driver: Any, found: Sequence[Row[Any]]) -> None:
        """Remove messages: id, key, name, text. They are still there."""

    def add_to_index(self, driver: Any, entries: Sequence[tuple[int, str, str, str]]) -> None:
        """Index messages that have been removed from the index, as they are now: id, key, name,
        text."""

    def clean_index(self, driver: Any) -> None:
        """Have nothing left in the index of what was removed from it. Takes its time, in steps."""

    def clean_log(self, driver: Any) -> bool:
        """Have nothing left beside the tables of what was removed; whether that was possible."""

    def be_patient(self, driver: Any) -> None:
        """Wait longer for others: nobody waits for this connection."""

    def let_others(self) -> None:
        """Between two transactions of many: wait until others have had their turn."""

    def removed(self, driver: Any) -> None:
        """Messages have been deleted in this transaction."""

    def hidden(self, driver: Any, many: int) -> None:
        """So many messages have been hidden, or shown again, in this transaction."""

    def is_current(self, driver: Any) -> bool:
        """Whether the connection still leads to where the next one would."""

    def leave(self, driver: Any) -> None:
        """The database is not where it was: leave it complete."""

    def is_gone(self) -> bool:
        """Whether nothing is left of the database, so that another one may be made."""

    def is_lost(self, driver: Any) -> bool:
        """Whether the connection is broken."""

    def interrupt(self, driver: Any) -> None:
        """Break off what the connection does. Called from another thread."""

    def drops(self, driver: Any) -> bool:
        """Break off what the connection does for nobody, if that costs nothing; returns whether
        that was done. Called from another thread."""

    def is_under_way(self, connection: Connection, transaction_id: str) -> bool:
        """Whether the transaction with that id has neither been committed nor undone yet."""

    def reason(self, error: BaseException) -> str:
        """An error of the library in a line for people."""

    def size(self, connection: Connection) -> int:
        """Bytes that all of it takes."""

    def occupy(self, driver: Any) -> None:
        """Have the database for this server, as long as it lives: to be called for each new
        connection that writes. Where two servers would do harm to one another it is for this one
        alone: raises StoreError, if another server has it. Elsewhere the log says so."""

    def vacate(self) -> None:
        """Let another server have it: all connections are closed."""

    def lock_for_upgrade(self, connection: Connection) -> None:
        """Begin a transaction that no other one upgrades in."""

    def copy_before(self, connection: Connection, revision: str) -> str:
        """Copy everything, as an upgrade comes; where to, or nothing."""


def of(url: str | URL) -> Flavour:
    """The database of a URL. Raises StoreError."""
    written = shown(url) if isinstance(url, str) else shown(url.render_as_string())
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        is_clear = "://" in written or not set(":@=") & set(written)
        name = written if is_clear else "that"  # what it is nobody knows
        raise StoreError(f"{name} is no URL of a store: {STORES}") from None
    if isinstance(url, str) and _is_ambiguous(url, parsed):
        raise StoreError(
            f"{written}: in a password write @ as %40, : as %3A, / as %2F and ? as %3F"
        )
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        from chat.history.sql.sqlite import Sqlite

        return Sqlite(parsed)
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        try:
            from chat.history.sql.postgres import Postgres
        except ImportError:
            raise StoreError(
                f"{written}: PostgreSQL wants psycopg: pip install 'twisted-chat[postgresql]'"
            ) from None
        return Postgres(parsed)
    raise StoreError(f"{written} is no URL of a store: {STORES}")


def _is_ambiguous(url: str, parsed: URL) -> bool:
    """Whether a password may reach further than it was read."""
    where = url.partition("@")[2] if parsed.username is not None else url
    return not parsed.drivername.startswith("sqlite") and "@" in where
