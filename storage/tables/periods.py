"""Closed reporting periods: figures as they were told, and every later correction beside them."""

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, Text

from storage.tables.base import Utc, metadata

closed_period = Table(
    "closed_period",
    metadata,
    Column("plan", String(32), primary_key=True),
    Column("report", String(64), primary_key=True, comment="Id of a report of the plan, such as TH24-Q1"),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column(
        "revision",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="0 as it was closed, then 1, 2 … for corrections",
    ),
    Column("document", Text, nullable=False, comment="Canonical JSON: storage.closed_periods.document"),
    Column("sha256", String(64), nullable=False, comment="Of the document in UTF-8, in hex"),
    Column("closed_by", String(48), nullable=False),
    Column("closed_at", Utc, nullable=False),
    CheckConstraint("revision >= 0", name="revision"),
    comment="The frozen figures of a plan for a report's window. Rows are added, never changed.",
)
