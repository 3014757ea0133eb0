"""Incoming events already taken, conversations with their journals, and what could not be handled."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.tables.base import Json, Key, Utc, key_column, metadata

event = Table(
    "event",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("event_key", String(128), primary_key=True),
    Column("taken_at", Utc, nullable=False, index=True),
    comment="One row per event taken: the key refuses the second delivery of the same one.",
)

conversation = Table(
    "conversation",
    metadata,
    key_column(),
    Column("chat_id", Key, ForeignKey("chat.id"), nullable=False),
    Column("script", String(32), nullable=False),
    Column("args", Json, nullable=False),
    Column("journal", Json, nullable=False),
    Column("asked", String(64)),
    Column("step", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("reminded_at", Utc),
    CheckConstraint("status IN ('open', 'done', 'cancelled', 'paused', 'abandoned', 'failed')", name="status"),
    Index(
        "uq_conversation_open_chat",
        "chat_id",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_conversation_open_updated_at", "status", "updated_at"),
    # Every conversation that begins looks for those of its chat that were laid aside: a handful in any year.
    Index(
        "ix_conversation_paused_chat",
        "chat_id",
        sqlite_where=text("status = 'paused'"),
        postgresql_where=text("status = 'paused'"),
    ),
    comment="A running or ended conversation; its journal replays the script to where it stands.",
)

dead_letter = Table(
    "dead_letter",
    metadata,
    key_column(),
    Column("at", Utc, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("raw", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("settled_at", Utc),
    CheckConstraint("state IN ('new', 'retry', 'done', 'discarded', 'unknown')", name="state"),
    Index("ix_dead_letter_state_id", "state", "id"),
    comment="An event whose handling failed for good, kept whole.",
)

unknown_event = Table(
    "unknown_event",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("name", String(64), primary_key=True, comment="As the channel names the kind"),
    Column("number", Integer, nullable=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    comment="How many events came of a kind that was not known; some of each are dead letters.",
)
