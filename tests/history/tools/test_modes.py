"""The command lines: whatever holds people's messages is its owner's alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.admin.__main__ import main as admin
from chat.history.sql.flavours import of
from chat.history.sql.upgrade import upgrade
from tests import commandline
from tests.history.tools.shell import good, make_accounts, moderate, url


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """Others may read whatever a program makes and does not care about."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The modes that files in the test's folder had when they were made."""
    modes: set[int] = set()
    make = os.open

    def watched(path: str, flags: int, mode: int = 0o777, **more: int | None) -> int:
        made = make(path, flags, mode, **more)
        if flags & os.O_CREAT:
            modes.add(stat.S_IMODE(os.fstat(made).st_mode))
        return made

    monkeypatch.setattr(os, "open", watched)
    return modes


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_what_is_written_is_its_owners_alone(spoken: Path, seen: set[int]) -> None:
    """Exports, audit logs, backups, copies, and what is beside them: from the first byte on,
    whatever the umask is and whoever may read the store."""
    make_accounts(spoken)
    moderate(spoken)
    spoken.chmod(0o644)
    before = set(modes(spoken.parent))
    folder, store = spoken.parent, url(spoken)
    good("export", folder / "all.jsonl", "--store", store)
    good("export", "--format", "text", folder / "all.txt", "--store", store)
    good("backup", folder / "backup.sqlite", "--store", store)
    good("copy", store, url(folder / "copied.sqlite"))
    good("import", folder / "all.jsonl", "--store", url(folder / "imported.sqlite"))
    for words in (["export", "alice", "alice.jsonl"], ["audit", "audit"], ["audit", "--json", "j"]):
        *words, name = words
        ran = commandline.run(admin, *words, folder / name, "--store", store)
        assert ran.status == 0, ran.err
    made = {name: mode for name, mode in modes(folder).items() if name not in before}
    assert len(made) >= 8
    assert set(made.values()) == seen == {0o600}


def test_the_copy_before_an_upgrade_is_its_owners_alone(tmp_path: Path) -> None:
    """Also where others could read the store of the version before."""
    path = tmp_path / "chat.sqlite"
    upgrade(of(url(path)), "0003")
    path.chmod(0o644)
    upgrade(of(url(path)))
    assert [mode for name, mode in modes(tmp_path).items() if "before" in name] == [0o600]


@pytest.mark.parametrize(
    ("mode", "is_warned"), [(0o644, True), (0o640, True), (0o600, False), (None, False)]
)
def test_who_writes_to_a_file_of_others_is_warned(
    spoken: Path, mode: int | None, is_warned: bool
) -> None:
    """As the shell has made the file, and not this program; a pipe is nobody's to read."""
    command = [sys.executable, "-m", "chat.history", "export", "--store", url(spoken)]
    target = spoken.parent / "all.jsonl"
    if mode is None:
        ran = subprocess.run(command, capture_output=True, check=True)
    else:
        target.touch(mode)
        with target.open("wb") as file:
            ran = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=True)
    assert (b"others can read the file" in ran.stderr) is is_warned
