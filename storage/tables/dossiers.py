"""Dossiers as the authority's own system lists them, what their applicants are recognised by, and their counts."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, text

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
    Column("returned_on", Date, comment="NULL while it is open, and when it was withdrawn"),
    Column("changed_at", Utc, nullable=False, comment="When an import added or changed it"),
    Column("state", String(16), comment="NULL for what its days tell"),
    Column("withdrawn_on", Date, comment="NULL but for withdrawn ones, and where no list told it of one"),
    CheckConstraint("level IN ('province', 'district', 'commune')", name="level"),
    CheckConstraint("due_on IS NULL OR due_on >= received_on", name="due_later"),
    CheckConstraint("returned_on IS NULL OR returned_on >= received_on", name="returned_later"),
    CheckConstraint("state IN ('refused', 'withdrawn')", name="state"),
    CheckConstraint("state IS NULL OR (state = 'refused') = (returned_on IS NOT NULL)", name="state_returned"),
    CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= received_on", name="withdrawn_later"),
    CheckConstraint("withdrawn_on IS NULL OR (state IS NOT NULL AND state = 'withdrawn')", name="withdrawn_state"),
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

dossier_tally = Table(
    "dossier_tally",
    metadata,
    # The order of the key is the order of reading, as in `tally`.
    Column("grain", String(12), primary_key=True),
    Column("since", Date, primary_key=True, comment="First day of the year or month, or the day"),
    Column("field", String(64), primary_key=True, comment="Empty where fields are together"),
    Column("unit", String(64), primary_key=True),
    Column("early", Integer, nullable=False, comment="These four by the day they were due on"),
    Column("on_day", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("caught_up", Integer, nullable=False, comment="Late ones again, by the day they were returned on"),
    Column("undated", Integer, nullable=False, comment="Without a due day, by the day they were received"),
    Column("ready", Integer, nullable=False, comment="By the day they were returned on, as the next"),
    Column("disliked", Integer, nullable=False, comment="Rated 1 or 2 by their own code, and not late"),
    Column("withdrawn", Integer, nullable=False, server_default=text("0"), comment="By the day they were due on"),
    Column(
        "given_up",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Late ones again, by the day they were withdrawn on",
    ),
    CheckConstraint("grain IN ('year', 'month', 'month-field', 'day-field')", name="grain"),
    CheckConstraint(
        "early >= 0 AND on_day >= 0 AND late >= 0 AND open >= 0 AND caught_up >= 0 AND undated >= 0"
        " AND ready >= 0 AND disliked >= 0 AND withdrawn >= 0 AND given_up >= 0",
        name="numbers",
    ),
    comment="Dossiers counted in the transaction that takes them over or rates them; the marks are told in "
    "offices.promptness, the grains in storage.tally_rows.",
    sqlite_with_rowid=False,
)
