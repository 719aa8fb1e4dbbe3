"""What the stores in a database do when it does not do what it should."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, event, text

from chat.history.room_records import (
    AuditEntry,
    Author,
    Decision,
    Holder,
    Kept,
    Sanction,
    Withdrawn,
)
from chat.history.sql import link as link_module
from chat.history.sql import postgres as postgres_module
from chat.history.sql import schema, sqlite, upgrade
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.store import SqlStore
from chat.history.sql.tables import hiding_tables
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.store import DoubtError, StoreError
from chat.history.upkeep.timekeeper import Sighting
from chat.history.words import parse
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.limits import QUERY_SECONDS
from tests.contracts.drafts import draft, drafts, numbers, texts
from tests.postgres import Postgres
from tests.stored import hide, unhide
from tests.turning import REACTOR, result

Opened = Callable[[str], SqlStore]


class Flaky:
    """A driver that fails at the Nth statement: before it, or after it has been done."""

    def __init__(self, driver: Any, error: Exception, at: int, done: bool) -> None:
        self.driver, self.error, self.at, self.done = driver, error, at, done
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)

    def execute(self, *words: Any) -> Any:
        self.statements += words[0] != "ROLLBACK"
        if self.statements != self.at or words[0] == "ROLLBACK":
            return self.driver.execute(*words)
        if self.done and words[0] != "COMMIT":  # that would be done
            self.driver.execute(*words)
        raise self.error


@pytest.fixture
def link(url: str) -> Iterator[Link]:
    """A connection to an empty database."""
    flavour = of(url)
    upgrade.upgrade(flavour)
    link = Link(flavour, threading.Event())
    yield link
    link.close()


def a_batch(round_: int) -> list[Draft]:
    """Something of everything."""
    batch = [draft("tea", f"{round_} a", token=f"t{round_}"), draft("jam", f"{round_} b")]
    return [*batch, draft("tea", f"{round_} again", token="t0"), draft("@alice@bob", f"{round_} c")]


@pytest.mark.parametrize("done", [False, True])
def test_wherever_a_batch_fails_it_is_undone(
    link: Link, done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail each statement in turn: what was refused is not there, the numbers have no hole, and
    the next batch is stored."""
    monkeypatch.setattr(sqlite, "INDEX_MESSAGES", 1)  # so that each batch is indexed as well
    database = Database(link.flavour)
    database.append(link, [draft("tea", "first", token="t0")])
    expected = {"tea": ["first"], "jam": [], "@alice@bob": []}
    for at in count(1):
        link.connect()
        driver = link.driver
        link.driver = Flaky(driver, link.flavour.errors[0]("injected"), at, done)
        if flaky_is_through(database, link, a_batch(at)):
            remember(expected, at)
            break
        database.append(link, a_batch(at + 100))
        remember(expected, at + 100)
        check(database, link, expected)
    check(database, link, expected)
    assert at > 5


CHANGES: dict[str, Callable[[AccountTables, Link], object]] = {
    "create": lambda accounts, link: accounts.create(link, "bob", "bob", "hash", 5),
    "create again": lambda accounts, link: accounts.create(link, "carol", "carol", "hash", 5),
    "set_password": lambda accounts, link: accounts.set_password(link, "alice", "hash", "new"),
    "give_up": lambda accounts, link: accounts.give_up(link, "alice", 9),
    "join": lambda accounts, link: accounts.make(
        link, [accounts.join("alice", {"jam": "Jam", "tea": "Tea"})]
    ),
    "leave": lambda accounts, link: accounts.make(link, [accounts.leave("alice", "bun")]),
    "mark": lambda accounts, link: accounts.make(
        link, [accounts.mark("alice", {"bun": ("Bun", 1), "jam": ("Jam", 1)})]
    ),
    "read_on": lambda accounts, link: accounts.make(
        link, [accounts.read_on("alice", "jam", "Jam", 0, 1)]
    ),
    "wait": lambda accounts, link: accounts.make(
        link, [accounts.wait("alice", "@alice@bob", "@bob", 1)]
    ),
    "begin": lambda accounts, link: accounts.make(
        link, [accounts.begin("alice", "@alice@bob", "@bob", 1)]
    ),
    "told": lambda accounts, link: accounts.make(link, [accounts.told("alice", "@alice@carol", 1)]),
    "append": lambda accounts, link: accounts._database.append(
        link,
        [
            Draft("@alice@bob", "x", "bob", "bob", "a", 0, "", "alice"),
            Draft("@alice@carol", "x", "carol", "carol", "b", 0, "", "alice"),
        ],
    ),
}


def dump(link: Link) -> list[Any]:
    """All that is stored."""
    tables = schema.metadata.sorted_tables
    return [link.ask(lambda c, t=t: list(c.execute(t.select()).all())) for t in tables]


