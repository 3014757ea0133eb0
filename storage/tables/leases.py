"""Who does what only one process at a time may do."""

from sqlalchemy import Column, Integer, String, Table

from storage.tables.base import Utc, metadata

lease = Table(
    "lease",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("holder", String(96)),
    Column("epoch", Integer, nullable=False),
    Column("renewals", Integer, nullable=False),
    Column("until", Utc, nullable=False),
    comment="Work of one process at a time: its holder (null: nobody), and the number of the acquisition that fences.",
)
