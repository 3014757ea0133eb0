"""Answers may be a whole number, such as the minutes somebody waited.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("answer") as batch:
        batch.add_column(sa.Column("amount", sa.Integer()))
        batch.create_check_constraint(
            op.f("ck_answer_amount"),
            "amount IS NULL OR amount >= 0 AND score IS NULL AND choice IS NULL AND text IS NULL",
        )
