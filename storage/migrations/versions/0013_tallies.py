"""Counts tell verified, open and assisted ratings and the level of procedures apart, one row for each scope.

Until now a row counted one cell; there were nearly as many as answers. All are counted anew from the raw ratings: the
rows of before cannot tell who was helped. There is no way back but a backup.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds
from surveys.questionnaires import Questionnaire, load_text
from surveys.registry import packaged

revision = "0013"
down_revision = "0012"

_LEVELS = "level IN ('province', 'district', 'commune')"
_KEY = ("questionnaire", "grain", "since", "field", "unit", "service", "level", "access", "version")
_HEADLINE = ("respondents", "answers", "satisfied")
_CHUNK = 1000

Shape = tuple[Mapping[str, str], tuple[str, ...]]
"""The factor of each scored item, and the items of the headline."""

_own = sa.table("questionnaire_version", sa.column("code"), sa.column("version"), sa.column("text"))
_rating = sa.table(
    "rating", sa.column("id"), sa.column("unit"), sa.column("field"), sa.column("service"), sa.column("verified"),
    sa.column("assisted"), sa.column("questionnaire"), sa.column("version"), sa.column("day", sa.Date()),
    sa.column("channel"), sa.column("state"),
)  # fmt: skip
_answer = sa.table(
    "answer", sa.column("rating_id"), sa.column("item"), sa.column("score"), sa.column("choice"), sa.column("amount")
)
_tally = sa.table(
    "tally", *(sa.column(name, sa.Date() if name == "since" else None) for name in _KEY),
    *(sa.column(name) for name in _HEADLINE), sa.column("cells", kinds.JSON_VALUE),
)  # fmt: skip


def upgrade() -> None:
    for name in ("rating", "visit_token"):
        with op.batch_alter_table(name) as batch:
            batch.add_column(
                sa.Column(
                    "level", sa.String(length=16), comment="Of the dossier's procedure; NULL when it is not known"
                )
            )
            batch.create_check_constraint(op.f(f"ck_{name}_level"), _LEVELS)
    op.drop_table("tally")
    _make_tally()
    connection = op.get_bind()
    shapes = _shapes(connection)
    for month in _months(connection):
        _keep(connection, _counted(connection, shapes, *month))
    _add_up_years(connection)


def _make_tally() -> None:
    op.create_table(
        "tally",
        sa.Column("questionnaire", sa.String(length=32), nullable=False),
        sa.Column("grain", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="First day of the year or month, or the day"),
        sa.Column(
            "field",
            sa.String(length=64),
            nullable=False,
            comment="Empty when it is not known, and where fields are together",
        ),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column(
            "level",
            sa.String(length=16),
            nullable=False,
            comment="Empty when it is not known, and where fields are together",
        ),
        sa.Column("access", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("respondents", sa.BigInteger(), nullable=False, comment="The headline: surveys.tallies.Headline"),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.Column("satisfied", sa.BigInteger(), nullable=False),
        sa.Column("cells", kinds.JSON_VALUE, nullable=False, comment="All counts, by item=value"),
        sa.CheckConstraint("grain IN ('year', 'month', 'month-field', 'day-field')", name=op.f("ck_tally_grain")),
        sa.CheckConstraint("access IN ('verified', 'open', 'assisted')", name=op.f("ck_tally_access")),
        sa.CheckConstraint(
            "respondents >= 0 AND satisfied >= 0 AND answers >= satisfied", name=op.f("ck_tally_headline")
        ),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_tally")),
        comment="Counts kept in the transaction of each answer; the cells are told in surveys.tallies, the grains in "
        "storage.tally_rows. A row holds all cells of its scope: a row for each cell would be as many as the answers.",
        sqlite_with_rowid=False,
    )


def _months(connection: sa.Connection) -> list[tuple[str, date, date]]:
    """List the questionnaires and months that have ratings, each with the first and the last of its days."""
    days = connection.execute(sa.select(_rating.c.questionnaire, _rating.c.day).distinct().order_by(*_rating_days))
    return [
        (code, min(found), max(found))
        for (code, _, _), rows in groupby(days, key=lambda row: (row.questionnaire, row.day.year, row.day.month))
        if (found := [row.day for row in rows])
    ]


_rating_days = (_rating.c.questionnaire, _rating.c.day)


def _counted(
    connection: sa.Connection, shapes: Mapping[tuple[str, int], Shape], code: str, first: date, last: date
) -> dict[tuple[Any, ...], Counter[str]]:
    """Count the ratings begun in a month, but for the rows of the year."""
    query = (
        sa.select(_rating, _answer.c.item, _answer.c.score, _answer.c.choice, _answer.c.amount)
        .select_from(_rating.outerjoin(_answer, _answer.c.rating_id == _rating.c.id))
        .where(_rating.c.questionnaire == code, _rating.c.day.between(first, last))
        .order_by(_rating.c.id)
        .execution_options(yield_per=_CHUNK)
    )
    counted: dict[tuple[Any, ...], Counter[str]] = {}
    for _, rows in groupby(connection.execute(query), key=lambda row: row.id):
        of_one = list(rows)
        numbers = _numbers(of_one, *shapes[code, of_one[0].version])
        for key in _keys(of_one[0]):
            counted.setdefault(key, Counter()).update(numbers)
    return counted


def _keys(row: Any) -> Iterator[tuple[Any, ...]]:
    access = "assisted" if row.assisted else "verified" if row.verified else "open"
    month, field = row.day.replace(day=1), row.field or ""
    for grain, since, of_field in (("month", month, ""), ("month-field", month, field), ("day-field", row.day, field)):
        yield row.questionnaire, grain, since, of_field, row.unit, row.service, "", access, row.version


def _numbers(rows: list[Any], factors: Mapping[str, str], headline: tuple[str, ...]) -> dict[str, int]:
    """Count one rating's answers, its factors, its channel and its state, and its part of the headline."""
    values = {row.item: next((v for v in (row.score, row.choice, row.amount) if v is not None), None) for row in rows}
    given = {item: value for item, value in values.items() if item is not None and value is not None}
    scores = [int(given[item]) for item in headline if item in given]
    reached = {factors[item] for item in given if item in factors}
    numbers = {f"{item}={value}": 1 for item, value in given.items()} | {f"@factor:{code}=": 1 for code in reached}
    numbers |= {"@index=": 1} if reached else {}
    numbers |= {f"@channel={rows[0].channel}": 1, "respondents": 1} if scores else {}
    numbers |= {"answers": len(scores), "satisfied": sum(score >= 4 for score in scores)}  # noqa: PLR2004 - the top two
    return numbers | {f"@rating={rows[0].state}": 1}


