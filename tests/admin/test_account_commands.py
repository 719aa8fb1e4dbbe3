"""The command line of the accounts: made, listed, disabled, reset, written out, forgotten."""

from __future__ import annotations

import json
import os
import pwd
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from chat.accounts.passwords import matches
from chat.admin.__main__ import main
from chat.history.room_records import Holder, Kept, Sanction
from chat.history.sql import sqlite
from chat.history.sql.flavours import of
from chat.history.sql.tables.hiding_tables import Step, Way
from chat.history.sql.upgrade import upgrade
from chat.history.store import DELETED_TEXT, DELETED_USER, StoreError
from chat.history.tools import account_admin, person
from chat.history.tools.account_admin import AccountAdmin
from chat.history.tools.shell_user import shell_user
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Said
from chat.vocabulary.limits import FORGET_MESSAGES, INDEX_MESSAGES
from chat.vocabulary.names import username
from tests import commandline
from tests.commandline import Ran
from tests.reasons import FILE_EXISTS
from tests.stored import Chat, act
from tests.terminal import at_terminal

SECRET = "correct-horse-battery"
"""A password that must be nowhere."""


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def chat(request: pytest.FixtureRequest) -> Iterator[Chat]:
    """An empty store of each kind."""
    chat = Chat(request.getfixturevalue(request.param))
    yield chat
    chat.link.close()


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Chat]:
    """An empty store in a file."""
    chat = Chat(sqlite_url)
    yield chat
    chat.link.close()


@pytest.fixture(autouse=True)
def nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server runs on it."""
    monkeypatch.setattr(account_admin, "ERASE_SECONDS", 0.0)


# --- create --------------------------------------------------------------------------------


def test_an_account_is_made_with_a_password_of_the_standard_input(chat: Chat) -> None:
    """Its first line; the hash is stored, nothing else."""
    assert chat.does("create", "Alice", "--stdin", stdin=f"{SECRET}\n".encode()) == (
        "Alice is an account"
    )
    assert matches(chat.hash("alice") or "", SECRET)
    record = chat.records()["alice"]
    assert (record.name, record.is_owned, record.is_disabled) == ("Alice", True, False)
    assert abs(record.since / 1000 - time.time()) < 60
    assert chat.refuses("create", "ALICE", "--no-password") == ("there is an account ALICE already")
    assert matches(chat.hash("alice") or "", SECRET)


def test_an_account_may_have_no_password(chat: Chat) -> None:
    """Where passwords are checked elsewhere."""
    chat.does("create", "alice", "--no-password")
    assert chat.hash("alice") is None
    assert "alice" in chat.records()


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("two words", SECRET, "a username is one word"),
        ("", SECRET, "say which username"),
        ("alice", "short", "a password is one word of 8 to 256 bytes"),
        ("alice", "two words here", "a password is one word of 8 to 256 bytes"),
        ("alice", "x" * 257, "a password is one word of 8 to 256 bytes"),
        ("alice123", "Alice123", "a password is one word of 8 to 256 bytes"),
        ("alice", "", "a password is one word of 8 to 256 bytes"),
        ("alice", "\udcff" * 9, "a password is one word of 8 to 256 bytes"),
        ("b\u043eb", SECRET, "that username looks like another one"),
    ],
)
def test_what_the_chat_would_not_take_is_refused(
    chat: Chat, name: str, given: str, reason: str
) -> None:
    """In one line; a password is not in it, and nothing was made."""
    chat.does("create", "bob", "--no-password")
    refusal = chat.refuses("create", name, "--stdin", stdin=given.encode(errors="surrogateescape"))
    if name:
        assert reason in refusal
    assert SECRET not in refusal
    assert list(chat.records()) == ["bob"]


def test_a_password_is_asked_for_only_at_a_terminal(chat: Chat) -> None:
    """Where there is none, one has to say where it comes from."""
    assert "there is no terminal" in chat.refuses("create", "alice")
    assert chat.records() == {}


class Terminal:
    """The command line at a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.heard = ""
        self._process, self._at = at_terminal([sys.executable, "-m", "chat.admin", *words])

    def asks(self, question: str) -> None:
        while question not in self.heard:
            self._listen()
        self.heard = self.heard.split(question, 1)[1]

    def types(self, line: str) -> None:
        os.write(self._at, line.encode() + b"\n")

    def _listen(self) -> None:
        assert select.select([self._at], [], [], 30)[0], self.heard
        self.heard += os.read(self._at, 4096).decode()

    def end(self) -> int:
        """The exit status."""
        with suppress(OSError):  # when nobody has it open any more
            while True:
                self._listen()
        os.close(self._at)
        return self._process.wait(30)


