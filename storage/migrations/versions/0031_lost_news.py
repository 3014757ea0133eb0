"""An index of the news that found its reader gone, for the list of whom to call."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_LOST = sa.text("state = 'unreachable' AND urgency <= 1 AND settled_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_outbox_lost", "outbox", ["id"], sqlite_where=_LOST, postgresql_where=_LOST)
