"""Figures read from the tallies: a unit's card, a ranking, a monthly series. Costs do not grow with the answers.

The months that lie wholly in a period are read from monthly counts, its ragged ends from daily ones.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from storage import questionnaires
from storage.ratings import month_of
from storage.tables.ratings import tally
from surveys.periods import Period
from surveys.questionnaires import Questionnaire
from surveys.tallies import Cell, Counts
from surveys.visits import Service


class Access(StrEnum):
    """Ratings of whom: of proved visits (token, invitation), of open posters, or all together."""

    ALL = "all"
    VERIFIED = "verified"
    OPEN = "open"


@dataclass(frozen=True)
class Scope:
    """Which ratings a figure is about.

    units, services   None and empty = all of them
    fields            empty = all, also ratings without a field
    """

    period: Period
    units: frozenset[str] | None = None
    fields: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    access: Access = Access.ALL


@dataclass(frozen=True)
class Figures:
    """The counts of a scope, those of proved visits among them, and the questionnaire versions they come from."""

    counts: Counts
    verified: Counts
    versions: tuple[int, ...]

    def __add__(self, other: "Figures") -> "Figures":
        """Take two scopes together that have no rating in common."""
        versions = tuple(sorted({*self.versions, *other.versions}))
        return Figures(self.counts + other.counts, self.verified + other.verified, versions)


def figures(connection: Connection, questionnaire: str, scope: Scope) -> Figures:
    """Read the figures of one scope: the card of a unit, a subtree or the whole authority.

    Answers to all versions of the questionnaire are taken together by the codes of their items; the items are those of
    the newest version that was answered in the scope.
    """
    found = _grouped(connection, questionnaire, scope, None).get(None)
    return found or _nothing(questionnaires.load(connection, questionnaire))


def by_unit(connection: Connection, questionnaire: str, scope: Scope) -> dict[str, Figures]:
    """Read the figures of each unit that has any: what a ranking is made of."""
    return _grouped(connection, questionnaire, scope, tally.c.unit)


def by_field(connection: Connection, questionnaire: str, scope: Scope) -> dict[str, Figures]:
    """Read the figures of each field that has any; the empty code holds ratings without a field."""
    return _grouped(connection, questionnaire, scope, tally.c.field)


def by_month(connection: Connection, questionnaire: str, scope: Scope) -> dict[date, Figures]:
    """Read the figures of each calendar month which the period touches, by its first day.

    Days outside the period are not in them: a month at a ragged end holds the period's days only.
    """
    found = _grouped(connection, questionnaire, scope, tally.c.since, month_of)
    return {month: found[month] for month in sorted(found)}


def _grouped(
    connection: Connection,
    questionnaire: str,
    scope: Scope,
    column: ColumnElement[Any] | None,
    group_of: Callable[[Any], Any] = lambda value: value,
) -> dict[Any, Figures]:
    keys = [tally.c.item, tally.c.value, tally.c.verified, tally.c.version, *([] if column is None else [column])]
    total = func.sum(tally.c["count"]).label("total")
    query = select(*keys, total).where(tally.c.questionnaire == questionnaire, *_limits(scope)).group_by(*keys)
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    # One query for each stretch, not one with OR: each is then a plain range of the key.
    for stretch in _stretches(scope.period):
        for row in connection.execute(query.where(tally.c.questionnaire == questionnaire, stretch, *_limits(scope))):
            groups[None if column is None else group_of(row[4])].append(row)
    # The items are those of the newest version that was answered here, not of one that is yet to be asked.
    newest = max((row.version for rows in groups.values() for row in rows if row.total), default=None)
    asked = questionnaires.load(connection, questionnaire, newest)
    return {group: _figures(asked, rows) for group, rows in groups.items()}


def _figures(questionnaire: Questionnaire, rows: Iterable[Any]) -> Figures:
    every: Counter[Cell] = Counter()
    verified: Counter[Cell] = Counter()
    versions: set[int] = set()
    for row in rows:
        cell, total = (row.item, row.value), int(row.total)
        every[cell] += total
        verified[cell] += total if row.verified else 0
        if row.total:
            versions.add(row.version)
    return Figures(Counts(questionnaire, every), Counts(questionnaire, verified), tuple(sorted(versions)))


def _nothing(questionnaire: Questionnaire) -> Figures:
    empty = Counts(questionnaire, {})
    return Figures(empty, empty, ())


def _limits(scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.units is not None:
        conditions.append(tally.c.unit.in_(sorted(scope.units)))
    if scope.fields:
        conditions.append(tally.c.field.in_(scope.fields))
    if scope.services:
        conditions.append(tally.c.service.in_([service.value for service in scope.services]))
    if scope.access is not Access.ALL:
        conditions.append(tally.c.verified.is_(scope.access is Access.VERIFIED))
    return conditions


def _stretches(period: Period) -> list[ColumnElement[bool]]:
    months, ends = split(period)
    by_days = [and_(tally.c.grain == "day", tally.c.since.between(*days)) for days in ends]
    by_months = [and_(tally.c.grain == "month", tally.c.since.between(*months))] if months else []
    return by_months + by_days


Days = tuple[date, date]


def split(period: Period) -> tuple[Days | None, tuple[Days, ...]]:
    """Split a period into its whole months (first days of the first and the last) and the days around them.

    15 December to 14 March: January to February, and the days to 31 December and from 1 March.
    """
    first = period.start if period.start.day == 1 else _next_month(period.start)
    after = _next_month(period.end)
    if after - timedelta(days=1) != period.end:
        after = month_of(period.end)
    if first >= after:
        return None, ((period.start, period.end),)
    before = (period.start, first - timedelta(days=1))
    behind = (after, period.end)
    ends = tuple(days for days in (before, behind) if days[0] <= days[1])
    return (first, month_of(after - timedelta(days=1))), ends


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