@pytest.mark.parametrize("again", [SECRET, "another-password"])
def test_a_password_is_asked_for_twice_and_not_shown(file: Chat, again: str) -> None:
    """Both have to be the same."""
    terminal = Terminal("create", "alice", "--store", file.url)
    terminal.asks("Password of alice: ")
    terminal.types(SECRET)
    terminal.asks("Once more: ")
    terminal.types(again)
    status = terminal.end()
    assert SECRET not in terminal.heard
    assert again not in terminal.heard
    if again == SECRET:
        assert status == 0
        assert matches(file.hash("alice") or "", SECRET)
    else:
        assert status == 1
        assert "those were two different passwords" in terminal.heard
        assert file.records() == {}


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["create"],
        ["create", "alice", SECRET],
        ["create", "alice", "--password", SECRET],
        ["create", "alice", "--stdin", "--no-password"],
        ["forget", "alice"],
    ],
)
def test_what_is_no_command_line_is_said_to_be_none(words: list[str], tmp_path: Path) -> None:
    """With exit status 2. There is no way to give a password in it."""
    assert commandline.run(main, *words).status == 2


@pytest.mark.parametrize(
    "words",
    [
        ["create", "alice", "--no-password"],
        ["list"],
        ["disable", "alice"],
        ["enable", "alice"],
        ["delete", "alice", "--yes"],
        ["reset", "alice", "--no-password"],
        ["export", "alice"],
        ["operator", "alice"],
        ["ban", "alice"],
        ["unmute", "alice"],
        ["bans"],
        ["audit"],
        ["rooms"],
        ["give", "tea", "alice"],
    ],
)
def test_a_store_that_is_not_there_or_not_of_this_version_is_refused(
    words: list[str], tmp_path: Path
) -> None:
    """None is made by a slip of the hand."""
    path = tmp_path / "nowhere.sqlite"
    ran = commandline.run(main, *words, "--store", f"sqlite:///{path}")
    assert ran.status == 1
    assert ran.err == f"chat.admin: {path}: there is no such file (named by --store)\n"
    assert not path.exists()
    upgrade(of(f"sqlite:///{path}"), "0003")
    ran = commandline.run(main, *words, "--store", f"sqlite:///{path}")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "written by an older version of the chat" in ran.err


def test_a_password_may_come_from_any_editor(chat: Chat) -> None:
    """A byte-order mark is no part of it; another encoding is refused, and nothing is made."""
    said = chat.refuses("create", "bob", "--stdin", stdin=f"{SECRET}\n".encode("utf-16"))
    assert "standard input: it is not UTF-8 but UTF-16: save it as UTF-8" in said
    chat.does("create", "bob", "--stdin", stdin=f"\ufeff{SECRET}\n".encode())
    assert matches(chat.hash("bob") or "", SECRET)


# --- list, disable, enable, reset ----------------------------------------------------------


def test_all_accounts_are_listed(chat: Chat) -> None:
    """Names that were given up are none."""
    assert chat.admin("list") == Ran(0, "", "")
    for at, name in enumerate(["bob", "Alice", "carol"]):
        chat.accounts.create(chat.link, name.lower(), name, "hash", 1_777_863_721_000 + at)
    chat.accounts.make(
        chat.link, [chat.accounts.join("alice", {"tea": "Tea", "jam": "Jam", "bun": "Bun"})]
    )
    chat.accounts.make(chat.link, [chat.accounts.leave("alice", "tea")])
    chat.accounts.make(chat.link, [chat.accounts.join("bob", {"tea": "Tea"})])
    chat.accounts.give_up(chat.link, "carol", 9)
    chat.does("disable", "bob")
    chat.does("operator", "bob")
    alice, bob = chat.does("list").splitlines()
    assert alice.split() == ["Alice", "2026-05-04T03:02:01.001Z", "2", "rooms"]
    assert bob.split()[:4] == ["bob", "2026-05-04T03:02:01.000Z", "1", "room"]
    assert bob.split()[4:] == ["disabled", "operator", "(store)"]
    alice, bob = (json.loads(line) for line in chat.does("list", "--json").splitlines())
    shown = {"name": "Alice", "since": 1_777_863_721_001, "disabled": False, "rooms": 2}
    assert alice == shown | {"operator": False, "operator_by": []}
    shown = {"name": "bob", "since": 1_777_863_721_000, "disabled": True, "rooms": 1}
    assert bob == shown | {"operator": True, "operator_by": ["store"]}