class Failing:
    """Has the Nth statement of a link fail, whoever asks it: before it, or after it was done."""

    def __init__(self, link: Link, at: int, done: bool) -> None:
        self.link, self.at, self.done = link, at, done
        self.statements = 0

    def __enter__(self) -> None:
        self.link.connect()
        self.driver, self.cursors = self.link.driver, 0
        self.link.driver = self
        event.listen(self.link.connection, "before_cursor_execute", self.before)
        event.listen(self.link.connection, "after_cursor_execute", self.after)

    def __exit__(self, *_: object) -> None:
        if self.link.driver is self:
            self.link.driver = self.driver
            event.remove(self.link.connection, "before_cursor_execute", self.before)
            event.remove(self.link.connection, "after_cursor_execute", self.after)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)

    def execute(self, sql: str, *words: Any) -> Any:
        if sql == "ROLLBACK":
            return self.driver.execute(sql)
        self.before()
        if sql == "COMMIT" and self.statements == self.at:
            raise self.link.flavour.errors[0]("injected")
        answer = self.driver.execute(sql, *words)
        self.after(None, answer)
        return answer

    def before(self, *_: object) -> None:
        self.statements += 1
        if self.statements == self.at and not self.done:
            raise self.link.flavour.errors[0]("injected")

    def after(self, _: object, cursor: Any, *__: object) -> None:
        if self.statements == self.at and self.done:
            cursor.close()
            raise self.link.flavour.errors[0]("injected")


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_wherever_a_change_of_accounts_fails_it_is_undone(
    link: Link, change: str, done: bool
) -> None:
    """Fail each statement in turn: nothing has changed then, and it can be tried again."""
    database = Database(link.flavour)
    accounts = AccountTables(database)
    database.append(link, [draft(key, "x") for key in ("tea", "jam", "bun", "@alice@carol")])
    for name in ("alice", "carol"):
        assert accounts.create(link, name, name.title(), "hash", 5)
    accounts.give_up(link, "carol", 7)
    accounts.make(link, [accounts.join("alice", {"bun": "Bun"})])
    accounts.make(link, [accounts.wait("alice", "@alice@carol", "@carol", 1)])
    before = dump(link)
    for at in count(1):
        failing = Failing(link, at, done)
        try:
            with failing:
                CHANGES[change](accounts, link)
        except StoreError as error:
            assert "injected" in str(error)  # noqa: PT017
            assert dump(link) == before
        else:
            break
    assert at > 3
    assert dump(link) != before


ENTRY = AuditEntry(9, "tea", "Tea", "carol", "ACT")
EVE = Author("eve", 0)
TEA = Kept("tea", "Tea", "cups", (Holder("alice", "Alice", 5, "owner"),))
BAN = Sanction("tea", "ban", "eve", "Eve", 0, "", "Alice", 9)

