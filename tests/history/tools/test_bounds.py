"""The command line of the history: what comes in is within bounds, and what is wrong is named."""

from __future__ import annotations

import copy as copying
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.admin.__main__ import main as admin
from chat.vocabulary.limits import EVERYTHING, FIRST_NUMBER_MOST
from chat.vocabulary.times import LAST_MOMENT
from tests import commandline
from tests.databases import Files
from tests.history.tools.shell import (
    NOON,
    good,
    jsonl,
    line,
    moderate,
    refusal,
    run,
    say,
    url,
)
from tests.history.tools.shell import draft as drafted
from tests.moderation.town import Town
from tests.soaking import examples
from tests.stores import SameThreadStore

pytestmark = pytest.mark.usefixtures("ready")


def kept(**values: object) -> dict[str, object]:
    return {"kept": {"key": "tea", "name": "tea", **values}}


def sanction(**values: object) -> dict[str, object]:
    told = {"room": "tea", "kind": "ban", "target": "eve", "shown": "Eve", "until": 0}
    return {"sanction": {**told, "reason": "", "by": "bob", "at": 1, **values}}


def entry(**values: object) -> dict[str, object]:
    return {"audit": {"at": 1, "room": "tea", "name": "Tea", "by": "bob", "act": "BAN", **values}}


def holder(**values: object) -> dict[str, object]:
    return {"key": "al", "name": "al", "since": 1, "standing": "owner", **values}


BEYOND: Final = LAST_MOMENT + 1


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (entry(at=4611686018427387904), "audit.at"),
        (entry(at=-1), "audit.at"),
        (entry(at=10**40), "audit.at"),
        (entry(number=2**63), "audit.number"),
        (entry(act="ban him"), "audit.act"),
        (entry(act=""), "audit.act"),
        (entry(by="two words"), "audit.by"),
        (entry(text="x" * 5000), "audit.text"),
        (sanction(until=BEYOND), "sanction.until"),
        (sanction(until=-1), "sanction.until"),
        (sanction(at=BEYOND), "sanction.at"),
        (sanction(reason="x" * 201), "sanction.reason"),
        (sanction(shown="two words"), "sanction.shown"),
        (kept(slow=-1), "kept.slow"),
        (kept(slow=86401), "kept.slow"),
        (kept(slow=0.5), "kept.slow"),
        (kept(raid=BEYOND), "kept.raid"),
        (kept(claimed=-1), "kept.claimed"),
        (kept(topic="x" * 401), "kept.topic"),
        (kept(topic_by="two words"), "kept.topic_by"),
        (kept(holders=[holder(since=2**63)]), "kept.holders.since"),
        (kept(holders=[holder(standing="king")]), "kept.holders.standing"),
        (line(hidden=BEYOND), "hidden"),
        (line(earlier=[{"at": BEYOND, "text": "x"}]), "earlier.at"),
        (line(number=EVERYTHING + 1), "number"),
    ],
)
def test_a_number_or_a_word_beyond_its_bounds_is_named(
    store: Path, tmp_path: Path, told: dict[str, object], where: str
) -> None:
    """With the file, the line and the key; nothing of it is stored."""
    file = tmp_path / "all.jsonl"
    file.write_bytes(jsonl(line("jam", 1), told))
    said = refusal("import", file, "--store", url(store))
    assert said.startswith(f"{file} line 2: give ")
    assert said.endswith(f" at `{where}` (nothing is imported)")
    assert good("export", "--store", url(store)) == ""


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (sanction(target="0.0.0.0/0"), "0.0.0.0/0 is too much of the network"),
        (sanction(target="11.0.0.0/7"), "is no network"),
        (sanction(target="12.0.0.0/7"), "12.0.0.0/7 is too much of the network"),
        (sanction(target="::/0"), "::/0 is too much of the network"),
        (sanction(target="2000::/15"), "is too much of the network"),
        (sanction(target="::ffff:0:0/96"), "is too much of the network"),
        (sanction(target="two words"), "a username is one word"),
        (sanction(room="tea/" + "9" * 5000), "give a text of at most"),
        (line("tea/" + "9" * 5000), "a room's name is one word"),
        (line("tea/9999999999"), "a room's name is one word"),
        (line(number=FIRST_NUMBER_MOST + 1), "no room begins beyond number"),
        (kept(key="", name="", slow=3), "the whole server has a raid switch, and nothing else"),
        (kept(key="@al@bo", name="@al@bo"), "@al@bo is no room"),
        (kept(holders=[holder(), holder()]), "each of its holders once"),
    ],
)
def test_what_nobody_could_do_is_not_imported(
    store: Path, told: dict[str, object], reason: str
) -> None:
    """A ban of everybody among it."""
    said = refusal("import", "--store", url(store), stdin=jsonl(line("jam", 1), told))
    assert said.startswith("line 2: ")
    assert reason in said
    assert good("export", "--store", url(store)) == ""