def test_a_disabled_account_has_no_password_until_it_is_enabled(chat: Chat) -> None:
    """And whoever is in has to prove anew that the name is theirs."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    before = chat.records()["alice"]
    assert chat.does("disable", "ALICE") == "ALICE is disabled"
    disabled = chat.records()["alice"]
    assert chat.hash("alice") is None
    assert disabled.is_disabled
    assert disabled.secret != before.secret
    chat.does("enable", "alice")
    enabled = chat.records()["alice"]
    assert (enabled.is_disabled, enabled.secret) == (False, disabled.secret)
    assert chat.hash("alice") == "hash"


def test_another_password_is_the_only_one(chat: Chat) -> None:
    """And whoever is in has to come back with it."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    before = chat.records()["alice"]
    assert chat.does("reset", "alice", "--stdin", stdin=f"{SECRET}\r\n".encode()) == (
        "Alice has another password"
    )
    assert matches(chat.hash("alice") or "", SECRET)
    after = chat.records()["alice"]
    assert after.secret != before.secret
    assert (after.since, after.is_disabled) == (5, False)
    chat.does("reset", "alice", "--no-password")
    assert chat.hash("alice") is None


def test_an_operator_is_made_and_unmade(chat: Chat) -> None:
    """Nobody is signed out for that; who has the name next is none."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    before = chat.records()["alice"]
    assert chat.does("operator", "ALICE") == "Alice is an operator"
    assert chat.records()["alice"] == replace(before, is_operator=True)
    assert chat.does("operator", "alice", "--off").startswith("Alice is no operator; but whom the")
    assert chat.records()["alice"] == before
    chat.does("operator", "alice")
    chat.accounts.give_up(chat.link, "alice", 9)
    assert not chat.records()["alice"].is_operator
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 10)
    assert not chat.records()["alice"].is_operator
    chat.does("operator", "alice")
    chat.say("@alice@bob", "bob", "hi", at=11)
    chat.does("delete", "alice", "--yes")
    assert not chat.records()["alice"].is_operator


def test_what_is_done_to_an_account_is_in_the_audit_log(chat: Chat, tmp_path: Path) -> None:
    """By whoever runs the server; what could not be done is not in it."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    for words in ("disable", "enable", "operator", "operator --off", "reset --no-password"):
        chat.does(*words.split(), "alice")
        chat.refuses(*words.split(), "nobody")
    chat.does("create", "--no-password", "bob")
    chat.refuses("create", "--no-password", "alice")
    chat.does("export", "alice", tmp_path / "alice.jsonl")
    chat.refuses("export", "alice", tmp_path / "alice.jsonl")
    chat.refuses("export", "nobody")
    found = [(entry.room, entry.by, entry.act, entry.target, entry.text) for entry in chat.log()]
    assert found == [
        ("", shell_user(), "DISABLE", "Alice", ""),
        ("", shell_user(), "ENABLE", "Alice", ""),
        ("", shell_user(), "OPERATOR", "Alice", "on"),
        ("", shell_user(), "OPERATOR", "Alice", "off"),
        ("", shell_user(), "RESET", "Alice", ""),
        ("", shell_user(), "CREATE", "bob", ""),
        ("", shell_user(), "EXPORT", "Alice", ""),
    ]
    assert abs(chat.log()[-1].at / 1000 - time.time()) < 60


@pytest.mark.parametrize(
    ("called_by", "told"),
    [
        ("olga", "*admin:olga*"),
        ("DOMAIN\\olga ivanova", "*admin:DOMAIN\\olga?ivanova*"),
        ("o*lga\x1b[2J\n", "*admin:o?lga?[2J?*"),
    ],
)
def test_the_audit_log_tells_who_was_at_the_shell(
    file: Chat, monkeypatch: pytest.MonkeyPatch, called_by: str, told: str
) -> None:
    """By their name on the machine, as one word that is nobody's username."""
    monkeypatch.setenv("SUDO_USER", called_by)
    file.does("create", "--no-password", "bob")
    assert file.log()[-1].by == told
    with pytest.raises(ChatError):
        username(told)


