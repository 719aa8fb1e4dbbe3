"""The log file, whatever is done to it under its name: all that logrotate can do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.service import logfile
from chat.service.logfile import LogFile
from tests.reasons import IS_A_FOLDER, NO_SUCH_FILE


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    """One with a line in it."""
    file = LogFile.fromFullPath(str(tmp_path / "chat.log"))
    file.write("before\n")
    yield file
    file.close()


def text(path: Path) -> str:
    return path.read_text()


@pytest.mark.parametrize("signalled", [True, False])
@pytest.mark.parametrize("created", [True, False])
def test_where_it_was_renamed_a_new_one_is_begun(
    log: LogFile, tmp_path: Path, signalled: bool, created: bool
) -> None:
    """With SIGUSR1 or without, and whether somebody has made the new one already (`create`): every
    line from then on is there, and none in the old one."""
    at = tmp_path / "chat.log"
    at.rename(tmp_path / "old")
    if created:
        at.touch(0o640)
    if signalled:
        log.rotate()
        assert at.exists()
    log.write("after\n")
    assert (text(tmp_path / "old"), text(at)) == ("before\n", "after\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["chat.log", "old"]


def test_where_it_was_emptied_it_goes_on_at_the_beginning(log: LogFile, tmp_path: Path) -> None:
    """Copytruncate: without a hole of zeros in front."""
    shutil.copy(tmp_path / "chat.log", tmp_path / "copy")
    os.truncate(tmp_path / "chat.log", 0)
    log.write("after\n")
    assert (text(tmp_path / "copy"), text(tmp_path / "chat.log")) == ("before\n", "after\n")


def test_a_signal_alone_begins_a_new_one(log: LogFile, tmp_path: Path) -> None:
    """As Twisted promises it."""
    log.rotate()
    log.write("after\n")
    assert (text(tmp_path / "chat.log.1"), text(tmp_path / "chat.log")) == ("before\n", "after\n")


def test_left_alone_it_is_rotated_and_bounded(
    log: LogFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, when it is large; what was emptied is not large."""
    monkeypatch.setattr(logfile, "LOG_BYTES", 20)
    for number in range(30):
        log.write(f"line {number:3}\n")
    assert len(list(tmp_path.iterdir())) == 10
    assert text(tmp_path / "chat.log").endswith("line  29\n")
    before = sorted(tmp_path.iterdir())
    log.size = 1000
    os.truncate(tmp_path / "chat.log", 0)
    log.write("after\n")
    assert sorted(tmp_path.iterdir()) == before
    assert text(tmp_path / "chat.log") == "after\n"


def test_where_no_new_one_can_be_made_the_old_one_goes_on(
    log: LogFile, tmp_path: Path, logged: list[str]
) -> None:
    """And it is said so once; as soon as it can be it is."""
    at = tmp_path / "chat.log"
    at.rename(tmp_path / "old")
    at.mkdir()
    for _ in range(3):
        log.write("still\n")
    assert text(tmp_path / "old") == "before\n" + "still\n" * 3
    assert [line for line in logged if "it goes on as it was" in line] == logged[:1]
    at.rmdir()
    log.write("after\n")
    assert text(at) == "after\n"


@pytest.mark.parametrize(
    ("name", "reason"), [("no/such/chat.log", NO_SUCH_FILE), ("folder", IS_A_FOLDER)]
)
def test_a_log_that_there_can_not_be_is_told_in_one_line(
    tmp_path: Path, name: str, reason: str
) -> None:
    """The server does not start without."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(SystemExit, match=rf"--logfile .*{name}: {reason} \(may the user") as ended:
        LogFile.fromFullPath(str(tmp_path / name))
    assert "\n" not in str(ended.value)


def test_a_pipe_is_written_to_and_left_where_it_is(tmp_path: Path) -> None:
    """As /dev/stdout is in a container: it has no end to go on at, and no signal renames it."""
    at = tmp_path / "pipe"
    os.mkfifo(at)
    reader = os.open(at, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile.fromFullPath(str(at))
    log.write("one\n")
    log.rotate()
    log.write("two\n")
    log.close()
    assert os.read(reader, 100) == b"one\ntwo\n"
    os.close(reader)
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_pipe_that_nobody_reads_is_not_waited_for(log: LogFile, tmp_path: Path) -> None:
    """One line at the start; and where it comes later the log goes on in the file from before."""
    at = tmp_path / "chat.log"
    at.rename(tmp_path / "old")
    os.mkfifo(at)
    log.write("after\n")
    assert text(tmp_path / "old") == "before\nafter\n"
    with pytest.raises(SystemExit, match=r"--logfile .*chat\.log: "):
        LogFile.fromFullPath(str(at))
