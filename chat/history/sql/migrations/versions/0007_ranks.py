"""In which role something was decided: so nobody lower undoes it.

Of what is there already that is not known. Who has imposed a sanction is: the rule book goes by
what they are now. Who has hidden a message is not, and it counts as an operator's.

A server of the version before goes on beside one of this version: it writes without these columns,
and what it hides counts as an operator's too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_RANKS = {"sanctions": "0", "hidden": "5"}


def upgrade() -> None:
    """Add the columns."""
    for table, rank in _RANKS.items():
        column = sa.Column("rank", sa.Integer, nullable=False, server_default=sa.text(rank))
        op.add_column(table, column)
    by = sa.Column("by", sa.Text, nullable=False, server_default=sa.text("''"))
    op.add_column("hidden", by)
    decisions = sa.Column("decisions", sa.Text, nullable=False, server_default=sa.text("'[]'"))
    op.add_column("kept", decisions)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("kept", "decisions")
    op.drop_column("hidden", "by")
    for table in _RANKS:
        op.drop_column(table, "rank")
