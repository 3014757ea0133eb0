"""Results returned to those who rated: who wants them, what a unit reached and changes, how far the telling is."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from storage.tables.base import Key, Utc, metadata
from storage.tables.consents import consent_columns

results_consent = Table(
    "results_consent",
    metadata,
    *consent_columns(),
    CheckConstraint("state IN ('asked', 'given', 'refused', 'withdrawn')", name="state"),
    comment="Whether a person wants to be told what the units reached that he rated; asked once a year at most.",
)


def _of_a_unit() -> list[Column[Any]]:
    """Return the key of what is about a unit in a closed period."""
    return [
        Column("plan", String(32), primary_key=True),
        Column("report", String(64), primary_key=True),
        Column("year", Integer, primary_key=True, autoincrement=False),
        Column("unit", String(64), primary_key=True),
    ]


unit_result = Table(
    "unit_result",
    metadata,
    *_of_a_unit(),
    Column("document", Text, nullable=False, comment="Canonical JSON: storage.results.reached"),
    Column("made_at", Utc, nullable=False),
    comment="What a unit reached in a closed period as people are told it. Rows are added, never changed.",
)

result_note = Table(
    "result_note",
    metadata,
    *_of_a_unit(),
    Column("text", Text, nullable=False),
    Column("written_by", Key, ForeignKey("staff.id"), nullable=False),
    Column("written_at", Utc, nullable=False),
    comment="What a unit will change after a closed period, in the words of its leader.",
)
