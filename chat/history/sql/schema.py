"""The tables, as this version knows them. Migrations make them; a test compares the two."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

HEAD: Final = "0003"
"""The newest migration: the schema that the rest of this package works with."""

metadata = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite's rowid is an INTEGER

rooms = Table(
    "rooms",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
"""Rooms, and conversations of two, with the numbers of their first and last message. Where all is
forgotten, the first is that of the next message: last + 1."""

messages = Table(
    "messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("room_id", _Id, ForeignKey("rooms.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("token", Text),
)
"""What was said. `at` is in milliseconds since 1970 UTC, `token` begins with the user's key."""

STORED: Final = tuple(messages.c["room_id", "number", "at", "name", "text", "token"])
"""What is given for a message that is stored; its id is not."""

Index("messages_by_number", messages.c.room_id, messages.c.number, unique=True)
Index(
    "messages_by_token",
    messages.c.room_id,
    messages.c.token,
    unique=True,
    sqlite_where=messages.c.token.is_not(None),
    postgresql_where=messages.c.token.is_not(None),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text),
    Column("since", BigInteger, nullable=False),
    Column("is_owned", Boolean, nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("secret", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
)
"""Names that are owned, or were: see chat.accounts.store.Record. `password` is a hash, `revision`
that of the last change."""

Index("accounts_by_revision", accounts.c.revision)

account_changes = Table(
    "account_changes",
    metadata,
    Column("revision", BigInteger, nullable=False),
    Column("removals", BigInteger, nullable=False),
)
"""One row: how many changes of accounts there have been, and how many of them were deletions."""

places = Table(
    "places",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account_id", _Id, ForeignKey("accounts.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("is_joined", Boolean, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("waiting_to", BigInteger, nullable=False),
    UniqueConstraint("account_id", "key"),
)
"""What accounts have of rooms and conversations: see chat.accounts.store.Place. `waiting_to` is the
number of the last message that waits, where one does."""
