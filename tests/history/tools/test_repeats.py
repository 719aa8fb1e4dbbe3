"""The command line of the history: an import that was broken off, and is repeated."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.room_records import Author
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.tools import export
from chat.history.tools.account_admin import AccountAdmin
from tests.databases import Files
from tests.history.tools.shell import (
    NOON,
    act,
    draft,
    good,
    jsonl,
    line,
    opened,
    refusal,
    say,
    told,
    url,
)
from tests.soaking import examples

pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is ten messages."""
    monkeypatch.setattr(export, "PAGE", 10)


class Stream(io.BytesIO):
    """Lines, and what happens after so many of them."""

    def __init__(self, raw: bytes, after: int, happen: Callable[[], object]) -> None:
        super().__init__(raw)
        self._left = after
        self._happen = happen

    def readline(self, size: int | None = -1) -> bytes:
        if not self._left:
            self._happen()
        self._left -= 1
        return super().readline(size)


def foreign(number: int, **more: object) -> dict[str, object]:
    """A line of another chat's log: some say the same in the same moment."""
    text = "ok" if number % 3 else f"line {number}"
    return line(at=NOON + number // 6, text=text, user=f"user{number % 2}", **more)


def interrupt() -> None:
    raise KeyboardInterrupt


def fail() -> None:
    raise OSError(5, "Input/output error")


def bring(at: str | Path, *lines: dict[str, object]) -> str:
    store = at if isinstance(at, str) else url(at)
    return told("import", "--store", store, stdin=jsonl(*lines))


def texts(at: str | Path) -> list[str]:
    lines = good("export", "--store", at if isinstance(at, str) else url(at)).splitlines()
    return [said["text"] for said in map(json.loads, lines) if "text" in said]


LOG = [foreign(number) for number in range(47)]
SAID = [str(told["text"]) for told in LOG]


@pytest.mark.parametrize("after", [0, 1, 10, 25, 46, 47])
@pytest.mark.parametrize("happen", [interrupt, fail])
def test_what_was_broken_off_is_repeated(
    store: Path, after: int, happen: Callable[[], object]
) -> None:
    """Wherever it was: in the end all of it is there, once, and in its order."""
    broken = Stream(jsonl(*LOG), after, happen)
    assert "imported)" in refusal("import", "--store", url(store), stdin=broken)
    bring(store, *LOG)
    assert texts(store) == SAID
    assert bring(store, *LOG) == "0 messages imported, 47 were there already"
    assert texts(store) == SAID


def test_what_is_equal_within_a_file_is_all_of_it_meant(store: Path) -> None:
    """Who says ok twice in a second has said it twice; and not four times."""
    ok = line(text="ok")
    assert bring(store, ok, ok).startswith("2 messages imported, 0 were")
    assert bring(store, ok, ok).startswith("0 messages imported, 2 were")
    assert bring(store, ok, ok, ok).startswith("1 messages imported, 2 were")
    assert bring(store, ok, {**ok, "user": "bob"}).startswith("1 messages imported, 1 were")
    assert bring(store, ok, {**ok, "at": NOON + 1}).startswith("1 messages imported, 1 were")
    assert bring(store, ok, {**ok, "room": "jam"}).startswith("1 messages imported, 1 were")


def test_a_longer_export_of_the_same_log_brings_what_is_new(store: Path) -> None:
    """Whether it begins where the first one did, or in its midst."""
    bring(store, *LOG[:20])
    assert bring(store, *LOG[:33]).startswith("13 messages imported, 20 were")
    assert bring(store, *LOG[30:]).startswith("14 messages imported, 3 were")
    assert texts(store) == SAID


def test_postgresql_knows_it_again_as_well(postgres_url: str) -> None:
    """As SQLite does."""
    bring(postgres_url, *LOG[:20])
    bring(postgres_url, *LOG)
    assert texts(postgres_url) == SAID


def test_what_is_said_meanwhile_is_no_reason(store: Path) -> None:
    """A server goes on: with the same words, and in between."""

    def talk() -> None:
        say(store, draft("tea", "user1", "ok", NOON + 7), draft("tea", "bob", "hi", NOON + 99))

    both = jsonl(*LOG)
    told("import", "--store", url(store), stdin=Stream(both, 25, talk))
    assert Counter(texts(store)) == Counter([*SAID, "hi"])  # that ok was in the file
    assert bring(store, *LOG).startswith("0 messages imported, 47 were")


def test_two_imports_of_one_file_at_once_are_one(store: Path) -> None:
    """Whoever did not see that the first one still runs has done no harm."""
    again = Stream(jsonl(*LOG), 25, lambda: bring(store, *LOG))
    told("import", "--store", url(store), stdin=again)
    assert Counter(texts(store)) == Counter(SAID)


def test_with_tokens_and_without_in_one_file(store: Path) -> None:
    """What has come from the file itself is not taken for what was there before."""
    ok = line(text="ok")
    lines = [*({**ok, "token": f"alice {n}"} for n in range(15)), *[ok] * 15]
    assert bring(store, *lines).startswith("30 messages imported")
    assert bring(store, *lines).startswith("0 messages imported, 30 were")


def test_what_was_deleted_or_edited_does_not_come_back(store: Path) -> None:
    """A file is imported again: who was deleted since then is not told of again."""
    with opened(store) as (database, link):
        AccountTables(database).create(link, "user0", "user0", None, 0)
        AccountTables(database).create(link, "user1", "user1", None, 0)
    bring(store, *LOG)
    with opened(store) as (_, link):
        edit = RoomTables(link.flavour).edit
        assert edit(link, "tea", 46, Author("user1", 0), "another", act("EDIT"))
        AccountAdmin(link).delete("user0", lambda _: None, wait=lambda _: None)
    before = texts(store)
    assert before.count("(deleted)") == 24
    assert bring(store, *LOG).startswith("0 messages imported, 47 were")
    assert texts(store) == before


@settings(max_examples=examples(15), deadline=None)
@given(
    first=st.lists(st.integers(0, 5), max_size=12),
    second=st.lists(st.integers(0, 5), max_size=12),
)
def test_of_equal_messages_there_are_as_many_as_the_file_with_most_has(
    files: Files, first: list[int], second: list[int]
) -> None:
    """Whatever two files have in common."""
    lines: Any = [line(text=f"cup {n % 3}", user="ab"[n // 3]) for n in range(6)]
    with TemporaryDirectory() as folder, patch.object(export, "PAGE", 3):
        store = Path(folder) / "chat.sqlite"
        files.put(store)
        bring(store, *(lines[n] for n in first))
        bring(store, *(lines[n] for n in second))
        exported = map(json.loads, good("export", "--store", url(store)).splitlines())
        there = Counter((said["user"], said["text"]) for said in exported)
    wanted = Counter(first) | Counter(second)
    assert there == {(lines[n]["user"], lines[n]["text"]): many for n, many in wanted.items()}