DEEDS: dict[str, Callable[[RoomTables, Link], object]] = {
    "keep": lambda moderation, link: moderation.keep(link, replace(TEA, key="jam"), ENTRY),
    "keep again": lambda moderation, link: moderation.keep(
        link, replace(TEA, topic="x", holders=(), revision=1), ENTRY
    ),
    "impose": lambda moderation, link: moderation.impose(link, replace(BAN, until=7), ENTRY),
    "lift": lambda moderation, link: moderation.lift(link, "tea", "ban", "eve", ENTRY),
    "note": lambda moderation, link: moderation.note(link, ENTRY),
    "hide": lambda _, link: hide(link, "tea", None, ENTRY, but=["alice"]),
    "unhide": lambda _, link: unhide(link, "tea", "bob", ENTRY),
    "take_back": lambda moderation, link: moderation.take_back(link, "tea", 3, EVE, ENTRY),
    "edit": lambda moderation, link: moderation.edit(link, "tea", 3, EVE, "new", ENTRY),
    "edit at last": lambda moderation, link: moderation.edit(link, "tea", 4, EVE, "new", ENTRY),
    "forget": lambda moderation, link: Database(link.flavour).forget(link, "tea", 5000, 0),
}


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(("deed", "looked_through"), [*((deed, 99) for deed in DEEDS), ("hide", 0)])
def test_wherever_a_deed_of_moderators_fails_it_is_undone(
    link: Link, deed: str, done: bool, looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail each statement in turn: nothing has changed then, the log does not speak of it, and it
    can be tried again."""
    monkeypatch.setattr(hiding_tables, "LOOKED_THROUGH", looked_through)
    monkeypatch.setattr(postgres_module, "PLAN_ANEW_MESSAGES", 1)
    monkeypatch.setattr(sqlite, "INDEX_MESSAGES", 1)
    database, moderation = Database(link.flavour), RoomTables(link.flavour)
    for number, name in enumerate(["alice", "bob", "eve"]):
        database.append(link, [draft("tea", f"word {number}", name)])
    monkeypatch.setattr(sqlite, "INDEX_MESSAGES", 99)
    database.append(link, [draft("tea", "word 4", "eve")])
    assert moderation.keep(link, TEA, ENTRY)
    moderation.impose(link, BAN, ENTRY)
    assert moderation.edit(link, "tea", 2, Author("bob", 0), "bob's word", ENTRY)
    assert hide(link, "tea", ["bob"], ENTRY) == [2]
    before, found = dump(link), found_by_words(database, link)
    for at in count(1):
        try:
            with Failing(link, at, done):
                DEEDS[deed](moderation, link)
        except StoreError as error:
            assert "injected" in str(error)  # noqa: PT017
            assert (dump(link), found_by_words(database, link)) == (before, found)
        else:
            break
    assert at > 3
    assert dump(link) != before


def found_by_words(database: Database, link: Link) -> list[Said]:
    return database.search(link, ["tea"], parse("word"), 1000)


def test_a_deed_whose_commit_was_not_answered_is_in_doubt(postgres: Postgres) -> None:
    """It may be done or not, and the log agrees with that; it is said to be in doubt."""
    flavour = of(postgres.database())
    upgrade.upgrade(flavour)
    link = Link(flavour, threading.Event())
    moderation = RoomTables(flavour)
    for committed in (False, True):
        link.connect()

        class Broken(Flaky):
            def execute(self, *words: Any) -> Any:
                if words[0] != "COMMIT" or committed:  # noqa: B023
                    answer = self.driver.execute(*words)
                if words[0] == "COMMIT":
                    self.driver.close()
                    raise self.error
                return answer

        link.driver = Broken(link.driver, flavour.errors[0]("gone"), 0, False)
        with pytest.raises(DoubtError, match="it may be done or not"):
            moderation.keep(link, TEA, ENTRY)
        link.close()
        assert len(moderation.changes(link, None).kept) == committed
        assert len(moderation.audit(link, None, 9, None)) == committed
    link.close()


MODERATOR = """
import sys, threading
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.room_records import Author, AuditEntry, Kept, Sanction
from tests.stored import hide, unhide
flavour = of(sys.argv[1])
moderation, link, who = RoomTables(flavour), Link(flavour, threading.Event()), sys.argv[2]
for at in range(int(sys.argv[3])):
    entry = AuditEntry(at, "tea", "Tea", who, "ACT")
    while True:
        kept = {room.key: room for room in moderation.changes(link, None).kept}["tea"]
        kept = Kept("tea", "Tea", f"{kept.topic}{who[0]}", revision=kept.revision)
        if moderation.keep(link, kept, entry):
            break
    moderation.impose(link, Sanction("tea", "ban", f"user{at % 3}", "x", 0, "", who, at), entry)
    moderation.lift(link, "tea", "ban", f"user{at % 3}", entry)
    hide(link, "tea", ["alice"], entry)
    moderation.edit(link, "tea", 1 + at, Author("bob", 0), f"{who} {at}", entry)
    unhide(link, "tea", "alice", entry)
"""


def test_several_processes_moderate_a_room(url: str) -> None:
    """While people talk in it: nothing waits for ever, and no change of a room is lost."""
    upgrade.upgrade(of(url))
    link = Link(of(url), threading.Event())
    database, moderation = Database(link.flavour), RoomTables(link.flavour)
    assert moderation.keep(link, Kept("tea", "Tea"), ENTRY)
    database.append(link, [draft("tea", "x", "bob") for _ in range(20)])
    deeds = 20
    others = [
        subprocess.Popen([sys.executable, "-c", MODERATOR, url, name, str(deeds)])
        for name in ("carol", "dave")
    ]
    others.append(subprocess.Popen([sys.executable, "-c", WRITER, url, "alice", str(deeds)]))
    assert [other.wait(60) for other in others] == [0] * 3
    (room,) = moderation.changes(link, None).kept
    assert sorted(room.topic) == ["c"] * deeds + ["d"] * deeds
    unhide(link, "tea", "alice", ENTRY)
    page = database.page(link, "tea", 1000, None, None)
    assert [said.number for said in page] == list(range(1, 10 * deeds + 21))
    edited = [moderation.earlier(link, "tea", number) for number in range(1, 21)]
    assert [len(texts) for texts in edited] == [2] * deeds
    link.close()


def flaky_is_through(database: Database, link: Link, batch: list[Draft]) -> bool:
    """Whether the batch was stored, as no statement failed any more."""
    flaky: Any = link.driver
    try:
        database.append(link, batch)
    except StoreError as error:
        return "injected" not in str(error)
    finally:
        if link.driver is flaky:
            link.driver = flaky.driver
    return True


def remember(expected: dict[str, list[str]], round_: int) -> None:
    expected["tea"].append(f"{round_} a")
    expected["jam"].append(f"{round_} b")
    expected["@alice@bob"].append(f"{round_} c")


def check(database: Database, link: Link, expected: dict[str, list[str]]) -> None:
    for key, said in expected.items():
        page = database.page(link, key, 1000, None, None)
        assert [each.text for each in page] == said
        assert [each.number for each in page] == list(range(1, len(said) + 1))
    found = database.search(link, ["tea"], parse("a"), 1000)
    assert [said.text for said in found] == [line for line in expected["tea"] if " a" in line]


def test_a_connection_that_broke_while_nothing_happened_costs_no_message(
    opened: Opened, postgres: Postgres
) -> None:
    """PostgreSQL was started anew over night: the first message after it is stored."""
    store = opened(postgres.database())
    result(store.append(drafts("tea", "a")))
    result(store.page("tea", 1))
    for _ in range(9):  # each reader has a connection
        result(store.page("tea", 1))
    postgres.hang_up()
    assert numbers(store.append(drafts("tea", "b"))) == [2]
    for _ in range(9):
        assert texts(store.page("tea", 9)) == ["a", "b"]


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_without_an_answer_is_looked_up(
    postgres: Postgres, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke while it was committed: it is asked whether it was."""
    url = postgres.database()
    flavour = of(url)
    upgrade.upgrade(flavour)
    link = Link(flavour, threading.Event())
    database = Database(flavour)
    database.append(link, drafts("tea", "a"))

    class Broken(Flaky):
        def execute(self, *words: Any) -> Any:
            if words[0] != "COMMIT":
                return self.driver.execute(*words)
            if committed:
                self.driver.execute(*words)
            self.driver.close()
            raise self.error

    link.driver = Broken(link.driver, flavour.errors[0]("gone"), 0, False)
    if committed:
        said = database.append(link, drafts("tea", "b"))
        assert said == [Said("Tea", "alice", "b", 2, 1000, key="tea")]
    else:
        with pytest.raises(StoreError, match="gone"):
            database.append(link, drafts("tea", "b"))
    database.append(link, drafts("tea", "c"))
    page = database.page(link, "tea", 9, None, None)
    assert [said.text for said in page] == (["a", "b", "c"] if committed else ["a", "c"])
    assert [said.number for said in page] == list(range(1, len(page) + 1))
    link.close()


WRITER = """
import sys, threading
from chat.vocabulary.events import Draft
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.tables.room_tables import RoomTables
flavour = of(sys.argv[1])
database, link = Database(flavour), Link(flavour, threading.Event())
for batch in range(int(sys.argv[3])):
    keys = ("tea", "jam") if batch % 2 else ("jam", "tea")  # a deadlock if they were not sorted
    who = sys.argv[2]
    drafts = [Draft(key, key, who, who, f"{batch} {i}", 0) for i in range(10) for key in keys]
    database.append(link, drafts)
"""


def test_several_processes_write_to_a_room(url: str) -> None:
    """Their numbers have neither holes nor repeats, and each one's messages stay in order."""
    upgrade.upgrade(of(url))
    batches = 30
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, name, str(batches)])
        for name in ("alice", "bob")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    flavour = of(url)
    link = Link(flavour, threading.Event())
    for key in ("tea", "jam"):
        page = Database(flavour).page(link, key, 1000, None, None)
        assert [said.number for said in page] == list(range(1, 20 * batches + 1))
        for name in ("alice", "bob"):
            said = [tuple(map(int, each.text.split())) for each in page if each.user == name]
            assert said == sorted(said)
            assert len(said) == 10 * batches
    link.close()


