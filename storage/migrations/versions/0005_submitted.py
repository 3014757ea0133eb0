"""Broadcasts are written, changed and submitted before another person approves them; failed letters have an index.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STATES = "state IN ('drafted', 'submitted', 'approved', 'running', 'paused', 'done', 'cancelled')"
_FAILED = sa.text("state IN ('refused', 'unknown') AND settled_at IS NULL")
_APPROVED = "state IN ('drafted', 'submitted', 'cancelled') OR approved_by IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("broadcast") as batch:
        batch.add_column(
            sa.Column(
                "revision",
                sa.Integer(),
                nullable=False,
                server_default=sa.text("1"),
                comment="Raised by each change: what is approved is what was read",
            )
        )
        batch.drop_constraint(op.f("ck_broadcast_state"), type_="check")
        batch.drop_constraint(op.f("ck_broadcast_approved"), type_="check")
        batch.create_check_constraint(op.f("ck_broadcast_state"), _STATES)
        batch.create_check_constraint(op.f("ck_broadcast_approved"), _APPROVED)
    # Until now whatever was written waited for a second person.
    op.execute("UPDATE broadcast SET state = 'submitted' WHERE state = 'drafted'")
    # For some days the step before this one made it already.
    op.create_index(
        "ix_outbox_failed", "outbox", ["id"], sqlite_where=_FAILED, postgresql_where=_FAILED, if_not_exists=True
    )
