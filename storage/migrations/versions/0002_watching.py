"""What is watched, and what becomes of events and messages that failed.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _channel_state()
    _dead_letter()
    _outbox()


def _channel_state() -> None:
    op.create_table(
        "channel_state",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.String(length=32)),
        sa.Column("reason", sa.Text()),
        sa.Column("since", kinds.MOMENT),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("checked_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_channel_state")),
        comment="One row per thing that is watched; any process writes it, every page reads it.",
    )


def _dead_letter() -> None:
    with op.batch_alter_table("dead_letter") as batch:
        batch.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch.add_column(sa.Column("settled_at", kinds.MOMENT))
        batch.drop_constraint(op.f("ck_dead_letter_state"), type_="check")
    op.execute("UPDATE dead_letter SET state = 'done' WHERE state = 'retried'")
    with op.batch_alter_table("dead_letter") as batch:
        batch.create_check_constraint(op.f("ck_dead_letter_state"), "state IN ('new', 'retry', 'done', 'discarded')")
    op.create_index(op.f("ix_dead_letter_state_id"), "dead_letter", ["state", "id"])


def _outbox() -> None:
    # SQLite would write an added column behind the checks; made anew, the table reads as the first version's do.
    lite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("outbox", recreate="always" if lite else "never") as batch:
        batch.add_column(sa.Column("settled_at", kinds.MOMENT))
