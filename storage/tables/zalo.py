"""What belongs to a Zalo Official Account alone: its tokens, its templates, and what was tried for money."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.base import Json, Key, Utc, key_column, metadata

zalo_token = Table(
    "zalo_token",
    metadata,
    Column("oa_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False, comment="Raised with each new pair: what fences an older one"),
    Column("state", String(16), nullable=False),
    Column("reason", Text, comment="Why it is dead, for the administrator"),
    Column("access_enc", Text, comment="Encrypted, see storage.vault"),
    Column("refresh_enc", Text, comment="Encrypted; it can be used once"),
    Column("access_expires_at", Utc, nullable=False),
    Column("obtained_at", Utc, nullable=False),
    CheckConstraint("state IN ('good', 'dead')", name="state"),
    CheckConstraint("state <> 'good' OR (access_enc IS NOT NULL AND refresh_enc IS NOT NULL)", name="good_has_pair"),
    CheckConstraint("version >= 1", name="version"),
    comment="The one pair of tokens of an Official Account. A dead one needs an administrator's consent.",
)

zalo_template = Table(
    "zalo_template",
    metadata,
    Column("id", String(32), primary_key=True, comment="As Zalo numbers it"),
    Column("name", Text, nullable=False),
    Column("status", String(32), nullable=False, comment="ENABLE: it may be sent"),
    Column("kind", Integer, nullable=False, comment="Zalo's type; 5 asks for a rating"),
    Column("tag", Integer, nullable=False, comment="1 transaction, 2 customer care, 3 promotion"),
    Column("price", Integer, nullable=False, comment="VND for one to a user id"),
    Column("params", Json, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("price_phone", Integer, comment="VND for one to a telephone number; NULL: not told"),
    comment="The message templates of the Official Account as Zalo listed them last.",
)

zalo_template_choice = Table(
    "zalo_template_choice",
    metadata,
    Column("news", String(16), primary_key=True, comment="What is told by it"),
    Column("template_id", String(32), ForeignKey("zalo_template.id"), nullable=False),
    CheckConstraint("news IN ('petition', 'work', 'invitation')", name="news"),
    comment="By which template a kind of news goes when a chat's window is over.",
)

zalo_attempt = Table(
    "zalo_attempt",
    metadata,
    key_column(),
    Column("at", Utc, nullable=False),
    Column("chat_id", Key, ForeignKey("chat.id"), nullable=False),
    Column("letter_id", Key, ForeignKey("outbox.id")),
    Column("way", String(16), nullable=False),
    Column("template_id", String(32)),
    Column("price", Integer, nullable=False, comment="VND; what was refused costs nothing"),
    Column("outcome", String(16), nullable=False),
    Column("error", Text),
    Column("message_id", String(64), unique=True),
    Column("rated_at", Utc, comment="When the rating that it asked for was taken: once"),
    CheckConstraint("way IN ('billed', 'template', 'phone')", name="way"),
    CheckConstraint("outcome IN ('begun', 'sent', 'unknown', 'refused')", name="outcome"),
    CheckConstraint("(way <> 'billed') = (template_id IS NOT NULL)", name="template"),
    CheckConstraint("price >= 0", name="price"),
    Index(None, "at"),
    Index(None, "letter_id"),
    Index(None, "chat_id"),
    comment="What was tried beside the free messages of an open window: written before it is sent, for it may cost.",
)
