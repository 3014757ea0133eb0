"""What the integrity checks found in the ratings, and what people decided about it."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.base import Key, Utc, key_column, metadata

rating_check = Table(
    "rating_check",
    metadata,
    key_column(),
    Column("since", Date, nullable=False, comment="First day of the ratings that are looked at"),
    Column("until", Date, nullable=False, comment="Last day"),
    Column("wanted_at", Utc, nullable=False),
    Column("wanted_by", String(48), nullable=False, comment="As in the audit trail"),
    Column("done_at", Utc, comment="NULL while it waits for its turn"),
    Column("ratings", Integer, comment="How many were looked at"),
    Column("suspect", Integer, comment="How many of them weigh enough to be looked at by a person"),
    Column("last_rating", Key, comment="Highest number among them: later ones were not looked at"),
    Column("rules", String(64), comment="SHA-256 of the thresholds, in hex"),
    Column("rhythm_known", Boolean, comment="Whether the window is long enough to know what is usual for a unit"),
    CheckConstraint("since <= until", name="window"),
    CheckConstraint("done_at IS NULL OR rules IS NOT NULL AND last_rating IS NOT NULL", name="done_has_facts"),
    Index(None, "done_at", "wanted_at"),
    comment="A look through the ratings of some days, wanted and then done. Rows stay.",
)

flagged_rating = Table(
    "flagged_rating",
    metadata,
    Column("rating_id", Key, ForeignKey("rating.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("check_id", Key, ForeignKey("rating_check.id"), nullable=False, index=True),
    Column("unit", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("suspect", Boolean, nullable=False, comment="Its signs weigh enough together"),
    Index(None, "day", "unit"),
    comment="Ratings with signs, as the newest check of their day found them.",
)

rating_flag = Table(
    "rating_flag",
    metadata,
    Column(
        "rating_id",
        Key,
        ForeignKey("flagged_rating.rating_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("place", Integer, primary_key=True, autoincrement=False, comment="Order in which they are shown"),
    Column("detector", String(32), nullable=False, index=True),
    Column("value", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("together", Integer, nullable=False, comment="How many ratings made up the value"),
    comment="One sign of a rating: which value crossed which threshold.",
    sqlite_with_rowid=False,
)

rating_review = Table(
    "rating_review",
    metadata,
    key_column(),
    Column("rating_id", Key, ForeignKey("rating.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("staff_id", Key, ForeignKey("staff.id"), nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("decision IN ('valid', 'doubtful')", name="decision"),
    CheckConstraint("reason <> ''", name="has_reason"),
    comment="What a person decided about a rating; the last one counts, rows are added, never changed.",
)
