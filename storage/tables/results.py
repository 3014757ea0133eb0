"""Results returned to those who rated: who wants them, what a unit reached and changes, how far the telling is."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table

from storage.tables.base import Key, Utc, metadata

results_consent = Table(
    "results_consent",
    metadata,
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False, comment="Of the words in which it was asked"),
    Column("asked_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    CheckConstraint("state IN ('asked', 'given', 'refused', 'withdrawn')", name="state"),
    comment="Whether a person wants to be told what the units reached that he rated; asked once a year at most.",
)
