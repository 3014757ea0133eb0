"""Accounts of officials, the chats that they linked, and their open pages on the web."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from storage.tables.base import Json, Key, Utc, key_column, metadata

LONGEST_LOGIN = 64
LONGEST_DEVICE = 200

staff = Table(
    "staff",
    metadata,
    key_column(),
    Column("login", String(LONGEST_LOGIN), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("unit", String(64), ForeignKey("unit.code"), nullable=False, index=True),
    Column("roles", Json, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failed_count", Integer, nullable=False),
    Column("locked_until", Utc),
    Column("last_login_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("activated_at", Utc, nullable=False),
    CheckConstraint("login = lower(login) AND login <> ''", name="login_is_lower_case"),
    CheckConstraint("failed_count >= 0", name="failed_count"),
)

staff_chat = Table(
    "staff_chat",
    metadata,
    Column("chat_id", Key, ForeignKey("chat.id"), primary_key=True, autoincrement=False),
    Column("staff_id", Key, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Utc, nullable=False),
    comment="A chat serves one official; an official may link several.",
)

staff_link_code = Table(
    "staff_link_code",
    metadata,
    Column("staff_id", Key, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("expires_at", Utc, nullable=False),
    comment="The one code with which an official may link a chat now; a newer one takes its place.",
)

web_session = Table(
    "web_session",
    metadata,
    key_column(),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("staff_id", Key, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("device", String(LONGEST_DEVICE), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
    comment="A signed-in browser. The token is in its cookie only; here is its SHA-256.",
)