@pytest.mark.parametrize("written", ["4294967295", "", "0", f"{os.geteuid()}"])
def test_without_sudo_it_is_who_has_logged_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str
) -> None:
    """Or, where the system does not know that, whom the tool runs as."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    (tmp_path / "loginuid").write_text(written)
    monkeypatch.setattr("chat.history.tools.shell_user._LOGIN", tmp_path / "loginuid")
    assert shell_user() == f"*admin:{pwd.getpwuid(os.geteuid()).pw_name}*"
    (tmp_path / "loginuid").write_text("54321")
    assert shell_user() == "*admin:54321*"


def test_a_server_sees_what_was_changed(chat: Chat) -> None:
    """All of it, in the order in which it was done."""
    seen = chat.accounts.changes(chat.link, None).revision
    made = ("create --no-password", "disable", "enable", "reset --no-password", "operator")
    for words in made:
        chat.does(*words.split(), "alice")
        changes = chat.accounts.changes(chat.link, seen)
        assert [record.key for record in changes.records] == ["alice"]
        assert not changes.is_all
        seen = changes.revision
    chat.does("delete", "alice", "--yes")
    changes = chat.accounts.changes(chat.link, seen)
    assert (changes.records, changes.is_all) == ([], True)
    seen = changes.revision
    assert chat.accounts.changes(chat.link, seen).records == []
    chat.does("create", "alice", "--no-password")
    assert not chat.accounts.changes(chat.link, seen).is_all


@pytest.mark.parametrize("command", ["disable", "enable", "delete", "reset", "export", "operator"])
def test_an_account_that_is_none_is_an_error(chat: Chat, command: str) -> None:
    """Neither is a name that was given up; nothing changes."""
    chat.accounts.create(chat.link, "alice", "alice", "hash", 5)
    chat.accounts.give_up(chat.link, "alice", 6)
    before = chat.records()
    more = {"delete": ["--yes"], "reset": ["--no-password"]}.get(command, [])
    for name in ("alice", "nobody"):
        assert chat.refuses(command, name, *more) == f"there is no account {name}"
    assert chat.records() == before


# --- delete --------------------------------------------------------------------------------


def conversing(chat: Chat) -> None:
    """Alice and others have said something, some of it before the name was hers."""
    chat.say("tea", "alice", "not hers", at=4)
    chat.accounts.create(chat.link, "alice", "Alice", "$argon2id$hash", 5)
    chat.accounts.make(chat.link, [chat.accounts.join("alice", {"tea": "Tea"})])
    chat.say("tea", "Alice", "rosebud one", at=5, token="token-of-alice")
    chat.say("tea", "bob", "alice said rosebud", at=6)
    chat.say("tea", "alice", "rosebud two", at=7)
    chat.say("@alice@bob", "alice", "rosebud three", at=8)
    chat.say("@alice@bob", "bob", "mine", at=9)


def test_a_person_is_forgotten(chat: Chat) -> None:
    """The account, its places, and all that it said while it was its: numbers stay without holes,
    what others said stays, nothing of it is found any more."""
    conversing(chat)
    told = chat.does("delete", "alice", "--yes")
    assert told == "Alice is deleted, 3 messages"
    assert chat.said("tea") == [
        (1, "alice", "not hers"),
        (2, DELETED_USER, DELETED_TEXT),
        (3, "bob", "alice said rosebud"),
        (4, DELETED_USER, DELETED_TEXT),
    ]
    assert chat.said("@alice@bob") == [(1, DELETED_USER, DELETED_TEXT), (2, "bob", "mine")]
    assert chat.found("rosebud", "tea", "@bob") == ["alice said rosebud"]
    assert chat.found("from:alice", "tea", "@bob") == ["not hers"]
    assert chat.found("deleted", "@bob") == [DELETED_TEXT]
    (said,) = chat.say("tea", "alice", "again", token="token-of-alice")
    assert (type(said), said.number) == (Said, 5)
    assert chat.hash("alice") is None
    assert chat.bookmarks("alice") == []


def test_what_others_said_to_who_is_forgotten_is_nobodys(chat: Chat) -> None:
    """Whoever has the name next does not own what was said to it before."""
    conversing(chat)
    chat.does("delete", "alice", "--yes")
    record = chat.records()["alice"]
    assert not record.is_owned
    assert abs(record.since / 1000 - time.time()) < 60
    assert "list" not in chat.does("list")
    assert chat.accounts.create(chat.link, "alice", "ALICE", "new", record.since + 9)
    assert chat.records()["alice"].since == record.since + 9
    assert chat.bookmarks("alice") == []


def test_who_has_talked_with_nobody_leaves_nothing(chat: Chat) -> None:
    """Not even the name."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    chat.say("@alice@alice", "alice", "note", at=6)
    chat.say("@al@bob", "bob", "hi al", at=6)
    chat.say("@_lice@bob", "bob", "hi", at=6)
    chat.does("delete", "alice", "--yes")
    assert chat.records() == {}
    assert chat.said("@alice@alice") == [(1, DELETED_USER, DELETED_TEXT)]


