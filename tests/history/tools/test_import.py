"""The command line of the history: backup, export, import, copy."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.history.__main__ import main
from chat.history.room_records import SERVER, AuditEntry, Author, Holder, Kept, Sanction
from chat.history.sql.account_tables import AccountTables
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.room_tables import RoomTables
from chat.history.sql.upgrade import upgrade
from chat.history.tools import account_admin, export
from chat.history.tools.account_admin import AccountAdmin
from chat.history.tools.export import reading
from chat.history.tools.extras import LAST_MOMENT
from chat.history.tools.room_keys import place_of, shown_key
from chat.history.words import parse
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.limits import INDEX_MESSAGES
from chat.vocabulary.names import conversation_key, username
from chat.vocabulary.text import clean
from tests import commandline
from tests.commandline import Ran
from tests.databases import Files
from tests.reasons import FILE_EXISTS, NO_SUCH_FILE

NOON = 1_777_863_721_000
"""2026-05-04T03:02:01.000Z"""

NUMBER = "a whole number from 1 to 1000000000000000"
TIME = "a whole number from 0 to 253402300799999"


def run(*words: object, stdin: Any = b"", out: io.BytesIO | None = None) -> Ran:
    """Run the command line, and what came of it."""
    return commandline.run(main, *words, stdin=stdin, out=out)


def good(*words: object, stdin: bytes = b"") -> str:
    """What a command wrote that went well."""
    ran = run(*words, stdin=stdin)
    assert ran.status == 0, ran.err
    return ran.out


def told(*words: object, stdin: bytes = b"") -> str:
    """What a command that went well told about it."""
    ran = run(*words, stdin=stdin)
    assert ran.status == 0, ran.err
    return ran.err.removeprefix("chat.history: ").rstrip("\n")


def refusal(*words: object, stdin: Any = b"") -> str:
    """The one line of a command that did not go well."""
    ran = run(*words, stdin=stdin)
    assert ran.status == 1
    assert ran.err.startswith("chat.history: ")
    assert ran.err.count("\n") == 1
    return ran.err.removeprefix("chat.history: ").rstrip("\n")


def url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def opened(at: str | Path) -> Iterator[tuple[Database, Link]]:
    """A store as the server has it."""
    flavour = of(at if isinstance(at, str) else url(at))
    upgrade(flavour)
    link = Link(flavour, Event())
    yield Database(flavour), link
    link.close()


def draft(room: str, user: str, text: str, at: int = NOON, token: str = "") -> Draft:
    return Draft(room.lower(), room, user, username(user).key, text, at, token)


def say(at: str | Path, *drafts: Draft) -> list[Said]:
    with opened(at) as (database, link):
        return database.append(link, drafts)


def forget(at: str | Path, room: str, beyond: int) -> None:
    """Forget all of a room but its last messages."""
    with opened(at) as (database, link):
        while database.forget(link, room, 0, beyond):
            pass


def search(at: str | Path, room: str, words: str) -> list[int]:
    with opened(at) as (database, link):
        return [said.number for said in database.search(link, [room], parse(words), 1000)]


def line(room: str = "tea", number: int | None = None, **more: object) -> dict[str, object]:
    told = {"room": room, "number": number, "at": NOON, "user": "alice", "text": f"cup {number}"}
    return {key: value for key, value in {**told, **more}.items() if value is not None}


def jsonl(*lines: dict[str, object]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "chat.sqlite"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Where another one may be made."""
    return tmp_path / "other.sqlite"


@pytest.fixture
def spoken(files: Files, store: Path) -> Path:
    """A database with two rooms and a conversation."""
    files.put(store)
    say(store, draft("Lobby", "alice", "hello"), draft("tea", "bob", "Grüße", NOON + 1, "t-1"))
    say(store, draft("Lobby", "Bob", "hi alice", NOON + 1234))
    say(store, draft("@alice@bob", "alice", "psst", NOON + 2000))
    return store


# --- export --------------------------------------------------------------------------------


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
    assert "unknown key `stores`" in refusal("export", "--config", file)


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


