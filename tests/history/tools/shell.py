"""The command line of the history, as tests run it, and stores for it, as the server has them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from msgspec.structs import replace

from chat.history.__main__ import main
from chat.history.room_records import SERVER, AuditEntry, Author, Holder, Kept, Sanction
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.sql.upgrade import upgrade
from chat.history.tools.account_admin import AccountAdmin
from chat.history.tools.export import reading
from chat.history.words import parse
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.names import username
from tests import commandline
from tests.commandline import Ran
from tests.stored import hide

NOON = 1_777_863_721_000
"""2026-05-04T03:02:01.000Z"""


def run(
    *words: object, stdin: Any = b"", out: io.BytesIO | None = None, watched: bool = False
) -> Ran:
    """Run the command line, and what came of it."""
    return commandline.run(main, *words, stdin=stdin, out=out, watched=watched)


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
        # Behind a later message what is said at noon is no older than that.
        assert hide(link, "tea", ["eve"], act("HIDE"), NOON + 1)[-2:] == [3, 5]


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


def keep_topic(at: str | Path, by: str, moment: int) -> None:
    """Somebody has set the topic of tea, which nobody owns."""
    with opened(at) as (_, link):
        kept = Kept("tea", "Tea", "cups", topic_by=by, topic_at=moment)
        assert RoomTables(link.flavour).keep(link, kept, act("TOPIC"))
