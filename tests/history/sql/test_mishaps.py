"""Every way in which a store can be wrong when a server or a tool starts: one line, that says what
it is and what to do."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from chat.history.sql import postgres as postgresql
from chat.history.sql import sqlite
from chat.history.sql.store import SqlStore
from chat.history.store import StoreError
from tests.history.sql.test_upgrade import asked
from tests.history.tools.shell import refusal, url
from tests.postgres import Postgres
from tests.turning import REACTOR

BROKEN = "put back a backup"


def refused(at: str) -> str:
    """Why a server does not start there."""
    with pytest.raises(StoreError) as error:
        SqlStore(at, REACTOR, alone=True).open()
    said = str(error.value)
    assert "\n" not in said
    return said


def spoiled(path: Path, offset: int) -> None:
    """Something has written over a store."""
    content = path.read_bytes()
    path.write_bytes(content[:offset] + b"\xa5" * (len(content) - offset))


@pytest.mark.parametrize(
    ("spoil", "advice", "tools"),
    [
        (lambda path: path.mkdir(), "it is a folder: name a file in it", ""),
        (os.mkfifo, "it is a pipe, and no file (choose another --store)", ""),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, and no file", ""),
        (lambda path: socket.socket(socket.AF_UNIX).bind(str(path)), "it is a socket, and", ""),
        (lambda path: path.symlink_to(path), "(choose another --store)", ""),
        (lambda path: path.symlink_to("/no/where"), "no folder /no: make it", "no such file"),
        (lambda path: path.write_bytes(b"secret" * 2000), "(choose another --store)", ""),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "(choose another --store)", ""),
    ],
)
def test_what_is_no_database_is_refused(
    tmp_path: Path, spoil: Callable[[Path], object], advice: str, tools: str
) -> None:
    """By the server and by the tools, which wait for nothing and change nothing."""
    path = tmp_path / "chat.sqlite"
    spoil(path)
    assert advice in refused(url(path))
    for words in (
        ["export", "--store", url(path)],
        ["backup", tmp_path / "b", "--store", url(path)],
    ):
        assert (tools or advice) in refusal(*words)
    assert [each.name for each in tmp_path.iterdir()] == ["chat.sqlite"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: spoiled(path, 4096),
        lambda path: spoiled(path, 40),
        lambda path: os.truncate(path, 20_000),
        lambda path: asked(path, "DROP TABLE audit"),
        lambda path: asked(path, "ALTER TABLE kept DROP COLUMN topic"),
        lambda path: asked(path, "DROP TABLE word_index_end"),
    ],
)
@pytest.mark.usefixtures("sqlite_url")
def test_a_store_that_is_broken_is_refused(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """By the server and by the tools, with what to do."""
    path = tmp_path / "chat.sqlite"
    spoil(path)
    assert BROKEN in refused(url(path))
    assert BROKEN in refusal("export", "--store", url(path))


@pytest.mark.parametrize("name", ["nul%00", "x" * 300, "no/such/folder/chat.sqlite"])
def test_a_file_that_there_can_not_be_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever the system says of it."""
    said = refused(url(tmp_path / name))
    assert "(choose another --store)" in said or "no/such/folder: make it first" in said
    assert refusal("export", "--store", url(tmp_path / name))
    assert not list(tmp_path.iterdir())


def test_a_file_that_may_not_be_written_to_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start, and not when the first message comes."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "it may not be written to: file and folder have to belong to" in refused(sqlite_url)


@pytest.mark.parametrize(
    ("what", "value", "advice"),
    [("_HAS_INDEX", "SELECT 0", "has no FTS5 here"), ("_OLDEST", (99,), "is too old")],
)
def test_a_python_with_another_sqlite_is_told(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, what: str, value: Any, advice: str
) -> None:
    """And what to do about that."""
    monkeypatch.setattr(sqlite, what, value)
    assert advice in refused(sqlite_url)
    assert "choose another Python, or PostgreSQL" in refusal("export", "--store", sqlite_url)


def test_a_file_that_another_program_has_locked_is_told(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was waited for."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(tmp_path / "chat.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert "(another program is writing to it)" in refused(sqlite_url)
        assert "(another program is writing to it)" in refusal("export", "--store", sqlite_url)


# --- PostgreSQL ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "advice"),
    [
        ("ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'", "encoding is SQL_ASCII, and has to"),
        ("ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'", "encoding is LATIN1, and has to be"),
    ],
)
def test_a_database_of_another_encoding_is_refused(
    postgres: Postgres, how: str, advice: str
) -> None:
    """With how to make the right one."""
    at = postgres.database(how)
    for said in (refused(at), refusal("export", "--store", at), refusal("import", "--store", at)):
        assert advice in said
        assert "createdb --encoding UTF8 --template template0" in said


WEAK = "DO $$ BEGIN CREATE ROLE weak LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"


