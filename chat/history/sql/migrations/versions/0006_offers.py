"""To which account a room is offered by its owner.

A server of the version before goes on beside one of this version, and offers none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns."""
    to = sa.Column("offered", sa.Text, nullable=False, server_default=sa.text("''"))
    since = sa.Column("offered_since", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    for column in (to, since):
        op.add_column("kept", column)


def downgrade() -> None:
    """Drop them."""
    for column in ("offered", "offered_since"):
        op.drop_column("kept", column)
