"""Ratings that were given under a message of Zalo's own kind are taken once.

There is no way back but a backup: a step that drops a column cannot bring it again.
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    taken = sa.Column("rated_at", kinds.MOMENT, comment="When the rating that it asked for was taken: once")
    # Made anew on SQLite, so that the column stands where the tables have it.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("zalo_attempt", recreate=anew) as batch:
        batch.add_column(taken)
