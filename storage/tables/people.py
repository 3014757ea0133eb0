"""Persons, who they are (kept apart), and the chats through which they are reached."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from storage.tables.base import Key, Utc, key_column, metadata

person = Table(
    "person",
    metadata,
    key_column(),
    Column("created_at", Utc, nullable=False),
    comment="A citizen under a number; nothing here says who it is.",
)

identity = Table(
    "identity",
    metadata,
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("name", Text),
    Column("username", Text),
    Column("phone", Text),
    Column("updated_at", Utc, nullable=False),
    comment="Who a person is. Read only through storage.identity, which writes the audit trail.",
)

chat = Table(
    "chat",
    metadata,
    key_column(),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("external_chat", String(128), nullable=False),
    Column("external_person", String(128), nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    UniqueConstraint("channel", "account", "external_chat"),
    CheckConstraint("state IN ('active', 'unreachable')", name="state"),
    CheckConstraint("language IN ('vi', 'en')", name="language"),
    Index(None, "person_id"),
    comment="How a person is reached. Only intake and delivery read the external ids.",
)
