"""The command line of the history: copy and backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from chat.history.sql.tables.account_tables import AccountTables
from chat.history.tools import account_admin, export
from chat.history.tools.account_admin import AccountAdmin
from tests.history.tools.shell import (
    NOON,
    act,
    draft,
    everything_about_accounts,
    everything_about_rooms,
    forget,
    good,
    jsonl,
    line,
    make_accounts,
    opened,
    refusal,
    run,
    say,
    search,
    told,
    url,
)
from tests.stored import hide


def test_a_copy_is_compared_with_what_was_copied(spoken: Path, other: Path) -> None:
    """A line for each room tells count and checksum on both sides."""
    ran = run("copy", url(spoken), url(other))
    assert ran.err == "chat.history: 4 messages copied; 3 rooms, 0 of them different\n"
    rooms = [line.split() for line in ran.out.splitlines()]
    assert [(key, count, same) for key, count, _, _, _, same in rooms] == [
        ("@alice@bob", "1", "same"),
        ("lobby", "2", "same"),
        ("tea", "1", "same"),
    ]
    assert all(here == there and len(here) == 16 for _, _, here, _, there, _ in rooms)
    assert good("export", "--store", url(other)) == good("export", "--store", url(spoken))


def test_a_copy_is_found_as_the_original_was(spoken: Path, other: Path) -> None:
    """The index of words comes along."""
    good("copy", url(spoken), url(other))
    assert search(other, "tea", "GRÜSSE from:bob") == [1]


def test_a_copy_can_be_repeated_and_continued(
    spoken: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there already is skipped."""
    monkeypatch.setattr(export, "PAGE", 2)
    good("copy", url(spoken), url(other))
    say(spoken, draft("tea", "alice", "more"), draft("jam", "alice", "new"))
    assert told("copy", url(spoken), url(other)).startswith("2 messages copied; 4 rooms, 0 of")
    assert told("copy", url(spoken), url(other)).startswith("0 messages copied; 4 rooms, 0 of")


def test_a_copied_room_keeps_its_numbers(spoken: Path, other: Path) -> None:
    """Also one whose first messages, or all of them, are forgotten."""
    forget(spoken, "lobby", 1)
    forget(spoken, "tea", 0)
    good("copy", url(spoken), url(other))
    for room in ("Lobby", "tea"):
        more = draft(room, "carol", "more")
        assert say(other, more) == say(spoken, more)
    assert good("export", "--store", url(other)) == good("export", "--store", url(spoken))


def test_a_room_with_something_else_in_it_is_refused(spoken: Path, other: Path) -> None:
    """And stays as it is."""
    say(other, draft("tea", "alice", "mine"))
    said = refusal("copy", url(spoken), url(other))
    assert said == "room tea: number 1 is another message there"
    assert good("export", "--format", "text", "--store", url(other)).endswith(" alice: mine\n")


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_room_that_is_different_afterwards_is_told(
    spoken: Path, other: Path, beyond: int
) -> None:
    """Where the target has more than what was copied, or has had; the exit status says so."""
    good("copy", url(spoken), url(other))
    say(other, draft("tea", "alice", "more"))
    forget(spoken, "tea", 0)
    forget(other, "tea", beyond)
    ran = run("copy", url(spoken), url(other))
    assert ran.status == 1
    assert [line.split()[-1] for line in ran.out.splitlines()] == ["same", "same", "DIFFERENT"]
    assert "1 of them different" in ran.err


def test_a_copy_to_postgresql_and_back_is_the_same(
    spoken: Path, other: Path, postgres_url: str
) -> None:
    """Whatever was said, forgotten or given a token, and it is found there and here."""
    say(
        spoken,
        *(draft("tea", "bob", f"Tee № {n} 🍵 'quoted' \\ \t \"", n, f"n{n}") for n in range(9)),
    )
    forget(spoken, "tea", 5)
    forget(spoken, "@alice@bob", 0)
    exported = good("export", "--store", url(spoken))
    good("copy", url(spoken), postgres_url)
    assert good("export", "--store", postgres_url) == exported
    assert search(postgres_url, "tea", '"tee no 8" quoted') == [10]
    assert told("copy", url(spoken), postgres_url).startswith("0 messages copied; 3 rooms, 0 of")
    good("copy", postgres_url, url(other))
    assert good("export", "--store", url(other)) == exported
    more = draft("@alice@bob", "bob", "more")
    assert say(spoken, more) == say(postgres_url, more) == say(other, more)
    again = refusal("import", "--store", postgres_url, stdin=jsonl(line(number=10)))
    assert again == "line 1: room tea: number 10 is another message there (nothing is imported)"
    assert "pg_dump" in refusal("backup", "--store", postgres_url, other.with_name("no"))


