"""The command line of the history: import."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.history.room_records import Holder, Kept
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.tools import export
from chat.vocabulary.events import A_GUEST, Draft
from chat.vocabulary.limits import INDEX_MESSAGES
from chat.vocabulary.names import conversation_key
from chat.vocabulary.text import clean
from chat.vocabulary.times import LAST_MOMENT
from tests.databases import Files
from tests.history.tools.shell import (
    NOON,
    act,
    draft,
    everything_about_rooms,
    forget,
    good,
    jsonl,
    keep_topic,
    line,
    opened,
    refusal,
    run,
    say,
    search,
    told,
    url,
)
from tests.reasons import NO_SUCH_FILE
from tests.soaking import examples
from tests.stored import unhide

NUMBER = "a whole number from 1 to 1000000000000000"
TIME = "a whole number from 0 to 253402300799999"

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


@settings(max_examples=examples(25))
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
    who, since = (draft.user, draft.user_key), A_GUEST if draft.at % 2 else 0
    return Draft(key, draft.room, *who, draft.text, draft.at, draft.token, since=since)


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
        (jsonl(line(token="alice =0123456789abcdeg t1")), 'a token is "alice "'),
        (jsonl(line(token="bob =0123456789abcdef t1")), 'a token is "alice "'),
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


def test_the_key_of_a_conversation_is_that_of_the_realm(store: Path) -> None:
    """Whoever is named first, and however."""
    good("import", "--store", url(store), stdin=jsonl(line("@Bob@ALICE", 1)))
    exported = good("export", "--room", conversation_key("alice", "bob"), "--store", url(store))
    assert json.loads(exported)["room"] == "@alice@bob"


# --- rooms that are kept, and what is hidden ---------------------------------------------


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
        assert unhide(link, "tea", "eve", act("UNHIDE")) == [3, 5]
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


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"kept": {"key": "tea", "name": "jam"}}, "jam is not the name of tea"),
        ({"kept": {"key": "two words", "name": "jam"}}, "a room's name is one word"),
        ({"kept": {"key": "tea"}}, "missing key `name` at `kept`"),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": 3}},
            "give a text of at most 400 characters at `kept.topic`",
        ),
        ({"kept": {"key": "tea", "name": "tea"}, "room": "x"}, "unknown key `room`"),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_at": -1}},
            f"give {TIME} at `kept.topic_at`",
        ),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_at": LAST_MOMENT + 1}},
            f"give {TIME} at `kept.topic_at`",
        ),
        (
            {"kept": {"key": "tea", "name": "tea", "topic": "x", "topic_by": "b" * 5000}},
            "give a word of at most 256 characters at `kept.topic_by`",
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
            "give a word of at most 256 characters at `audit.by`",
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
