"""What the integrity checks found in the ratings, and what people decided about it.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "rating_check",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the ratings that are looked at"),
        sa.Column("until", sa.Date(), nullable=False, comment="Last day"),
        sa.Column("wanted_at", kinds.MOMENT, nullable=False),
        sa.Column("wanted_by", sa.String(length=48), nullable=False, comment="As in the audit trail"),
        sa.Column("done_at", kinds.MOMENT, nullable=True, comment="NULL while it waits for its turn"),
        sa.Column("ratings", sa.Integer(), nullable=True, comment="How many were looked at"),
        sa.Column(
            "suspect", sa.Integer(), nullable=True, comment="How many of them weigh enough to be looked at by a person"
        ),
        sa.Column(
            "last_rating", kinds.KEY, nullable=True, comment="Highest number among them: later ones were not looked at"
        ),
        sa.Column("rules", sa.String(length=64), nullable=True, comment="SHA-256 of the thresholds, in hex"),
        sa.Column(
            "rhythm_known",
            sa.Boolean(),
            nullable=True,
            comment="Whether the window is long enough to know what is usual for a unit",
        ),
        sa.CheckConstraint(
            "done_at IS NULL OR rules IS NOT NULL AND last_rating IS NOT NULL",
            name=op.f("ck_rating_check_done_has_facts"),
        ),
        sa.CheckConstraint("since <= until", name=op.f("ck_rating_check_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_check")),
        comment="A look through the ratings of some days, wanted and then done. Rows stay.",
    )
    op.create_index(op.f("ix_rating_check_done_at_wanted_at"), "rating_check", ["done_at", "wanted_at"], unique=False)

    op.create_table(
        "flagged_rating",
        sa.Column("rating_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("check_id", kinds.KEY, nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("suspect", sa.Boolean(), nullable=False, comment="Its signs weigh enough together"),
        sa.ForeignKeyConstraint(
            ["check_id"], ["rating_check.id"], name=op.f("fk_flagged_rating_check_id_rating_check")
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["rating.id"], name=op.f("fk_flagged_rating_rating_id_rating"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rating_id", name=op.f("pk_flagged_rating")),
        comment="Ratings with signs, as the newest check of their day found them.",
    )
    op.create_index(op.f("ix_flagged_rating_check_id"), "flagged_rating", ["check_id"], unique=False)
    op.create_index(op.f("ix_flagged_rating_day_unit"), "flagged_rating", ["day", "unit"], unique=False)

    op.create_table(
        "rating_review",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("rating_id", kinds.KEY, nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", kinds.KEY, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("decision IN ('valid', 'doubtful')", name=op.f("ck_rating_review_decision")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rating_review_has_reason")),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["rating.id"], name=op.f("fk_rating_review_rating_id_rating"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rating_review_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_review")),
        comment="What a person decided about a rating; the last one counts, rows are added, never changed.",
    )
    op.create_index(op.f("ix_rating_review_rating_id"), "rating_review", ["rating_id"], unique=False)

    op.create_table(
        "rating_flag",
        sa.Column("rating_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False, comment="Order in which they are shown"),
        sa.Column("detector", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("together", sa.Integer(), nullable=False, comment="How many ratings made up the value"),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["flagged_rating.rating_id"],
            name=op.f("fk_rating_flag_rating_id_flagged_rating"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rating_id", "place", name=op.f("pk_rating_flag")),
        comment="One sign of a rating: which value crossed which threshold.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_rating_flag_detector"), "rating_flag", ["detector"], unique=False)
