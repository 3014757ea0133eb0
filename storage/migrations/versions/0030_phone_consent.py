"""News by telephone number: who consented, what a template costs that way, and attempts that went it.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "phone_consent",
        sa.Column("person_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Of the words in which it was asked"),
        sa.Column("asked_at", kinds.MOMENT, nullable=False),
        sa.Column("changed_at", kinds.MOMENT, nullable=False),
        sa.Column("number_enc", sa.Text(), comment="Encrypted, see storage.vault; kept only while the consent stands"),
        sa.Column("kept_until", kinds.MOMENT, comment="Then the number is forgotten"),
        sa.CheckConstraint(
            "state IN ('asked', 'given', 'refused', 'withdrawn', 'lapsed')", name=op.f("ck_phone_consent_state")
        ),
        sa.CheckConstraint("(state = 'given') = (number_enc IS NOT NULL)", name=op.f("ck_phone_consent_number")),
        sa.CheckConstraint("(number_enc IS NULL) = (kept_until IS NULL)", name=op.f("ck_phone_consent_kept_until")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_phone_consent_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_phone_consent")),
        comment="Whether a person wants news of his petitions at his telephone number, and the number.",
    )
    op.create_index(op.f("ix_phone_consent_kept_until"), "phone_consent", ["kept_until"])
    price = sa.Column("price_phone", sa.Integer(), comment="VND for one to a telephone number; NULL: not told")
    # Made anew on SQLite, so that columns and constraints stand where the tables have them.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("zalo_template", recreate=anew) as batch:
        batch.add_column(price)
    with op.batch_alter_table("zalo_attempt", recreate=anew) as batch:
        batch.drop_constraint(op.f("ck_zalo_attempt_way"), type_="check")
        batch.drop_constraint(op.f("ck_zalo_attempt_template"), type_="check")
        batch.create_check_constraint(op.f("ck_zalo_attempt_way"), "way IN ('billed', 'template', 'phone')")
        batch.create_check_constraint(op.f("ck_zalo_attempt_template"), "(way <> 'billed') = (template_id IS NOT NULL)")
