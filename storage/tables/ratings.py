"""Visit tokens, ratings with their answers, and the counts that figures are read from."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import Json, Key, Utc, key_column, metadata

_SERVICES = "service IN ('tthc', 'agency', 'public_service')"
_WITH_DOSSIER = text("dossier IS NOT NULL")
_LEVELS = "level IN ('province', 'district', 'commune')"

visit_token = Table(
    "visit_token",
    metadata,
    key_column(),
    Column("digest", String(64), nullable=False, unique=True, comment="Of the token, keyed (surveys.tokens), in hex"),
    Column("unit", String(64), nullable=False),
    Column("field", String(64)),
    Column("service", String(16), nullable=False),
    Column("procedure", String(64)),
    Column("dossier", String(64)),
    Column("assisted", Boolean, nullable=False),
    Column("issued_at", Utc, nullable=False),
    Column("issued_on", Date, nullable=False, comment="Local day, for counting invitations"),
    Column("expires_at", Utc, nullable=False),
    Column("used_by", Key, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("used_at", Utc),
    Column("level", String(16), comment="Of the dossier's procedure; NULL when it is not known"),
    CheckConstraint(_SERVICES, name="service"),
    CheckConstraint(_LEVELS, name="level"),
    CheckConstraint("used_by IS NULL OR used_at IS NOT NULL", name="use_has_time"),
    CheckConstraint("expires_at > issued_at", name="expires_later"),
    Index(None, "unit", "issued_on"),
    Index(None, "dossier"),
    comment="A single-use proof of one visit. Only its digest is kept: who reads the table can rate nothing.",
)

wrong_code = Table(
    "wrong_code",
    metadata,
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("since", Utc, nullable=False, comment="When the first of these was given"),
    Column("count", Integer, nullable=False),
    CheckConstraint("count > 0", name="count"),
    comment="Rating codes a person gave that open nothing: after too many in an hour, none is looked at.",
)

rating = Table(
    "rating",
    metadata,
    key_column(),
    Column("person_id", Key, ForeignKey("person.id", ondelete="SET NULL"), comment="NULL once the person is erased"),
    Column("unit", String(64), nullable=False),
    Column("field", String(64)),
    Column("service", String(16), nullable=False),
    Column("procedure", String(64)),
    Column("dossier", String(64)),
    Column("verified", Boolean, nullable=False),
    Column("assisted", Boolean, nullable=False),
    Column("questionnaire", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", String(80), nullable=False),
    Column("round", String(16), nullable=False),
    Column("day", Date, nullable=False, comment="Local day it was begun: its answers count for this day"),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("level", String(16), comment="Of the dossier's procedure; NULL when it is not known"),
    UniqueConstraint("person_id", "subject", "questionnaire", "round"),
    CheckConstraint(_SERVICES, name="service"),
    CheckConstraint(_LEVELS, name="level"),
    CheckConstraint("state IN ('open', 'finished', 'abandoned')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
    Index(None, "unit", "day"),
    Index("ix_rating_dossier", "dossier", sqlite_where=_WITH_DOSSIER, postgresql_where=_WITH_DOSSIER),
    comment="One filled questionnaire: one per person, unit or dossier, questionnaire and round.",
)

answer = Table(
    "answer",
    metadata,
    Column("rating_id", Key, ForeignKey("rating.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("item", String(32), primary_key=True),
    Column("score", SmallInteger),
    Column("choice", String(32)),
    Column("text", Text),
    Column("amount", Integer),
    Column("answered_at", Utc, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    CheckConstraint(
        "(score IS NOT NULL AND choice IS NULL AND text IS NULL) OR score IS NULL AND (choice IS NULL OR text IS NULL)",
        name="one_value",
    ),
    CheckConstraint(
        "amount IS NULL OR amount >= 0 AND score IS NULL AND choice IS NULL AND text IS NULL", name="amount"
    ),
    comment="One answered item; no value at all is an item that was skipped.",
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    # The order of the key is the order of reading: what a figure adds up lies side by side.
    Column("questionnaire", String(32), primary_key=True),
    Column("grain", String(12), primary_key=True),
    Column("since", Date, primary_key=True, comment="First day of the year or month, or the day"),
    Column("field", String(64), primary_key=True, comment="Empty when it is not known, and where fields are together"),
    Column("unit", String(64), primary_key=True),
    Column("service", String(16), primary_key=True),
    Column("level", String(16), primary_key=True, comment="Empty when it is not known, and where fields are together"),
    Column("access", String(8), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("respondents", BigInteger, nullable=False, comment="The headline: surveys.tallies.Headline"),
    Column("answers", BigInteger, nullable=False),
    Column("satisfied", BigInteger, nullable=False),
    Column("cells", Json, nullable=False, comment="All counts, by item=value"),
    CheckConstraint("grain IN ('year', 'month', 'month-field', 'day-field')", name="grain"),
    CheckConstraint("access IN ('verified', 'open', 'assisted')", name="access"),
    CheckConstraint("respondents >= 0 AND satisfied >= 0 AND answers >= satisfied", name="headline"),
    comment="Counts kept in the transaction of each answer; the cells are told in surveys.tallies, the grains in "
    "storage.tally_rows. A row holds all cells of its scope: a row for each cell would be as many as the answers.",
    sqlite_with_rowid=False,
)
