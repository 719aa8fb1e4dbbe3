"""The command line of the history: export."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat.history.tools import export
from chat.history.tools.room_keys import place_of, shown_key
from tests.history.tools.shell import (
    draft,
    forget,
    good,
    refusal,
    run,
    say,
    told,
    url,
)
from tests.reasons import FILE_EXISTS


def test_an_export_is_a_line_of_json_for_each_message(spoken: Path) -> None:
    """All rooms, in the order in which it was said; a token where there is one."""
    first, second, third, fourth = good("export", "--store", url(spoken)).splitlines()
    assert first == (
        '{"room":"lobby","name":"Lobby","number":1,"at":1777863721000,"user":"alice","text":"hello"}'
    )
    assert json.loads(second)["token"] == "bob t-1"
    assert json.loads(third)["number"] == 2
    assert json.loads(fourth)["room"] == "@alice@bob"


def test_an_export_for_people_can_be_read(spoken: Path) -> None:
    """Time, room, number, who, what."""
    assert good("export", "--format", "text", "--store", url(spoken)).splitlines() == [
        "2026-05-04T03:02:01.000Z Lobby 1 alice: hello",
        "2026-05-04T03:02:01.001Z tea 1 bob: Grüße",
        "2026-05-04T03:02:02.234Z Lobby 2 Bob: hi alice",
        "2026-05-04T03:02:03.000Z @alice@bob 1 alice: psst",
    ]


@pytest.mark.parametrize(
    ("room", "texts"),
    [("#LOBBY", ["hello", "hi alice"]), ("ｔｅａ", ["Grüße"]), ("@Bob@alice", ["psst"])],
)
def test_one_room_is_named_as_people_write_it(spoken: Path, room: str, texts: list[str]) -> None:
    """With or without #, in any case and width; a conversation by its two names."""
    exported = good("export", "--room", room, "--store", url(spoken)).splitlines()
    assert [json.loads(line)["text"] for line in exported] == texts


@pytest.mark.parametrize("room", ["jam", "@alice@carol", "@alice", "", "two words", "@@"])
def test_an_unknown_room_is_an_error(spoken: Path, room: str) -> None:
    """One line says so, and nothing is written."""
    ran = run("export", "--room", room, "--store", url(spoken))
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert room in ran.err


def test_the_servers_file_says_where_the_history_is(spoken: Path, tmp_path: Path) -> None:
    """As it says so to the server; --store wins."""
    file = tmp_path / "chat.toml"
    file.write_text(f'[history]\nstore = "{url(spoken)}"\n')
    assert good("export", "--config", file) == good("export", "--store", url(spoken))
    nowhere = url(tmp_path / "nowhere")
    assert "no such file" in refusal("export", "--config", file, "--store", nowhere)
    file.write_text("[history]\nstores = 1\n")
    assert "[history] stores: unknown key: is it `store`?" in refusal("export", "--config", file)


def test_an_export_goes_page_by_page(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it writes does not depend on their size."""
    whole = good("export", "--store", url(spoken))
    monkeypatch.setattr(export, "PAGE", 1)
    assert good("export", "--store", url(spoken)) == whole


def test_an_export_is_of_one_moment(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said and forgotten meanwhile leaves no hole in it."""
    say(store, *(draft("tea", "alice", str(number)) for number in range(1, 10)))
    monkeypatch.setattr(export, "PAGE", 2)

    class Slow(io.BytesIO):
        def write(self, written: Any) -> int:
            if not self.tell():
                say(store, draft("tea", "bob", "meanwhile"))
                forget(store, "tea", 3)
            return super().write(written)

    exported = run("export", "--store", url(store), out=Slow()).out.splitlines()
    assert [json.loads(line)["number"] for line in exported] == list(range(1, 10))


def test_who_watches_is_told_how_much_was_written(spoken: Path, tmp_path: Path) -> None:
    """At a terminal what went well is summed up; where nobody watches cron would mail it."""
    for watched, summed in ((True, "chat.history: 4 messages written\n"), (False, "")):
        file = tmp_path / f"{watched}.jsonl"
        ran = run("export", file, "--store", url(spoken), watched=watched)
        assert (ran.status, ran.out, ran.err) == (0, "", summed)


def test_an_export_to_a_file_overwrites_none(spoken: Path, tmp_path: Path) -> None:
    """An archive is not lost to a slip of the hand."""
    file = tmp_path / "all.jsonl"
    assert told("export", file, "--store", url(spoken)) == ""  # as cron runs it
    exported = file.read_text()
    assert exported == good("export", "-", "--store", url(spoken))
    say(spoken, draft("tea", "alice", "more"))
    assert refusal("export", file, "--store", url(spoken)) == f"{file}: {FILE_EXISTS}"
    assert file.read_text() == exported


def test_an_export_that_was_broken_off_leaves_no_file(
    spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is there is whole."""

    def stop(_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_for_people", stop)
    file = tmp_path / "all.txt"
    assert refusal("export", "--format", "text", file, "--store", url(spoken)) == "interrupted"
    assert not file.exists()


def test_whoever_reads_an_export_may_go(store: Path) -> None:
    """As head does, with its first line: nothing is told about it."""
    say(store, *(draft("tea", "alice", "x" * 1000) for _ in range(2000)))
    command = [sys.executable, "-m", "chat.history", "export", "--store", url(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_one_of_two_rooms_is_exported_by_its_key(moderated: Path, other: Path) -> None:
    """With what there is about that room, and nothing about the other one."""
    said = refusal("export", "--room", "Tea", "--store", url(moderated))
    assert said == "there are 2 rooms Tea: say tea/0 or tea/1"
    lines = good("export", "--room", "TEA/1", "--store", url(moderated)).splitlines()
    kept, audit, said_there = (json.loads(line) for line in lines)
    assert kept["kept"]["key"] == audit["audit"]["room"] == said_there["room"] == "tea\x1f1"
    first = good("export", "--room", "tea/0", "--store", url(moderated))
    assert "public" not in first
    assert "noise" in first
    good("import", "--store", url(other), stdin="\n".join(lines).encode())
    assert json.loads(good("export", "--room", "tea", "--store", url(other)).splitlines()[-1])


@pytest.mark.parametrize("key", ["tea", "tea\x1f1", "tea\x1f23", "@alice@bob"])
def test_a_key_can_be_written_and_read(key: str) -> None:
    """As an operator types it, where several rooms have a name."""
    many = 1 if key[0] == "@" else 2
    assert [place_of(each).key for each in (key, shown_key(key), shown_key(key, many))] == [key] * 3


def test_what_is_hidden_is_not_in_a_text_for_people(moderated: Path) -> None:
    """It is for reading, and may be shown around."""
    exported = good("export", "--format", "text", "--store", url(moderated))
    assert [line.split(": ")[1] for line in exported.splitlines()] == [
        "hello",
        "more noise",
        "public",
    ]