def test_what_its_messages_said_before_is_forgotten(chat: Chat) -> None:
    """And so is what was hidden of it, or it has taken back; nothing of it can be shown again.
    What others have edited, and what was hidden of them, is as it was."""
    conversing(chat)
    chat.edit("tea", 4, "alice", "lilac two")
    chat.edit("tea", 3, "bob", "bob said lilac")
    chat.edit("tea", 1, "alice", "still not hers")
    assert chat.hide("tea", "alice", "bob") == [1, 2, 3, 4]
    chat.does("delete", "alice", "--yes")
    assert chat.said("tea") == [
        (2, DELETED_USER, DELETED_TEXT),
        (4, DELETED_USER, DELETED_TEXT),
    ]
    earlier = [chat.moderation.earlier(chat.link, "tea", number) for number in range(1, 5)]
    assert [[each.text for each in texts] for texts in earlier] == [
        ["not hers", "still not hers"],
        [],
        ["alice said rosebud", "bob said lilac"],
        [],
    ]
    assert chat.unhide("tea", "alice") == [1]
    assert chat.unhide("tea", "bob") == [3]
    assert chat.found("lilac", "tea") == ["bob said lilac"]


def holding(chat: Chat) -> None:
    """Alice owns a room and moderates another; others hold them too."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    alice, bob = Holder("alice", "Alice", 5, "owner"), Holder("bob", "bob", 3, "owner")
    chat.keep(Kept("tea", "Tea", "hot", (alice, replace(bob, standing="invited"))))
    chat.keep(Kept("jam", "Jam", holders=(bob, replace(alice, standing="moderator"))))
    chat.keep(Kept("bun", "Bun", holders=(bob,)))


def test_who_is_forgotten_holds_nothing(chat: Chat) -> None:
    """Servers see it; the rooms are kept, and what others hold there."""
    holding(chat)
    seen = chat.moderation.changes(chat.link, None).revision
    bun = chat.kept()["bun"]
    chat.does("delete", "alice", "--yes")
    changed = {each.key: each for each in chat.moderation.changes(chat.link, seen).kept}
    assert changed.keys() == {"tea", "jam"}
    assert (changed["tea"].topic, changed["tea"].name) == ("hot", "Tea")
    assert [each.name for each in changed["tea"].holders] == ["bob"]
    assert [each.standing for each in changed["jam"].holders] == ["owner"]
    assert chat.kept()["bun"] == bun


def test_who_is_forgotten_is_not_named_in_the_audit_log(chat: Chat) -> None:
    """Neither for what it did nor for what was done to it; what was done before the name was its,
    and what others did, is as it was."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    note = chat.moderation.note
    note(chat.link, act("KICK", by="alice", target="bob", at=4))
    note(chat.link, act("KICK", by="ALICE", target="bob", at=5))
    note(chat.link, act("HIDE", by="bob", target="alice", at=6))
    note(chat.link, act("BAN", by="bob", target="@Alice", at=7))
    note(chat.link, act("BAN", by="bob", target="203.0.113.0/24", at=8))
    note(chat.link, act("MUTE", by="malice", target="alices", at=8))
    chat.does("delete", "alice", "--yes")
    assert [(entry.by, entry.act, entry.target) for entry in chat.log()] == [
        ("alice", "KICK", "bob"),
        (DELETED_USER, "KICK", "bob"),
        ("bob", "HIDE", DELETED_USER),
        ("bob", "BAN", DELETED_USER),
        ("bob", "BAN", "203.0.113.0/24"),
        ("malice", "MUTE", "alices"),
        (shell_user(), "DELETE", DELETED_USER),
    ]


