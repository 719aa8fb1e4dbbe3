"""An index of the words of all messages, those that are there already among them."""

from alembic import op

from chat.history.sql.flavours import of

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index and fill it."""
    connection = op.get_bind()
    of(connection.engine.url).make_index(connection)


def downgrade() -> None:
    """Drop the index."""
    connection = op.get_bind()
    of(connection.engine.url).drop_index(connection)