@pytest.mark.parametrize(
    "bomb",
    [
        '{{"kept": {{"key": {open}{close}}}}}',
        '{{"kept": {open}',
        '{{"audit": {{"at": {open}1{close}}}}}',
        '{{"x": {open}{close}}}',
        '{{"room": {open}{close}}}',
        '{{"more": {open}{close}}}',
        "{open}",
    ],
)
def test_depth_is_no_error_of_the_program(store: Path, bomb: str) -> None:
    """However deep: one line, that says which."""
    for many in (30, 950, 990, 5000, 30_000):
        raw = bomb.format(open="[" * many, close="]" * many).encode()
        assert refusal("import", "--store", url(store), stdin=raw).startswith("line 1: ")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"room":"tea","user":"al","text":"\\ud800","at":1}',
        b'{"room":"te\\udc00","user":"al","text":"x","at":1}',
        b'{"room":"tea","user":"al","text":"x","at":NaN}',
        b'{"room":"tea","user":"al","text":"x","at":Infinity}',
        b'{"room":"tea","user":"al","text":"x","at":1e99}',
        b'{"room":"tea","user":"al","text":"x","at":1' + b"0" * 5000 + b"}",
        b'{"room":"tea","user":"al","text":true,"at":1}',
        b'{"kept":[],"room":"tea"}',
        b'{"more":[]}',
        b'\x00{"room":"tea","user":"al","text":"x","at":1}',
        b"null",
        b"1",
        b'"kept"',
    ],
)
def test_what_is_no_line_of_an_export_is_refused(store: Path, raw: bytes) -> None:
    """In one line, whatever JSON allows."""
    assert refusal("import", "--store", url(store), stdin=raw).startswith("line 1: ")


def test_another_encoding_is_named(store: Path) -> None:
    """With what to do about it."""
    raw = jsonl(line(number=1)).decode().encode("utf-16")
    assert refusal("import", "--store", url(store), stdin=raw).startswith(
        "line 1: it is not UTF-8 but UTF-16"
    )


def test_a_byte_order_mark_is_skipped(store: Path, tmp_path: Path) -> None:
    """At the beginning of a file, and of a stream; anywhere else it makes no sense."""
    mark, file = b"\xef\xbb\xbf", tmp_path / "all.jsonl"
    file.write_bytes(mark + jsonl(line(number=1)))
    good("import", file, "--store", url(store))
    good("import", "--store", url(store), stdin=mark + jsonl(line(number=2)))
    assert good("export", "--store", url(store)).count("\n") == 2
    wrong = jsonl(line(number=3)) + mark + jsonl(line(number=4))
    assert refusal("import", "--store", url(store), stdin=wrong).startswith("line 2: ")


# --- whatever is taken can be lived with ----------------------------------------------------

WRONG: Final[Any] = st.sampled_from(
    [
        *(0, 1, -1, 0.5, NOON, LAST_MOMENT, BEYOND, 2**31, 2**62, 2**63, 2**64, 10**30, 1e300),
        *(None, True, False, [], {}, [[]], "", " ", "x", "x" * 300, "x" * 5000, "\0", "a\nb", "-"),
        *("*", "@", "@a@b", "tea\x1f1", "tea/0", "a b", "ß" * 64, "\u202e", "0.0.0.0/0", "::/0"),
        *("10.0.0.0/8", "10.0.0.1", "@eve", "*deleted*", "owner", "invited", "mute", "BAN"),
        [{"key": "bob", "name": "bob", "since": 1, "standing": "owner"}] * 2,
        [{"at": 1, "text": "was"}],
    ]
)


SOME: Final = st.sets(st.integers(0, 19), min_size=1, max_size=3)
"""Of the lines of that export."""