def test_another_program_that_holds_the_lock_is_waited_for_a_little(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the batch is refused; when the lock is gone the next one is stored."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = opened(f"sqlite:///{tmp_path}/chat.sqlite")
    result(store.append(drafts("tea", "a")))
    with closing(sqlite3.connect(tmp_path / "chat.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program is writing"):
            result(store.append(drafts("tea", "b")))
        assert texts(store.page("tea", 9)) == ["a"]
        other.execute("COMMIT")
    assert numbers(store.append(drafts("tea", "c"))) == [2]


def refusal(store: SqlStore, batch: list[Draft]) -> str:
    """Why it could not be stored, or nothing."""
    try:
        result(store.append(batch))
    except StoreError as error:
        return str(error)
    return ""


def test_a_database_that_is_full_is_said_to_be(opened: Opened, tmp_path: Path) -> None:
    """And goes on when there is room again."""
    store = opened(f"sqlite:///{tmp_path}/chat.sqlite")
    result(store.append(drafts("tea", "x")))
    result(store._write(lambda link: link.driver.execute("PRAGMA max_page_count = 40")))
    stored = 1
    while not (reason := refusal(store, drafts("tea", "x" * 4000))):
        stored += 1
    assert reason.endswith(" (make room on the disk)")
    result(store._write(lambda link: link.driver.execute("PRAGMA max_page_count = 4000")))
    assert numbers(store.append(drafts("tea", "y"))) == [stored + 1]


@pytest.fixture
def in_use(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[SqlStore, Path]:
    """A store with messages, some of them in the log beside it, and its file. It looks before each
    question whether that is there."""
    monkeypatch.setattr(link_module, "LOOK_SECONDS", 0.0)
    path = tmp_path / "chat.sqlite"
    store = opened(f"sqlite:///{path}")
    result(store.append(drafts("tea", "a", "b")))
    for _ in range(9):  # each reader has a connection
        assert texts(store.page("tea", 9)) == ["a", "b"]
        assert texts(store.search(["tea"], parse("a"), 9)) == ["a"]
    return store, path


@pytest.mark.parametrize("where_to", ["elsewhere", None])
def test_a_database_that_is_gone_is_made_again(
    in_use: tuple[SqlStore, Path], where_to: str | None
) -> None:
    """With all that is beside it: what is said then is in the file of that name; what was said
    before is where it was brought."""
    store, path = in_use
    for end in ("", "-wal", "-shm"):
        old = Path(f"{path}{end}")
        old.rename(path.with_name(f"{where_to}{end}")) if where_to else old.unlink()
    assert numbers(store.append(drafts("tea", "c"))) == [1]
    for _ in range(9):
        assert texts(store.page("tea", 9)) == ["c"]
        assert texts(store.search(["tea"], parse("c"), 9)) == ["c"]
    result(store.close())
    assert execute(f"sqlite:///{path}", "SELECT text FROM messages") == [("c",)]
    if where_to:
        there = f"sqlite:///{path.with_name(where_to)}"
        assert execute(there, "SELECT text FROM messages") == [("a",), ("b",)]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_moved_away_or_replaced_is_missed_until_it_is_back(
    in_use: tuple[SqlStore, Path], replaced: bool
) -> None:
    """What is beside it belongs to it, and would spoil another: nothing is lost."""
    store, path = in_use
    sqlite.back_up(path, path.with_name("copy"))
    path.rename(path.with_name("moved"))
    if replaced:
        path.with_name("copy").rename(path)
    reason = "another file is in its place" if replaced else "moved away, but not"
    for question in (store.append(drafts("tea", "lost")), store.page("tea", 9), store.last("tea")):
        with pytest.raises(StoreError, match=reason):
            result(question)
    assert Path(f"{path}-wal").stat().st_size == 0  # all of it is in the file that was moved
    path.with_name("moved").rename(path)
    assert numbers(store.append(drafts("tea", "c"))) == [3]
    assert texts(store.page("tea", 9)) == ["a", "b", "c"]


def test_a_file_that_was_moved_away_is_complete_when_the_server_has_stopped(
    in_use: tuple[SqlStore, Path],
) -> None:
    """Also where nothing was said in between: what stood beside it may be removed then."""
    store, path = in_use
    moved = path.with_name("moved")
    path.rename(moved)
    result(store.close())
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    assert execute(f"sqlite:///{moved}", "SELECT text FROM messages") == [("a",), ("b",)]


def test_a_log_without_its_file_is_not_thrown_away(opened: Opened, tmp_path: Path) -> None:
    """Somebody has moved the file and not what belongs to it: a new one would empty the log."""
    (tmp_path / "chat.sqlite-wal").write_bytes(b"what was said")
    with pytest.raises(StoreError, match="which belong to it: put it back"):
        opened(f"sqlite:///{tmp_path}/chat.sqlite")
    assert not (tmp_path / "chat.sqlite").exists()


def test_a_store_of_a_newer_version_is_refused(url: str, opened: Opened) -> None:
    """In one line; nothing has changed in it."""
    result(opened(url).append(drafts("tea", "a")))
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"written by a newer version .*schema 9999.* upgrade"):
        SqlStore(url, REACTOR).open()
    assert execute(url, "SELECT text FROM messages") == [("a",)]


def test_a_database_in_another_encoding_is_refused(postgres: Postgres) -> None:
    """It could not hold what people say."""
    name = postgres.database("TEMPLATE template0 ENCODING 'LATIN1'")
    with pytest.raises(StoreError, match="its encoding is LATIN1, and has to be UTF8"):
        SqlStore(name, REACTOR).open()


def test_a_password_is_not_shown() -> None:
    """Wherever it stands in the URL."""
    for url in ("postgresql://u:secret@h/d", "postgresql://u@h/d?password=secret&sslmode=require"):
        assert "secret" not in of(url).name


def test_what_was_stored_is_not_quoted_in_an_error(postgres: Postgres, opened: Opened) -> None:
    """PostgreSQL shows the row that it refuses, and with it the hash of a password."""
    url = postgres.database()
    store = opened(url)
    execute(url, "ALTER TABLE accounts ADD CONSTRAINT never CHECK (since < 0)")
    with pytest.raises(StoreError, match="never") as refused:
        result(store.accounts.create("alice", "Alice", "$argon2id$hash", 5))
    assert "argon2id" not in str(refused.value)
    with pytest.raises(StoreError, match=r"^postgresql://chat@127\.0\.0\.1:1/chat: "):
        SqlStore("postgresql://chat@127.0.0.1:1/chat", REACTOR).open()


def test_what_people_say_is_nobody_elses(tmp_path: Path, opened: Opened) -> None:
    """The files may be read by their owner alone; so may a copy."""
    path = tmp_path / "chat.sqlite"
    result(opened(f"sqlite:///{path}").append(drafts("tea", "a")))
    sqlite.back_up(path, tmp_path / "copy")
    modes = {found.name: found.stat().st_mode & 0o777 for found in tmp_path.iterdir()}
    names = ["chat.sqlite", "chat.sqlite-shm", "chat.sqlite-wal", "copy"]
    assert modes == dict.fromkeys(names, 0o600)


def test_an_upgrade_that_failed_can_be_tried_again(tmp_path: Path, opened: Opened) -> None:
    """The copy that was made then is kept, and another one is made."""
    url = f"sqlite:///{tmp_path}/chat.sqlite"
    upgrade.upgrade(of(url), "0001")
    (tmp_path / f"chat.sqlite.before-{schema.HEAD}").write_text("of the first time")
    opened(url)
    assert (tmp_path / f"chat.sqlite.before-{schema.HEAD}.2").exists()


def test_an_older_store_is_upgraded_and_its_messages_are_found(
    bare: str, opened: Opened, tmp_path: Path
) -> None:
    """With everything in it; of SQLite's file a copy is made first."""
    flavour = of(bare)
    upgrade.upgrade(flavour, "0001")
    execute(bare, "INSERT INTO rooms (id, key, name, first, last) VALUES (1, 'tea', 'Tea', 1, 600)")
    for number in (1, 300, 600):
        execute(
            bare,
            "INSERT INTO messages (room_id, number, at, name, text) "
            f"VALUES (1, {number}, 0, 'alice', 'word {number}')",
        )
    store = opened(bare)
    assert texts(store.search(["tea"], parse("word"), 50)) == ["word 1", "word 300", "word 600"]
    assert numbers(store.append(drafts("tea", "new word"))) == [601]
    assert len(result(store.search(["tea"], parse("word"), 50))) == 4
    copy = tmp_path / f"chat.sqlite.before-{schema.HEAD}"
    if bare.startswith("sqlite"):
        assert execute(f"sqlite:///{copy}", "SELECT version_num FROM alembic_version") == [
            ("0001",)
        ]


def test_a_store_without_accounts_is_upgraded(bare: str, opened: Opened) -> None:
    """Messages, their numbers, tokens and words are as they were, and there may be accounts."""
    upgrade.upgrade(of(bare), "0002")
    link = Link(of(bare), threading.Event())
    batch = [draft("tea", f"word {at}") for at in range(300)]
    Database(link.flavour).append(link, [*batch, draft("@alice@bob", "psst", "bob")])
    link.close()
    execute(bare, "UPDATE messages SET token = 'alice t7' WHERE text = 'word 7'")
    store = opened(bare)
    assert result(store.accounts.changes()).records == []
    assert result(store.accounts.create("alice", "Alice", "hash", 5))
    result(store.accounts.join("alice", {"tea": "Tea", "@alice@bob": "@bob"}))
    assert [place.read for place in result(store.accounts.bookmarks("alice"))] == [300, 1]
    assert numbers(store.append([draft("tea", "again", token="t7"), *drafts("tea", "x")])) == [
        8,
        301,
    ]
    assert texts(store.search(["tea"], parse('"word 299"'), 9)) == ["word 299"]
    waits = Draft("@alice@bob", "@alice@bob", "bob", "bob", "psst", 0, "", "alice")
    assert numbers(store.append([waits])) == [2]
    assert result(store.accounts.bookmarks("alice"))[1].waiting == 2


def test_a_store_without_moderation_is_upgraded(bare: str, opened: Opened) -> None:
    """Accounts are no operators, messages are shown, and there may be rooms that are kept."""
    upgrade.upgrade(of(bare), "0003")
    execute(
        bare,
        "INSERT INTO accounts (key, name, since, is_owned, is_disabled, secret, revision) "
        "VALUES ('alice', 'Alice', 5, true, false, 0, 1)",
    )
    execute(bare, "INSERT INTO rooms (id, key, name, first, last) VALUES (1, 'tea', 'Tea', 1, 1)")
    execute(
        bare,
        "INSERT INTO messages (room_id, number, at, name, text) VALUES (1, 1, 7, 'alice', 'hi')",
    )
    store = opened(bare)
    (record,) = result(store.accounts.changes()).records
    assert (record.key, record.is_operator) == ("alice", False)
    assert texts(store.page("tea", 9)) == ["hi"]
    assert result(store.moderation.changes()).kept == []
    assert result(store.moderation.keep(TEA, ENTRY))
    assert result(store.moderation.hide("tea", 7, ["alice"], [], ENTRY)) == [1]
    assert texts(store.page("tea", 9)) == []


def test_a_store_is_searched_as_a_new_one_is_after_an_upgrade(
    bare: str, opened: Opened, logged: list[str]
) -> None:
    """What the index did not have, or had otherwise, is found: signs, and letters that are the
    same. As all wait for it, the log says when it begins and when it is done."""
    upgrade.upgrade(of(bare), "0005")
    execute(bare, "INSERT INTO rooms (id, key, name, first, last) VALUES (1, 'tea', 'Tea', 1, 300)")
    for number in range(1, 301):
        said = "İstanbul c++" if number == 7 else f"word {number}"
        execute(
            bare,
            "INSERT INTO messages (room_id, number, at, name, text) "
            f"VALUES (1, {number}, 0, 'alice', '{said}')",
        )
    if bare.startswith("sqlite"):  # as the version before takes it apart
        rows = "SELECT id, 'i\u0307stanbul c' FROM messages WHERE number <= 256"
        execute(bare, f"INSERT INTO word_index (rowid, words) {rows}")
        execute(bare, "UPDATE word_index_end SET id = 256")
    else:
        execute(bare, "UPDATE messages SET words = array_to_tsvector(ARRAY['i\u0307stanbul', 'c'])")
    store = opened(bare)
    assert [line.partition(": ")[2] for line in logged if "indexed" in line] == [
        "all messages are indexed anew, which takes its time",
        "all messages are indexed",
    ]
    for words in ("istanbul", "c++", "İSTANBUL from:alice"):
        assert texts(store.search(["tea"], parse(words), 50)) == ["İstanbul c++"]
    assert numbers(store.search(["tea"], parse("word from:alice"), 999)) == [
        number for number in range(1, 301) if number != 7
    ]
    assert texts(store.search(["tea"], parse('"word 300"'), 9)) == ["word 300"]


OLD_ROOM = (
    "INSERT INTO kept (key, name, topic, is_private, is_moderated, is_registered, slow, raid, "
    "claimed, revision) VALUES ('{0}', '{0}', '{1}', false, false, true, 3, 0, 9, {2})"
)
"""As the version before topics told who has set them writes a room, with a topic."""


def test_a_topic_from_before_is_kept_without_who_has_set_it(bare: str, opened: Opened) -> None:
    """All else of the room is as it was, and the next one to set a topic is known."""
    upgrade.upgrade(of(bare), "0004")
    execute(bare, OLD_ROOM.format("tea", "cups", 7))
    execute(
        bare,
        "INSERT INTO holders (kept_id, key, name, since, standing) "
        "VALUES ((SELECT id FROM kept), 'alice', 'Alice', 5, 'owner')",
    )
    execute(bare, "UPDATE moderation_changes SET revision = 7")
    store = opened(bare)
    (room,) = result(store.moderation.changes()).kept
    alice = Holder("alice", "Alice", 5, "owner")
    values = {"is_registered": True, "slow": 3, "claimed": 9, "revision": 7}
    assert room == Kept("tea", "tea", "cups", (alice,), **values)
    assert (room.topic_by, room.topic_at) == ("", 0)
    assert result(
        store.moderation.keep(replace(room, topic="x", topic_by="Bob", topic_at=4), ENTRY)
    )
    (room,) = result(store.moderation.changes()).kept
    assert (room.topic, room.topic_by, room.topic_at) == ("x", "Bob", 4)


def test_what_was_decided_before_roles_were_kept(bare: str, opened: Opened) -> None:
    """Sanctions are of no known role, what is hidden is an operator's, and nothing is decided."""
    upgrade.upgrade(of(bare), "0005")
    execute(bare, OLD_ROOM.format("tea", "cups", 7))
    execute(bare, "INSERT INTO rooms (id, key, name, first, last) VALUES (1, 'tea', 'Tea', 1, 1)")
    execute(
        bare,
        "INSERT INTO messages (id, room_id, number, at, name, text) "
        "VALUES (1, 1, 1, 7, 'eve', 'hi')",
    )
    execute(
        bare,
        "INSERT INTO hidden (message_id, room_id, number, name, at, is_taken_back) "
        "VALUES (1, 1, 1, 'eve', 8, false)",
    )
    execute(
        bare,
        "INSERT INTO sanctions (room, kind, target, shown, until, reason, by, at, is_lifted, "
        "revision) VALUES ('tea', 'ban', 'eve', 'eve', 0, '', 'alice', 5, false, 7)",
    )
    execute(bare, "UPDATE moderation_changes SET revision = 7")
    store = opened(bare)
    changes = result(store.moderation.changes())
    assert [(each.by, each.rank) for each in changes.sanctions] == [("alice", 0)]
    assert [each.decisions for each in changes.kept] == [()]
    assert result(store.moderation.hidden_by("tea", Withdrawn())) == ("", 5)
    assert result(store.moderation.unhide("tea", Withdrawn(most=4), ENTRY)) == []
    assert result(store.moderation.unhide("tea", Withdrawn(), ENTRY)) == [1]
    decision = Decision("topic", 5, "oscar", 9)
    room = replace(changes.kept[0], decisions=(decision,))
    assert result(store.moderation.keep(room, ENTRY))
    assert result(store.moderation.changes()).kept[0].decisions == (decision,)


def test_the_version_before_goes_on_beside_this_one(url: str, opened: Opened) -> None:
    """What it writes of rooms is read, and who has set a topic is nobody where there is none."""
    store = opened(url)
    execute(url, OLD_ROOM.format("jam", "sweet", 1))
    kept = replace(TEA, topic="cups", topic_by="Bob", topic_at=4)
    assert result(store.moderation.keep(kept, ENTRY))
    execute(url, "UPDATE kept SET topic = '', revision = 3 WHERE key = 'tea'")
    execute(url, "UPDATE moderation_changes SET revision = 3")
    jam, tea = result(store.moderation.changes()).kept
    assert (jam.topic, jam.topic_by, jam.topic_at) == ("sweet", "", 0)
    assert (tea.topic, tea.topic_by, tea.topic_at) == ("", "", 0)
    assert tea.holders == TEA.holders


def test_a_store_that_knows_nothing_of_the_time_is_upgraded(bare: str, opened: Opened) -> None:
    """What was said is as it was, and what is known of the time can be noted."""
    upgrade.upgrade(of(bare), "0005")
    execute(bare, "INSERT INTO rooms (id, key, name, first, last) VALUES (1, 'tea', 'Tea', 1, 1)")
    execute(
        bare,
        "INSERT INTO messages (room_id, number, at, name, text) VALUES (1, 1, 7, 'alice', 'hi')",
    )
    store = opened(bare)
    assert result(store.sighting()) is None
    assert result(store.newest()) == 7
    result(store.note_sighting(Sighting(8, 9)))
    assert result(store.sighting()) == Sighting(8, 9)
    assert texts(store.page("tea", 9)) == ["hi"]


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Do something to a database behind the chat's back."""
    engine = create_engine(of(url).engine.url)
    with engine.begin() as connection:
        answer = connection.execute(text(sql))
        rows = [tuple(row) for row in answer] if answer.returns_rows else []
    engine.dispose()
    return rows


def test_the_tables_are_those_that_the_code_knows(bare: str) -> None:
    """The migrations make what schema.py says, and the newest is the one it names."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade.upgrade(of(bare))
    engine = of(bare).engine
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, schema.metadata)
    engine.dispose()
    mine = [each for each in differences if "word" not in str(each)]
    assert mine == []


def test_a_query_that_takes_too_long_is_broken_off(opened: Opened, tmp_path: Path) -> None:
    """It costs its asker the answer, and others nothing."""
    store = opened(f"sqlite:///{tmp_path}/chat.sqlite")
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    )
    asked = store._read(
        lambda link: link.ask(lambda connection: connection.exec_driver_sql(endless).all())
    )
    assert store._readers
    while not store._readers._began:
        pass
    store._readers.interrupt(QUERY_SECONDS)
    assert not asked.called
    while not asked.called:
        store._readers.interrupt(0)
        result(store.last("tea"))
    with pytest.raises(StoreError) as refused:
        result(asked)
    its: Any = refused.value.__cause__
    assert its.orig.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT


def test_an_error_of_the_code_is_no_error_of_the_store(opened: Opened, tmp_path: Path) -> None:
    """It comes out as what it is, to be logged with its traceback; the thread goes on."""
    store = opened(f"sqlite:///{tmp_path}/chat.sqlite")
    with pytest.raises(ZeroDivisionError):
        result(store._write(lambda link: 1 // 0))
    assert numbers(store.append(drafts("tea", "a"))) == [1]
