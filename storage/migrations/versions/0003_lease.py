"""Who does what only one process at a time may do.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("holder", sa.String(length=96), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("until", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        comment="Work of one process at a time: its holder (null: nobody), and the number of the acquisition that fences.",
    )