def test_an_export_to_a_file_overwrites_none(spoken: Path, tmp_path: Path) -> None:
    """An archive is not lost to a slip of the hand."""
    file = tmp_path / "all.jsonl"
    assert told("export", file, "--store", url(spoken)) == "4 messages written"
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


# --- import --------------------------------------------------------------------------------

ROOMS = st.sampled_from(["Lobby", "tea", "Straße", "@alice@bob"])
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(clean)
DRAFTS = st.builds(
    draft,
    ROOMS,
    st.sampled_from(["alice", "Bob"]),
    TEXTS.filter(lambda text: not text.isspace()),
    st.integers(0, LAST_MOMENT),
    st.sampled_from(["", "", "t1", "t2", "t3"]),
)


@settings(max_examples=25)
@given(drafts=st.lists(DRAFTS, max_size=12), kept=st.integers(0, 3), page=st.integers(1, 5))
def test_what_was_exported_is_imported_as_it_was(
    files: Files, drafts: list[Draft], kept: int, page: int
) -> None:
    """All of it, whatever was said and forgotten; and rooms go on with their numbers."""
    drafts = [_in_key(draft) for draft in drafts]
    with TemporaryDirectory() as folder, patch.object(export, "PAGE", page):
        one, two = Path(folder) / "one.sqlite", Path(folder) / "two.sqlite"
        files.put(one)
        files.put(two)
        say(one, *drafts)
        if drafts:
            forget(one, drafts[0].key, kept + 1)
        exported = good("export", "--store", url(one))
        good("import", "--store", url(two), stdin=exported.encode())
        assert good("export", "--store", url(two)) == exported
        assert say(one, *map(_again, drafts)) == say(two, *map(_again, drafts))


def _in_key(draft: Draft) -> Draft:
    """A draft as the realm makes it."""
    key = draft.room if draft.room[0] == "@" else draft.room.replace("ß", "ss").lower()
    return Draft(key, draft.room, draft.user, draft.user_key, draft.text, draft.at, draft.token)


def _again(draft: Draft) -> Draft:
    return Draft(draft.key, draft.room, draft.user, draft.user_key, "again", draft.at)


def test_a_room_that_forgot_its_oldest_begins_where_it_did(store: Path) -> None:
    """Messages keep their numbers, and the next one goes on."""
    told("import", "--store", url(store), stdin=jsonl(line(number=501), line(number=502)))
    assert [said.number for said in say(store, draft("tea", "bob", "more"))] == [503]
    with opened(store) as (database, link):
        assert database.counts(link)[:2] == (1, 3)
        assert database.overdue(link, 0, 3) == []
        assert database.overdue(link, 0, 2) == ["tea"]


def test_an_import_can_be_repeated_and_continued(store: Path) -> None:
    """What is there already with the same content is skipped."""
    lines = [line(number=n, token=f"alice t{n}") for n in range(5, 9)]
    assert told("import", "--store", url(store), stdin=jsonl(*lines[:2])) == (
        "2 messages imported, 0 were there already"
    )
    assert told("import", "--store", url(store), stdin=jsonl(*lines, lines[3])) == (
        "2 messages imported, 3 were there already"
    )
    assert good("export", "--store", url(store)).count("\n") == 4


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line(number=7, text="other")], "line 1: room tea: number 7 is another message there"),
        ([line(number=7, at=1)], "line 1: room tea: number 7 is another message there"),
        ([line(number=7, user="bob")], "line 1: room tea: number 7 is another message there"),
        ([line(number=7, token="alice x")], "line 1: room tea: number 7 is another message there"),
        (
            [line(number=8), line(number=8, text="other")],
            "line 2: room tea: number 8 is another message there",
        ),
        ([line(number=9)], "line 1: room tea: number 9 leaves a hole: the next one there is 8"),
        (
            [line("jam", 1), line("jam", 3)],
            "line 2: room jam: number 3 leaves a hole: the next one there is 2",
        ),
        ([line(number=5)], "line 1: room tea: number 5 is before the first one there, 6"),
        ([line(number=8, token="alice t")], "line 1: room tea: number 6 has the same token"),
        ([line(token="alice t", text="x")], "line 1: room tea: number 6 is another message there"),
        (
            [line("jam", 1, token="alice t"), line("jam", 2, token="alice t")],
            "line 2: room jam: number 1 has the same token",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    store: Path, lines: list[dict[str, object]], reason: str
) -> None:
    """Another message with a number or a token that is taken, and a hole; nothing changes."""
    there = [line(number=6, token="alice t"), line(number=7)]
    good("import", "--store", url(store), stdin=jsonl(*there))
    before = good("export", "--store", url(store))
    said = refusal("import", "--store", url(store), stdin=jsonl(*lines))
    assert said == f"{reason} (nothing is imported)"
    assert good("export", "--store", url(store)) == before
    assert "jam" not in good("copy", url(store), url(store))