def _shapes(connection: sa.Connection) -> dict[tuple[str, int], Shape]:
    """Read the shapes of all questionnaires that were answered; a published version never changes."""
    own = {(row.code, row.version): row.text for row in connection.execute(sa.select(_own))}
    answered = connection.execute(sa.select(_rating.c.questionnaire, _rating.c.version).distinct())
    return {
        (code, version): _shape(
            load_text(own[code, version], code) if (code, version) in own else packaged().load(code, version)
        )
        for code, version in answered
    }


def _shape(questionnaire: Questionnaire) -> Shape:
    items = questionnaire.items
    factors = {item.code: item.factor for item in items if item.factor is not None}
    return factors, tuple(factors) or tuple(item.code for item in items if item.kind == "scale5")[:1]


def _add_up_years(connection: sa.Connection) -> None:
    years: dict[tuple[Any, ...], Counter[str]] = {}
    for row in connection.execute(sa.select(_tally).where(_tally.c.grain == "month")).mappings():
        key = tuple({**row, "grain": "year", "since": row["since"].replace(month=1)}[name] for name in _KEY)
        years.setdefault(key, Counter()).update(row["cells"])
        years[key].update({name: row[name] for name in _HEADLINE})
    _keep(connection, years)


def _keep(connection: sa.Connection, counted: Mapping[tuple[Any, ...], Counter[str]]) -> None:
    rows = [
        {
            **dict(zip(_KEY, key, strict=True)),
            **{name: numbers[name] for name in _HEADLINE},
            "cells": {name: number for name, number in numbers.items() if name not in _HEADLINE},
        }
        for key, numbers in counted.items()
    ]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(sa.insert(_tally), rows[start : start + _CHUNK])
