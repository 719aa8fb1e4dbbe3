"""The command line of the history: what is written can be read back, also at every maximum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.history import room_records
from chat.history.room_records import ADMIN, SERVER, AuditEntry, Author, Holder, Kept, Sanction
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.store import DELETED_USER
from chat.history.tools.account_admin import AccountAdmin
from chat.history.tools.extras import Rule
from chat.history.tools.restore import writing
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import (
    EVERYTHING,
    HOLDERS_MOST,
    KEY_GROWTH,
    LINE_BYTES,
    REASON_CHARACTERS,
    ROOM_CHARACTERS,
    RUNAWAY_BYTES,
    SANCTIONS_PER_ROOM,
    SLOW_MOST_SECONDS,
    TOKEN_CHARACTERS,
    TOPIC_CHARACTERS,
    USERNAME_CHARACTERS,
)
from chat.vocabulary.names import conversation_key, room_key, room_name, user_key, username
from chat.vocabulary.text import decode
from chat.vocabulary.times import LAST_MOMENT
from tests.databases import Files
from tests.history.tools.shell import (
    NOON,
    act,
    everything_about_rooms,
    good,
    jsonl,
    line,
    opened,
    run,
    say,
    url,
)
from tests.soaking import examples

FOUR: Final = "𐐀"
"""A letter of four bytes, also in a key."""

LONGEST: Final = LINE_BYTES - len("MSG t \n")
"""Bytes of a text at the most."""

TEXTS: Final = [
    FOUR * (LONGEST // 4),
    "\N{REPLACEMENT CHARACTER}" * LONGEST,  # of control characters
    '"' * LONGEST,
    "\\" * LONGEST,
    "\t" * (LONGEST - 1) + "x",
    decode(b"a\x00b\x1b[31m\x7f" + "\u2028\u2029\u202e\x85".encode()),
    "null",
    "{",
    "x" * LONGEST,
]
"""The largest of every kind, as they come in."""


pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture
def other(files: Files, tmp_path: Path) -> Path:
    """Another one."""
    files.put(tmp_path / "other.sqlite")
    return tmp_path / "other.sqlite"


def long_name(number: int, letter: str = "ß", most: int = USERNAME_CHARACTERS) -> str:
    """A name as long as one may be; the key of one with ß is longer."""
    return letter * (most - 4) + f"{number:04}"


def draft(room: str, user: str, text: str, token: str = "", key: str = "") -> Draft:
    place = room if room[0] == "@" else room_name(room).key
    return Draft(key or place, room, user, username(user).key, text, NOON, token)


def read_back(store: Path, other: Path) -> list[str]:
    """What was exported, once it is imported elsewhere and is there the same."""
    exported = good("export", "--store", url(store)).encode()
    lines = exported.split(b"\n")
    assert max(map(len, lines)) < RUNAWAY_BYTES
    good("import", "--store", url(other), stdin=exported)
    assert good("export", "--store", url(other)).encode() == exported
    ran = run("copy", url(store), url(other))
    assert ran.status == 0, ran.err
    return [line.decode() for line in lines]


def test_the_largest_messages_are_read_back(store: Path, other: Path) -> None:
    """In every room and conversation, by everybody, of every kind of letter; also an address that
    was a username once, and what was deleted with its account."""
    one, two, gone = long_name(1), long_name(2), long_name(3, FOUR)
    room, talk = "ß" * ROOM_CHARACTERS, conversation_key(user_key(one), user_key(two))
    token = "t" * (TOKEN_CHARACTERS - 2)
    with opened(store) as (_, link):
        AccountTables(_).create(link, user_key(gone), gone, None, 0)
    for user in (one, gone):
        say(store, *(draft(room, user, text, f"{token}{n}") for n, text in enumerate(TEXTS)))
    twin = room_name(room).key + "\x1f999999999"
    say(store, draft(room, "203.0.113.66", "hi"), draft(room, two, "hi", key=twin))
    say(store, draft(talk, one, TEXTS[0]), draft(talk, two, TEXTS[1]))
    with opened(store) as (_, link):
        AccountAdmin(link).delete(user_key(gone), lambda _: None, wait=lambda _: None)
    lines = read_back(store, other)
    assert sum(f'"user":"{DELETED_USER}"' in line for line in lines) == len(TEXTS)


def test_a_message_with_many_earlier_texts_is_read_back(
    store: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as a server of before has kept; in one transaction with the message, and in order."""
    for bound in ("EARLIER_TEXTS", "EARLIER_BYTES"):
        monkeypatch.setattr(room_records, bound, EVERYTHING)
    largest = TEXTS[1]
    say(store, draft("tea", "gus", "first"), draft("tea", "bob", "hi"))
    with opened(store) as (_, link):
        edit = RoomTables(link.flavour).edit
        for number in range(40):
            text = f"{number}{largest}"[:LONGEST]
            assert edit(link, "tea", 1, Author("gus", 0), text, act("EDIT"))
    lines = read_back(store, other)
    assert sum(line.startswith('{"more":') for line in lines) > 3
    assert everything_about_rooms(other) == everything_about_rooms(store)


