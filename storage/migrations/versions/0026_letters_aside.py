"""Letters that were put aside are found by the moment at which they go without the person writing."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    where = sa.text("state = 'held' AND broadcast_id IS NULL")
    op.create_index("ix_outbox_held", "outbox", ["not_before"], sqlite_where=where, postgresql_where=where)
