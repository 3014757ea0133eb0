"""The authority: its settings, units through time, fields, and the days on which a unit is closed."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, String, Table, Text

from storage.tables.base import Json, Utc, metadata

authority = Table(
    "authority",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("preset", String(64), nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("root", String(64), ForeignKey("unit.code"), nullable=False),
    Column("source", Text, nullable=False),
    Column("installed_at", Utc, nullable=False),
    Column("reference_version", Integer, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
    comment="The one authority served here; reference_version grows with every change of reference data.",
)

unit = Table(
    "unit",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("name_vi", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("short_name_vi", Text, nullable=False),
    Column("short_name_en", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("parent", String(64), ForeignKey("unit.code"), index=True),
    Column("tier", String(16), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("decision_number", Text),
    Column("decision_signed_on", Date),
    Column("fields", Json, nullable=False),
    Column("aliases", Json, nullable=False),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_it_begins"),
    CheckConstraint("(decision_number IS NULL) = (decision_signed_on IS NULL)", name="decision_is_whole"),
    CheckConstraint("(parent IS NULL) = (kind = 'authority')", name="only_an_authority_is_a_root"),
    comment="A unit as it was from valid_from to valid_to, both inclusive; a code is never used again.",
)

unit_successor = Table(
    "unit_successor",
    metadata,
    Column("unit", String(64), ForeignKey("unit.code"), primary_key=True),
    Column("successor", String(64), ForeignKey("unit.code"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    CheckConstraint("unit <> successor", name="not_itself"),
)

field = Table(
    "field",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("name_vi", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("words", Json, nullable=False),
    CheckConstraint("scope IN ('administrative', 'public_service')", name="scope"),
)

unit_closure = Table(
    "unit_closure",
    metadata,
    Column("unit", String(64), ForeignKey("unit.code"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", Text, nullable=False),
    comment="A day on which one unit is closed beyond the public holidays: flood, move, power cut.",
)