def test_a_room_at_all_its_maxima_is_read_back(store: Path, other: Path) -> None:
    """All its holders, its topic, its bans and mutes, and what the log says of them."""
    name, key = "ß" * ROOM_CHARACTERS, room_name("ß" * ROOM_CHARACTERS).key
    people = [username(long_name(number, FOUR)) for number in range(HOLDERS_MOST + 1)]
    standings = ["owner", *["moderator"] * (HOLDERS_MOST // 2), *["invited"] * HOLDERS_MOST]
    holders = tuple(
        Holder(who.key, who.shown, LAST_MOMENT, standing)  # type: ignore[arg-type]
        for who, standing in zip(people, standings, strict=False)
    )
    topic, why = FOUR * TOPIC_CHARACTERS, FOUR * REASON_CHARACTERS
    room = Kept(key, name, topic, holders, True, True, True, SLOW_MOST_SECONDS, NOON, NOON)
    targets = [
        *((user_key(long_name(number)), long_name(number)) for number in range(800)),
        *((f"2001:db8::{n:x}/128", f"2001:db8::{n:x}") for n in range(1, 101)),
        *((f"2001:{n:x}::/32", f"@{long_name(n)}") for n in range(1, 101)),
    ]
    assert len(targets) == SANCTIONS_PER_ROOM
    by = long_name(7, FOUR)
    bans = [
        Sanction(place, kind, target, shown, LAST_MOMENT, why, by, NOON)  # type: ignore[arg-type]
        for place, kind, many in ((key, "ban", SANCTIONS_PER_ROOM), (SERVER, "mute", 9))
        for target, shown in targets[-many:]
    ]
    log = [
        AuditEntry(NOON, SERVER, "", by, "ANNOUNCE", "", TEXTS[1]),
        AuditEntry(NOON, key, name, ADMIN, "LET", TEXTS[2], why),
        AuditEntry(NOON, key, name, DELETED_USER, "UNSAY", DELETED_USER),
        AuditEntry(NOON, key, name, "203.0.113.66", "BAN", f"@{by}"),
        AuditEntry(NOON, conversation_key(user_key(by), user_key(by)), f"@{by}", by, "EDIT", "#1"),
    ]
    kept = [replace_by(room, by), Kept(SERVER, "", raid=NOON), Kept(f"{key}\x1f1", name)]
    with writing(url(store)) as writer:
        writer.put_rules([Rule(thing) for thing in (*kept, *bans, *log)])
    lines = read_back(store, other)
    assert sum(line.startswith('{"more":') for line in lines) > 3


def replace_by(room: Kept, by: str) -> Kept:
    """The same with who has set its topic."""
    return replace(room, topic_by=by, topic_at=NOON)


def test_more_belongs_to_the_line_before(store: Path) -> None:
    """What is wrong in it is told by its own line."""
    first = line(number=1, earlier=[{"at": 1, "text": "one"}])
    more: dict[str, object] = {"more": [{"at": 2, "text": "two"}]}
    good("import", "--store", url(store), stdin=jsonl(first, more, more, line(number=2)))
    said, _ = map(json.loads, good("export", "--store", url(store)).splitlines())
    assert [each["text"] for each in said["earlier"]] == ["one", "two", "two"]
    wrong: dict[str, object] = {"more": [{"at": -2, "text": "two"}]}
    ran = run("import", "--store", url(store), stdin=jsonl(line(number=3), more, wrong))
    assert "line 3: give a whole number from 0" in ran.err
    ran = run("import", "--store", url(store), stdin=jsonl(more))
    assert "line 1: there is nothing before it that has more" in ran.err


@settings(max_examples=examples(200))
@given(st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=32))
def test_a_key_is_read_as_the_key_that_it_is(word: str) -> None:
    """However much longer than its name it is: no letter makes more than two of it."""
    try:
        name = username(word)
    except ChatError:
        return
    assert len(name.key) <= KEY_GROWTH * len(name.shown)
    assert user_key(name.key) == name.key == room_key(name.key)
