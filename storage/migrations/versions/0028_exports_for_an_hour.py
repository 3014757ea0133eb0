"""Ordered files are kept for an hour: what the table says of itself follows."""

from alembic import op

revision = "0028"
down_revision = "0027"

_TEXT = "A large file of ratings or petitions: ordered on a page, written beside the service, kept for {}."


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # which keeps no comments
        op.create_table_comment("file_order", _TEXT.format("an hour"), existing_comment=_TEXT.format("a day"))
