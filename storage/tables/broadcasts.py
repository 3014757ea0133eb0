"""Messages to many chats, and the chats that want none of them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.tables.base import Key, Utc, key_column, metadata

broadcast = Table(
    "broadcast",
    metadata,
    key_column(),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("audience", String(16), nullable=False),
    Column("unit", String(64), ForeignKey("unit.code")),
    Column("night_reason", Text, comment="Why it may go in the quiet hours; NULL: it waits for the morning"),
    Column("state", String(16), nullable=False),
    Column("written_by", Key, ForeignKey("staff.id"), nullable=False),
    Column("written_at", Utc, nullable=False),
    Column(
        "revision",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="Raised by each change: what is approved is what was read",
    ),
    Column("approved_by", Key, ForeignKey("staff.id")),
    Column("approved_at", Utc),
    Column("started_at", Utc),
    Column("resumed_at", Utc, comment="Since when it runs without a pause: its pace is counted from there"),
    Column("ended_at", Utc),
    Column("planned", Integer, nullable=False, comment="Chats of the audience when it started"),
    Column("queued", Integer, nullable=False, comment="Chats whose letter was written"),
    Column("cursor", Key, nullable=False, comment="The last chat that was looked at; chats are taken by their number"),
    Column("last_chat", Key, nullable=False, comment="The newest chat when it started: later ones are not of it"),
    CheckConstraint("audience IN ('all', 'rated', 'petitioned')", name="audience"),
    CheckConstraint("(audience = 'all') = (unit IS NULL)", name="unit_of_audience"),
    CheckConstraint(
        "state IN ('drafted', 'submitted', 'approved', 'running', 'paused', 'done', 'cancelled')", name="state"
    ),
    CheckConstraint("approved_by <> written_by", name="two_people"),
    CheckConstraint("state IN ('drafted', 'submitted', 'cancelled') OR approved_by IS NOT NULL", name="approved"),
    Index(None, "state"),
    comment="One message to many chats: written by one official, approved by another.",
)

broadcast_refusal = Table(
    "broadcast_refusal",
    metadata,
    Column("chat_id", Key, ForeignKey("chat.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    comment="Chats that asked for no more broadcasts; what concerns their own petitions still comes.",
)
