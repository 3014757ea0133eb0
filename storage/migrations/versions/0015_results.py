"""What units reached in closed periods as people are told it, and what their leaders say they will change.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "unit_result",
        *_key(),
        sa.Column("document", sa.Text(), nullable=False, comment="Canonical JSON: storage.results.reached"),
        sa.Column("made_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan", "report", "year", "unit", name=op.f("pk_unit_result")),
        comment="What a unit reached in a closed period as people are told it. Rows are added, never changed.",
    )
    op.create_table(
        "result_note",
        *_key(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", kinds.KEY, nullable=False),
        sa.Column("written_at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_result_note_written_by_staff")),
        sa.PrimaryKeyConstraint("plan", "report", "year", "unit", name=op.f("pk_result_note")),
        comment="What a unit will change after a closed period, in the words of its leader.",
    )


def _key() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
    ]
