"""What goes out: the outbox, the web chat's own messages, and work that falls due later."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from storage.tables.base import Json, Key, Utc, key_column, metadata

_OPEN = "state IN ('queued', 'sending')"
_LOST = "state IN ('unreachable', 'expired') AND urgency <= 1 AND settled_at IS NULL"
_FAILED = "state IN ('refused', 'unknown') AND settled_at IS NULL"


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


outbox = Table(
    "outbox",
    metadata,
    key_column(),
    Column("chat_id", Key, ForeignKey("chat.id"), nullable=False),
    Column("channel", String(16), nullable=False, comment="Of the chat, as account: neither ever changes"),
    Column("account", String(64), nullable=False),
    Column("body", Json, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("unique_key", String(160), unique=True),
    Column("created_at", Utc, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_token", String(32)),
    Column("sent_at", Utc),
    Column("message_ref", String(64)),
    Column("error", Text),
    Column("settled_at", Utc),
    Column("stale_at", Utc, comment="From then on a mere question is not sent but asked anew (bot.catching_up)"),
    Column("broadcast_id", Key, ForeignKey("broadcast.id")),
    CheckConstraint(
        "state IN ('queued', 'sending', 'held', 'sent', 'unknown', 'refused', 'unreachable', 'expired',"
        " 'collapsed', 'cancelled')",
        name="state",
    ),
    Index("ix_outbox_chat_id_state", "chat_id", "state"),
    # The sender walks what is open for an account in the order in which it goes, however much has gone already or
    # waits for other accounts.
    _partial("ix_outbox_open", "channel", "account", "urgency", "id", where=_OPEN),
    _partial("ix_outbox_sending", "not_before", where="state = 'sending'"),
    _partial("ix_outbox_failed", "id", where=_FAILED),
    _partial("ix_outbox_stale_at", "stale_at", where="state = 'queued' AND stale_at IS NOT NULL"),
    _partial("ix_outbox_expires_at", "expires_at", where="state = 'queued' AND expires_at IS NOT NULL"),
    _partial("ix_outbox_lost", "id", where=_LOST),
    _partial("ix_outbox_held", "not_before", where="state = 'held' AND broadcast_id IS NULL"),
    _partial("ix_outbox_broadcast_id", "broadcast_id", "state", "sent_at", where="broadcast_id IS NOT NULL"),
    comment="Every outgoing message; one sender takes rows under a lease, in order per chat.",
)


def is_in(*states: str, of: FromClause = outbox) -> ColumnElement[bool]:
    """Say in literal words which states a letter may be in; `of` is another name of the table.

    With bound ones neither database sees that its index of the open or of the failed letters holds them all, and
    would look through everything that was ever sent.
    """
    return of.c.state.in_([literal_column(f"'{state}'") for state in states])


web_message = Table(
    "web_message",
    metadata,
    key_column(),
    Column("chat_id", Key, ForeignKey("chat.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("body", Json, nullable=False),
    Column("outbox_id", Key, ForeignKey("outbox.id"), unique=True),
    Index(None, "chat_id", "id"),
    comment="The lines of a web chat page, the person's own ones included.",
)

due = Table(
    "due",
    metadata,
    key_column(),
    Column("unique_key", String(160), nullable=False, unique=True),
    Column("due_at", Utc, nullable=False),
    Column("kind", String(48), nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    CheckConstraint("state IN ('waiting', 'done', 'cancelled', 'failed')", name="state"),
    Index("ix_due_state_due_at", "state", "due_at"),
    comment="Work that falls due: reminders, escalations, expiries. The key makes each happen once.",
)
