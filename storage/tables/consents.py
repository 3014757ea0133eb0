"""What people consented to, each purpose apart; here with what has to be kept for it: a telephone number."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.base import Key, Utc, metadata


def consent_columns() -> list[Column[Any]]:
    """Return what every consent of a person has."""
    return [
        Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        Column("state", String(16), nullable=False),
        Column("version", Integer, nullable=False, comment="Of the words in which it was asked"),
        Column("asked_at", Utc, nullable=False),
        Column("changed_at", Utc, nullable=False),
    ]


phone_consent = Table(
    "phone_consent",
    metadata,
    *consent_columns(),
    Column("number_enc", Text, comment="Encrypted, see storage.vault; kept only while the consent stands"),
    Column("kept_until", Utc, comment="Then the number is forgotten"),
    CheckConstraint("state IN ('asked', 'given', 'refused', 'withdrawn', 'lapsed')", name="state"),
    CheckConstraint("(state = 'given') = (number_enc IS NOT NULL)", name="number"),
    CheckConstraint("(number_enc IS NULL) = (kept_until IS NULL)", name="kept_until"),
    Index(None, "kept_until"),
    comment="Whether a person wants news of his petitions at his telephone number, and the number.",
)
