"""Ratings found by their dossier: figures for the list of dossiers start from it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_WITH_DOSSIER = sa.text("dossier IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_rating_dossier", "rating", ["dossier"], sqlite_where=_WITH_DOSSIER, postgresql_where=_WITH_DOSSIER
    )
