"""The units of deploy/systemd: right, in order with one another, and with few rights."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "systemd"
SERVICES = ["chat.service", "chat-backup.service"]
UNITS = [*SERVICES, "chat-backup.timer"]
EXPOSED = 3.0
"""What `systemd-analyze security` may say at the most, of 10."""


def unit(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / name)
    return parser


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd on this machine")
    return subprocess.run(
        ["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", UNITS)
def test_systemd_has_nothing_to_say_against_it(tmp_path: Path, name: str) -> None:
    """Every line of it means something."""
    for each in UNITS:
        text = (
            (FOLDER / each).read_text().replace("/opt/chat/bin", str(Path(sys.executable).parent))
        )
        (tmp_path / each).write_text(text)
    said = analyze("verify", tmp_path / name).stderr
    assert [line for line in said.splitlines() if "chat" in line] == []


@pytest.mark.parametrize("name", SERVICES)
def test_it_may_do_little(name: str) -> None:
    """As systemd counts it."""
    done = analyze("security", "--offline=true", FOLDER / name)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd can't tell")
    assert found, done.stderr
    assert float(found[1]) < EXPOSED


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_the_chats_user_with_its_folder(name: str) -> None:
    """And may write nowhere else."""
    service = unit(name)["Service"]
    assert (service["User"], service["Group"]) == ("chat", "chat")
    assert (service["WorkingDirectory"], service["StateDirectory"]) == ("/var/lib/chat", "chat")
    assert (service["ProtectSystem"], service["ProtectHome"]) == ("strict", "yes")
    assert service["ExecStart"].endswith(" --config /etc/chat/chat.toml")


def test_a_store_that_comes_late_does_not_end_the_chat() -> None:
    """It is started again until there is one, however often that is."""
    chat = unit("chat.service")
    assert "postgresql.service" in chat["Unit"]["After"].split()
    assert chat["Unit"]["StartLimitIntervalSec"] == "0"
    assert chat["Service"]["Restart"] == "on-failure"
    assert int(chat["Service"]["RestartSec"]) > 0


def test_the_timer_starts_the_backup() -> None:
    """By its name; into a folder that the service may write to; and not without end."""
    assert (FOLDER / "chat-backup.timer").exists()
    assert unit("chat-backup.timer")["Install"]["WantedBy"] == "timers.target"
    backup = unit("chat-backup.service")["Service"]
    words = backup["ExecStart"].split()
    assert words[1:4] == ["-m", "chat.history", "backup"]
    assert words[4] == backup["ReadWritePaths"]
    assert "--keep" in words
