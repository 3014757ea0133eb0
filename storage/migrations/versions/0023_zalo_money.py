"""The templates of a Zalo Official Account, which tells what, and what was tried for money.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "zalo_template",
        sa.Column("id", sa.String(length=32), nullable=False, comment="As Zalo numbers it"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False, comment="ENABLE: it may be sent"),
        sa.Column("kind", sa.Integer(), nullable=False, comment="Zalo's type; 5 asks for a rating"),
        sa.Column("tag", sa.Integer(), nullable=False, comment="1 transaction, 2 customer care, 3 promotion"),
        sa.Column("price", sa.Integer(), nullable=False, comment="VND for one to a user id"),
        sa.Column("params", kinds.JSON_VALUE, nullable=False),
        sa.Column("seen_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zalo_template")),
        comment="The message templates of the Official Account as Zalo listed them last.",
    )
    op.create_table(
        "zalo_template_choice",
        sa.Column("news", sa.String(length=16), nullable=False, comment="What is told by it"),
        sa.Column("template_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("news IN ('petition', 'work', 'invitation')", name=op.f("ck_zalo_template_choice_news")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["zalo_template.id"], name=op.f("fk_zalo_template_choice_template_id_zalo_template")
        ),
        sa.PrimaryKeyConstraint("news", name=op.f("pk_zalo_template_choice")),
        comment="By which template a kind of news goes when a chat's window is over.",
    )
    op.create_table(
        "zalo_attempt",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("chat_id", kinds.KEY, nullable=False),
        sa.Column("letter_id", kinds.KEY),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("template_id", sa.String(length=32)),
        sa.Column("price", sa.Integer(), nullable=False, comment="VND; what was refused costs nothing"),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("message_id", sa.String(length=64)),
        sa.CheckConstraint("way IN ('billed', 'template')", name=op.f("ck_zalo_attempt_way")),
        sa.CheckConstraint("outcome IN ('begun', 'sent', 'unknown', 'refused')", name=op.f("ck_zalo_attempt_outcome")),
        sa.CheckConstraint("(way = 'template') = (template_id IS NOT NULL)", name=op.f("ck_zalo_attempt_template")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_zalo_attempt_price")),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_zalo_attempt_chat_id_chat")),
        sa.ForeignKeyConstraint(["letter_id"], ["outbox.id"], name=op.f("fk_zalo_attempt_letter_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zalo_attempt")),
        sa.UniqueConstraint("message_id", name=op.f("uq_zalo_attempt_message_id")),
        comment="What was tried beside the free messages of an open window: written before it is sent, for it may cost.",
    )
    op.create_index(op.f("ix_zalo_attempt_at"), "zalo_attempt", ["at"])
    op.create_index(op.f("ix_zalo_attempt_letter_id"), "zalo_attempt", ["letter_id"])
    op.create_index(op.f("ix_zalo_attempt_chat_id"), "zalo_attempt", ["chat_id"])
