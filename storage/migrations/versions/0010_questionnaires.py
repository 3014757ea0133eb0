"""Questionnaires that the authority made itself: drafts, and the versions that were published.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "questionnaire_draft",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False, comment="Of the questionnaire it will be a version of"),
        sa.Column(
            "begun_from",
            sa.String(length=48),
            nullable=False,
            comment="The version it was copied from, such as sipas 1; empty for none",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="The TOML file as it was typed, with its faults"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="Raised by each change: a save names the one it was read at",
        ),
        sa.Column("written_by", kinds.KEY, nullable=True, comment="Who changed it last; NULL: the command line"),
        sa.Column("written_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_questionnaire_draft_revision")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_questionnaire_draft_written_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_draft")),
        comment="A questionnaire being written. Publishing or discarding takes the row away.",
    )
    op.create_table(
        "questionnaire_version",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="The TOML file"),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="Of the content (surveys.publishing), in hex"
        ),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="First local day on which it is asked, as the text says"
        ),
        sa.Column("published_by", kinds.KEY, nullable=False),
        sa.Column("published_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_questionnaire_version_version")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["staff.id"], name=op.f("fk_questionnaire_version_published_by_staff")
        ),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_questionnaire_version")),
        comment="A published version. Rows are added, never changed: every rating names the version it answers.",
    )
