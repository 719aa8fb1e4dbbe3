"""PostgreSQL: for several servers, and where there is one already. Words are a tsvector. Knows
no thread."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

import psycopg
from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Row,
    bindparam,
    cast,
    column,
    create_engine,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSON, TSQUERY, TSVECTOR
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError
from sqlalchemy.sql import ColumnElement, Executable, Select
from sqlalchemy.types import Text, TypeEngine
from twisted.logger import Logger

from chat.history.sql import mishaps
from chat.history.sql.schema import STORED, messages, metadata, rooms
from chat.history.store import StoreError
from chat.history.upkeep.progress import progress
from chat.history.words import Entry, Term, indexed
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import (
    INDEX_MESSAGES,
    PLAN_ANEW_MESSAGES,
    QUERY_SECONDS,
    TENANCY_PROBE_SECONDS,
    TENANCY_SHARED_SECONDS,
)
from chat.vocabulary.names import key_of
from chat.vocabulary.writing.secrets import HARMLESS, HIDDEN, masked

log = Logger()

_REINDEX: Final = text("""
    UPDATE messages SET words = anew.words
    FROM (SELECT CAST(value->>0 AS bigint), CAST(value->>1 AS tsvector)
          FROM json_array_elements(CAST(:entries AS json))) AS anew (id, words)
    WHERE messages.id = anew.id AND messages.words IS DISTINCT FROM anew.words""")

_INDEXED: Final = table("messages", column("id"), column("words", TSVECTOR))
_LOCK: Final = 0x63686174
"""Whoever upgrades the schema holds this advisory lock ("chat")."""
_OLDEST: Final = 13
"""The first version with transactions that are known by numbers that never come again."""
_ABOUT: Final = "SELECT current_setting('server_version_num'), current_setting('server_encoding')"
_LACKING: Final = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(current_schema()) AND relname = ANY(:names)
    AND relkind = 'r' AND NOT (
        has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
    ORDER BY relname""")
_OCCUPY: Final = f"SELECT pg_advisory_lock({_LOCK}, hashtext(current_schema()))"
"""A server holds this one: one for each schema, as its tables are."""
_PROBE: Final = f"""
    SELECT set_config('tcp_keepalives_idle', '{TENANCY_PROBE_SECONDS}', false),
        set_config('tcp_keepalives_interval', '{TENANCY_PROBE_SECONDS}', false),
        set_config('tcp_keepalives_count', '3', false)"""


