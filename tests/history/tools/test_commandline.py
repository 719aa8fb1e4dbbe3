"""The command line of the history: its commands, and what can go wrong with all of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.history.tools.shell import good, refusal, run, url
from tests.reasons import NO_SUCH_FILE

COMMANDS = [("export", "--store"), ("backup", "copied", "--store"), ("copy",)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A wrong name is told, and leaves no empty file behind."""
    target = [url(tmp_path / "target")] if command == ("copy",) else []
    words = [tmp_path / word if word == "copied" else word for word in command]
    said = refusal(*words, url(tmp_path / "nowhere.sqlite"), *target)
    named = "" if command == ("copy",) else " (named by --store)"
    assert said == f"{tmp_path / 'nowhere.sqlite'}: there is no such file{named}"
    assert list(tmp_path.iterdir()) == []


def test_it_is_told_what_has_named_a_store_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line, the server's file, or nothing but the folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat.toml").write_text('[history]\nstore = "sqlite:///kept.sqlite"')
    (tmp_path / "empty.toml").write_text("")
    by_file = refusal("export", "--config", "chat.toml")
    assert by_file == "kept.sqlite: there is no such file (named by [history] store in chat.toml)"
    by_word = refusal("export", "--config", "chat.toml", "--store", "sqlite:///said.sqlite")
    assert by_word == "said.sqlite: there is no such file (named by --store)"
    for options in ([], ["--config", "empty.toml"]):
        by_nothing = refusal("export", *options)
        assert by_nothing.startswith("chat.sqlite: there is no such file (the default, in this")


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        ("memory:", "memory: is gone with its server"),
        ("mysql://a/b", "is no URL of a store: it is memory:, sqlite:///FILE or"),
        ("postgresql://u:secret@h:port/x", "postgresql://u:***@h:port/x is no URL of a store"),
        ("postgresql://chat:secret@127.0.0.1:1/chat", "postgresql://chat:***@127.0.0.1:1/chat: "),
        ("sqlite:////nowhere/chat.sqlite", "/nowhere/chat.sqlite: "),
    ],
)
@pytest.mark.parametrize("command", ["export", "import"])
def test_a_database_that_can_not_be_reached_is_told(
    command: str, database: str, reason: str
) -> None:
    """In one line, without its password."""
    said = refusal(command, "--store", database)
    assert reason in said
    assert "secret" not in said


@pytest.mark.parametrize("command", [*COMMANDS, ("import", "--store")])
@pytest.mark.parametrize("content", [b"", b"no database " * 999])
def test_a_file_that_is_no_history_is_told(
    tmp_path: Path, command: tuple[str, ...], content: bytes
) -> None:
    """Neither is it copied; an empty one becomes one when something is imported."""
    file = tmp_path / "file"
    file.write_bytes(content)
    target = [url(tmp_path / "target")] if command == ("copy",) else []
    words = [tmp_path / word if word == "copied" else word for word in command]
    if command[0] == "import" and not content:
        good(*words, url(file))
        return
    said = refusal(*words, url(file), *target)
    assert said.startswith(f"{file}: ")
    assert ("(choose another --store)" if content else "there is no history in it") in said
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("schema", "age"), [("0001", "an older"), ("9999", "a newer")])
def test_a_history_of_another_version_is_not_misread(
    spoken: Path, other: Path, schema: str, age: str
) -> None:
    """It is told, and left as it is; a backup can be made all the same."""
    with closing(sqlite3.connect(spoken, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    assert f"written by {age} version of the chat (schema {schema}" in refusal(
        "export", "--store", url(spoken)
    )
    good("backup", other, "--store", url(spoken))


def test_an_error_is_one_line(tmp_path: Path) -> None:
    """Whatever its file is called."""
    assert f"two lines: {NO_SUCH_FILE}" in refusal("import", tmp_path / "two\nlines")


@pytest.mark.parametrize("command", ["", "backup", "export", "import", "copy"])
def test_every_command_has_its_help(command: str) -> None:
    """--help tells what there is, and is no error."""
    ran = run(*filter(None, [command]), "--help")
    assert ran.status == 0
    assert f"python -m chat.history {command}" in ran.out


@pytest.mark.parametrize("words", ["", "what", "export --format xml", "copy a", "backup"])
def test_a_command_line_that_makes_no_sense_is_refused(words: str) -> None:
    """With exit status 2, as every program does."""
    ran = run(*words.split())
    assert ran.status == 2
    assert "python -m chat.history" in ran.err
