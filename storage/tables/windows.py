"""What counts for a chat of a channel that lets us write only for a while after the person did something."""

from sqlalchemy import Column, ForeignKey, Table, Text

from storage.tables.base import Key, Utc, metadata

chat_window = Table(
    "chat_window",
    metadata,
    Column("chat_id", Key, ForeignKey("chat.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("interacted_at", Utc, comment="When the person last did what opens the free window"),
    Column("human_until", Utc, comment="Until then the bot is silent: somebody answers by hand in the channel's tool"),
    Column("aside", Text, comment="What the person wrote since the last answer by hand"),
    comment="One row per chat of a windowed channel (Zalo): its last interaction, and who answers in it now.",
)
