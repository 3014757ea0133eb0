"""Draws of dossiers, the invitations that come of them, and by what people who shared their number are recognised.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "draw",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the period"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("quota_rate", sa.String(length=32), comment="A fraction, such as 1/10"),
        sa.Column("quota_number", sa.Integer()),
        sa.Column("quota_minimum", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False, comment="Nobody is invited twice within so many days"),
        sa.Column("life_days", sa.Integer(), nullable=False, comment="An invitation is open for so long"),
        sa.Column("nonce", sa.String(length=64), nullable=False, comment="The seed is made of it and of SECRET_KEY"),
        sa.Column("commitment", sa.String(length=64), nullable=False, comment="SHA-256 of the seed, in hex"),
        sa.Column("committed_on", sa.Date(), nullable=False, comment="Dossiers returned up to this day are not drawn"),
        sa.Column("drawn_at", kinds.MOMENT),
        sa.Column("seed", sa.String(length=64), comment="In hex; told when the draw is made"),
        sa.Column("list_digest", sa.String(length=64)),
        sa.Column("sample_digest", sa.String(length=64)),
        sa.CheckConstraint(
            "(drawn_at IS NULL) = (seed IS NULL) AND (drawn_at IS NULL) = (list_digest IS NULL)"
            " AND (drawn_at IS NULL) = (sample_digest IS NULL)",
            name=op.f("ck_draw_drawn_is_whole"),
        ),
        sa.CheckConstraint("(quota_rate IS NULL) <> (quota_number IS NULL)", name=op.f("ck_draw_one_quota")),
        sa.CheckConstraint("until >= since", name=op.f("ck_draw_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint("nonce", name=op.f("uq_draw_nonce")),
        sa.UniqueConstraint("since", "until", name=op.f("uq_draw_since_until")),
        comment="A draw for one period: committed to before the list is known, made once.",
    )
    op.create_table(
        "draw_stratum",
        sa.Column("draw_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_stratum_draw_id_draw")),
        sa.PrimaryKeyConstraint("draw_id", "unit", "field", "level", name=op.f("pk_draw_stratum")),
        comment="How many dossiers of each stratum stood on the list of a draw, and how many were drawn.",
    )
    op.create_table(
        "invitation",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("draw_id", kinds.KEY, nullable=False),
        sa.Column("dossier", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="In its stratum, by the mark of the dossier"),
        sa.Column("person_id", kinds.KEY),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), comment="Why it was left out"),
        sa.Column(
            "token_digest", sa.String(length=64), comment="Of the code that was sent; printed ones are open to all"
        ),
        sa.Column("sent_at", kinds.MOMENT),
        sa.Column("reminded_at", kinds.MOMENT),
        sa.Column("expires_at", kinds.MOMENT),
        sa.CheckConstraint(
            "(state = 'left_out') = (reason IS NOT NULL)", name=op.f("ck_invitation_left_out_has_reason")
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_invitation_sent_has_time")),
        sa.CheckConstraint(
            "(state IN ('sent', 'printed')) = (expires_at IS NOT NULL)", name=op.f("ck_invitation_given_expires")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'unknown', 'printed', 'sent', 'left_out')", name=op.f("ck_invitation_state")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_invitation_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("dossier", name=op.f("uq_invitation_dossier")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
        comment="One drawn dossier and what became of asking about it.",
    )
    op.create_index(op.f("ix_invitation_draw_id_unit"), "invitation", ["draw_id", "unit"])
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"])

    op.create_table(
        "person_contact",
        sa.Column("person_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column(
            "phone_digest", sa.String(length=64), comment="As in dossier_contact; NULL: asked not to be recognised"
        ),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_contact_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_contact")),
        comment="By what a person who shared his own number is recognised. The number itself is not kept.",
    )
    op.create_index(op.f("ix_person_contact_phone_digest"), "person_contact", ["phone_digest"])
