"""What can be wrong with a database, and what to do about it: in a line for people. Knows no
connection."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from pathlib import Path
from typing import Final

from chat.history.store import NoStoreError, StoreError

_KINDS: Final = {
    stat.S_IFDIR: "a folder: name a file in it",
    stat.S_IFIFO: "a pipe, and no file",
    stat.S_IFSOCK: "a socket, and no file",
    stat.S_IFCHR: "a device, and no file",
    stat.S_IFBLK: "a device, and no file",
}


def check_file(path: Path, has_to_be: bool = False) -> None:
    """Whether SQLite may open a file or make one: it would wait for a pipe, and says of all else
    that it can't. has_to_be: whether it has to be there. Raises StoreError."""
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        if has_to_be:
            raise NoStoreError(f"{path}: there is no such file") from None
        target = path.resolve()
        if not target.parent.is_dir():
            raise StoreError(f"{path}: there is no folder {target.parent}: make it first") from None
        return
    except (OSError, ValueError) as error:  # its name is too long, has a NUL in it, is a loop ...
        reason = getattr(error, "strerror", None) or "no file has such a name"
        raise StoreError(f"{path}: {reason} (choose another --store)") from None
    if kind in _KINDS:
        raise StoreError(f"{path}: it is {_KINDS[kind]} (choose another --store)")


def check_writable(path: Path) -> None:
    """Whether a database that is open may be written to, with what is beside it. Raises
    StoreError."""
    for each in (path, path.resolve().parent):
        if not os.access(each, os.W_OK):
            raise StoreError(
                f"{each}: it may not be written to: file and folder have to belong to the "
                "server's user"
            )


_BROKEN: Final = "put back a backup: this one is broken"

_SQLITE: Final = {
    sqlite3.SQLITE_CANTOPEN: "is its folder there, and may it be written to?",
    sqlite3.SQLITE_NOTADB: "choose another --store",
    sqlite3.SQLITE_BUSY: "another program is writing to it",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_READONLY: "may the file and its folder be written to?",
    sqlite3.SQLITE_PERM: "may the file and its folder be written to?",
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_IOERR: "look at the disk: is it full, gone, or a network's?",
    sqlite3.SQLITE_PROTOCOL: "SQLite wants a local disk, and no network's",
    sqlite3.SQLITE_NOMEM: "the machine has no memory left",
    sqlite3.SQLITE_TOOBIG: _BROKEN,
}
"""By SQLite's code for it."""

_TABLES: Final = "its tables are not as the chat has made them: put back a backup"
OWNER: Final = "the tables belong to another user: connect as that one, or have them given to this"
_LET_IN: Final = "see the name and the password in --store, ~/.pgpass or PGPASSWORD"

_POSTGRES: Final = {
    r'database ".*" does not exist': "make it: createdb --encoding UTF8 --template template0",
    r'role ".*" does not exist': "make it: createuser",
    r"(relation|column|table) .* does not exist": _TABLES,
    r"already exists": "something else has that name: choose another database",
    r"password|authentication failed|role .* not permitted": _LET_IN,
    r"pg_hba\.conf": "its pg_hba.conf has to let the chat in",
    r"permission denied for database": "GRANT CONNECT ON DATABASE ... TO the chat's user",
    r"permission denied for schema|no schema has been": "the chat's user has to own the database, "
    "or: GRANT USAGE, CREATE ON SCHEMA public TO it",
    r"permission denied|must be owner": OWNER,
    r"starting up|shutting down|recovery": "try again in a moment",
    r"too many|remaining connection slots": "the chat takes 5 connections: raise the limit",
    r"read-only": "it takes no changes: is it a standby, or set to read only?",
    r"connection option|invalid .* value|configuration parameter|URI": "see what stands behind "
    "the ? in --store",
    r"SSL|TLS|certificate": "see sslmode and sslrootcert in --store, and the server's own settings",
    r"resolve|translate host": "is the name of its host right, and the network there?",
    r"refused|No such file|unreachable|No route": "is it running, and listening there?",
    r"timeout|timed out": "is its host right, and does a firewall let the chat through?",
    r"expected authentication|closed the connection": "is it PostgreSQL that listens there?",
    r"No space|could not extend": "make room on its disk",
    r"syntax error|type .* does not exist|function .* does not exist": "is it older than 13?",
}
"""By what PostgreSQL or its library says, in English: neither tells a code where no connection was
made."""


def of_sqlite(error: BaseException) -> str:
    """An error of SQLite with what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what is added to it
    advice = _SQLITE.get(code)
    if "unsupported file format" in str(error):
        advice = _BROKEN
    if code == sqlite3.SQLITE_ERROR and re.search("no such (table|column)|already", str(error)):
        advice = _TABLES
    return f"{error} ({advice})" if advice else str(error)


def of_postgres(said: str) -> str:
    """What PostgreSQL has said, with what to do about it."""
    line = " ".join(said.split()).removeprefix("connection failed: ")
    line = re.split(" Is the server running| This probably means", line, maxsplit=1)[0]
    for pattern, advice in _POSTGRES.items():
        if re.search(pattern, line):
            return f"{line} ({advice})"
    return line
