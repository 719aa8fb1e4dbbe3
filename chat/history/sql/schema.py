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
    false,
    text,
)

from chat.history.sql.migrations import KNOWN

HEAD: Final = KNOWN[-1]
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
    Column("is_operator", Boolean, nullable=False, server_default=false()),
)
"""Names that are owned, or were: see chat.history.account_records.Record. `password` is a hash,
`revision` that of the last change."""

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
"""What accounts have of rooms and conversations: see chat.history.account_records.Bookmark.
`waiting_to` is the number of the last message that waits, where one does."""

kept = Table(
    "kept",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("is_moderated", Boolean, nullable=False),
    Column("is_registered", Boolean, nullable=False),
    Column("slow", BigInteger, nullable=False),
    Column("raid", BigInteger, nullable=False),
    Column("claimed", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("topic_by", Text, nullable=False, server_default=text("''")),
    Column("topic_at", BigInteger, nullable=False, server_default=text("0")),
    Column("offered", Text, nullable=False, server_default=text("''")),
    Column("offered_since", BigInteger, nullable=False, server_default=text("0")),
    Column("decisions", Text, nullable=False, server_default=text("'[]'")),
)
"""Rooms that are kept: see chat.history.room_records.Kept. Its key is that of a row of `rooms` as
soon as something was said in it. `decisions` is JSON."""

Index("kept_by_revision", kept.c.revision)

holders = Table(
    "holders",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kept_id", _Id, ForeignKey("kept.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("standing", Text, nullable=False),
    UniqueConstraint("kept_id", "key"),
)
"""Who holds rooms: see chat.history.room_records.Holder."""

sanctions = Table(
    "sanctions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("room", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("is_lifted", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("room", "kind", "target"),
)
"""Who is banned, or muted: see chat.history.room_records.Sanction."""

Index("sanctions_by_revision", sanctions.c.revision)

moderation_changes = Table(
    "moderation_changes",
    metadata,
    Column("revision", BigInteger, nullable=False),
    Column("origin", BigInteger, nullable=False),
)
"""One row: how many changes of kept rooms and sanctions there have been; and a number that no other
database has, unless it is a copy of this one."""

audit = Table(
    "audit",
    metadata,
    Column("number", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("room", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("text", Text, nullable=False),
)
"""What was done about all that: see chat.history.room_records.AuditEntry."""

Index("audit_by_room", audit.c.room, audit.c.number)

hidden = Table(
    "hidden",
    metadata,
    Column("message_id", _Id, primary_key=True, autoincrement=False),
    Column("room_id", _Id, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("is_taken_back", Boolean, nullable=False),
    Column("rank", Integer, nullable=False, server_default=text("5")),
    Column("by", Text, nullable=False, server_default=text("''")),
)
"""Messages that are not shown, by the name of their author, since when (in ms since 1970 UTC), and
whether that is the author's own wish, which nobody else undoes; by whom, and in which role, an
operator's (5) where that is not known. They stand beside the messages, and without a foreign key,
as thousands are hidden while others wait to be heard."""

Index("hidden_by_number", hidden.c.room_id, hidden.c.number)

hidings = Table(
    "hidings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("is_shown", Boolean, nullable=False),
    Column("messages", Text, nullable=False),
)
"""What is being hidden, or shown again, since a time, by somebody in a role, and is too much for
one transaction: the ids of messages, as a JSON array. It is in the log already; what a crash has
left of it is done when the store is opened."""

earlier = Table(
    "earlier",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("message_id", _Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)
"""Texts that messages had before: see chat.history.room_records.Earlier."""

Index("earlier_by_message", earlier.c.message_id)

clock = Table(
    "clock",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("believed", BigInteger, nullable=False),
    Column("wall", BigInteger, nullable=False),
    Column("agreed", BigInteger, nullable=False),
)
"""One row, or none yet: what was known of the time last. See
chat.history.upkeep.timekeeper.Sighting."""
