"""The counts of dossiers also tell those that are ready and the disliked ones of them; all are counted anew.

There is no way back but a backup: the rows of before cannot tell who disliked a dossier.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_GRAINS = ("year", "month", "month-field", "day-field")
_KEY = ("grain", "since", "field", "unit")
_NUMBERS = ("early", "on_day", "late", "open", "caught_up", "undated", "ready", "disliked")
_LOW = 2

_dossier = sa.table(
    "dossier", sa.column("code"), sa.column("unit"), sa.column("field"), sa.column("received_on", sa.Date()),
    sa.column("due_on", sa.Date()), sa.column("returned_on", sa.Date()),
)  # fmt: skip
_rating = sa.table("rating", sa.column("id"), sa.column("dossier"), sa.column("verified", sa.Boolean()))
_answer = sa.table("answer", sa.column("rating_id"), sa.column("item"), sa.column("score"))
_tally = sa.table("dossier_tally", *(sa.column(name) for name in (*_KEY, *_NUMBERS)))


def upgrade() -> None:
    op.drop_table("dossier_tally")
    op.create_table(
        "dossier_tally",
        sa.Column("grain", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the year or month, or the day"),
        sa.Column("field", sa.String(length=64), nullable=False, comment="Empty where fields are together"),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False, comment="These four by the day they were due on"),
        sa.Column("on_day", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column(
            "caught_up", sa.Integer(), nullable=False, comment="Late ones again, by the day they were returned on"
        ),
        sa.Column("undated", sa.Integer(), nullable=False, comment="Without a due day, by the day they were received"),
        sa.Column("ready", sa.Integer(), nullable=False, comment="By the day they were returned on, as the next"),
        sa.Column("disliked", sa.Integer(), nullable=False, comment="Rated 1 or 2 by their own code, and not late"),
        sa.CheckConstraint(
            "grain IN ('year', 'month', 'month-field', 'day-field')", name=op.f("ck_dossier_tally_grain")
        ),
        sa.CheckConstraint(
            "early >= 0 AND on_day >= 0 AND late >= 0 AND open >= 0 AND caught_up >= 0 AND undated >= 0"
            " AND ready >= 0 AND disliked >= 0",
            name=op.f("ck_dossier_tally_numbers"),
        ),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_dossier_tally")),
        comment="Dossiers counted in the transaction that takes them over or rates them; the marks are told in "
        "offices.promptness, the grains in storage.tally_rows.",
        sqlite_with_rowid=False,
    )
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    """Count every dossier, by each of the grains."""
    for grain in _GRAINS:
        connection.execute(sa.insert(_tally).from_select([*_KEY, *_NUMBERS], _counted(connection, grain)))


def _counted(connection: sa.Connection, grain: str) -> sa.Select[Any]:
    marked = _marked()
    since = _first_day(connection, grain.removesuffix("-field"), marked.c.day)
    numbers = [sa.func.count().filter(marked.c.mark == name) for name in _NUMBERS]
    by_field = [marked.c.field] if grain.endswith("-field") else []
    of_field = by_field or [sa.literal("")]
    return sa.select(sa.literal(grain), since, *of_field, marked.c.unit, *numbers).group_by(
        since, *by_field, marked.c.unit
    )


def _marked() -> sa.Subquery:
    """Give what is counted of each dossier, with its day."""
    code, unit, field, received, due, ready = _dossier.c
    by_due_day = sa.case((ready.is_(None), "open"), (ready < due, "early"), (ready == due, "on_day"), else_="late")
    in_time = sa.or_(due.is_(None), ready <= due)
    return sa.union_all(
        sa.select(unit, field, due.label("day"), by_due_day.label("mark")).where(due.is_not(None)),
        sa.select(unit, field, ready, sa.literal("caught_up")).where(ready > due),
        sa.select(unit, field, received, sa.literal("undated")).where(due.is_(None)),
        sa.select(unit, field, ready, sa.literal("ready")).where(ready.is_not(None)),
        sa.select(unit, field, ready, sa.literal("disliked")).where(
            ready.is_not(None), in_time, code.in_(_low_ratings())
        ),
    ).subquery()


def _low_ratings() -> sa.Select[Any]:
    of_rating = _answer.c.rating_id == _rating.c.id
    low = sa.and_(_rating.c.verified, _answer.c.item == "overall", _answer.c.score <= _LOW)
    return sa.select(_rating.c.dossier).join(_answer, of_rating).where(low)


def _first_day(connection: sa.Connection, stretch: str, day: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if stretch == "day":
        return day
    if connection.dialect.name == "sqlite":
        return sa.func.date(day, f"start of {stretch}")
    return sa.cast(sa.func.date_trunc(stretch, day), sa.Date())
