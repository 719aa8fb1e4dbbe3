"""The operators' tool beside a server that runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from chat.vocabulary.limits import ERASE_SECONDS
from tests.integration.server import Server, program, until
from tests.integration.test_twistd import LOCAL
from tests.people import Caller

SECRET = "correct-horse-battery"
SIGNED_OUT = "ERROR your account was changed: come back with its password"


def admin(folder: Path, *words: str, stdin: str = "") -> str:
    """Run the tool in the folder of a server; what it told."""
    done = program("chat.admin", folder, *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def comes(server: Server, name: str, password: str = SECRET) -> Caller | None:
    """Somebody who has proved who it is, if that was taken for proof."""
    caller = server.caller().says(f"AUTH {name} {password}")
    return caller if caller.heard(1)[0].startswith(f"INFO you are {name}") else None


def test_a_server_takes_up_within_a_second_what_the_operator_does(tmp_path: Path) -> None:
    """An account that is made, disabled, enabled, and gets another password."""
    with Server(tmp_path) as server:
        admin(tmp_path, "create", "alice", "--stdin", stdin=f"{SECRET}\n")
        began = time.monotonic()
        alice = until(lambda: comes(server, "alice"), "the account")
        alice.says("JOIN tea").hears("INFO joined room tea")
        admin(tmp_path, "disable", "alice")
        disabled = time.monotonic()
        assert alice.hears_the_end() == [SIGNED_OUT]
        assert time.monotonic() - disabled < 1.5
        assert comes(server, "alice") is None
        admin(tmp_path, "enable", "alice")
        again = until(lambda: comes(server, "alice"), "that it is enabled")
        again.says("JOIN tea").heard(1)
        admin(tmp_path, "reset", "alice", "--stdin", stdin="another-password\n")
        assert again.hears_the_end() == [SIGNED_OUT]
        assert until(lambda: comes(server, "alice", "another-password"), "the new password")
        assert time.monotonic() - began < 60
        assert "Traceback" not in server.log
        assert SECRET not in server.log


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_server_sees_a_ban_within_a_second(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """Who is here is sent out and does not come in again, until it is lifted; others stay."""
    url = "sqlite:///chat.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    store = ("--store", url)
    with Server(tmp_path, *LOCAL, "0", *store) as server:
        bob = server.caller().says("JOIN tea bob").hears("INFO joined room tea")
        carol = server.caller().says("JOIN tea carol").hears("INFO joined room tea")
        carol.says("MSG tea hi").heard(1)
        admin(tmp_path, "ban", "BOB", "--reason", "spam", *store)
        banned = time.monotonic()
        assert "you are banned from this server (spam)" in bob.hears_the_end()[-1]
        assert time.monotonic() - banned < 1.5
        carol.hears("INFO bob left tea")
        again = server.caller().says("JOIN tea bob")
        assert "you are banned from this server (spam)" in again.heard(1)[0]
        admin(tmp_path, "unban", "bob", *store)
        until(lambda: enters(server, "bob"), "that it is lifted")
        admin(tmp_path, "ban", "carol", "--room", "tea", *store)
        until(lambda: "INFO left room tea" in carol.heard(), "that she is sent out")
        assert "Traceback" not in server.log


def enters(server: Server, name: str) -> bool:
    """Whether somebody gets into a room."""
    return server.caller().says(f"JOIN jam {name}").heard(1) == ["INFO joined room jam"]


def test_a_server_sees_within_a_second_who_is_an_operator(tmp_path: Path) -> None:
    """And who is one no more; and who has got a room."""
    with Server(tmp_path) as server:
        admin(tmp_path, "create", "alice", "--stdin", stdin=f"{SECRET}\n")
        alice = until(lambda: comes(server, "alice"), "the account")
        alice.says("JOIN tea").hears("INFO joined room tea")

        def rights(verb: str) -> bool:
            """Whether she may do that."""
            return not alice.says(verb).heard(1)[0].startswith("ERROR")

        assert not rights("ANNOUNCE tea is ready")
        admin(tmp_path, "operator", "alice")
        until(lambda: rights("ANNOUNCE tea is ready"), "her rights")
        admin(tmp_path, "operator", "alice", "--off")
        until(lambda: not rights("ANNOUNCE tea is ready"), "the end of her rights")
        alice.heard()
        assert not rights("MODE tea slow 5")
        admin(tmp_path, "give", "tea", "alice", "--new")
        until(lambda: rights("MODE tea slow 5"), "that the room is hers")
        assert "Traceback" not in server.log


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_person_is_forgotten_while_others_talk(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """Who is in is signed out, nobody else waits for it, and no number is missing."""
    url = "sqlite:///chat.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with Server(tmp_path, *LOCAL, "0", "--store", url) as server:
        admin(tmp_path, "create", "alice", "--stdin", "--store", url, stdin=f"{SECRET}\n")
        alice = until(lambda: comes(server, "alice"), "the account")
        alice.says("JOIN tea", *[f"MSG tea secret {number}" for number in range(300)]).heard(301)
        bob = server.caller().says("JOIN tea bob", "DM alice hi").hears("INFO joined room tea")
        alice.hears("INFO bob joined tea", "DM bob hi")
        with subprocess.Popen(
            [sys.executable, "-m", "chat.admin", "delete", "alice", "--yes", "--store", url],
            cwd=tmp_path,
        ) as tool:
            told: list[str] = []
            longest = said = 0.0
            while tool.poll() is None:
                began = time.monotonic()
                bob.says(f"MSG tea {said:g}")
                while f"MSG tea bob {said:g}" not in told:
                    told += bob.heard(1)
                longest, said = max(longest, time.monotonic() - began), said + 1
                if said < 20:
                    alice.says("MSG tea secret meanwhile")
        assert tool.returncode == 0
        assert SIGNED_OUT in alice.hears_the_end()
        assert said > ERASE_SECONDS
        assert longest < 2
        lines = history(server)
        numbers = [int(line.split(" ")[2]) for line in lines]
        assert numbers == list(range(1, len(numbers) + 1))
        assert sum(line.endswith(" *deleted* (deleted)") for line in lines) >= 300
        assert not [line for line in lines if "secret" in line]
        assert "Traceback" not in server.log


def history(server: Server) -> list[str]:
    """All that was said in tea, by number."""
    carol = server.caller().says("JOIN tea carol")
    carol.heard(1)
    lines: list[str] = []
    while True:
        last = int(lines[-1].split(" ")[2]) if lines else 0
        carol.says(f"HISTORY tea 1000 AFTER {last}", "PING done")
        page: list[str] = []
        while page[-1:] != ["PONG done"]:
            page += carol.heard(1)
        found = [line for line in page if line.startswith("HISTORY tea")]
        if not found:
            return lines
        lines += found
