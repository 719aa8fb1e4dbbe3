"""The tables, as this version knows them. Migrations make them; a test compares the two."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text

HEAD: Final = "0002"
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
