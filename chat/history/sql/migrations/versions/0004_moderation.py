"""Rooms that are kept, bans and mutes, the audit log, what is hidden, and who is an operator."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.add_column(
        "accounts",
        sa.Column("is_operator", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    _make_rooms()
    _make_sanctions()
    _make_audit()
    _make_hidden()
    changes = op.create_table(
        "moderation_changes",
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(changes, [{"revision": 0, "origin": int.from_bytes(os.urandom(7), "big")}])


def _make_rooms() -> None:
    op.create_table(
        "kept",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("is_moderated", sa.Boolean, nullable=False),
        sa.Column("is_registered", sa.Boolean, nullable=False),
        sa.Column("slow", sa.BigInteger, nullable=False),
        sa.Column("raid", sa.BigInteger, nullable=False),
        sa.Column("claimed", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_index("kept_by_revision", "kept", ["revision"])
    op.create_table(
        "holders",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kept_id", _ID, sa.ForeignKey("kept.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.UniqueConstraint("kept_id", "key"),
    )


def _make_sanctions() -> None:
    op.create_table(
        "sanctions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("is_lifted", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("room", "kind", "target"),
    )
    op.create_index("sanctions_by_revision", "sanctions", ["revision"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", _ID, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("audit_by_room", "audit", ["room", "number"])


def _make_hidden() -> None:
    op.create_table(
        "hidden",
        sa.Column("message_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("is_taken_back", sa.Boolean, nullable=False),
    )
    op.create_index("hidden_by_number", "hidden", ["room_id", "number"])
    op.create_table(
        "earlier",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("earlier_by_message", "earlier", ["message_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("earlier", "hidden", "audit", "sanctions", "holders", "kept"):
        op.drop_table(table)
    op.drop_table("moderation_changes")
    op.drop_column("accounts", "is_operator")
