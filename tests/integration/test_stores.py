"""The history of a real server: what is left of it after what can happen to it."""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chat.vocabulary.limits import QUERY_SECONDS, STALL_SECONDS
from tests.integration.server import Server, program, until
from tests.integration.test_twistd import LOCAL, twistd
from tests.people import Caller
from tests.postgres import Postgres, programs

NOT_STORED = "ERROR your message could not be stored, and nobody has seen it: try again"
FAILED = "messages can't be stored"
WORKS = "messages are stored again"


def words(lines: list[str]) -> list[str]:
    """The texts of HISTORY lines."""
    return [line.split(" ", 5)[5] for line in lines if line.startswith("HISTORY")]


def test_what_was_heard_is_there_after_a_kill(tmp_path: Path) -> None:
    """Without any set-up: it is in a file in the folder where the server runs."""
    with Server(tmp_path, fresh=True) as server:
        alice = server.caller().says("JOIN tea alice", "MSG tea hello", "DM alice note")
        alice.hears("INFO joined room tea", "MSG tea alice hello", "DM alice note")
        server.process.kill()
    with Server(tmp_path, fresh=True) as server:
        alice = server.caller().says("JOIN tea alice", "HISTORY", "SEARCH hello", "HISTORY @alice")
        assert words(alice.heard(7)) == ["hello", "hello", "note"]
        assert "history in chat.sqlite: 2 messages in 2 rooms, " in server.log
        alice.says("STAMPS on", "MSG tea again")
        assert alice.heard(2)[1].startswith("@2 ")


def test_the_file_says_what_is_replayed_and_kept(tmp_path: Path) -> None:
    """The table [history]."""
    with Server(tmp_path) as server:
        alice = server.caller().says("JOIN tea alice", *[f"MSG tea {n}" for n in range(9)])
        alice.heard(10)
    (tmp_path / "chat.toml").write_text("[history]\nreplay = 2\nkeep_messages = 5\nkeep = '1d'\n")
    with Server(tmp_path, *LOCAL, "0", "--config", "chat.toml") as server:
        alice = server.caller().says("JOIN tea alice")
        alice.hears("INFO joined room tea", "MSG tea alice 7", "MSG tea alice 8")
        bob = server.caller().says("LOGIN bob", "JOIN tea", "PING")
        bob.hears("OK", "OK", "MSG alice 7", "MSG alice 8", "PONG")

        def kept() -> list[str]:
            bob.says("HISTORY", "PING done")
            lines: list[str] = []
            while lines[-1:] != ["PONG done"]:
                lines += bob.heard(1)
            return words(lines)

        until(lambda: kept() == ["4", "5", "6", "7", "8"], "forgetting")


