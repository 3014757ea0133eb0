"""Draws of dossiers, the invitations that came of them, and the number that people are recognised by."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.base import Key, Utc, key_column, metadata

person_contact = Table(
    "person_contact",
    metadata,
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("phone_digest", String(64), index=True, comment="As in dossier_contact; NULL: asked not to be recognised"),
    Column("at", Utc, nullable=False),
    comment="By what a person who shared his own number is recognised. The number itself is not kept.",
)

draw = Table(
    "draw",
    metadata,
    key_column(),
    Column("since", Date, nullable=False, comment="First day of the period"),
    Column("until", Date, nullable=False),
    Column("quota_rate", String(32), comment="A fraction, such as 1/10"),
    Column("quota_number", Integer),
    Column("quota_minimum", Integer, nullable=False),
    Column("window_days", Integer, nullable=False, comment="Nobody is invited twice within so many days"),
    Column("life_days", Integer, nullable=False, comment="An invitation is open for so long"),
    Column("nonce", String(64), nullable=False, unique=True, comment="The seed is made of it and of SECRET_KEY"),
    Column("commitment", String(64), nullable=False, comment="SHA-256 of the seed, in hex"),
    Column("committed_on", Date, nullable=False, comment="Dossiers returned up to this day are not drawn"),
    Column("drawn_at", Utc),
    Column("seed", String(64), comment="In hex; told when the draw is made"),
    Column("list_digest", String(64)),
    Column("sample_digest", String(64)),
    CheckConstraint("until >= since", name="period"),
    CheckConstraint("(quota_rate IS NULL) <> (quota_number IS NULL)", name="one_quota"),
    CheckConstraint(
        "(drawn_at IS NULL) = (seed IS NULL) AND (drawn_at IS NULL) = (list_digest IS NULL)"
        " AND (drawn_at IS NULL) = (sample_digest IS NULL)",
        name="drawn_is_whole",
    ),
    UniqueConstraint("since", "until"),
    comment="A draw for one period: committed to before the list is known, made once.",
)

draw_stratum = Table(
    "draw_stratum",
    metadata,
    Column("draw_id", Key, ForeignKey("draw.id"), primary_key=True, autoincrement=False),
    Column("unit", String(64), primary_key=True),
    Column("field", String(64), primary_key=True),
    Column("level", String(16), primary_key=True),
    Column("listed", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    comment="How many dossiers of each stratum stood on the list of a draw, and how many were drawn.",
)

invitation = Table(
    "invitation",
    metadata,
    key_column(),
    Column("draw_id", Key, ForeignKey("draw.id"), nullable=False),
    Column("dossier", String(64), nullable=False, unique=True),
    Column("unit", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("level", String(16), nullable=False),
    Column("place", Integer, nullable=False, comment="In its stratum, by the mark of the dossier"),
    Column("person_id", Key, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("state", String(16), nullable=False),
    Column("reason", String(16), comment="Why it was left out"),
    Column("token_digest", String(64), unique=True, comment="Of the code that was sent; printed ones are open to all"),
    Column("sent_at", Utc),
    Column("reminded_at", Utc),
    Column("expires_at", Utc),
    CheckConstraint("state IN ('waiting', 'unknown', 'printed', 'sent', 'left_out')", name="state"),
    CheckConstraint("(state = 'left_out') = (reason IS NOT NULL)", name="left_out_has_reason"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
    CheckConstraint("(state IN ('sent', 'printed')) = (expires_at IS NOT NULL)", name="given_expires"),
    Index(None, "draw_id", "unit"),
    comment="One drawn dossier and what became of asking about it.",
)
