"""Events of a kind that is not known yet: counted, and some of each kept.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "unknown_event",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False, comment="As the channel names the kind"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_at", kinds.MOMENT, nullable=False),
        sa.Column("last_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_unknown_event_number")),
        sa.PrimaryKeyConstraint("channel", "account", "name", name=op.f("pk_unknown_event")),
        comment="How many events came of a kind that was not known; some of each are dead letters.",
    )
    with op.batch_alter_table("dead_letter") as batch:
        batch.drop_constraint(op.f("ck_dead_letter_state"), type_="check")
        batch.create_check_constraint(
            op.f("ck_dead_letter_state"), "state IN ('new', 'retry', 'done', 'discarded', 'unknown')"
        )
