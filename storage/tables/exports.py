"""Files that officials ordered and a child process writes."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, text

from storage.tables.base import Key, Utc, key_column, metadata

_UNDER_WAY = text("state IN ('waiting', 'running')")

file_order = Table(
    "file_order",
    metadata,
    key_column(),
    Column("staff_id", Key, ForeignKey("staff.id"), nullable=False, comment="Who ordered it and alone may have it"),
    Column("granted", String(255), nullable=False, comment="Unit and roles of that account when it was ordered"),
    Column("subject", String(16), nullable=False),
    Column("ending", String(16), nullable=False),
    Column("since", Date, nullable=False, comment="First day of the rows"),
    Column("until", Date, nullable=False),
    Column("language", String(8), nullable=False),
    Column("ordered_at", Utc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), comment="Why it failed"),
    Column("writer", String(32), comment="Which attempt writes it; part of the file's name"),
    Column("beat_at", Utc, comment="When its writer was heard last"),
    Column("done", Integer, nullable=False, comment="Ratings or petitions written so far"),
    Column("total", Integer, nullable=False, comment="Of how many; 0 before they are counted"),
    Column("rows", Integer),
    Column("bytes", Key),
    Column("ended_at", Utc),
    CheckConstraint("state IN ('waiting', 'running', 'ready', 'failed', 'cancelled')", name="state"),
    CheckConstraint("subject IN ('ratings', 'petitions')", name="subject"),
    CheckConstraint("since <= until", name="window"),
    CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_has_reason"),
    CheckConstraint("state <> 'running' OR writer IS NOT NULL AND beat_at IS NOT NULL", name="running_has_writer"),
    CheckConstraint(
        "state <> 'ready' OR writer IS NOT NULL AND rows IS NOT NULL AND bytes IS NOT NULL", name="ready_has_file"
    ),
    CheckConstraint("(state IN ('waiting', 'running')) = (ended_at IS NULL)", name="ended_has_time"),
    Index("uq_file_order_under_way", "staff_id", unique=True, sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
    Index(None, "staff_id", "ordered_at"),
    comment="A large file of ratings or petitions: ordered on a page, written beside the service, kept for an hour.",
)
