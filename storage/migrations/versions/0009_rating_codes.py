"""Rating codes: their digests are keyed, a dossier's codes are found together, wrong ones are counted.

Codes of before are of another form and open nothing any more; none was given out by a released version.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "wrong_code",
        sa.Column("person_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("since", kinds.MOMENT, nullable=False, comment="When the first of these was given"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_wrong_code_count")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_wrong_code_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_wrong_code")),
        comment="Rating codes a person gave that open nothing: after too many in an hour, none is looked at.",
    )
    op.create_index(op.f("ix_visit_token_dossier"), "visit_token", ["dossier"])
    if op.get_bind().dialect.name == "postgresql":  # the other database keeps no comments
        op.alter_column(
            "visit_token", "digest", existing_type=sa.String(length=64), existing_nullable=False,
            comment="Of the token, keyed (surveys.tokens), in hex",
        )  # fmt: skip
