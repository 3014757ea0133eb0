"""Dossiers from the authority's own system: the population of the figures, and the list that is drawn from.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("procedure", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("returned_on", sa.Date(), comment="NULL while it is open"),
        sa.Column("changed_at", kinds.MOMENT, nullable=False, comment="When an import added or changed it"),
        sa.CheckConstraint("level IN ('province', 'district', 'commune')", name=op.f("ck_dossier_level")),
        sa.CheckConstraint("due_on IS NULL OR due_on >= received_on", name=op.f("ck_dossier_due_later")),
        sa.CheckConstraint("returned_on IS NULL OR returned_on >= received_on", name=op.f("ck_dossier_returned_later")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dossier")),
        comment="One dossier of a procedure, without the applicant.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_dossier_finished", "dossier", ["returned_on", "unit", "field", "level"])
    op.create_table(
        "dossier_contact",
        sa.Column("dossier", sa.String(length=64), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=False, comment="Keyed SHA-256 of the number, in hex"),
        sa.ForeignKeyConstraint(
            ["dossier"], ["dossier.code"], name=op.f("fk_dossier_contact_dossier_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier", name=op.f("pk_dossier_contact")),
        comment="By what the applicant of a dossier is recognised in a chat. The number itself is not kept.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dossier_contact_phone_digest"), "dossier_contact", ["phone_digest"])
