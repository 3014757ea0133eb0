"""Who wants to be told what came of his ratings."""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "results_consent",
        sa.Column("person_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Of the words in which it was asked"),
        sa.Column("asked_at", kinds.MOMENT, nullable=False),
        sa.Column("changed_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'given', 'refused', 'withdrawn')", name=op.f("ck_results_consent_state")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_results_consent_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_results_consent")),
        comment="Whether a person wants to be told what the units reached that he rated; asked once a year at most.",
    )
