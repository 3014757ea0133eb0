"""Large files that officials order and a process of its own writes.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "file_order",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("staff_id", kinds.KEY, nullable=False, comment="Who ordered it and alone may have it"),
        sa.Column(
            "granted",
            sa.String(length=255),
            nullable=False,
            comment="Unit and roles of that account when it was ordered",
        ),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the rows"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("ordered_at", kinds.MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), comment="Why it failed"),
        sa.Column("writer", sa.String(length=32), comment="Which attempt writes it; part of the file's name"),
        sa.Column("beat_at", kinds.MOMENT, comment="When its writer was heard last"),
        sa.Column("done", sa.Integer(), nullable=False, comment="Ratings or petitions written so far"),
        sa.Column("total", sa.Integer(), nullable=False, comment="Of how many; 0 before they are counted"),
        sa.Column("rows", sa.Integer()),
        sa.Column("bytes", kinds.KEY),
        sa.Column("ended_at", kinds.MOMENT),
        sa.CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name=op.f("ck_file_order_failed_has_reason")),
        sa.CheckConstraint(
            "(state IN ('waiting', 'running')) = (ended_at IS NULL)", name=op.f("ck_file_order_ended_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR writer IS NOT NULL AND rows IS NOT NULL AND bytes IS NOT NULL",
            name=op.f("ck_file_order_ready_has_file"),
        ),
        sa.CheckConstraint(
            "state <> 'running' OR writer IS NOT NULL AND beat_at IS NOT NULL",
            name=op.f("ck_file_order_running_has_writer"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'ready', 'failed', 'cancelled')", name=op.f("ck_file_order_state")
        ),
        sa.CheckConstraint("subject IN ('ratings', 'petitions')", name=op.f("ck_file_order_subject")),
        sa.CheckConstraint("since <= until", name=op.f("ck_file_order_window")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_file_order_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_order")),
        comment="A large file of ratings or petitions: ordered on a page, written beside the service, kept for a day.",
    )
    op.create_index(op.f("ix_file_order_staff_id_ordered_at"), "file_order", ["staff_id", "ordered_at"])
    under_way = sa.text("state IN ('waiting', 'running')")
    op.create_index(
        "uq_file_order_under_way", "file_order", ["staff_id"], unique=True, sqlite_where=under_way,
        postgresql_where=under_way,
    )  # fmt: skip