def newer(folder: Path) -> None:
    with Server(folder):
        pass
    with closing(sqlite3.connect(folder / "chat.sqlite")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


@pytest.mark.parametrize("mode", [["--nodaemon"], ["--logfile=chat.log"]])
@pytest.mark.parametrize(
    ("make", "store", "reason"),
    [
        (newer, "sqlite:///chat.sqlite", r"chat\.sqlite: written by a newer version of the chat"),
        (
            lambda folder: (folder / "x.sqlite").write_text("x" * 5000),
            "sqlite:///x.sqlite",
            r"x\.sqlite: .+ \(choose another --store\)",
        ),
        (
            lambda _: None,
            "sqlite:///no/such/folder.sqlite",
            r"no/such/folder\.sqlite: there is no folder /.+/no/such: make it first",
        ),
        (
            lambda _: None,
            "postgresql://chat:secret@127.0.0.1:1/chat",
            r"postgresql://chat:\*\*\*@127\.0\.0\.1:1/chat: .",
        ),
    ],
)
def test_a_store_that_cannot_be_opened_says_so_in_one_line(
    tmp_path: Path, mode: list[str], make: Any, store: str, reason: str
) -> None:
    """In the log, with exit status 1, without a traceback and without a password."""
    make(tmp_path)
    done = twistd(tmp_path, *mode, "chat", *LOCAL, "0", "--store", store)
    log = tmp_path / "chat.log"
    logged = log.read_text() if log.exists() else done.stdout + done.stderr
    assert done.returncode == 1
    assert len(re.findall(reason, logged)) == 1
    assert "Traceback" not in logged + done.stdout + done.stderr
    assert "secret" not in logged + done.stdout + done.stderr


def test_a_second_server_on_the_same_store_is_refused(tmp_path: Path) -> None:
    """In one line, while the first goes on and the tools work beside it; not after a crash."""
    store = f"sqlite:///{tmp_path}/chat.sqlite"
    with Server(tmp_path) as server:
        alice = server.caller().says("LOGIN alice").hears("OK")
        done = twistd(tmp_path, "--nodaemon", "--pidfile=", "chat", *LOCAL, "0", "--store", store)
        assert done.returncode == 1
        said = [line for line in done.stdout.splitlines() if "another server is using it" in line]
        assert len(said) == 1
        assert f"(process {server.process.pid}): stop that one first" in said[0]
        assert "Traceback" not in done.stdout + done.stderr
        alice.says("MSG hi").says("PING").hears("PONG")
        for words in (["backup", "copy.sqlite"], ["export", "all.jsonl"], ["import", "all.jsonl"]):
            assert program("chat.history", tmp_path, *words).returncode == 0
        assert program("chat.admin", tmp_path, "ban", "eve").returncode == 0
        server.process.kill()
    with Server(tmp_path) as server:
        server.caller().says("LOGIN alice", "HISTORY").heard(2)
        server.stop()
    assert not (tmp_path / "chat.sqlite.lock").exists()


def test_a_lock_of_another_program_is_told_and_waited_out(tmp_path: Path) -> None:
    """Senders hear not-stored after a few seconds, nobody hears the message; then it works."""
    with Server(tmp_path) as server:
        alice = server.caller().says("JOIN tea alice", "MSG tea 1")
        alice.hears("INFO joined room tea", "MSG tea alice 1")
        bob = server.caller().says("LOGIN bob", "JOIN tea").hears("OK", "OK")
        alice.hears("INFO bob joined tea")
        with closing(sqlite3.connect(tmp_path / "chat.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            alice.says("MSG tea lost").hears(NOT_STORED)
            assert time.monotonic() - began < STALL_SECONDS + 1
            alice.says("PING").hears("PONG").says("HISTORY")
            assert words(alice.heard(2)) == ["1"]
        alice.says("MSG tea 2").hears("MSG tea alice 2")
        bob.hears("MSG alice 2")
        assert server.log.count(FAILED) == server.log.count(WORKS) == 1


@pytest.fixture
def database() -> Iterator[Postgres]:
    """A PostgreSQL for this test alone, which may be stopped."""
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    server = Postgres(folder)
    yield server
    server.signal(signal.SIGCONT)
    server.remove()


def test_a_database_that_hangs_or_is_started_anew_is_waited_out(
    tmp_path: Path, database: Postgres
) -> None:
    """Senders hear not-stored within seconds; what nobody has heard is not in the history; the
    chat goes on by itself when the database does; and the end is quick though it hangs."""
    url = database.database()
    with Server(tmp_path, *LOCAL, "0", "--store", url, fresh=True) as server:
        alice = server.caller().says("JOIN tea alice", "MSG tea 1")
        alice.hears("INFO joined room tea", "MSG tea alice 1")
        database.signal(signal.SIGSTOP)
        began = time.monotonic()
        alice.says("MSG tea lost").hears(NOT_STORED)
        assert time.monotonic() - began < QUERY_SECONDS + 3
        database.signal(signal.SIGCONT)
        says_until_heard(alice, "2")
        database.stop()
        alice.says("MSG tea lost too").hears(NOT_STORED)
        alice.says("HISTORY").hears(
            "ERROR the history can't be read just now: try again in a moment"
        )
        database.start()
        says_until_heard(alice, "3")
        alice.says("HISTORY")
        assert words(alice.heard(4)) == ["1", "2", "3"]
        assert server.log.count(FAILED) == server.log.count(WORKS) == 2
        database.signal(signal.SIGSTOP)
        alice.says("MSG tea 4")
        assert server.stop() < 5
        assert "Traceback" not in server.log, server.log[-6000:]


def says_until_heard(who: Caller, text: str) -> None:
    """Say it, again where it could not be stored."""
    while who.says(f"MSG tea {text}").heard(1) == [NOT_STORED]:
        pass