class Rows:
    """See JsonRows."""

    def __init__(self, parameter: str) -> None:
        array = cast(bindparam(parameter, type_=Text), JSON)
        self.source = func.json_array_elements(array).table_valued(
            "value", with_ordinality="position", name="rows"
        )
        self.source = self.source.render_derived()

    def column(self, at: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """See JsonRows."""
        item = self.source.c.value.op("->>")(literal_column(str(at)))
        return item if isinstance(type_, Text) else cast(item, type_)


class Postgres:
    """See Flavour."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    begin = "BEGIN"
    insert_into = staticmethod(postgresql.insert)
    shares = True
    transaction_id: ColumnElement[str] | None = cast(func.pg_current_xact_id(), Text)

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        secret = [key for key in url.query if key not in HARMLESS]
        without = url.set(drivername="postgresql").difference_update_query(secret)
        self.name = without.render_as_string()
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        if not known.issuperset(url.query):  # it may be the rest of a password
            raise StoreError(
                f"{self.name}: there is an option that PostgreSQL has not: see what stands behind "
                "the ? in --store (is it the rest of a password? write & in it as %26)"
            )
        values = [url.password, *(url.query[key] for key in secret)]
        self._secrets = [value for value in values if isinstance(value, str) and value]
        self._is_shared = False  # another server was seen

    @cached_property
    def engine(self) -> Engine:
        """See Flavour. What the URL says is left as it is."""
        ours: dict[str, Any] = {"connect_timeout": int(QUERY_SECONDS), "application_name": "chat"}
        ours["client_encoding"] = "utf8"  # whatever the database's is, to be told which
        return create_engine(
            self._url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            poolclass=NullPool,
            pool_reset_on_return=None,
            connect_args={key: ours[key] for key in ours if key not in self._url.query},
        )

    def check(self, connection: Connection) -> None:
        """See Flavour."""
        number, encoding = connection.exec_driver_sql(_ABOUT).one()
        if int(number) < _OLDEST * 10_000:
            version = int(number) // 10_000
            raise StoreError(
                f"{self.name}: PostgreSQL {version} is too old: take {_OLDEST} or newer"
            )
        if encoding != "UTF8":
            raise StoreError(
                f"{self.name}: its encoding is {encoding}, and has to be UTF8: make another "
                "database, createdb --encoding UTF8 --template template0"
            )

    def prepare(self, connection: Connection) -> None:
        """See Flavour."""
        if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
            raise StoreError(
                f"{self.name}: it takes no changes, as a standby, or as it is set to read only: "
                "name the one that does"
            )
        names = sorted(metadata.tables)
        if lacking := connection.scalars(_LACKING, {"names": names}).all():
            raise StoreError(f"{self.name}: {mishaps.OWNER} ({', '.join(lacking)})")

    def rows(self, parameter: str) -> Rows:
        """See Flavour."""
        return Rows(parameter)

    def words_of(self, draft: Draft) -> str:
        """See Flavour."""
        return _vector(indexed(draft.key, draft.user_key, draft.text))

    def insertion(self) -> Executable:
        """See Flavour."""
        rows = Rows("rows")
        items = [rows.column(at, value.type) for at, value in enumerate(STORED)]
        items.append(cast(rows.column(len(items), Text()), TSVECTOR))
        names = [*(value.name for value in STORED), "words"]
        into = table("messages", *(column(name) for name in names))
        return insert(into).from_select(names, select(*items).order_by(rows.source.c.position))

    def inserted(self, driver: Any, last_id: int, size: int) -> None:
        """See Flavour. The index is a column."""

    def unindexed(self, connection: Connection) -> None:
        """See Flavour. There are none."""

    def matching(self, terms: Iterable[Term], before: int = 0) -> Select[Any]:
        """See Flavour."""
        choices = ["(" + " | ".join(map(_quoted, choice)) + ")" for choice in terms]
        query = cast(literal(" & ".join(choices), Text), TSQUERY)
        found = _INDEXED.c.words.op("@@")(query)
        ids = select(_INDEXED.c.id).where(found).order_by(_INDEXED.c.id.desc())
        return ids.where(_INDEXED.c.id < before) if before else ids

    def make_index(self, connection: Connection) -> None:
        """See Flavour."""
        connection.exec_driver_sql("ALTER TABLE messages ADD COLUMN words tsvector")
        self._index_all(connection)

    def renew_index(self, connection: Connection) -> None:
        """See Flavour. What is not written anew need not be cleaned up."""
        connection.exec_driver_sql("DROP INDEX messages_by_word")
        self._index_all(connection)

    def _index_all(self, connection: Connection) -> None:
        columns = (messages.c.id, rooms.c.key, *messages.c["name", "text"])
        rows = select(*columns).join(rooms).order_by(messages.c.id).limit(INDEX_MESSAGES)
        last = 0
        with progress("indexing", connection.scalar(select(func.max(messages.c.id)))) as tell:
            while found := connection.execute(rows.where(messages.c.id > last)).all():
                entries = [(r.id, _vector(indexed(r.key, key_of(r.name), r.text))) for r in found]
                connection.execute(_REINDEX, {"entries": json.dumps(entries)})
                last = found[-1].id
                tell(last)
        connection.exec_driver_sql("CREATE INDEX messages_by_word ON messages USING gin (words)")

    def drop_index(self, connection: Connection) -> None:
        """See Flavour."""
        connection.exec_driver_sql("ALTER TABLE messages DROP COLUMN words")

    def remove_from_index(self, driver: Any, found: Sequence[Row[Any]]) -> None:
        """See Flavour. It goes with the row."""

    def add_to_index(self, driver: Any, entries: Sequence[tuple[int, str, str, str]]) -> None:
        """See Flavour."""
        for id_, key, name, text_ in entries:
            vector = _vector(indexed(key, key_of(name), text_))
            driver.execute("UPDATE messages SET words = %s::tsvector WHERE id = %s", (vector, id_))

    def clean_index(self, driver: Any) -> None:
        """See Flavour. Its server does, in its own time."""

    def clean_log(self, driver: Any) -> bool:
        """See Flavour. Its server does, in its own time."""
        return True

    def be_patient(self, driver: Any) -> None:
        """See Flavour. It is anyhow."""

    def let_others(self) -> None:
        """See Flavour. They lock other rows, or stand in a queue."""

    def removed(self, driver: Any) -> None:
        """See Flavour. The index goes with the row."""

    def hidden(self, driver: Any, many: int) -> None:
        """See Flavour. How a question is answered is planned once, and with few of them all would
        be gone through for each message: have it planned anew."""
        if many >= PLAN_ANEW_MESSAGES:
            driver.execute("ANALYZE (SKIP_LOCKED) hidden")  # who holds it does so as well

    def is_current(self, driver: Any) -> bool:
        """See Flavour."""
        return True

    def leave(self, driver: Any) -> None:
        """See Flavour. It always is where it was."""

    def is_gone(self) -> bool:
        """See Flavour. Its server makes none."""
        return False

    def is_lost(self, driver: Any) -> bool:
        """See Flavour."""
        return bool(driver.closed)

    def interrupt(self, driver: Any) -> None:
        """See Flavour. A server that hangs answers no request to cancel: hang up on it."""
        with suppress(OSError, psycopg.Error), socket.socket(fileno=driver.fileno()) as sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            finally:
                sock.detach()

    def drops(self, driver: Any) -> bool:
        """See Flavour. It would take a connection more, and a process of the database."""
        return False

    def is_under_way(self, connection: Connection, transaction_id: str) -> bool:
        """See Flavour."""
        status = text("SELECT pg_xact_status(CAST(:id AS xid8))")
        try:
            return bool(connection.scalar(status, {"id": transaction_id}) == "in progress")
        except DataError:  # a number from the future: it was lost when the database crashed
            return False

    def reason(self, error: BaseException) -> str:
        """See Flavour."""
        original = getattr(error, "orig", None) or error
        diagnosis = getattr(original, "diag", None)  # the rest of it may quote what was stored
        said = diagnosis.message_primary if diagnosis else None
        line = said or str(original)
        for secret in self._secrets:
            for form in (secret, *(quote(secret, safe) for safe in ("", "/", " +"))):
                line = line.replace(form, HIDDEN)
        return f"{self.name}: {mishaps.of_postgres(masked(line))}"

    def size(self, connection: Connection) -> int:
        """See Flavour."""
        return int(
            connection.scalar(
                text("SELECT pg_total_relation_size('messages') + pg_total_relation_size('rooms')")
            )
            or 0
        )

    def occupy(self, driver: Any) -> None:
        """See Flavour. Several servers may use one, as each sees what the others have changed: the
        log says what their people do not have of each other."""
        driver.execute(_PROBE)
        driver.execute(f"SET lock_timeout = {TENANCY_SHARED_SECONDS * 1000:.0f}")
        try:
            if not self._is_shared:
                driver.execute(_OCCUPY)
        except psycopg.errors.LockNotAvailable:
            self._is_shared = True
            log.warn(
                "{name}: another server is using it as well: what is said on one is heard on the "
                "other only by whoever asks for the history",
                name=self.name,
            )
        driver.execute("RESET lock_timeout")

    def vacate(self) -> None:
        """See Flavour. It goes with the connection."""

    def lock_for_upgrade(self, connection: Connection) -> None:
        """See Flavour."""
        connection.exec_driver_sql(self.begin)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

    def copy_before(self, connection: Connection, revision: str) -> str:
        """See Flavour. Its owner has pg_dump."""
        return ""


def _vector(entry: Entry) -> str:
    """Words with their places; signs have none."""
    placed = [f"'{word}':{at}" for at, word in enumerate(entry.words, 1)]
    return " ".join(placed + [f"'{sign}'" for sign in entry.signs])


def _quoted(phrase: tuple[str, ...]) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in phrase) + ")"
