"""The index of the news that reached nobody holds what lapsed on its way as well."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_LOST = sa.text("state IN ('unreachable', 'expired') AND urgency <= 1 AND settled_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_outbox_lost", "outbox")
    op.create_index("ix_outbox_lost", "outbox", ["id"], sqlite_where=_LOST, postgresql_where=_LOST)
