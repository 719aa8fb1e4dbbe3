"""One server for each store: a second one is refused, and nothing is left of one that crashed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.history.sql import postgres as postgresql
from chat.history.sql.store import SqlStore
from chat.history.store import StoreError
from chat.history.upkeep import tenancy
from chat.history.upkeep.tenancy import Tenancy
from tests.contracts.drafts import drafts
from tests.turning import REACTOR, result

REFUSED = "another server is using it"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a server that is just ending."""
    monkeypatch.setattr(tenancy, "TENANCY_SECONDS", 0.05)
    monkeypatch.setattr(postgresql, "TENANCY_SHARED_SECONDS", 0.05)


@pytest.mark.usefixtures("hasty")
def test_a_second_server_is_refused(sqlite_url: str) -> None:
    """In one line that says what to do, until the first has ended; tools go on beside it."""
    stores = (SqlStore(sqlite_url, REACTOR, alone=alone) for alone in (True, True, False))
    first, second, tool = stores
    first.open()
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"{REFUSED}.*: stop that one first, or") as refused:
            second.open()
        assert "\n" not in str(refused.value)
    tool.open()
    for store in (tool, first):
        assert len(result(store.append(drafts("tea", "hi")))) == 1
        result(store.close())
    second.open()
    result(second.close())


@pytest.mark.usefixtures("hasty")
def test_where_several_servers_may_write_the_log_says_so(
    postgres_url: str, logged: list[str]
) -> None:
    """Once, at the second; both write."""
    first, second = (SqlStore(postgres_url, REACTOR, alone=True) for _ in range(2))
    first.open()
    assert not [line for line in logged if REFUSED in line]
    second.open()
    numbers = [result(store.append(drafts("tea", "hi")))[0].number for store in (first, second)]
    assert numbers == [1, 2]
    assert len([line for line in logged if REFUSED in line]) == 1
    for store in (first, second):
        result(store.close())


@pytest.mark.usefixtures("hasty")
def test_no_other_way_leads_to_the_same_file(tmp_path: Path, sqlite_url: str) -> None:
    """A link, a path with dots, another folder to start from: it is the same file."""
    path = tmp_path / "chat.sqlite"
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    first = Tenancy(path)
    first.begin()
    for other in ("link", "folder/chat.sqlite", "folder/link"):
        with pytest.raises(StoreError, match=REFUSED):
            Tenancy(tmp_path / other).begin()
    first.end()
    assert not (tmp_path / "chat.sqlite.lock").exists()


HOLDER = """
import sys
from pathlib import Path
from chat.history.upkeep.tenancy import Tenancy
held = Tenancy(Path(sys.argv[1]))
held.begin()
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[bytes]:
    """Another process that has a file to itself."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "chat.sqlite")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline()
    return process


def test_a_crash_leaves_no_lock_behind(
    tmp_path: Path, holder: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may be there, the lock is not; until then it says whose it is."""
    mine = Tenancy(tmp_path / "chat.sqlite")
    monkeypatch.setattr(tenancy, "TENANCY_SECONDS", 0.05)
    with pytest.raises(StoreError, match=rf"{REFUSED} \(process {holder.pid}\)"):
        mine.begin()
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert (tmp_path / "chat.sqlite.lock").exists()
    mine.begin()
    mine.end()


def test_a_server_that_ends_is_waited_for(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    """A restart does not have to look when the one before has gone."""
    mine = Tenancy(tmp_path / "chat.sqlite")
    threading.Timer(0.1, holder.kill).start()
    mine.begin()
    mine.end()
    holder.communicate()


@pytest.mark.usefixtures("hasty")
def test_a_lock_that_was_removed_is_made_again(tmp_path: Path) -> None:
    """`rm chat.sqlite*` while a server runs lets no other one in, once it has looked."""
    mine = Tenancy(tmp_path / "chat.sqlite")
    mine.begin()
    (tmp_path / "chat.sqlite.lock").unlink()
    mine.begin()
    with pytest.raises(StoreError, match=REFUSED):
        Tenancy(tmp_path / "chat.sqlite").begin()
    mine.end()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lock: lock.mkdir(),
        lambda lock: lock.symlink_to("/etc/passwd"),
        lambda lock: lock.parent.rmdir(),
    ],
)
def test_a_lock_that_can_not_be_made_is_told(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    """In one line, which names it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    spoil(folder / "chat.sqlite.lock")
    with pytest.raises(StoreError, match=r"chat\.sqlite\.lock: .* \(.*\)") as refused:
        Tenancy(folder / "chat.sqlite").begin()
    assert "\n" not in str(refused.value)


def test_where_there_are_no_locks_the_log_says_so(
    tmp_path: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some networks' disks: the server starts all the same."""

    def unlockable(*_: object) -> None:
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(tenancy.fcntl, "flock", unlockable)
    mine = Tenancy(tmp_path / "chat.sqlite")
    mine.begin()
    assert "can't be told" in logged[-1]
    mine.end()