def test_who_is_forgotten_is_not_named_in_what_is_still_to_be_hidden(chat: Chat) -> None:
    """A crash may have left some of it."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    step = Step([], Way(6, "ALICE", 3), act("HIDE", by="alice", at=6), begins=[1])
    chat.moderation.withdraw(chat.link, step)
    chat.does("delete", "alice", "--yes")
    assert [(left.ids, left.way.by) for left in chat.moderation.left(chat.link)] == [
        ([1], DELETED_USER)
    ]


def test_who_is_forgotten_is_not_named_with_a_topic(chat: Chat) -> None:
    """What it is stays, as what it was before the name was theirs; servers see it."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    for name, by, at in (("tea", "ALICE", 5), ("jam", "alice", 4), ("bun", "bob", 9)):
        chat.keep(Kept(name, name, f"all about {name}", topic_by=by, topic_at=at))
    seen = chat.moderation.changes(chat.link, None).revision
    chat.does("delete", "alice", "--yes")
    kept = {name: (room.topic, room.topic_by, room.topic_at) for name, room in chat.kept().items()}
    assert kept == {
        "tea": ("all about tea", DELETED_USER, 5),
        "jam": ("all about jam", "alice", 4),
        "bun": ("all about bun", "bob", 9),
    }
    assert [each.key for each in chat.moderation.changes(chat.link, seen).kept] == ["tea"]


def test_who_is_forgotten_is_banned_all_the_same(chat: Chat) -> None:
    """Whoever has the name next is; but nothing says who imposed something, or that something was
    lifted or is over."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    now = int(time.time() * 1000)

    def impose(room: str, target: str, by: str, until: int = 0) -> None:
        shown = target.title()
        sanction = Sanction(room, "ban", target, shown, until, "spam", by, 9)
        chat.moderation.impose(chat.link, sanction, act("BAN"))

    impose("", "alice", "bob")
    impose("tea", "alice", "bob", now + 10**7)
    impose("jam", "alice", "bob", 10)
    impose("bun", "alice", "bob")
    chat.moderation.lift(chat.link, "bun", "ban", "alice", act("UNBAN"))
    impose("", "bob", "ALICE")
    seen = chat.moderation.changes(chat.link, None).revision
    chat.does("delete", "alice", "--yes")
    held = chat.moderation.changes(chat.link, None).sanctions
    assert {(each.room, each.target, each.by) for each in held} == {
        ("", "alice", "bob"),
        ("tea", "alice", "bob"),
        ("", "bob", DELETED_USER),
    }
    changed = chat.moderation.changes(chat.link, seen).sanctions
    assert [(each.target, each.by) for each in changed] == [("bob", DELETED_USER)]


@pytest.mark.parametrize("answer", ["", "n\n", "no\n", "whatever\n"])
def test_it_is_asked_before_anything_is_deleted(chat: Chat, answer: str) -> None:
    """Nothing happens where the answer is not yes."""
    conversing(chat)
    before = (chat.records(), chat.said("tea"))
    ran = chat.admin("delete", "alice", stdin=answer.encode())
    assert ran.status == 1
    assert ran.err == "Delete Alice, 3 messages? [y/N] chat.admin: nothing is deleted\n"
    assert (chat.records(), chat.said("tea")) == before
    assert chat.admin("delete", "alice", stdin=b"y\n").status == 0
    assert not chat.records()["alice"].is_owned


def test_a_clock_that_was_set_back_gives_the_next_one_no_letters(chat: Chat) -> None:
    """The name is nobody's since the last that others have said to who had it."""
    conversing(chat)
    ahead = chat.say("@alice@bob", "bob", "tomorrow's", at=2**42)[-1].at
    chat.does("delete", "alice", "--yes")
    assert chat.records()["alice"].since == ahead


