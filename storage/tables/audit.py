"""The append-only, hash-chained trail of who did what."""

from sqlalchemy import Column, String, Table, Text

from storage.tables.base import Key, Utc, metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("actor", String(48), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(96), nullable=False, index=True),
    Column("details", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    comment="Each row carries the hash of the row before it; nothing is ever changed or removed.",
)
