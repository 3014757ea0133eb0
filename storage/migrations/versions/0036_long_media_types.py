"""Media types of Word and Excel documents have more than 64 letters: PostgreSQL refused every such file.

There is no way back: a longer one would have no room.
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_NAMING = ("attachment", "answer_file", "kept_file")


def upgrade() -> None:
    # Made anew on SQLite, which keeps any length, so that it tells the same of its columns.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    for name in _NAMING:
        with op.batch_alter_table(name, recreate=anew) as batch:
            batch.alter_column(
                "mime", existing_type=sa.String(length=64), type_=sa.String(length=128), existing_nullable=False
            )
