"""Dossiers as the authority's own system lists them, and what their applicants are recognised by."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, String, Table

from storage.tables.base import Utc, metadata

dossier = Table(
    "dossier",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("procedure", String(64), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("level", String(16), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date),
    Column("returned_on", Date, comment="NULL while it is open"),
    Column("changed_at", Utc, nullable=False, comment="When an import added or changed it"),
    CheckConstraint("level IN ('province', 'district', 'commune')", name="level"),
    CheckConstraint("due_on IS NULL OR due_on >= received_on", name="due_later"),
    CheckConstraint("returned_on IS NULL OR returned_on >= received_on", name="returned_later"),
    # Finished dossiers are counted and drawn by their period and stratum, and in no other way.
    Index("ix_dossier_finished", "returned_on", "unit", "field", "level"),
    comment="One dossier of a procedure, without the applicant.",
    sqlite_with_rowid=False,
)

dossier_contact = Table(
    "dossier_contact",
    metadata,
    Column("dossier", String(64), ForeignKey("dossier.code", ondelete="CASCADE"), primary_key=True),
    Column("phone_digest", String(64), nullable=False, index=True, comment="Keyed SHA-256 of the number, in hex"),
    comment="By what the applicant of a dossier is recognised in a chat. The number itself is not kept.",
    sqlite_with_rowid=False,
)
