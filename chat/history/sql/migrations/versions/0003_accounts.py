"""Accounts, and how far each has read in its rooms and conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("is_owned", sa.Boolean, nullable=False),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("secret", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_index("accounts_by_revision", "accounts", ["revision"])
    changes = op.create_table(
        "account_changes",
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("removals", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(changes, [{"revision": 0, "removals": 0}])
    op.create_table(
        "places",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("account_id", _ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_joined", sa.Boolean, nullable=False),
        sa.Column("read", sa.BigInteger, nullable=False),
        sa.Column("waiting", sa.BigInteger, nullable=False),
        sa.Column("waiting_to", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account_id", "key"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("places")
    op.drop_table("account_changes")
    op.drop_table("accounts")
