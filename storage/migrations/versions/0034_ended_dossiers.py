"""Dossiers that were refused or withdrawn are told from those that are open; withdrawn ones are counted apart.

No list told of one before, so none is counted here. There is no way back but a backup: a step that drops columns cannot
bring their values again.
"""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_COUNTED = (
    "early >= 0 AND on_day >= 0 AND late >= 0 AND open >= 0 AND caught_up >= 0 AND undated >= 0"
    " AND ready >= 0 AND disliked >= 0"
)


def upgrade() -> None:
    is_lite = op.get_bind().dialect.name == "sqlite"
    # Made anew on SQLite, so that columns and constraints stand where the tables have them.
    anew: Literal["always", "never"] = "always" if is_lite else "never"
    as_before: dict[str, Any] = {"sqlite_with_rowid": False}  # which SQLite does not tell of a table
    with op.batch_alter_table("dossier", recreate=anew, table_kwargs=as_before) as batch:
        batch.add_column(sa.Column("state", sa.String(length=16), comment="NULL for what its days tell"))
        batch.create_check_constraint(op.f("ck_dossier_state"), "state IN ('refused', 'withdrawn')")
        batch.create_check_constraint(
            op.f("ck_dossier_state_returned"), "state IS NULL OR (state = 'refused') = (returned_on IS NOT NULL)"
        )
    withdrawn = sa.Column(
        "withdrawn", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="By the day they were due on"
    )
    with op.batch_alter_table("dossier_tally", recreate=anew, table_kwargs=as_before) as batch:
        batch.add_column(withdrawn)
        batch.drop_constraint(op.f("ck_dossier_tally_numbers"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_tally_numbers"), f"{_COUNTED} AND withdrawn >= 0")
    if not is_lite:
        told = "NULL while it is open, and when it was withdrawn"
        op.alter_column("dossier", "returned_on", existing_type=sa.Date(), existing_nullable=True, comment=told)
