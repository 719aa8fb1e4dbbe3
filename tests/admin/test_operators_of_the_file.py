"""Operators by the server's file, as the tool shows them and what it says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.admin.__main__ import main
from tests import commandline
from tests.commandline import Ran
from tests.stored import Chat

FILE = """\
[server]
host = "127.0.0.1"
[accounts]
# operators = ["carol"]
operators = [
    "Olga",  # "alice" was one, too
    'bob',
    "nobody",
]
"""


@pytest.fixture
def chat(sqlite_url: str) -> Iterator[Chat]:
    """A store with accounts: olga and bob are named by the file, bob and carol made operators."""
    chat = Chat(sqlite_url)
    for name in ("olga", "bob", "carol", "alice"):
        chat.accounts.create(chat.link, name, name.title(), "hash", 5)
    chat.does("operator", "bob")
    chat.does("operator", "carol")
    yield chat
    chat.link.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The server's file."""
    path = tmp_path / "chat.toml"
    path.write_text(FILE)
    return str(path)


def ran(chat: Chat, file: str, *words: str) -> Ran:
    return commandline.run(main, *words, "--store", chat.url, "--config", file)


def test_all_operators_are_shown_and_what_makes_them_so(chat: Chat, file: str) -> None:
    """In the list of accounts and in one of their own; a name without an account is told of."""
    told = (
        f"chat.admin: nobody is named an operator by {file}, line 8, and is no account yet: see "
        "`create`\n"
    )
    listed = ran(chat, file, "list")
    states = [line.partition("rooms")[2].strip() for line in listed.out.splitlines()]
    assert states == [
        "",
        f"operator (store; {file}, line 7)",
        "operator (store)",
        f"operator ({file}, line 6)",
    ]
    operators = ran(chat, file, "operators")
    assert operators.out.splitlines() == listed.out.splitlines()[1:]
    assert listed.err == operators.err == told
    shown = [json.loads(line) for line in ran(chat, file, "operators", "--json").out.splitlines()]
    assert [(each["name"], each["operator_by"]) for each in shown] == [
        ("Bob", ["store", f"{file}, line 7"]),
        ("Carol", ["store"]),
        ("Olga", [f"{file}, line 6"]),
    ]
    exported = ran(chat, file, "export", "olga").out.splitlines()
    assert json.loads(exported[0])["operator"] is True


def test_without_the_file_it_is_said_that_it_is_not_known(chat: Chat) -> None:
    """Nobody takes what is shown for all."""
    assert "see --config" in chat.admin("operators").err
    assert "see --config" in chat.admin("operator", "carol", "--off").err


@pytest.mark.parametrize(("name", "line"), [("olga", 6), ("BOB", 7)])
def test_whom_the_file_names_is_taken_out_there(
    chat: Chat, file: str, name: str, line: int
) -> None:
    """The tool says where, and changes nothing."""
    before = (chat.records(), chat.log())
    refused = ran(chat, file, "operator", name, "--off")
    assert refused.status == 1
    assert refused.err == (
        f"chat.admin: {name.title()} is an operator by [accounts] operators in {file}, line {line}:"
        " remove the name there, and restart the server\n"
    )
    assert (chat.records(), chat.log()) == before
    assert ran(chat, file, "operator", "carol", "--off").err == "chat.admin: Carol is no operator\n"


def test_who_becomes_an_operator_by_the_file_is_told_of(chat: Chat, file: str) -> None:
    """As soon as there is the account; and that the name stands there after it is deleted."""
    made = ran(chat, file, "create", "nobody", "--no-password")
    assert made.err == f"chat.admin: nobody is an account, and an operator by {file}, line 8\n"
    deleted = ran(chat, file, "delete", "nobody", "--yes")
    assert f"{file}, line 8 names nobody an operator: remove the name there" in deleted.err


@pytest.mark.parametrize(("kind", "name"), [("ban", "olga"), ("mute", "carol")])
def test_what_does_not_hold_an_operator_is_said_not_to(
    chat: Chat, file: str, kind: str, name: str
) -> None:
    """When it is imposed, and in the list."""
    for words in ([kind, name], [f"{kind}s"]):
        err = ran(chat, file, *words).err
        assert f"{name} is an operator (" in err
        assert f": no {kind} holds as long as that is so" in err
    assert "operator" not in ran(chat, file, kind, "alice").err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[accounts]\noperators = ["bob", "olga"]', ", line 2"),
        ("accounts.operators=['OLGA']", ", line 1"),
        ('accounts = {rejoin = true, operators = ["olga"]}', ", line 1"),
        ('[accounts]\r\n\r\n"operators" = [ # "olga"\r\n"olga" ]\r\n', ", line 4"),
        ('[accounts]\noperators = ["\\u006flga"]', ""),
    ],
)
def test_the_line_is_found_however_it_is_written(
    chat: Chat, tmp_path: Path, text: str, line: str
) -> None:
    """Where it can't be found the file alone is named."""
    path = tmp_path / "other.toml"
    path.write_text(text)
    refused = ran(chat, str(path), "operator", "olga", "--off")
    assert f"operators in {path}{line}:" in refused.err