def test_a_room_where_all_was_forgotten_goes_on(store: Path) -> None:
    """Its old numbers are not given again, not even to whom they belonged."""
    say(store, draft("tea", "alice", "one"), draft("tea", "alice", "two"))
    forget(store, "tea", 0)
    assert "before the first one there, 3" in refusal(
        "import", "--store", url(store), stdin=jsonl(line(number=2))
    )
    good("import", "--store", url(store), stdin=jsonl(line(number=3)))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"what?", "it is not JSON"),
        (b"[]", "give keys with their values"),
        (b"{}", "missing key `room`"),
        (b'{"room":"\xff"}', "it is not UTF-8"),
        (jsonl({"room": "tea", "user": "bob", "text": "x"}), "missing key `at`"),
        (jsonl(line(nubmer=3)), "unknown key `nubmer`"),
        (jsonl(line(number=0)), f"give {NUMBER} at `number`"),
        (jsonl(line(number=10**30)), f"give {NUMBER} at `number`"),
        (jsonl(line(at=-1)), f"give {TIME} at `at`"),
        (jsonl(line(at=10**15)), f"give {TIME} at `at`"),
        (jsonl(line(at="now")), f"give {TIME} at `at`"),
        (jsonl(line(user="al ice")), "a username is one word"),
        (jsonl(line(user="")), "a username is missing"),
        (jsonl(line("two words")), "a room's name is one word"),
        (jsonl(line("@alice")), "a username is missing"),
        (jsonl(line("@alice@b@c")), "a username is one word"),
        (jsonl(line("@bob@carol")), "alice is none of @bob@carol"),
        (jsonl(line(name="jam")), "jam is not the name of tea"),
        (jsonl(line(text="")), "there is no text"),
        (jsonl(line(text=" \t")), "there is no text"),
        (jsonl(line(text="x" * 5000)), "the text is longer than 4096 characters"),
        (jsonl(line(text="x" * 70_000)), "longer than 65536 bytes"),
        (jsonl(line(token="t1")), 'a token is "alice "'),
        (jsonl(line(token="bob t1")), 'a token is "alice "'),
        (jsonl(line(token="alice ")), 'a token is "alice "'),
        (jsonl(line(token="alice " + "x" * 37)), 'a token is "alice "'),
        (jsonl(line(token="")), 'a token is "alice "'),
    ],
)
def test_a_malformed_line_is_named(store: Path, raw: bytes, reason: str) -> None:
    """Which one and why, and the lines before it are not imported either."""
    said = refusal("import", "--store", url(store), stdin=jsonl(line("jam", 1)) + b"\n" + raw)
    assert said.startswith("line 3: ")
    assert reason in said
    assert good("export", "--store", url(store)) == ""


