"""Questionnaires that the authority made itself: drafts, and the versions that were published."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, String, Table, Text

from storage.tables.base import Key, Utc, key_column, metadata

questionnaire_version = Table(
    "questionnaire_version",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False, comment="The TOML file"),
    Column("sha256", String(64), nullable=False, comment="Of the content (surveys.publishing), in hex"),
    Column("valid_from", Date, nullable=False, comment="First local day on which it is asked, as the text says"),
    Column("published_by", Key, ForeignKey("staff.id"), nullable=False),
    Column("published_at", Utc, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    comment="A published version. Rows are added, never changed: every rating names the version it answers.",
)

questionnaire_draft = Table(
    "questionnaire_draft",
    metadata,
    key_column(),
    Column("code", String(32), nullable=False, comment="Of the questionnaire it will be a version of"),
    Column(
        "begun_from",
        String(48),
        nullable=False,
        comment="The version it was copied from, such as sipas 1; empty for none",
    ),
    Column("text", Text, nullable=False, comment="The TOML file as it was typed, with its faults"),
    Column("revision", Integer, nullable=False, comment="Raised by each change: a save names the one it was read at"),
    Column("written_by", Key, ForeignKey("staff.id"), comment="Who changed it last; NULL: the command line"),
    Column("written_at", Utc, nullable=False),
    CheckConstraint("revision >= 1", name="revision"),
    comment="A questionnaire being written. Publishing or discarding takes the row away.",
)

questionnaire_withdrawal = Table(
    "questionnaire_withdrawal",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Of a packaged or an own version"),
    Column("first_day", Date, nullable=False, comment="Local day from which on it is asked no more"),
    Column("withdrawn_by", Key, ForeignKey("staff.id"), comment="NULL: the command line"),
    Column("withdrawn_at", Utc, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    comment="A version that the authority took back. Rows are added, never changed; its ratings stay.",
)
