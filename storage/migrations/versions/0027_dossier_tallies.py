"""Dossiers are counted: in time or late, waiting, without a day they were due on; step 0029 counts those there.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "dossier_tally",
        sa.Column("grain", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the year or month, or the day"),
        sa.Column("field", sa.String(length=64), nullable=False, comment="Empty where fields are together"),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False, comment="These four by the day they were due on"),
        sa.Column("on_day", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column(
            "caught_up", sa.Integer(), nullable=False, comment="Late ones again, by the day they were returned on"
        ),
        sa.Column("undated", sa.Integer(), nullable=False, comment="Without a due day, by the day they were received"),
        sa.CheckConstraint(
            "grain IN ('year', 'month', 'month-field', 'day-field')", name=op.f("ck_dossier_tally_grain")
        ),
        sa.CheckConstraint(
            "early >= 0 AND on_day >= 0 AND late >= 0 AND open >= 0 AND caught_up >= 0 AND undated >= 0",
            name=op.f("ck_dossier_tally_numbers"),
        ),
        sa.PrimaryKeyConstraint("grain", "since", "field", "unit", name=op.f("pk_dossier_tally")),
        comment="Dossiers counted in the transaction that takes them over; the marks are told in offices.promptness, "
        "the grains in storage.tally_rows.",
        sqlite_with_rowid=False,
    )