@pytest.mark.parametrize(
    ("sql", "user", "advice"),
    [
        ("REVOKE CREATE ON SCHEMA public FROM public", "weak", "GRANT USAGE, CREATE ON SCHEMA"),
        ("DROP SCHEMA public", "chat", "GRANT USAGE, CREATE ON SCHEMA"),
        ("REVOKE CONNECT ON DATABASE {name} FROM public", "weak", "GRANT CONNECT ON DATABASE"),
        ("ALTER DATABASE {name} CONNECTION LIMIT 0", "weak", "raise the limit"),
        (
            "ALTER DATABASE {name} SET default_transaction_read_only = on",
            "chat",
            "takes no changes",
        ),
        ("CREATE VIEW rooms AS SELECT 1", "chat", "tables of something else in it (rooms)"),
        ("CREATE SEQUENCE rooms", "chat", "something else has that name"),
    ],
)
def test_a_database_that_the_chat_may_not_use_is_refused(
    postgres: Postgres, sql: str, user: str, advice: str
) -> None:
    """With what its owner has to do."""
    postgres.ask(WEAK)
    at = postgres.database()
    name = at.partition("@/")[2].partition("?")[0]
    postgres.ask(sql.format(name=name), at)
    assert advice in refused(at.replace("chat@", f"{user}@"))


@pytest.mark.parametrize(
    ("sql", "advice"),
    [
        ("SELECT 1", "connect as that one, or have them given to this"),
        ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak", "connect as that one"),
    ],
)
def test_tables_of_another_user_are_refused(
    postgres: Postgres, postgres_url: str, sql: str, advice: str
) -> None:
    """At the start, and not when the first message comes."""
    postgres.ask(WEAK)
    postgres.ask(sql, postgres_url)
    assert advice in refused(postgres_url.replace("chat@", "weak@"))
    postgres.ask("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM weak", postgres_url)


@pytest.mark.parametrize("sql", ["DROP TABLE audit", "ALTER TABLE kept DROP COLUMN topic"])
def test_tables_that_somebody_has_changed_are_refused(
    postgres: Postgres, postgres_url: str, sql: str
) -> None:
    """By the server and by the tools."""
    postgres.ask(sql, postgres_url)
    assert BROKEN in refused(postgres_url)
    assert BROKEN in refusal("export", "--store", postgres_url)


def test_a_server_that_is_too_old_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is said which is not."""
    monkeypatch.setattr(postgresql, "_OLDEST", 99)
    assert "is too old: take 99 or newer" in refused(postgres_url)


def test_what_is_not_there_is_told(postgres: Postgres) -> None:
    """A database, a user, a host, a socket, an option."""
    host = f"?host={postgres.folder}"
    for at, advice in {
        f"postgresql://chat@/nowhere{host}": "createdb",
        f"postgresql://nobody@/postgres{host}": "createuser",
        f"postgresql://chat@/postgres{host}&bogus=1": "what stands behind the ? in --store",
        f"postgresql://chat@/postgres{host}&options=-cbogus%3D1": "what stands behind the ?",
        "postgresql://chat:secret@127.0.0.1:1/chat": "is it running, and listening there?",
        "postgresql://chat:secret@/chat?host=/nowhere": "is it running, and listening there?",
        "postgresql://chat:secret@nowhere.invalid/chat": "is the name of its host right",
    }.items():
        for said in (refused(at), refusal("export", "--store", at)):
            assert advice in said
            assert "secret" not in said


def fatal(code: str, message: str) -> bytes:
    """How PostgreSQL refuses a connection."""
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    body = b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A port where every connection gets the same answer, TLS or no."""

    def answer() -> None:
        with suppress(OSError):
            while True:
                caller, _ = server.accept()
                with caller:
                    if caller.recv(1000)[4:8] == b"\x04\xd2\x16\x2f":  # whether it speaks TLS
                        caller.sendall(b"N")
                        caller.recv(1000)
                    caller.sendall(reply)
                    caller.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("reply", "more", "advice"),
    [
        (fatal("57P03", "the database system is starting up"), "", "try again in a moment"),
        (fatal("53300", "sorry, too many clients already"), "", "raise the limit"),
        (fatal("28P01", 'password authentication failed for user "chat"'), "", "~/.pgpass"),
        (fatal("28000", 'no pg_hba.conf entry for host "10.0.0.1"'), "", "to let the chat in"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "", "is it PostgreSQL that listens there?"),
        (b"", "?sslmode=require", "see sslmode and sslrootcert in --store"),
    ],
)
def test_a_server_that_lets_nobody_in_is_told(reply: bytes, more: str, advice: str) -> None:
    """With what to do, and without the password."""
    with answering(reply) as port:
        said = refused(f"postgresql://chat:secret@127.0.0.1:{port}/chat{more}")
    assert advice in said
    assert "secret" not in said
