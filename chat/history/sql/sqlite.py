"""SQLite: one file, no server. Messages are indexed by FTS5, which ships with it. Knows no
thread."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from functools import cached_property
from itertools import accumulate, count
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Row,
    bindparam,
    column,
    create_engine,
    event,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.sql import ColumnElement, Executable, Select
from sqlalchemy.types import Text, TypeEngine

from chat.history.sql import mishaps
from chat.history.sql.schema import STORED, messages
from chat.history.store import OWNERS_MODE, StoreError
from chat.history.upkeep.progress import progress
from chat.history.upkeep.tenancy import Tenancy
from chat.history.words import Term, indexed
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import (
    BUSY_SECONDS,
    COPIED_PAGES,
    EVERYTHING,
    INDEX_BYTES,
    INDEX_MESSAGES,
    MERGE_PAGES,
    PATIENT_SECONDS,
    TURN_FOR_OTHERS_SECONDS,
)
from chat.vocabulary.names import key_of

_INDEX: Final = table("word_index", column("rowid"), column("words"))

_OLDEST: Final = (3, 35)
"""The first version that answers what it has changed."""

_HAS_INDEX: Final = "SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'"

_END: Final = "SELECT id FROM word_index_end"

_UNINDEXED: Final = f"""
    SELECT json_group_array(json_array(id, key, name, text)) FROM (
        SELECT messages.id, rooms.key, messages.name, messages.text
        FROM messages JOIN rooms ON rooms.id = messages.room_id
        WHERE messages.id > ({_END})
        ORDER BY messages.id LIMIT {4 * INDEX_MESSAGES})"""

_END_AT_LAST: Final = """
    UPDATE word_index_end SET id = min(id, (SELECT coalesce(max(id), 0) FROM messages))"""

_ENTRIES: Final = (
    "json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:entries)"
)
_ADD: Final = f"INSERT INTO word_index (rowid, words) SELECT {_ENTRIES}"
_REMOVE: Final = f"INSERT INTO word_index (word_index, rowid, words) SELECT 'delete', {_ENTRIES}"
_MERGE: Final = "INSERT INTO word_index (word_index, rank) VALUES ('merge', ?)"

_JOURNAL_BYTES: Final = 32 * 1024 * 1024
"""What the write-ahead log is cut back to when it has grown while it was read."""


class Rows:
    """See JsonRows."""

    def __init__(self, parameter: str) -> None:
        self.source = func.json_each(bindparam(parameter, type_=Text)).table_valued("key", "value")

    def column(self, at: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """See JsonRows."""
        path: ColumnElement[str] = literal_column(f"'$[{at}]'")
        return func.json_extract(self.source.c.value, path, type_=type_)


class Sqlite:
    """See Flavour."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    begin = "BEGIN IMMEDIATE"
    insert_into = staticmethod(sqlite.insert)
    shares = False
    transaction_id: ColumnElement[str] | None = None  # a commit that does not fail was made

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:" or url.host or url.username:
            raise StoreError("sqlite: name a file, sqlite:///chat.sqlite; or use memory:")
        if url.query:
            raise StoreError(f"sqlite:///{url.database}: there are no options for SQLite")
        self._url = url.set(drivername="sqlite+pysqlite")
        self.name = url.database
        self._path = Path(url.database)
        self._tenancy = Tenancy(self._path)
        self._inode = 0  # of the file that is in use, once there is one

    @cached_property
    def engine(self) -> Engine:
        """See Flavour."""
        engine = create_engine(
            self._url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            paramstyle="named",
            poolclass=NullPool,
            pool_reset_on_return=None,
            connect_args={
                "timeout": BUSY_SECONDS,
                "check_same_thread": False,
                "factory": _Driver,
            },
        )
        event.listen(engine, "do_connect", self._check)
        event.listen(engine, "connect", self._connected)
        return engine

    def _check(self, *_: object) -> None:
        """Before a connection is made: never another file than the one that is in use.

        What is beside it belongs to that one, and would spoil another. A new file may be read by
        its owner alone, and so may those beside it. Raises StoreError.
        """
        mishaps.check_file(self._path)
        try:
            if self._inode not in (0, self._path.stat().st_ino):
                raise StoreError(
                    f"{self.name}: another file is in its place: put it back, or stop the server "
                    f"and remove {self.name}-wal and -shm"
                )
        except FileNotFoundError:
            if not self.is_gone():
                raise StoreError(
                    f"{self.name}: moved away, but not {self.name}-wal and -shm, which belong to "
                    "it: put it back"
                ) from None
            self._inode = 0
            with suppress(OSError):  # SQLite will say what is wrong
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNERS_MODE))

    def check(self, connection: Connection) -> None:
        """See Flavour. Some systems build SQLite without what finds words."""
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(
                f"{self.name}: SQLite {sqlite3.sqlite_version} is too old: choose another Python, "
                "or PostgreSQL"
            )
        if not connection.exec_driver_sql(_HAS_INDEX).scalar():
            raise StoreError(
                f"{self.name}: SQLite {sqlite3.sqlite_version} has no FTS5 here: choose another "
                "Python, or PostgreSQL"
            )

    def prepare(self, connection: Connection) -> None:
        """See Flavour. The mode stays with the file."""
        mishaps.check_writable(self._path)
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    def _connected(self, driver: _Driver, _: object) -> None:
        """Set a new connection up. A power cut loses no commit: each is synced. What is deleted is
        overwritten."""
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA secure_delete = ON")
        driver.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        self._inode = driver.inode = self._path.stat().st_ino

    def rows(self, parameter: str) -> Rows:
        """See Flavour."""
        return Rows(parameter)

    def words_of(self, draft: Draft) -> None:
        """See Flavour. They are indexed later, many messages at a time: see `inserted`."""

    def insertion(self) -> Executable:
        """See Flavour."""
        rows = Rows("rows")
        items = [rows.column(at, value.type) for at, value in enumerate(STORED)]
        return insert(messages).from_select(STORED, select(*items))

    def inserted(self, driver: Any, last_id: int, size: int) -> None:
        """See Flavour. To index each batch by itself would write twice as much to the disk."""
        if last_id - driver.indexed >= INDEX_MESSAGES:
            self._index(driver, max(INDEX_BYTES, 2 * size))

    def _index(self, driver: Any, most: int) -> bool:
        """Index some of what is not indexed yet, `most` characters or one message; whether there
        was something."""
        found = json.loads(driver.execute(_UNINDEXED).fetchone()[0])
        sizes = accumulate(len(text) for *_, text in found)
        fitting = [row for row, size in zip(found, sizes, strict=True) if size <= most] or found[:1]
        entries = [(id_, _words(key, name, text)) for id_, key, name, text in fitting]
        if entries:
            driver.execute(_ADD, {"entries": json.dumps(entries)})
            driver.indexed = entries[-1][0]
            driver.execute("UPDATE word_index_end SET id = ?", (driver.indexed,))
        return bool(entries)

    def unindexed(self, connection: Connection) -> ColumnElement[bool]:
        """See Flavour."""
        end = connection.exec_driver_sql(_END).scalar_one()
        unindexed: ColumnElement[bool] = messages.c.id > end
        return unindexed

    def matching(self, terms: Iterable[Term], before: int = 0) -> Select[Any]:
        """See Flavour."""
        choices = ["(" + " OR ".join(map(_quoted, choice)) + ")" for choice in terms]
        found = text("word_index MATCH :found").bindparams(found=" AND ".join(choices))
        ids = select(_INDEX.c.rowid).where(found).order_by(_INDEX.c.rowid.desc())
        return ids.where(_INDEX.c.rowid < before) if before else ids

    def make_index(self, connection: Connection) -> None:
        """See Flavour. The words come ready made: what is not ASCII is part of a word."""
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE word_index USING "
            "fts5(words, content='', columnsize=0, tokenize='ascii')"
        )
        connection.exec_driver_sql("CREATE TABLE word_index_end (id INTEGER NOT NULL)")
        connection.exec_driver_sql("INSERT INTO word_index_end VALUES (0)")
        driver: Any = connection.connection.driver_connection
        with progress("indexing", connection.scalar(select(func.max(messages.c.id)))) as tell:
            while self._index(driver, EVERYTHING):
                tell(driver.indexed)

    def renew_index(self, connection: Connection) -> None:
        """See Flavour."""
        self.drop_index(connection)
        self.make_index(connection)

    def drop_index(self, connection: Connection) -> None:
        """See Flavour."""
        connection.exec_driver_sql("DROP TABLE word_index")
        connection.exec_driver_sql("DROP TABLE word_index_end")

    def remove_from_index(self, driver: Any, found: Sequence[Row[Any]]) -> None:
        """See Flavour. An index without a content of its own has to be told what it forgets."""
        last = max(row.id for row in found)
        while driver.execute(_END).fetchone()[0] < last:
            self._index(driver, INDEX_BYTES)
        entries = [(row.id, _words(row.key, row.name, row.text)) for row in found]
        driver.execute(_REMOVE, {"entries": json.dumps(entries)})

    def add_to_index(self, driver: Any, entries: Sequence[tuple[int, str, str, str]]) -> None:
        """See Flavour."""
        words = [(id_, _words(key, name, text)) for id_, key, name, text in entries]
        driver.execute(_ADD, {"entries": json.dumps(words)})

    def clean_index(self, driver: Any) -> None:
        """See Flavour. What is removed is only marked so, until its part of the index is merged
        with the others."""
        driver.execute(_MERGE, (-MERGE_PAGES,))  # begin, with all parts
        changed = 2
        while changed >= 2:  # with nothing left to do it is 1
            self.let_others()
            before = driver.total_changes
            driver.execute(_MERGE, (MERGE_PAGES,))
            changed = driver.total_changes - before

    def clean_log(self, driver: Any) -> bool:
        """See Flavour. It is kept open by who reads, who may be reading for long."""
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        is_busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def be_patient(self, driver: Any) -> None:
        """See Flavour."""
        driver.execute(f"PRAGMA busy_timeout = {PATIENT_SECONDS * 1000:.0f}")

    def let_others(self) -> None:
        """See Flavour."""
        time.sleep(TURN_FOR_OTHERS_SECONDS)

    def removed(self, driver: Any) -> None:
        """See Flavour. Where the last message is gone, the next ones get its id and those after it
        again: they are not indexed yet."""
        driver.execute(_END_AT_LAST)
        driver.indexed = 0

    def hidden(self, driver: Any, many: int) -> None:
        """See Flavour. It is looked up in the same way, however many there are."""

    def is_current(self, driver: Any) -> bool:
        """See Flavour. A file that was moved away or deleted would take messages for nobody."""
        try:
            return bool(self._path.stat().st_ino == driver.inode)
        except OSError:
            return False

    def leave(self, driver: Any) -> None:
        """See Flavour. What stands in the log beside it is brought into it."""
        with suppress(sqlite3.Error):
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def is_gone(self) -> bool:
        """See Flavour."""
        return not any(Path(f"{self._path}{end}").exists() for end in ("", "-wal", "-shm"))

    def is_lost(self, driver: Any) -> bool:
        """See Flavour."""
        return False

    def interrupt(self, driver: Any) -> None:
        """See Flavour. A commit is not broken off: its disk answers, or it does not."""
        driver.interrupt()

    def drops(self, driver: Any) -> bool:
        """See Flavour."""
        driver.interrupt()
        return True

    def is_under_way(self, connection: Connection, transaction_id: str) -> bool:
        """See Flavour."""
        raise NotImplementedError

    def reason(self, error: BaseException) -> str:
        """See Flavour."""
        original = getattr(error, "orig", None) or error
        return f"{self.name}: {mishaps.of_sqlite(original)}"

    def size(self, connection: Connection) -> int:
        """See Flavour."""
        paths = (Path(f"{self._path}{end}") for end in ("", "-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())

    def occupy(self, driver: Any) -> None:
        """See Flavour."""
        self._tenancy.begin()

    def vacate(self) -> None:
        """See Flavour."""
        self._tenancy.end()

    def lock_for_upgrade(self, connection: Connection) -> None:
        """See Flavour."""
        connection.exec_driver_sql(self.begin)

    def copy_before(self, connection: Connection, revision: str) -> str:
        """See Flavour."""
        name = f"{self._path}.before-{revision}"
        targets = (Path(f"{name}.{again}" if again > 1 else name) for again in count(1))
        target = next(target for target in targets if not target.exists())
        back_up(self._path, target)
        return str(target)


class _Driver(sqlite3.Connection):
    """A connection that knows which file it has open, and about how far the index of words goes:
    when it was last seen, so that not every batch has to ask."""

    inode = 0
    indexed = 0


def back_up(source: Path, target: Path) -> None:
    """Copy a database as it is now, also while it is written to.

    The target is there when all of it is, and not before; its owner alone may read it, whoever may
    read the source. Raises StoreError.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    if target.exists():
        raise StoreError(
            f"{target}: there is such a file already: choose another name, or name a folder, where "
            "each copy is called by its date"
        )
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNERS_MODE))
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as old,
            closing(sqlite3.connect(partial)) as new,
        ):
            _copy(old, new)
            new.execute("PRAGMA journal_mode = DELETE")
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.link(partial, target)  # unless somebody else was quicker
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{source} could not be copied to {target}: {error}") from None
    finally:
        partial.unlink(missing_ok=True)


def _copy(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """All of it, as it is at one moment: what is read stays as it is until the end, so that to copy
    it in steps is not begun anew when somebody writes."""
    old.execute("BEGIN")
    old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    ((size,),) = old.execute("PRAGMA page_size")
    ((many,),) = old.execute("PRAGMA page_count")
    with progress("copying", many * size, "B") as tell:
        old.backup(
            new,
            pages=COPIED_PAGES,
            progress=lambda _, left, all_: tell((all_ - left) * size),
        )


def _words(key: str, name: str, text: str) -> str:
    words, signs = indexed(key, key_of(name), text)
    return " ".join(words + signs)


def _quoted(phrase: tuple[str, ...]) -> str:
    return '"' + " ".join(phrase) + '"'
