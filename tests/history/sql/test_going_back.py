"""docs/upgrading.md, followed word for word: what it has an operator type is what is run here.

What can't be had in a test stands for itself: `pip` installs nothing, and `systemctl start` brings
the store up to the version that is installed then, as the server does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat.history.sql.flavours import of
from chat.history.sql.migrations import KNOWN
from chat.history.sql.upgrade import upgrade
from tests.history.sql.test_upgrade import asked
from tests.history.tools.shell import url
from tests.postgres import Postgres

PROJECT = Path(__file__).parent.parent.parent.parent
BLOCKS = re.findall(r"```sh\n(.*?)```", (PROJECT / "docs" / "upgrading.md").read_text(), re.DOTALL)
FORWARD, BACK, POSTGRES_FORWARD, POSTGRES_BACK = BLOCKS

OLD, NEW = KNOWN[-2:]

SHELL = """
set -eu
pip() { test "$*" = "install --upgrade ."; }
twistd() { test "$*" = --help; }
systemctl() {
    case "$1" in
        stop) ;;
        *) test "$2" = chat; "$PYTHON" -m tests.history.sql.test_going_back "$STORE" "$VERSION" ;;
    esac
}
"""


def follow(block: str, folder: Path, store: str, version: str, **env: str) -> None:
    """Type what stands in a block. version: what is installed by it."""
    for written, here in {
        "runuser -u chat -- ": "",
        "-o chat -g chat ": "",
        "/opt/chat/bin/pip": "pip",
        "/opt/chat/bin/twistd": "twistd",
        "/opt/chat/bin/python": sys.executable,
        "/etc/chat/": f"{folder}/",
        "/var/lib/chat": str(folder),
    }.items():
        block = block.replace(written, here)
    environ = {**os.environ, "PYTHON": sys.executable, "STORE": store, "VERSION": version, **env}
    done = subprocess.run(
        ["sh", "-c", SHELL + block], cwd=PROJECT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_store_in_sqlite_goes_forward_and_back(tmp_path: Path) -> None:
    """With what was said before; what was said since is put aside."""
    path = tmp_path / "chat.sqlite"
    (tmp_path / "chat.toml").write_text(f'[history]\nstore = "{url(path)}"\n')
    upgrade(of(url(path)), OLD)
    room = "INSERT INTO rooms (key, name, first, last) VALUES ('{0}', '{0}', 1, 0)"
    asked(path, room.format("before"))
    follow(FORWARD, tmp_path, url(path), NEW)
    assert asked(path, "SELECT version_num FROM alembic_version") == [(NEW,)]
    assert (tmp_path / f"chat.sqlite.before-{NEW}").exists()
    asked(path, room.format("since"))
    follow(BACK, tmp_path, url(path), OLD)
    assert asked(path, "SELECT version_num FROM alembic_version") == [(OLD,)]
    assert asked(path, "SELECT key FROM rooms") == [("before",)]
    kept = asked(tmp_path / "newer" / "chat.sqlite", "SELECT key FROM rooms")
    assert kept == [("before",), ("since",)]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def database(postgres: Postgres) -> str:
    """One that is called as in the document."""
    for name in ("chat", "chat_newer"):
        postgres.ask(f"DROP DATABASE IF EXISTS {name}")
    postgres.ask("CREATE DATABASE chat")
    return f"postgresql://chat@/chat?host={postgres.folder}"


def test_a_store_in_postgresql_goes_forward_and_back(
    postgres: Postgres, database: str, tmp_path: Path
) -> None:
    """With its own tools."""
    env = {"PGHOST": str(postgres.folder), "PGUSER": "chat"}
    env["PATH"] = f"{postgres.programs}:{os.environ['PATH']}"
    upgrade(of(database), OLD)
    room = "INSERT INTO rooms (key, name, first, last) VALUES ('{0}', '{0}', 1, 0)"
    postgres.ask(room.format("before"), database)
    dump = str(tmp_path / "before-upgrade.dump")
    forward, back = (
        block.replace("before-upgrade.dump", dump) for block in (POSTGRES_FORWARD, POSTGRES_BACK)
    )
    follow(forward, tmp_path, database, NEW, **env)
    assert postgres.ask("SELECT version_num FROM alembic_version", database) == [(NEW,)]
    postgres.ask(room.format("since"), database)
    follow(back, tmp_path, database, OLD, **env)
    assert postgres.ask("SELECT version_num FROM alembic_version", database) == [(OLD,)]
    assert postgres.ask("SELECT key FROM rooms", database) == [("before",)]


if __name__ == "__main__":
    upgrade(of(sys.argv[1]), sys.argv[2])
