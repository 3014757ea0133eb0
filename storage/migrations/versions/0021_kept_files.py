"""Files that are fetched as soon as somebody attaches them, because their channel gives them only for a while.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "kept_file",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 of the channel's own handle, in hex"
        ),
        sa.Column("ref", sa.String(length=64), nullable=False, comment="The name in our store"),
        sa.Column("mime", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "digest", name=op.f("pk_kept_file")),
        sa.UniqueConstraint("ref", name=op.f("uq_kept_file_ref")),
        comment="A file sent in a conversation, fetched at once; a petition takes it over when it is sent.",
    )
    op.create_index(op.f("ix_kept_file_at"), "kept_file", ["at"])
