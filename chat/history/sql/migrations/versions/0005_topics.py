"""Who has set a topic, and when: of those that are there already that is not known.

A server of the version before goes on beside one of this version: it writes rooms without these
columns, and leaves them as they were where it sets a topic.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns."""
    by = sa.Column("topic_by", sa.Text, nullable=False, server_default=sa.text("''"))
    at = sa.Column("topic_at", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    for column in (by, at):
        op.add_column("kept", column)


def downgrade() -> None:
    """Drop them."""
    for column in ("topic_by", "topic_at"):
        op.drop_column("kept", column)
