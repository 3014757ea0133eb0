"""Proving the tallies: count all raw ratings again, compare row by row, and put right what differs.

It goes month by month of a questionnaire, so that the memory it takes does not grow with the years, and a repair
holds up those who are rating for no longer than one month takes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, text

from offices.units import Tier
from storage import questionnaires
from storage.rating_statements import HEADLINE
from storage.tables.ratings import answer, rating, tally
from storage.tally_rows import TALLY_KEY, Grain, month_of, named_cells, tally_keys
from surveys.desk import Rating, RatingState
from surveys.tallies import RATING, cells, headline
from surveys.visits import Service, Visit

SHOWN = 1000
"""Differing rows that are kept for telling; the others are only counted."""
_CHUNK = 1000
_NEEDED = (
    (
        rating.c.id, rating.c.unit, rating.c.field, rating.c.service, rating.c.verified, rating.c.assisted,
        rating.c.questionnaire, rating.c.version, rating.c.day, rating.c.channel, rating.c.state, rating.c.level,
    ),
    (answer.c.item, answer.c.score, answer.c.choice, answer.c.amount),
)  # fmt: skip
"""The columns that counting needs, of a rating and of an answer: others would double the time of reading."""
_ALONE = "LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE"
"""Whoever is counting has committed before, and whoever comes waits: what is counted is all that was counted."""
_PLACES = {name: place for place, name in enumerate(TALLY_KEY)}

Row = tuple[Any, ...]
"""The key of a tally row, its columns in the order of the primary key."""
Numbers = dict[str, int]
"""What a row holds: its cells by name and its headline, without zeros."""


@dataclass(frozen=True)
class Difference:
    """A row of which tallies and recount tell different numbers; only those that differ."""

    row: Row
    kept: Numbers
    counted: Numbers


@dataclass
class Comparison:
    """What a comparison found.

    compared    rows by grain, those that only one side has among them; differing: those of them that are wrong
    examples    the first SHOWN differing rows
    """

    compared: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    examples: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether the tallies are proved."""
        return not self.differing

    def add(self, kept: Mapping[Row, Numbers], counted: Mapping[Row, Numbers]) -> None:
        """Compare some rows of both sides."""
        for row in kept.keys() | counted.keys():
            grain, have, should = row[_PLACES["grain"]], kept.get(row, {}), counted.get(row, {})
            self.compared[grain] += 1
            if have != should:
                self.differing[grain] += 1
                if len(self.examples) < SHOWN:
                    self.examples.append(difference(row, have, should))


def difference(row: Row, kept: Numbers, counted: Numbers) -> Difference:
    """Tell in which numbers two sides of a row differ."""
    wrong = sorted(name for name in kept.keys() | counted.keys() if kept.get(name) != counted.get(name))
    return Difference(row, {name: kept.get(name, 0) for name in wrong}, {name: counted.get(name, 0) for name in wrong})


@dataclass(frozen=True, order=True)
class Piece:
    """What is compared and repaired at once: a questionnaire's ratings begun in a month, or the rows of a year."""

    questionnaire: str
    grain: Grain
    since: date

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition for its rows of the tallies."""
        own = and_(tally.c.grain == self.grain.value, tally.c.since == self.since)
        if self.grain is Grain.MONTH:
            by_day = and_(tally.c.grain == Grain.DAY_FIELD.value, tally.c.since.between(self.since, self.last))
            by_field = and_(tally.c.grain == Grain.MONTH_FIELD.value, tally.c.since == self.since)
            own = or_(own, by_field, by_day)
        return and_(tally.c.questionnaire == self.questionnaire, own)

    @property
    def last(self) -> date:
        """The last day of its month."""
        return month_of(self.since + timedelta(days=31)) - timedelta(days=1)


def compare(connection: Connection) -> Comparison:
    """Count every raw rating and answer anew and compare; in one snapshot, as `Database.read` gives it."""
    found, years = Comparison(), dict[Piece, dict[Row, Counter[str]]]()
    for piece in pieces(connection):
        if piece.grain is Grain.YEAR:
            found.add(kept(connection, piece), {row: dict(sums) for row, sums in years.get(piece, {}).items()})
            continue
        counted = recount(connection, piece)
        found.add(kept(connection, piece), counted)
        _add_up(years.setdefault(_year_of(piece), {}), counted)
    return found


def rebuild(connection: Connection, piece: Piece) -> int:
    """Replace the rows of a piece by a recount, the months of a year before the year; return how many were wrong."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_ALONE))
    count = _year_from_months if piece.grain is Grain.YEAR else recount
    counted = count(connection, piece)
    have = kept(connection, piece)
    wrong = sum(have.get(row) != counted.get(row) for row in have.keys() | counted.keys())
    if wrong:
        connection.execute(delete(tally).where(piece.rows))
        rows = [_as_row(row, numbers) for row, numbers in counted.items()]
        for start in range(0, len(rows), _CHUNK):
            connection.execute(insert(tally), rows[start : start + _CHUNK])
    return wrong