def test_many_messages_are_deleted_whether_they_are_indexed_or_not(chat: Chat) -> None:
    """Long ones and short ones, in many rooms."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    many = INDEX_MESSAGES + 90
    for at in range(many):
        chat.say(("tea", "jam")[at % 2], ("alice", "bob")[at % 3 == 0], f"word {at}", at=10)
    chat.say("tea", "alice", *["long " * 800] * 5, at=10)
    chat.does("delete", "alice", "--yes")
    kept = [f"word {at}" for at in range(0, many, 3)]
    assert chat.found("word", "tea", "jam") == kept
    assert chat.found("long", "tea") == []
    said = chat.said("tea") + chat.said("jam")
    assert sorted(text for _, _, text in said if text != DELETED_TEXT) == sorted(kept)
    assert [number for number, _, _ in chat.said("tea")] == list(range(1, many // 2 + 6))
    chat.say("tea", "carol", "word behind", at=11)
    assert chat.found("word", "tea", "jam")[-1] == "word behind"
    while chat.database.forget(chat.link, "tea", 11, 10**9):
        pass
    assert chat.found("word", "tea") == ["word behind"]


def test_a_deletion_that_was_broken_off_goes_on(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever that was: nothing is half done, and nobody is in; once more, and all is gone."""
    monkeypatch.setattr(person, "FORGET_MESSAGES", 1)
    conversing(chat)
    for at in count(1):
        steps = 0

        def fail(*_: object, at: int = at) -> None:
            nonlocal steps
            steps += 1
            if steps == at:
                raise StoreError("broken off")

        with monkeypatch.context() as patched:
            replace = person._replace
            patched.setattr(person, "_replace", lambda *w, r=replace: (r(*w), fail())[0])
            remove = AccountAdmin._remove
            patched.setattr(AccountAdmin, "_remove", lambda *w, r=remove: (r(*w), fail())[0])
            ran = chat.admin("delete", "alice", "--yes")
        if ran.status == 0:
            break
        assert ran.err == "chat.admin: broken off\n"
        record = chat.records()["alice"]
        assert (record.is_owned, record.is_disabled) == (True, True)
        assert chat.bookmarks("alice")
        assert len(chat.said("tea")) == 4
    assert at > 2
    assert chat.found("rosebud", "tea", "@bob") == ["alice said rosebud"]
    assert not chat.records()["alice"].is_owned


def test_nothing_of_it_can_be_read_in_the_files(file: Chat, tmp_path: Path) -> None:
    """Neither texts nor words, tokens, hashes nor names, while the server has the file open."""
    conversing(file)
    for at in range(2 * INDEX_MESSAGES):
        file.say("jam", "bob", f"filler number {at} " * 9, at=10)
        if at % 5 == 0:
            file.say("jam", "alice", f"xylophone{at} quixotic " * (1 + at % 40), at=10)
    file.edit("tea", 2, "alice", "zeppelin one")
    file.edit("tea", 2, "alice", "rosebud again")
    file.keep(Kept("tea", "Tea", holders=(Holder("alice", "Alice", 5, "owner"),)))
    file.moderation.note(file.link, act("KICK", by="Alice"))
    file.hide("tea", "alice")
    assert file.found("xylophone55", "jam")
    secrets = [b"xylophone", b"quixotic", b"token-of-alice", b"argon2id", b"Alice", b"zeppelin"]
    whole = {secret for secret in secrets if secret in content(tmp_path)}
    assert whole == set(secrets)
    file.does("delete", "alice", "--yes")
    assert file.found("filler", "jam")
    assert (tmp_path / "chat.sqlite-wal").stat().st_size == 0
    assert {secret for secret in secrets if secret in content(tmp_path)} == set()
    assert content(tmp_path).count(b"rosebud") == 2  # what bob has said, and its words


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("chat.sqlite*")))


def test_a_server_gets_between_the_steps(file: Chat) -> None:
    """SQLite's lock has no queue: the tool leaves it alone for a moment after each step."""
    file.accounts.create(file.link, "alice", "alice", "hash", 5)
    for at in range(10):
        file.say("tea", "alice", *[f"word {at}"] * 100, at=10)
    stop, said = threading.Event(), count()
    server = Chat(file.url)

    def talk() -> None:
        while not stop.wait(0.001):
            server.say("jam", "bob", f"meanwhile {next(said)}", at=11)

    talking = threading.Thread(target=talk)
    talking.start()
    steps: list[int] = []
    with AccountAdmin.at(file.url) as admin:
        admin.delete("alice", steps.append)
    stop.set()
    talking.join()
    server.link.close()
    assert len(steps) >= 1000 // FORGET_MESSAGES
    assert next(said) > len(steps)