# --- accounts ----------------------------------------------------------------------------


def test_accounts_are_copied_with_all_that_is_theirs(
    spoken: Path, other: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To PostgreSQL and back; a server that runs there sees them. A line tells that they are the
    same, and not what their passwords are."""
    make_accounts(spoken)
    monkeypatch.setattr(export, "PAGE", 2)
    expected = everything_about_accounts(spoken)
    assert len(expected) == 5
    ran = run("copy", url(spoken), postgres_url)
    assert ran.err.endswith(
        "3 rooms, 0 of them different; 1 rules and entries, the same; 5 accounts, the same\n"
    )
    key, here, _, there, _, same = ran.out.splitlines()[-1].split()
    assert (key, here, there, same) == ("(accounts)", "5", "5", "same")
    assert "argon2id" not in ran.out + ran.err
    assert everything_about_accounts(postgres_url) == expected
    good("copy", postgres_url, url(other))
    assert everything_about_accounts(other) == expected
    with opened(other) as (database, link):
        accounts = AccountTables(database)
        changes = accounts.changes(link, (0, 0))
        assert len(changes.records) == 5
        assert accounts.password(link, "alice") == "$argon2id$0"
        assert [place.waiting for place in accounts.bookmarks(link, "alice")] == [0, 0, 1]
        assert accounts.create(link, "fay", "fay", None, NOON)


def test_an_account_that_was_copied_before_is_left_as_it_is(spoken: Path, other: Path) -> None:
    """Its owner may have changed it there; the exit status says that it is different."""
    make_accounts(spoken)
    good("copy", url(spoken), url(other))
    assert told("copy", url(spoken), url(other)).endswith("; 5 accounts, the same")
    with opened(other) as (database, link):
        AccountTables(database).set_password(link, "alice", "$argon2id$0", "$argon2id$new")
        before = everything_about_accounts(other)
    ran = run("copy", url(spoken), url(other))
    assert ran.status == 1
    assert ran.out.splitlines()[-1].split()[-1] == "DIFFERENT"
    assert ran.err.endswith("; 5 accounts, different\n")
    assert everything_about_accounts(other) == before


def test_an_account_of_another_owner_is_refused(spoken: Path, other: Path) -> None:
    """And stays as it is."""
    make_accounts(spoken)
    with opened(other) as (database, link):
        AccountTables(database).create(link, "bob", "bob", None, NOON - 1)
    before = everything_about_accounts(other)
    said = refusal("copy", url(spoken), url(other))
    assert said == "account bob: there is another one of that name"
    assert everything_about_accounts(other) == before


def test_what_was_deleted_with_an_account_is_copied_and_imported(
    spoken: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The places of its messages are kept, and found as what they are."""
    monkeypatch.setattr(account_admin, "ERASE_SECONDS", 0.0)
    with opened(spoken) as (database, link):
        AccountTables(database).create(link, "alice", "alice", None, 5)
        AccountAdmin(link).delete("alice", lambda _: None)
    exported = good("export", "--store", url(spoken))
    assert exported.count('"user":"*deleted*","text":"(deleted)"') == 2
    good("copy", url(spoken), url(other))
    assert good("export", "--store", url(other)) == exported
    assert search(other, "lobby", "deleted") == [1]
    forget(other, "lobby", 1)
    assert search(other, "lobby", "deleted") == []
    imported = other.with_name("imported.sqlite")
    good("import", "--store", url(imported), stdin=exported.encode())
    assert good("export", "--store", url(imported)) == exported


def test_an_operator_is_one_in_the_copy(spoken: Path, other: Path, postgres_url: str) -> None:
    """It comes with the account."""
    make_accounts(spoken)
    with opened(spoken) as (_, link):
        AccountAdmin(link).appoint("alice", is_on=True)
    good("copy", url(spoken), postgres_url)
    good("copy", postgres_url, url(other))
    with opened(other) as (database, link):
        records = AccountTables(database).changes(link, None).records
        assert [each.key for each in records if each.is_operator] == ["alice"]


# --- rooms that are kept -----------------------------------------------------------------


def test_rooms_are_copied_to_postgresql_and_back(
    moderated: Path, other: Path, postgres_url: str
) -> None:
    """With all that there is about them; a line tells that it is the same."""
    ran = run("copy", url(moderated), postgres_url)
    assert ran.status == 0, ran.err
    *rooms, rules = (line.split() for line in ran.out.splitlines())
    assert [(line[0], line[1], line[-1]) for line in rooms] == [
        ("tea", "5", "same"),
        ("tea/1", "1", "same"),
    ]
    assert (rules[0], rules[1], rules[-1]) == ("(moderation)", "14", "same")
    assert ran.err.endswith("different; 14 rules and entries, the same\n")
    assert everything_about_rooms(postgres_url) == everything_about_rooms(moderated)
    good("copy", postgres_url, url(other))
    assert everything_about_rooms(other) == everything_about_rooms(moderated)
    assert good("export", "--store", url(other)) == good("export", "--store", url(moderated))
    with opened(postgres_url) as (_, link):
        assert hide(link, "tea", ["alice"], act("HIDE")) == [1]
    ran = run("copy", url(moderated), postgres_url)
    assert ran.status == 1
    assert [line.split()[-1] for line in ran.out.splitlines()] == [
        "DIFFERENT",
        "same",
        "DIFFERENT",
    ]


# --- backup ------------------------------------------------------------------------------


def test_a_backup_is_made_while_the_server_writes(spoken: Path, other: Path) -> None:
    """It has what was committed, and nothing of what is not yet."""
    with closing(sqlite3.connect(spoken)) as server:
        server.execute("SELECT 1 FROM messages").fetchall()  # it has its files open
        say(spoken, draft("tea", "alice", "just now"))
        exported = good("export", "--store", url(spoken))
        server.execute("DELETE FROM messages")
        assert told("backup", other, "--store", url(spoken)) == ""  # as cron runs it
    assert good("export", "--store", url(other)) == exported


def test_a_backup_overwrites_nothing(spoken: Path, other: Path) -> None:
    """Not even an older backup."""
    other.write_text("precious")
    said = refusal("backup", other, "--store", url(spoken))
    assert said.startswith(f"{other}: there is such a file already: choose another name")
    assert other.read_text() == "precious"


def test_backups_in_a_folder_are_called_by_their_date(
    spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as one likes stay, also where the clock was set back; nothing else is removed."""
    folder = tmp_path / "backups"
    folder.mkdir()
    others = ["chat-2020-01-01.sqlite", "chat-2020-01-01T000000Z.sqlite.gz", "notes"]
    for name in others:
        (folder / name).touch()
    moments = iter([86400 * day for day in (3, 1, 2, 4, 4)])
    clock = SimpleNamespace(time=lambda: next(moments))
    monkeypatch.setattr("chat.history.__main__.time", clock)
    words = ("backup", folder, "--keep", "2", "--store", url(spoken))
    kept = []
    for _ in range(5):
        ran = run(*words, watched=True)
        assert ran.err.startswith(f"chat.history: copied to {folder}/chat-1970-01-0")
        names = {path.name for path in folder.iterdir()} - {*others}
        kept.append(sorted(name[5:-7] for name in names))
    third, first, second, fourth = (f"1970-01-0{day}T000000Z" for day in (4, 2, 3, 5))
    assert kept == [
        [third],
        [first, third],
        [second, third],
        [third, fourth],
        [fourth, f"{fourth}-2"],
    ]
    assert {*others} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("many", ["0", "-1", "x", ""])
def test_a_number_of_backups_that_is_none_is_refused(spoken: Path, many: str) -> None:
    """And so is one for a file; nothing is removed then."""
    assert run("backup", spoken.parent, "--keep", many, "--store", url(spoken)).status == 2
    assert "wants a folder" in refusal(
        "backup", spoken.parent / "new", "--keep", "2", "--store", url(spoken)
    )


def test_a_backup_has_all_accounts(spoken: Path, other: Path) -> None:
    """They are in the same file."""
    make_accounts(spoken)
    good("backup", other, "--store", url(spoken))
    assert everything_about_accounts(other) == everything_about_accounts(spoken)


def test_a_backup_has_all_about_rooms(moderated: Path, other: Path) -> None:
    """It is in the same file."""
    good("backup", other, "--store", url(moderated))
    assert everything_about_rooms(other) == everything_about_rooms(moderated)
