"""Withdrawn dossiers tell the day on which they were taken back; one that was late by then stays late.

Those that are there tell none, and are counted as before, until a list tells it. There is no way back but a backup: a
step that drops columns cannot bring their values again.
"""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_COUNTED = (
    "early >= 0 AND on_day >= 0 AND late >= 0 AND open >= 0 AND caught_up >= 0 AND undated >= 0"
    " AND ready >= 0 AND disliked >= 0 AND withdrawn >= 0"
)


def upgrade() -> None:
    # Made anew on SQLite, so that columns and constraints stand where the tables have them.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    as_before: dict[str, Any] = {"sqlite_with_rowid": False}  # which SQLite does not tell of a table
    when = sa.Column("withdrawn_on", sa.Date(), comment="NULL but for withdrawn ones, and where no list told it of one")
    with op.batch_alter_table("dossier", recreate=anew, table_kwargs=as_before) as batch:
        batch.add_column(when)
        batch.create_check_constraint(
            op.f("ck_dossier_withdrawn_later"), "withdrawn_on IS NULL OR withdrawn_on >= received_on"
        )
        batch.create_check_constraint(
            op.f("ck_dossier_withdrawn_state"),
            "withdrawn_on IS NULL OR (state IS NOT NULL AND state = 'withdrawn')",
        )
    given_up = sa.Column(
        "given_up",
        sa.Integer(),
        nullable=False,
        server_default=sa.text("0"),
        comment="Late ones again, by the day they were withdrawn on",
    )
    with op.batch_alter_table("dossier_tally", recreate=anew, table_kwargs=as_before) as batch:
        batch.add_column(given_up)
        batch.drop_constraint(op.f("ck_dossier_tally_numbers"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_tally_numbers"), f"{_COUNTED} AND given_up >= 0")