@pytest.fixture(scope="module")
def lines(files: Files, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What an export has, with something of everything."""
    store = tmp_path_factory.mktemp("moderated") / "chat.sqlite"
    files.put(store)
    say(store, drafted("tea", "alice", "hello"))
    moderate(store)
    exported = good("export", "--store", url(store)).splitlines()
    assert len(exported) == 20
    return [json.loads(line) for line in exported]


@settings(max_examples=examples(15), deadline=None)
@given(data=st.data())
def test_whatever_is_imported_can_be_lived_with(
    files: Files, lines: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Lines that are not quite those of an export are refused in one line, or there is a store with
    which all goes on: lists, bans, joins, history, search, exports."""
    spoilt = {at: copying.deepcopy(lines[at]) for at in data.draw(SOME)}
    for told in spoilt.values():
        _spoil(told, data)
    rest = [told for at, told in enumerate(lines) if at not in spoilt]
    with TemporaryDirectory() as folder:
        store, other = Path(folder) / "chat.sqlite", Path(folder) / "other.sqlite"
        for each in (store, other):
            files.put(each)
        batches = [rest, *([told] for told in spoilt.values())]
        for some in batches if data.draw(st.booleans()) else reversed(batches):
            ran = run("import", "--store", url(store), stdin=jsonl(*some))
            assert ran.status == 0 or ran.err.count("\n") == 1
        _live_with(store)
        exported = good("export", "--store", url(store))
        good("import", "--store", url(other), stdin=exported.encode())
        assert good("export", "--store", url(other)) == exported


def _spoil(told: dict[str, Any], data: st.DataObject) -> None:
    """Put something else into it, at any depth."""
    while True:
        key = data.draw(st.sampled_from(sorted(told)))
        inner = told[key]
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            inner = inner[0]
        if not isinstance(inner, dict) or not inner or data.draw(st.booleans()):
            told[key] = data.draw(WRONG)
            return
        told = inner


def _live_with(store: Path) -> None:
    """Do with it what people do."""
    for words in (["bans"], ["mutes"], ["rooms"], ["audit"], ["audit", "--json"], ["list"]):
        assert commandline.run(admin, *words, "--store", url(store)).status == 0
    good("export", "--format", "text", "--store", url(store))
    asked = SameThreadStore(url(store))
    town = Town(store=asked, operators=("op",))
    for known in (town.factory.registry, town.factory.directory):
        known.load()
    op, gus = town.rooms("op", "hall"), town.rooms("gus", "hall", host="192.0.2.1")
    assert op.says("JOIN tea").heard()
    lists = ["BANS tea", "BANS *", "MUTES *", "AUDIT *", "AUDIT tea", "HELD tea", "ROOMS"]
    reads = ["HISTORY tea", "SEARCH hello", "EARLIER tea 2", "TOPIC tea", "MODE tea"]
    for command in (*lists, *reads):
        answer = op.says(command).heard()
        assert answer, command
        assert not any("not be" in line or "went wrong" in line for line in answer), answer
    gus.says("MSG hall hi")
    assert "MSG hall gus hi" in op.heard()
    asked.let_go()


# --- what an earlier version has imported ---------------------------------------------------


def test_what_is_stored_wrongly_breaks_nothing_for_good(moderated: Path, other: Path) -> None:
    """Lists are shown, nobody is kept out by it, and it can be exported, imported and copied."""
    with closing(sqlite3.connect(moderated, isolation_level=None)) as connection:
        for change in (
            f"UPDATE audit SET at = {2**62}, act = 'to be', by = 'a b' WHERE number IN (1, 3)",
            "UPDATE audit SET at = -5 WHERE number = 2",
            f"UPDATE kept SET slow = -1, raid = {2**62} WHERE key = 'tea\x1f1'",
            f"UPDATE kept SET topic = '{'x' * 4000}', claimed = {2**61} WHERE key = 'tea'",
            f"UPDATE holders SET since = {2**61} WHERE key = 'bob'",
            f"UPDATE sanctions SET until = {2**62}, reason = '{'x' * 4000}' WHERE room = 'tea'",
            f"INSERT INTO sanctions VALUES (77, '', 'ban', '0.0.0.0/0', '0.0.0.0/0', {2**62}, '',"
            " 'bob', 1, 0, 1, 0)",
            "INSERT INTO sanctions VALUES (78, '', 'mute', 'x/y', 'x', 0, '', 'bob', 1, 0, 1, 0)",
            "INSERT INTO sanctions VALUES (79, '', 'ban', 'gus', 'gus', -1, '', 'bob', 1, 0, 1, 0)",
        ):
            connection.execute(change)
    _live_with(moderated)
    exported = good("export", "--store", url(moderated))
    good("import", "--store", url(other), stdin=exported.encode())
    assert good("export", "--store", url(other)) == exported
    assert run("copy", url(moderated), url(other)).status == 0


def test_a_copy_is_within_the_same_bounds(spoken: Path, other: Path) -> None:
    """A store that somebody else has made is believed no more than a file."""
    with closing(sqlite3.connect(spoken)) as connection, connection:
        connection.execute(f"UPDATE messages SET at = {2**62} WHERE name = 'Bob'")
    time = f"a whole number from 0 to {LAST_MOMENT}"
    said = refusal("copy", url(spoken), url(other))
    assert said == f"lobby number 2: give {time} at `at`"
    with closing(sqlite3.connect(spoken)) as connection, connection:
        connection.execute("UPDATE messages SET at = 1")
        connection.execute(
            "INSERT INTO accounts VALUES (1, 'al', 'al', NULL, -1, true, false, 0, 1, false)"
        )
    assert refusal("copy", url(spoken), url(other)) == f"account al: give {time} at `since`"
