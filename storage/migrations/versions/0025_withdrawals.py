"""Versions of questionnaires that the authority took back.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "questionnaire_withdrawal",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "version", sa.Integer(), autoincrement=False, nullable=False, comment="Of a packaged or an own version"
        ),
        sa.Column("first_day", sa.Date(), nullable=False, comment="Local day from which on it is asked no more"),
        sa.Column("withdrawn_by", kinds.KEY, comment="NULL: the command line"),
        sa.Column("withdrawn_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_questionnaire_withdrawal_version")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["staff.id"], name=op.f("fk_questionnaire_withdrawal_withdrawn_by_staff")
        ),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_questionnaire_withdrawal")),
        comment="A version that the authority took back. Rows are added, never changed; its ratings stay.",
    )
