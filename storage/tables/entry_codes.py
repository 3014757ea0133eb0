"""Short codes on posters."""

from sqlalchemy import Column, String, Table

from storage.tables.base import Utc, metadata

entry_code = Table(
    "entry_code",
    metadata,
    Column("code", String(8), primary_key=True),
    Column("start", String(128), nullable=False, unique=True, comment="What the poster's link would carry"),
    Column("created_at", Utc, nullable=False),
    comment="What is typed where a link carries nothing: it begins what its start begins. Never given to another one.",
)
