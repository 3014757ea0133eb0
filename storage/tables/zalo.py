"""What belongs to a Zalo Official Account alone: its pair of tokens."""

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, Text

from storage.tables.base import Utc, metadata

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
