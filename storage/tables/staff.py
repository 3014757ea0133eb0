"""Accounts of officials, and the chats that they linked."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from storage.tables.base import Json, Key, Utc, key_column, metadata

staff = Table(
    "staff",
    metadata,
    key_column(),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("roles", Json, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failed_count", Integer, nullable=False),
    Column("locked_until", Utc),
    Column("last_login_at", Utc),
    Column("created_at", Utc, nullable=False),
)

staff_chat = Table(
    "staff_chat",
    metadata,
    Column("chat_id", Key, ForeignKey("chat.id"), primary_key=True, autoincrement=False),
    Column("staff_id", Key, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Utc, nullable=False),
    comment="A chat serves one official; an official may link several.",
)
