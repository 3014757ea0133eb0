"""Closed reporting periods: figures as they were told, and every later correction beside them.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "closed_period",
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column(
            "report", sa.String(length=64), nullable=False, comment="Id of a report of the plan, such as TH24-Q1"
        ),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="0 as it was closed, then 1, 2 … for corrections",
        ),
        sa.Column("document", sa.Text(), nullable=False, comment="Canonical JSON: storage.closed_periods.document"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="Of the document in UTF-8, in hex"),
        sa.Column("closed_by", sa.String(length=48), nullable=False),
        sa.Column("closed_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_closed_period_revision")),
        sa.PrimaryKeyConstraint("plan", "report", "year", "revision", name=op.f("pk_closed_period")),
        comment="The frozen figures of a plan for a report's window. Rows are added, never changed.",
    )
