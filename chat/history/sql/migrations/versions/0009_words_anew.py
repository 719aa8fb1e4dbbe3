"""The index of words anew: signs are in it, and other letters are the same."""

from alembic import op
from sqlalchemy import text
from twisted.logger import Logger

from chat.history.sql.flavours import of

revision = "0009"
down_revision = "0008"

log = Logger()


def upgrade() -> None:
    """Take all texts apart as they are taken apart now."""
    connection = op.get_bind()
    flavour = of(connection.engine.url)
    if connection.scalar(text("SELECT max(id) FROM messages")) is None:
        return  # a new store: its index is made as it is made now
    log.info("{name}: all messages are indexed anew, which takes its time", name=flavour.name)
    flavour.renew_index(connection)
    log.info("{name}: all messages are indexed", name=flavour.name)


def downgrade() -> None:
    """A search of the version before finds what it can."""