def test_who_reads_meanwhile_is_told_of(file: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then something may be left beside the file."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    conversing(file)
    with file.link.transaction("BEGIN"):
        file.link.driver.execute("SELECT * FROM messages").fetchall()
        told = file.admin("delete", "alice", "--yes").err.splitlines()
    assert told[0] == "chat.admin: Alice is deleted, 3 messages"
    assert "until the server stops, some of it is in the -wal file" in told[1]
    assert file.found("rosebud", "@bob") == []


# --- export --------------------------------------------------------------------------------


def test_what_belongs_to_a_person_is_written_out(chat: Chat, tmp_path: Path) -> None:
    """The account without its hash, its places, all that it said, and both sides of what was said
    in its conversations, since the name is its."""
    chat.say("@alice@bob", "bob", "to another alice", at=3)
    conversing(chat)
    chat.say("@al@bob", "bob", "not hers", at=9)
    lines = [json.loads(line) for line in chat.does("export", "alice").splitlines()]
    account = {"account": "alice", "name": "Alice", "since": 5, "disabled": False}
    assert lines[0] == account | {"operator": False}
    place = {"place": "tea", "name": "Tea", "joined": True, "read": 1, "waiting": 0}
    assert lines[1] == place
    said = [(line["room"], line["number"], line["user"], line["text"]) for line in lines[2:]]
    assert said == [
        ("tea", 2, "Alice", "rosebud one"),
        ("tea", 4, "alice", "rosebud two"),
        ("@alice@bob", 2, "alice", "rosebud three"),
        ("@alice@bob", 3, "bob", "mine"),
    ]
    assert chat.does("export", "alice", tmp_path / "alice.jsonl") == ""
    exported = (tmp_path / "alice.jsonl").read_text()
    assert exported == chat.does("export", "alice", "-")
    assert "argon2id" not in exported
    assert FILE_EXISTS in chat.refuses("export", "alice", tmp_path / "alice.jsonl")


def test_what_a_person_has_done_is_written_out(chat: Chat) -> None:
    """What it is in rooms, what its messages said before, also of those that are hidden, and its
    entries of the audit log; nothing of what others did."""
    conversing(chat)
    chat.moderation.note(chat.link, act("KICK", "tea", by="alice", target="bob", at=4))
    chat.edit("tea", 4, "alice", "lilac")
    chat.edit("tea", 4, "alice", "violet")
    chat.edit("tea", 3, "bob", "not hers")
    chat.edit("@alice@bob", 2, "bob", "nor this")
    chat.edit("tea", 1, "alice", "nor that")
    chat.hide("tea", "alice")
    holder = Holder("alice", "Alice", 5, "moderator")
    chat.keep(Kept("tea", "Tea", holders=(Holder("bob", "bob", 3, "owner"), holder)))
    chat.keep(Kept("jam", "Jam", holders=(replace(holder, since=4),)))
    chat.moderation.note(chat.link, act("KICK", "tea", by="ALICE", target="bob"))
    lines = [json.loads(line) for line in chat.does("export", "alice").splitlines()]
    assert [line for line in lines if "standing" in line] == [
        {"room": "tea", "name": "Tea", "standing": "moderator"}
    ]
    assert [line["text"] for line in lines if "user" in line and line["room"] == "tea"] == [
        "rosebud one",
        "violet",
    ]
    before = {"room": "tea", "name": "Tea", "number": 4, "until": 9}
    assert [line for line in lines if "earlier" in line] == [
        before | {"earlier": "rosebud two"},
        before | {"earlier": "lilac"},
    ]
    (done,) = (line for line in lines if "audit" in line and line["act"] == "KICK")
    assert done.pop("audit") > 0
    expected = {"at": 9, "room": "tea", "name": "Tea", "by": "ALICE"}
    assert done == expected | {"act": "KICK", "target": "bob", "text": ""}


def test_a_long_export_is_whole(chat: Chat) -> None:
    """Whether what was said is indexed yet or not."""
    chat.accounts.create(chat.link, "alice", "Alice", "hash", 5)
    many = 3 * INDEX_MESSAGES + 40
    for at in range(0, many, 4):
        chat.say("tea", "alice", f"word {at}", f"word {at + 1}", at=10)
        chat.say("tea", "bob", "another", at=10)
        chat.say("@alice@bob", "bob", f"word {at + 2}", f"word {at + 3}", at=10)
    lines = [json.loads(line) for line in chat.does("export", "alice").splitlines()]
    assert [line["text"] for line in lines[1:]] == [f"word {at}" for at in range(many)]


# --- passwords -----------------------------------------------------------------------------


def test_a_password_is_in_no_process_list_and_no_file(tmp_path: Path) -> None:
    """While it is made, and afterwards."""
    url = f"sqlite:///{tmp_path}/chat.sqlite"
    upgrade(of(url))
    command = [sys.executable, "-m", "chat.admin", "create", "alice", "--stdin", "--store", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(SECRET.encode() + b"\n")
        process.stdin.flush()
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        shown += Path(f"/proc/{process.pid}/environ").read_bytes()
        process.stdin.close()
        shown += process.stdout.read()
    assert process.returncode == 0
    assert SECRET.encode() not in shown
    assert b"argon2id" not in shown
    assert b"argon2id" in content(tmp_path)
    assert SECRET.encode() not in content(tmp_path)
