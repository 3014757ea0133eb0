"""Short codes on posters.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "entry_code",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("start", sa.String(length=128), nullable=False, comment="What the poster's link would carry"),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_entry_code")),
        sa.UniqueConstraint("start", name=op.f("uq_entry_code_start")),
        comment="What is typed where a link carries nothing: it begins what its start begins."
        " Never given to another one.",
    )
