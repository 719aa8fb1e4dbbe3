"""A PostgreSQL of one's own, from whatever there is on the machine, gone when it is not needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg

NOBODY = 65534
"""PostgreSQL does not run as root: then it runs as nobody."""

INITDB = ("-A", "trust", "-U", "chat", "-E", "UTF8", "--locale=C", "--no-sync")

SETTINGS = {
    "listen_addresses": "",
    "max_connections": 50,
    # The machine will not crash, and if it does nobody misses the data.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


def programs() -> Path | None:
    """The folder of the newest PostgreSQL here that is a server."""
    found = [Path(path).parent for path in [shutil.which("postgres")] if path]
    packaged = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    found += [path.parent for path in sorted(packaged, key=lambda p: float(p.parts[-3]))]
    complete = [folder for folder in found if (folder / "initdb").exists()]
    return complete[-1] if complete else None


class Postgres:
    """A server on a Unix socket in a folder of its own. programs: where its programs are."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._names = (f"chat{number}" for number in count())
        self.programs = programs
        self._as: dict[str, int] = {}
        if os.getuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY}
        subprocess.run(
            [programs / "initdb", "-D", self.folder / "data", *INITDB],
            check=True,
            cwd=self.folder,
            capture_output=True,
            **self._as,
        )
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", "data", "-k", self.folder, *options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._as,
            )
        while True:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            with suppress(psycopg.OperationalError):
                self.ask("SELECT 1")
                return

    def database(self, how: str = "") -> str:
        """The URL of a new, empty database, made in a certain way."""
        name = next(self._names)
        self.ask(f"CREATE DATABASE {name} {how}")
        return f"postgresql://chat@/{name}?host={self.folder}"

    def ask(self, sql: str, url: str = "") -> list[tuple[object, ...]]:
        """What a statement answers, in a database or in the server's own."""
        url = url or f"postgresql://chat@/postgres?host={self.folder}"
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def hang_up(self) -> None:
        """Break all connections to it."""
        self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname LIKE 'chat%'"
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        pid = self.process.pid
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                    os.kill(int(status.parts[2]), number)
        os.kill(pid, number)

    def stop(self) -> None:
        """Stop it, without waiting for anybody."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def remove(self) -> None:
        """It is not needed any more."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
