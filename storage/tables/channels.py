"""How each channel, and what stands behind it, was found when it was last looked at."""

from sqlalchemy import Column, Integer, String, Table, Text

from storage.tables.base import Utc, metadata

channel_state = Table(
    "channel_state",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("problem", String(32)),
    Column("reason", Text),
    Column("since", Utc),
    Column("waiting", Integer, nullable=False),
    Column("checked_at", Utc, nullable=False),
    comment="One row per thing that is watched; any process writes it, every page reads it.",
)
