"""A store as a server has it, and the command line of whoever runs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from typing import Any

from chat.admin.__main__ import main
from chat.history.account_records import Bookmark, Record
from chat.history.room_records import AuditEntry, Author, Kept, Withdrawn
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.tables.account_tables import AccountTables
from chat.history.sql.tables.hiding_tables import Step, Way
from chat.history.sql.tables.room_tables import RoomTables
from chat.history.sql.upgrade import upgrade
from chat.history.words import parse
from chat.vocabulary.events import Draft, Said
from chat.vocabulary.names import base_of
from tests import commandline
from tests.commandline import Ran


class Chat:
    """A store, as the server has it."""

    def __init__(self, url: str) -> None:
        self.url = url
        upgrade(of(url))
        self.link = Link(of(url), threading.Event())
        self.database = Database(self.link.flavour)
        self.accounts = AccountTables(self.database)
        self.moderation = RoomTables(self.link.flavour)

    def say(self, key: str, user: str, *texts: str, at: int = 0, token: str = "") -> list[Said]:
        at = at or int(time.time() * 1000)
        name = key if key[0] == "@" else base_of(key).title()
        drafts = [Draft(key, name, user, user.lower(), text, at, token) for text in texts]
        return self.database.append(self.link, drafts)

    def said(self, key: str) -> list[tuple[int, str, str]]:
        page = self.database.page(self.link, key, 10**6, None, None)
        return [(said.number, said.user, said.text) for said in page]

    def found(self, words: str, *scopes: str) -> list[str]:
        page = self.database.search(self.link, scopes, parse(words), 10**6)
        return [said.text for said in page]

    def records(self) -> dict[str, Record]:
        return {each.key: each for each in self.accounts.changes(self.link, None).records}

    def hash(self, key: str) -> str | None:
        return self.accounts.password(self.link, key)

    def bookmarks(self, key: str) -> list[Bookmark]:
        return self.accounts.bookmarks(self.link, key)

    def kept(self) -> dict[str, Kept]:
        return {each.key: each for each in self.moderation.changes(self.link, None).kept}

    def keep(self, kept: Kept) -> None:
        """Somebody keeps a room so."""
        assert self.moderation.keep(self.link, kept, act("KEEP", kept.key))

    def edit(self, key: str, number: int, author: str, text: str) -> None:
        """Somebody gives its message another text."""
        edit = self.moderation.edit
        assert edit(self.link, key, number, Author(author, 0), text, act("EDIT", key, author))

    def hide(self, key: str, *authors: str) -> list[int]:
        """Somebody hides what these have said."""
        return hide(self.link, key, authors, act("HIDE", key))

    def unhide(self, key: str, author: str) -> list[int]:
        """Somebody shows it again."""
        return unhide(self.link, key, author, act("UNHIDE", key))

    def log(self) -> list[AuditEntry]:
        """The whole audit log."""
        return self.moderation.audit(self.link, None, 10**6, None)

    def admin(self, *words: object, stdin: Any = b"") -> Ran:
        """Run the command line on it."""
        return commandline.run(main, *words, "--store", self.url, stdin=stdin)

    def does(self, *words: object, stdin: Any = b"") -> str:
        """What it wrote, or told, having done what was asked for."""
        ran = self.admin(*words, stdin=stdin)
        assert ran.status == 0, ran.err
        return ran.out or ran.err.removeprefix("chat.admin: ").rstrip("\n")

    def refuses(self, *words: object, stdin: Any = b"") -> str:
        """The one line that says why it did not."""
        ran = self.admin(*words, stdin=stdin)
        assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
        return ran.err.removeprefix("chat.admin: ").rstrip("\n")


def hide(
    link: Link,
    room: str,
    authors: Collection[str] | None,
    entry: AuditEntry,
    since: int = 0,
    but: Collection[str] = (),
) -> list[int]:
    """Hide what these have said in a room since then, or all but others; the numbers of it."""
    tables = RoomTables(link.flavour)
    ids = tables.to_hide(link, room, since, authors, but)
    return sorted(tables.withdraw(link, Step(ids, Way(entry.at, entry.by), entry)))


def unhide(link: Link, room: str, author: str, entry: AuditEntry) -> list[int]:
    """Show again what somebody has said in a room."""
    tables = RoomTables(link.flavour)
    ids = tables.to_show(link, room, Withdrawn(author))
    way = Way(entry.at, entry.by, is_shown=True)
    return sorted(tables.withdraw(link, Step(ids, way, entry)))


def act(verb: str, room: str = "", by: str = "carol", target: str = "", at: int = 9) -> AuditEntry:
    """What the audit log says of something."""
    return AuditEntry(at, room, room.title(), by, verb, target)
