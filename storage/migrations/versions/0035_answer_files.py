"""Answers have files; a petition knows in which step its draft was written.

There is no way back but a backup: the files of answers would have no place.
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    step = sa.Column("draft_step", sa.Integer(), comment="In which the draft was written; its files stand under it")
    # Made anew on SQLite, so that the column stands before the constraints, where the table has it.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("petition", recreate=anew) as batch:
        batch.add_column(step)
    op.execute(
        "UPDATE petition SET draft_step = (SELECT max(number) FROM petition_history"
        " WHERE petition_history.petition_id = petition.id AND petition_history.event = 'draft')"
        " WHERE draft IS NOT NULL"
    )
    op.create_table(
        "answer_file",
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("ref", sa.String(length=48), nullable=False),
        sa.Column("mime", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_answer_file_petition_id_petition")),
        sa.PrimaryKeyConstraint("petition_id", "step", "place", name=op.f("pk_answer_file")),
        comment="A file of the draft that was written in the step, and of the answer that it became. One may be kept"
        " for the next draft, under a row of that step.",
    )
    op.create_index(op.f("ix_answer_file_ref"), "answer_file", ["ref"])