def test_only_the_batch_with_the_wrong_line_is_undone(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was imported before it stays, and it is told how far that goes."""
    monkeypatch.setattr(export, "PAGE", 2)
    lines = jsonl(*(line(number=n) for n in (1, 2, 3, 5)))
    said = refusal("import", "--store", url(store), stdin=lines)
    assert said.endswith("the next one there is 4 (lines 1 to 2 are imported)")
    assert good("export", "--store", url(store)).count("\n") == 2


def test_messages_from_elsewhere_get_the_next_numbers(spoken: Path) -> None:
    """Their names and texts become what the server would have made of them."""
    brought = [
        {"room": "#LOBBY", "user": "Ａlice", "text": "ding\a", "at": 1},
        {"room": "Jam", "user": "bob", "text": "first", "at": 2},
        {"room": "@Bob@Alice", "user": "bob", "text": "first", "at": 2},
        {"room": "lobby", "user": "bob", "text": "second", "at": 3},
    ]
    good("import", "--store", url(spoken), stdin=jsonl(*brought))
    assert good("export", "--format", "text", "--store", url(spoken)).splitlines()[4:] == [
        "1970-01-01T00:00:00.001Z Lobby 3 Alice: ding\N{REPLACEMENT CHARACTER}",
        "1970-01-01T00:00:00.002Z Jam 1 bob: first",
        "1970-01-01T00:00:00.002Z @alice@bob 2 bob: first",
        "1970-01-01T00:00:00.003Z Lobby 4 bob: second",
    ]


def test_messages_from_elsewhere_come_once_if_they_have_a_token(store: Path) -> None:
    """And their clients that say them again hear that they are there."""
    lines = jsonl(line(token="alice a"), line(token="alice b"), line(token="alice a"))
    assert "2 messages imported, 1 were" in told("import", "--store", url(store), stdin=lines)
    assert "0 messages imported, 3 were" in told("import", "--store", url(store), stdin=lines)
    assert say(store, draft("tea", "alice", "again", token="b"))[0].number == 2


@pytest.mark.parametrize("many", [1, 300, 1001])
def test_what_was_imported_is_found(store: Path, many: int) -> None:
    """By its words and by who said it, in its room; also where more is said afterwards."""
    lines = [line(number=n, text=f"cup Nr{n}") for n in range(1, many + 1)]
    good("import", "--store", url(store), stdin=jsonl(*lines))
    say(store, draft("tea", "bob", "a cup of mine"))
    assert search(store, "tea", "cup from:alice")[-1] == many
    assert search(store, "tea", f"nr{many}") == [many]
    assert search(store, "tea", "cup")[-1] == many + 1
    assert search(store, "jam", "cup") == []
    forget(store, "tea", 1)
    assert search(store, "tea", "cup") == [many + 1]


def test_an_import_does_not_leave_its_words_to_the_server(store: Path) -> None:
    """No more of them wait to be indexed than when the server runs."""
    lines = [line(number=n) for n in range(1, 1 + 3 * INDEX_MESSAGES)]
    good("import", "--store", url(store), stdin=jsonl(*lines))
    waiting = "SELECT count(*) FROM messages WHERE id > (SELECT id FROM word_index_end)"
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute(waiting).fetchone()[0] < INDEX_MESSAGES


def test_an_import_that_is_broken_off_tells_how_far_it_came(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is no error of the program."""
    monkeypatch.setattr(export, "PAGE", 2)

    class Typed(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            if not (read := super().readline(size)):
                raise KeyboardInterrupt
            return read

    lines = Typed(jsonl(*(line(number=n) for n in (1, 2, 3))))
    said = refusal("import", "--store", url(store), stdin=lines)
    assert said == "interrupted (lines 1 to 2 are imported)"


def test_an_import_reads_a_file(store: Path, tmp_path: Path) -> None:
    """Where one is named; one that is not there makes no database."""
    file = tmp_path / "some.jsonl"
    said = refusal("import", file, "--store", url(store))
    assert said == f"{file}: {NO_SUCH_FILE}"
    assert not store.exists()
    file.write_bytes(jsonl(line(number=1)))
    good("import", file, "--store", url(store))
    assert good("export", "--store", url(store)).count("\n") == 1


# --- copy ----------------------------------------------------------------------------------


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


# --- accounts ------------------------------------------------------------------------------


def everything_about_accounts(at: str | Path) -> list[Any]:
    """All that a store has of accounts."""
    with reading(at if isinstance(at, str) else url(at)) as reader:
        return [account.content() for page in reader.accounts() for account in page]


def make_accounts(at: Path) -> None:
    """Some of every kind."""
    with opened(at) as (database, link):
        accounts, admin = AccountTables(database), AccountAdmin(link)
        for number, name in enumerate(["Alice", "bob", "Carol", "dave"]):
            accounts.create(link, name.lower(), name, f"$argon2id${number}", NOON + number)
        accounts.create(link, "eve", "eve", None, NOON)
        changes = [
            accounts.join("alice", {"tea": "tea", "lobby": "Lobby"}),
            accounts.leave("alice", "tea"),
            accounts.wait("alice", "@alice@bob", "@bob", 1),
            accounts.mark("bob", {"lobby": ("Lobby", 1)}),
        ]
        accounts.make(link, changes)
        accounts.give_up(link, "carol", NOON + 9)
        admin.disable("dave")


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


def test_a_backup_has_all_accounts(spoken: Path, other: Path) -> None:
    """They are in the same file."""
    make_accounts(spoken)
    good("backup", other, "--store", url(spoken))
    assert everything_about_accounts(other) == everything_about_accounts(spoken)


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


# --- rooms that are kept, and what is hidden ------------------------------------------------


def act(verb: str, room: str = "tea", at: int = NOON) -> AuditEntry:
    return AuditEntry(at, room, "Tea" if room else "", "Carol", verb, "bob", "why")


def moderate(at: str | Path) -> None:
    """Do something of everything: kept rooms, sanctions, hidden messages, earlier texts."""
    with opened(at) as (database, link):
        moderation = RoomTables(link.flavour)
        batch = [draft("tea", "Eve", f"noise {n}", NOON + n, f"e{n}") for n in range(4)]
        database.append(link, [*batch, Draft("tea\x1f1", "Tea", "bob", "bob", "public", NOON)])
        holders = (Holder("alice", "Alice", 5, "owner"), Holder("bob", "bob", 6, "invited"))
        private = Kept("tea", "Tea", 'it\'s "tea" ☕', holders, is_private=True, claimed=NOON)
        for kept in (private, Kept(SERVER, "", raid=NOON), Kept("tea\x1f1", "Tea", slow=3)):
            assert moderation.keep(link, kept, act("KEEP", kept.key))
        ban = Sanction("tea", "ban", "eve", "Eve", 0, "noise", "Alice", NOON)
        lifted = Sanction(SERVER, "mute", "10.0.0.0/8", "10.0.0.0/8", NOON, "", "Alice", NOON)
        moderation.impose(link, ban, act("BAN"))
        moderation.impose(link, lifted, act("MUTE", SERVER))
        moderation.lift(link, SERVER, "mute", "10.0.0.0/8", act("UNMUTE", SERVER))
        eve, edit = Author("eve", 0), act("EDIT")
        assert moderation.edit(link, "tea", 2, eve, "other noise", edit)
        assert moderation.edit(link, "tea", 2, eve, "more noise", edit)
        assert moderation.take_back(link, "tea", 4, eve, act("UNSAY"))
        assert moderation.hide(link, "tea", NOON + 1, ["eve"], (), act("HIDE")) == [3, 5]


def everything_about_rooms(at: str | Path) -> list[Any]:
    """All that a store has of rooms and beside messages."""
    with opened(at) as (database, link):
        moderation = RoomTables(link.flavour)
        changes = moderation.changes(link, None)
        rooms = sorted((replace(each, revision=0) for each in changes.kept), key=repr)
        log = [replace(each, number=0) for each in moderation.audit(link, None, 1000, None)]
        texts = [moderation.earlier(link, "tea", number) for number in range(9)]
        pages = [database.page(link, key, 99, None, None) for key in ("tea", "tea\x1f1")]
        return [rooms, changes.sanctions, log, texts, pages]


@pytest.fixture
def moderated(files: Files, store: Path) -> Path:
    """A database with something of everything."""
    files.put(store)
    say(store, draft("tea", "alice", "hello"))
    moderate(store)
    return store


def test_rooms_and_what_is_hidden_are_exported_and_imported(
    moderated: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, with the keys of two rooms that have one name; what is kept of rooms goes before
    their messages, so that none is open without it."""
    exported = good("export", "--store", url(moderated))
    lines = [json.loads(line) for line in exported.splitlines()]
    kinds = [next(iter(line)) for line in lines]
    assert kinds == ["kept"] * 3 + ["sanction"] + ["audit"] * 10 + ["room"] * 6
    monkeypatch.setattr(export, "PAGE", 2)
    with opened(other) as (_, link):
        seen = RoomTables(link.flavour).changes(link, None).revision
    good("import", "--store", url(other), stdin=exported.encode())
    assert good("export", "--store", url(other)) == exported
    assert everything_about_rooms(other) == everything_about_rooms(moderated)
    with opened(other) as (_, link):
        moderation = RoomTables(link.flavour)
        assert moderation.unhide(link, "tea", "eve", act("UNHIDE")) == [3, 5]
        changes = moderation.changes(link, seen)
        assert (len(changes.kept), len(changes.sanctions), changes.is_all) == (3, 1, False)
    assert [said.number for said in say(other, draft("tea", "Eve", "again", token="e2"))] == [4]


def test_an_import_of_rooms_can_be_repeated(moderated: Path, other: Path) -> None:
    """Nothing comes twice, and what has changed there meanwhile stays as it is."""
    exported = good("export", "--store", url(moderated)).encode()
    for _ in range(2):
        good("import", "--store", url(other), stdin=exported)
    assert good("export", "--store", url(other)).encode() == exported
    with opened(other) as (_, link):
        moderation = RoomTables(link.flavour)
        rooms = {room.key: room for room in moderation.changes(link, None).kept}
        assert moderation.keep(link, replace(rooms["tea"], topic="mine"), act("TOPIC"))
        assert moderation.lift(link, "tea", "ban", "eve", act("UNBAN"))
    before = everything_about_rooms(other)
    assert told("import", "--store", url(other), stdin=exported).startswith("0 messages imported")
    assert everything_about_rooms(other) == before


def test_a_room_of_another_owner_is_refused(moderated: Path, other: Path) -> None:
    """Nobody's room becomes somebody else's by an import, or by a copy."""
    with opened(other) as (_, link):
        kept = Kept("tea", "Tea", holders=(Holder("alice", "Alice", 4, "owner"),))
        RoomTables(link.flavour).keep(link, kept, act("CLAIM"))
    before = everything_about_rooms(other)
    said = refusal("copy", url(moderated), url(other))
    assert said == "room Tea: somebody else keeps it there"
    exported = good("export", "--store", url(moderated)).encode()
    said = refusal("import", "--store", url(other), stdin=exported)
    assert said == "line 2: room Tea: somebody else keeps it there (nothing is imported)"
    assert everything_about_rooms(other) == before


def keep_topic(at: str | Path, by: str, moment: int) -> None:
    """Somebody has set the topic of tea, which nobody owns."""
    with opened(at) as (_, link):
        kept = Kept("tea", "Tea", "cups", topic_by=by, topic_at=moment)
        assert RoomTables(link.flavour).keep(link, kept, act("TOPIC"))


def test_who_has_set_a_topic_is_exported_imported_and_copied(
    store: Path, other: Path, postgres_url: str
) -> None:
    """With the time, to all stores and back."""
    keep_topic(store, "Straße", NOON)
    exported = good("export", "--store", url(store))
    kept = json.loads(exported.splitlines()[0])["kept"]
    assert (kept["topic_by"], kept["topic_at"]) == ("Straße", NOON)
    good("import", "--store", url(other), stdin=exported.encode())
    assert everything_about_rooms(other) == everything_about_rooms(store)
    good("copy", url(store), postgres_url)
    assert good("export", "--store", postgres_url) == exported


def test_an_export_from_before_topics_told_who_set_them_is_read(store: Path, other: Path) -> None:
    """Nobody knows who has; where there is no topic nobody has set it."""
    keep_topic(store, "", 0)
    kept = json.loads(good("export", "--store", url(store)).splitlines()[0])["kept"]
    del kept["topic_by"], kept["topic_at"]
    jam = {"key": "jam", "name": "jam", "slow": 3, "topic_by": "bob", "topic_at": 7}
    good("import", "--store", url(other), stdin=jsonl({"kept": kept}, {"kept": jam}))
    ((without, tea), *_) = everything_about_rooms(other)
    assert tea == Kept("tea", "Tea", "cups")
    assert without == Kept("jam", "jam", slow=3)


def test_who_has_set_a_topic_is_no_reason_to_refuse_a_room(store: Path, other: Path) -> None:
    """It is there already, and stays as it is there; a copy tells that it is not the same."""
    keep_topic(store, "alice", NOON)
    keep_topic(other, "", 0)
    exported = good("export", "--store", url(store)).encode()
    before = everything_about_rooms(other)
    good("import", "--store", url(other), stdin=exported)
    assert everything_about_rooms(other) == before
    ran = run("copy", url(store), url(other))
    assert (ran.status, ran.out.split()[-1]) == (1, "DIFFERENT")
    assert everything_about_rooms(other) == before


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
        assert RoomTables(link.flavour).hide(link, "tea", 0, ["alice"], (), act("HIDE")) == [1]
    ran = run("copy", url(moderated), postgres_url)
    assert ran.status == 1
    assert [line.split()[-1] for line in ran.out.splitlines()] == [
        "DIFFERENT",
        "same",
        "DIFFERENT",
    ]


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


def test_a_backup_has_all_about_rooms(moderated: Path, other: Path) -> None:
    """It is in the same file."""
    good("backup", other, "--store", url(moderated))
    assert everything_about_rooms(other) == everything_about_rooms(moderated)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"kept": {"key": "tea", "name": "jam"}}, "jam is not the name of tea"),
        ({"kept": {"key": "two words", "name": "jam"}}, "a room's name is one word"),
        ({"kept": {"key": "tea"}}, "missing key `name` at `kept`"),
        ({"kept": {"key": "tea", "name": "tea", "topic": 3}}, "give a text at `kept.topic`"),
        ({"kept": {"key": "tea", "name": "tea"}, "room": "x"}, "unknown key `room`"),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_at": -1}},
            "the topic of tea was set at no time: -1",
        ),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_at": LAST_MOMENT + 1}},
            "the topic of tea was set at no time: 253402300800000",
        ),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_by": "b" * 5000}},
            "a text is longer than 4096 characters",
        ),
        (
            {
                "kept": {"key": "tea", "name": "tea"},
                "audit": {"at": 1, "room": "", "name": "", "by": "a", "act": "X"},
            },
            "a line has one thing about a room",
        ),
        (
            {
                "kept": {
                    "key": "tea",
                    "name": "tea",
                    "holders": [
                        {"key": "al", "name": "bo", "since": 1, "standing": "owner"},
                    ],
                }
            },
            "bo is not the name of al",
        ),
        (
            {
                "kept": {
                    "key": "tea",
                    "name": "tea",
                    "holders": [
                        {"key": name, "name": name, "since": 1, "standing": "owner"}
                        for name in ("al", "bo")
                    ],
                }
            },
            "tea has one owner, and each of its holders once",
        ),
        (
            {
                "sanction": {
                    "room": "tea",
                    "kind": "kick",
                    "target": "al",
                    "shown": "al",
                    "until": 0,
                    "reason": "",
                    "by": "bo",
                    "at": 1,
                }
            },
            'give "ban" or "mute" at `sanction.kind`',
        ),
        (
            {
                "sanction": {
                    "room": "tea",
                    "kind": "ban",
                    "target": "10.0.0.0/40",
                    "shown": "al",
                    "until": 0,
                    "reason": "",
                    "by": "bo",
                    "at": 1,
                }
            },
            "'10.0.0.0/40' is no network: write it like 192.0.2.0/24",
        ),
        (
            {"audit": {"at": 1, "room": "", "name": "", "by": "x" * 5000, "act": "X"}},
            "a text is longer than 4096 characters",
        ),
        (line(taken_back=True), "what was taken back is hidden: since when?"),
        (line(earlier=[{"at": 1, "text": ""}]), "there is no text"),
        (line(earlier=[{"at": 1}]), "missing key `text` at `earlier`"),
        (line(hidden=-1), f"give {TIME} at `hidden`"),
        (line("tea\x1f1", name="tea\x1f1"), "tea 1 is not the name of tea/1"),
        (line("tea\x1fone"), "a room's name is one word"),
    ],
)
def test_a_malformed_rule_is_named(store: Path, told: dict[str, Any], reason: str) -> None:
    """Which line and why; nothing is imported."""
    said = refusal("import", "--store", url(store), stdin=jsonl(line("jam", 1), told))
    assert said.startswith("line 2: ")
    assert reason in said


def test_what_a_line_may_not_contain_is_not_imported(store: Path) -> None:
    """A topic is one line, whoever has made the file."""
    kept: dict[str, object] = {"kept": {"key": "tea", "name": "Tea", "topic": "a\nINFO b"}}
    good("import", "--store", url(store), stdin=jsonl(kept))
    ((room,), *_) = everything_about_rooms(store)
    assert room.topic == "a\N{REPLACEMENT CHARACTER}INFO b"


# --- backup --------------------------------------------------------------------------------


def test_a_backup_is_made_while_the_server_writes(spoken: Path, other: Path) -> None:
    """It has what was committed, and nothing of what is not yet."""
    with closing(sqlite3.connect(spoken)) as server:
        server.execute("SELECT 1 FROM messages").fetchall()  # it has its files open
        say(spoken, draft("tea", "alice", "just now"))
        exported = good("export", "--store", url(spoken))
        server.execute("DELETE FROM messages")
        assert told("backup", other, "--store", url(spoken)).startswith(f"copied to {other}, ")
    assert good("export", "--store", url(other)) == exported


def test_a_backup_overwrites_nothing(spoken: Path, other: Path) -> None:
    """Not even an older backup."""
    other.write_text("precious")
    said = refusal("backup", other, "--store", url(spoken))
    assert said == f"{other}: there is such a file already"
    assert other.read_text() == "precious"


# --- what can go wrong ---------------------------------------------------------------------

COMMANDS = [("export", "--store"), ("backup", "copied", "--store"), ("copy",)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A wrong name is told, and leaves no empty file behind."""
    target = [url(tmp_path / "target")] if command == ("copy",) else []
    words = [tmp_path / word if word == "copied" else word for word in command]
    said = refusal(*words, url(tmp_path / "nowhere.sqlite"), *target)
    assert said == f"{tmp_path / 'nowhere.sqlite'}: there is no such file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        ("memory:", "memory: is gone with its server"),
        ("mysql://a/b", "is no URL of a store: it is memory:, sqlite:///FILE or"),
        ("postgresql://u:secret@h:port/x", "that is no URL of a store"),
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


@pytest.mark.parametrize("schema", ["0001", "9999"])
def test_a_history_of_another_version_is_not_misread(
    spoken: Path, other: Path, schema: str
) -> None:
    """It is told, and left as it is; a backup can be made all the same."""
    with closing(sqlite3.connect(spoken, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    assert f"another version of the chat (schema {schema}" in refusal(
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


def test_the_key_of_a_conversation_is_that_of_the_realm(store: Path) -> None:
    """Whoever is named first, and however."""
    good("import", "--store", url(store), stdin=jsonl(line("@Bob@ALICE", 1)))
    exported = good("export", "--room", conversation_key("alice", "bob"), "--store", url(store))
    assert json.loads(exported)["room"] == "@alice@bob"
