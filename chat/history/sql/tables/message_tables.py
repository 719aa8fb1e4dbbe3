"""What is asked of the tables about single messages that are taken back or edited, and about their
authors' last ones, whatever database they are in. Blocks; knows no threads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from chat.history.room_records import AuditEntry, Author, Earlier, Edit, is_edited_out
from chat.history.sql.database import SHOWN, shown
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import earlier, hidden, messages, rooms
from chat.history.sql.tables.account_tables import changing
from chat.history.sql.tables.audit_log import note
from chat.history.words import Term, inside, said_by, scopes
from chat.vocabulary.limits import CATCH_UP_MESSAGES, EARLIER_TEXTS, RECENT_MESSAGES
from chat.vocabulary.names import key_of
from chat.vocabulary.pieces import page_of


class MessageTables:
    """The questions and their answers. Every method takes the connection to ask on; all raise
    StoreError."""

    def __init__(self, flavour: Flavour) -> None:
        self._flavour = flavour
        self._insert_into = flavour.insert_into

    def take_back(
        self, link: Link, room: str, number: int, author: Author, entry: AuditEntry
    ) -> bool:
        """See ModerationStore.take_back."""

        def take_back(connection: Connection) -> bool:
            row = _own(connection, room, number, author)
            if row is None:
                return False
            values = {"message_id": row.id, "room_id": row.room_id, "number": number}
            values |= {"name": row.name, "at": entry.at, "is_taken_back": True}
            connection.execute(insert(hidden).values(values))
            note(connection, entry)
            return True

        return changing(link, take_back)

    def edit(
        self, link: Link, room: str, number: int, author: Author, text: str, entry: AuditEntry
    ) -> Edit:
        """See ModerationStore.edit."""

        def edit(connection: Connection) -> Edit:
            row = _own(connection, room, number, author)
            if row is None:
                return Edit.REFUSED
            its = select(earlier.c.text).where(earlier.c.message_id == row.id)
            if is_edited_out(connection.scalars(its.limit(EARLIER_TEXTS)).all()):
                return Edit.TOO_MANY
            before = insert(earlier).values(message_id=row.id, at=entry.at, text=row.text)
            connection.execute(before)
            self._replace(connection, row, text)
            note(connection, entry)
            return Edit.MADE

        return changing(link, edit)

    def recent_of(self, link: Link, room: str, author: Author) -> int:
        """The same as last_of, but 0 as well where it is not one of the last messages there are."""
        found = select(*messages.c["number", "name"]).join(rooms).where(rooms.c.key == room, SHOWN)
        found = found.where(messages.c.number > rooms.c.last - RECENT_MESSAGES)
        found = found.where(messages.c.at >= author.since).order_by(messages.c.number.desc())

        def recent_of(connection: Connection) -> int:
            rows: Iterable[Any] = connection.execute(found)
            return next((row.number for row in rows if key_of(row.name) == author.key), 0)

        return link.ask(recent_of)

    def last_of(self, link: Link, room: str, author: Author) -> int:
        """See ModerationStore.last_of."""

        def last_of(connection: Connection) -> int:
            with link.transaction("BEGIN"):  # the index, and what it does not have yet, as one
                return self._last_of(connection, room, author)

        return link.ask(last_of)

    def hidden_after(self, link: Link, after: Mapping[str, int]) -> dict[str, int]:
        """See ModerationStore.hidden_after."""
        rows = self._flavour.rows("after")
        behind = hidden.c.number > rows.column(1, BigInteger())
        many = select(func.count()).where(hidden.c.room_id == rooms.c.id, behind)
        found = select(rooms.c.key, many.scalar_subquery())
        found = found.join(rows.source, rooms.c.key == rows.column(0, Text()))
        wanted = {"after": msgspec.json.encode(list(after.items())).decode()}

        def ask(connection: Connection) -> dict[str, int]:
            return {key: size for key, size in connection.execute(found, wanted) if size}

        return link.ask(ask)

    def earlier(
        self, link: Link, room: str, number: int, since: int = 0, skip: int = 0
    ) -> list[Earlier]:
        """See ModerationStore.earlier."""
        its = [messages.c.room_id == id_of(room), messages.c.number == number]
        before = select(earlier.c.at, earlier.c.text, earlier.c.id).select_from(messages)
        before = before.join(earlier, earlier.c.message_id == messages.c.id).where(*its)
        now = select(hidden.c.at, messages.c.text, literal(None, BigInteger))
        now = now.select_from(messages).join(hidden, hidden.c.message_id == messages.c.id)
        found = union_all(before, now.where(*its)).subquery()
        texts = (
            select(found.c.at, found.c.text)
            .where(found.c.at >= since)
            .order_by(found.c.id.is_(None), found.c.id)
            .offset(skip)
            .limit(CATCH_UP_MESSAGES)
        )

        def ask(connection: Connection) -> list[Earlier]:
            with connection.execute(texts) as rows:
                return page_of(Earlier(*row) for row in rows)

        return link.ask(ask)

    def _replace(self, connection: Connection, row: Any, text: str) -> None:
        """Give a message another text, and other words in the index, if it is in there yet."""
        driver = connection.connection.driver_connection
        its = messages.c.id == row.id
        rest = self._flavour.unindexed(connection)
        is_indexed = rest is None or not connection.scalar(select(rest).where(its))
        if is_indexed:
            self._flavour.remove_from_index(driver, [row])
        connection.execute(update(messages).where(its).values(text=text))
        if is_indexed:
            self._flavour.add_to_index(driver, [(row.id, row.key, row.name, text)])

    def _last_of(self, connection: Connection, room: str, author: Author) -> int:
        """As SQLite would look for the room first, through all of its messages, that is not left to
        it."""
        room_id = connection.scalar(select(id_of(room)))
        found = select(*messages.c["room_id", "number", "name"]).where(
            messages.c.at >= author.since
        )
        rest = self._flavour.unindexed(connection)
        if rest is not None:
            for row in connection.execute(found.where(rest, SHOWN).order_by(messages.c.id.desc())):
                if row.room_id == room_id and key_of(row.name) == author.key:
                    return int(row.number)
        ids = self._flavour.matching(terms(room, [author.key]))
        ids = ids.where(shown(ids.selected_columns[0])).limit(1)
        rows = connection.execute(found.where(messages.c.id.in_(ids)))
        return next((int(row.number) for row in rows if row.room_id == room_id), 0)


def id_of(room: str) -> Any:
    """The id of a room, as an expression."""
    return select(rooms.c.id).where(rooms.c.key == room).scalar_subquery()


def _own(connection: Connection, room: str, number: int, author: Author) -> Any:
    """A message, if it is that author's and is shown. Nobody else changes it until the end of the
    transaction."""
    found = select(*messages.c["id", "room_id", "name", "text"], rooms.c.key).join_from(
        messages, rooms
    )
    found = found.where(rooms.c.key == room, messages.c.number == number, SHOWN)
    found = found.where(messages.c.at >= author.since).with_for_update(of=messages)
    row = connection.execute(found).one_or_none()
    return row if row is not None and key_of(row.name) == author.key else None


def terms(room: str, authors: Collection[str]) -> Iterator[Term]:
    """What is in the index for what these have said in a room."""
    yield from (((inside(scope),),) for scope in scopes(room))
    yield tuple((said_by(author),) for author in authors)