def pieces(connection: Connection) -> list[Piece]:
    """List all pieces of raw ratings and of tallies; the months of a year come before the year."""
    raw = connection.execute(select(rating.c.questionnaire, rating.c.day).distinct())
    counted = connection.execute(select(tally.c.questionnaire, tally.c.since).distinct())
    months = {Piece(code, Grain.MONTH, month_of(day)) for code, day in (*raw, *counted)}
    return sorted({*months, *map(_year_of, months)}, key=_months_first)


def _months_first(piece: Piece) -> tuple[str, int, bool, date]:
    return piece.questionnaire, piece.since.year, piece.grain is Grain.YEAR, piece.since


def _year_of(piece: Piece) -> Piece:
    return Piece(piece.questionnaire, Grain.YEAR, piece.since.replace(month=1, day=1))


def kept(connection: Connection, piece: Piece) -> dict[Row, Numbers]:
    """Return the tallies of a piece as they are kept; rows whose numbers all fell back to zero are left out."""
    columns = [*(tally.c[name] for name in (*TALLY_KEY, *HEADLINE)), tally.c.cells]
    rows = connection.execute(select(*columns).where(piece.rows))
    return {tuple(row[: len(TALLY_KEY)]): numbers for row in rows if (numbers := _numbers(row))}


def _numbers(row: Any) -> Numbers:
    told = {**{name: getattr(row, name) for name in HEADLINE}, **row.cells}
    return {name: number for name, number in told.items() if number}


def recount(connection: Connection, piece: Piece) -> dict[Row, Numbers]:
    """Count a month's raw ratings anew."""
    counted: defaultdict[Row, Counter[str]] = defaultdict(Counter)
    known = questionnaires.known(connection)
    for each in _ratings(connection, piece):
        questionnaire = known.load(each.questionnaire, each.version)
        own = cells(questionnaire, each.answers, each.channel)
        own[RATING, each.state.value] += 1
        made = headline(questionnaire, own)
        numbers = named_cells(own) | {name: number for name in HEADLINE if (number := getattr(made, name))}
        for key in tally_keys(each):
            if key["grain"] != Grain.YEAR:
                counted[tuple(key[name] for name in TALLY_KEY)].update(numbers)
    return {row: dict(sums) for row, sums in counted.items()}


def _ratings(connection: Connection, piece: Piece) -> Iterator[Rating]:
    own, given = _NEEDED
    query = select(*own, *given).outerjoin_from(rating, answer, answer.c.rating_id == rating.c.id)
    query = query.where(rating.c.questionnaire == piece.questionnaire, rating.c.day.between(piece.since, piece.last))
    rows = connection.execute(query.order_by(rating.c.id).execution_options(yield_per=_CHUNK))
    for _, of_one in groupby(rows, key=itemgetter(0)):
        first, *others = of_one
        yield _rating(first[: len(own)], [row[len(own) :] for row in (first, *others)])


def _rating(told: Sequence[Any], given: Iterable[Sequence[Any]]) -> Rating:
    """Make a rating of what counting needs; texts are no part of it, and count nowhere."""
    number, unit, of_field, service, verified, assisted, code, version, day, channel, state, level = told
    answers = {
        item: score if score is not None else choice if choice is not None else amount
        for item, score, choice, amount in given
        if item is not None
    }
    visit = Visit(unit, of_field, Service(service), None, verified, assisted, None, Tier(level) if level else None)
    return Rating(number, visit, code, version, day, channel, RatingState(state), answers)


def _year_from_months(connection: Connection, piece: Piece) -> dict[Row, Numbers]:
    sums: dict[Row, Counter[str]] = {}
    for month in range(1, 13):
        _add_up(sums, kept(connection, Piece(piece.questionnaire, Grain.MONTH, piece.since.replace(month=month))))
    return {row: dict(numbers) for row, numbers in sums.items()}


def _add_up(sums: dict[Row, Counter[str]], months: Mapping[Row, Numbers]) -> None:
    """Add the rows of a month to those of its year."""
    for row, numbers in months.items():
        key = dict(zip(TALLY_KEY, row, strict=True))
        if key["grain"] == Grain.MONTH:
            key |= {"grain": Grain.YEAR.value, "since": key["since"].replace(month=1)}
            sums.setdefault(tuple(key.values()), Counter()).update(numbers)


def _as_row(row: Row, numbers: Numbers) -> dict[str, Any]:
    told = {name: numbers.get(name, 0) for name in HEADLINE}
    return {
        **dict(zip(TALLY_KEY, row, strict=True)), **told,
        "cells": {name: number for name, number in numbers.items() if name not in HEADLINE},
    }  # fmt: skip
