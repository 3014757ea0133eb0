"""Figures read from the tallies: a unit's card, a ranking, a monthly series. Costs do not grow with the answers.

Whole years and months are read from their own rows, the ragged ends of a period from those of its days. A headline is
added up by the database; every other score needs the cells, which are added up here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from storage import questionnaires
from storage.rating_statements import HEADLINE
from storage.stretches import Stretch, stretches
from storage.tables.ratings import tally
from storage.tally_rows import cell_of, month_of, named_cells
from surveys.periods import Period
from surveys.questionnaires import Questionnaire
from surveys.scoring import Score
from surveys.tallies import RATING, Counts, Headline, in_terms_of, scores_alike
from surveys.visits import Access, Service


@dataclass(frozen=True)
class Scope:
    """Which ratings a figure is about.

    units, services   None and empty = all of them
    fields            empty = all, also ratings without a field
    access            None = all of them
    """

    period: Period
    units: frozenset[str] | None = None
    fields: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    access: Access | None = None


@dataclass(frozen=True)
class Figures:
    """The counts of a scope: all together, apart by how the ratings came about, and the versions behind them."""

    counts: Counts
    apart: Mapping[Access, Counts]
    versions: tuple[int, ...]

    def __add__(self, other: "Figures") -> "Figures":
        """Take two scopes together that have no rating in common."""
        apart = {access: self.apart[access] + other.apart[access] for access in Access}
        versions = tuple(sorted({*self.versions, *other.versions}))
        return Figures(self.counts + other.counts, apart, versions)


@dataclass(frozen=True)
class Headlines:
    """The one figure of a questionnaire: all ratings together, apart by how they came about, the versions behind."""

    questionnaire: Questionnaire
    total: Headline
    apart: Mapping[Access, Headline]
    versions: tuple[int, ...]

    def score(self, access: Access | None = None, population: int | None = None) -> Score:
        """Score all ratings or those of one way; `population` as for `surveys.scoring.index_pooled`."""
        one = self.total if access is None else self.apart[access]
        return one.score(self.questionnaire, population)

    def respondents(self) -> dict[Access, int]:
        """Return how many people answered each way; together they are the n of the score."""
        return {access: one.respondents for access, one in self.apart.items()}

    def __add__(self, other: "Headlines") -> "Headlines":
        """Take two scopes together that have no rating in common."""
        apart = {access: self.apart[access] + other.apart[access] for access in Access}
        versions = tuple(sorted({*self.versions, *other.versions}))
        return Headlines(self.questionnaire, self.total + other.total, apart, versions)


class By(StrEnum):
    """What figures are told apart by."""

    UNIT = "unit"
    FIELD = "field"
    LEVEL = "level"
    SERVICE = "service"
    MONTH = "since"


def figures(connection: Connection, questionnaire: str, scope: Scope) -> Figures:
    """Read the figures of one scope: the card of a unit, a subtree or the whole authority.

    Answers to all versions of the questionnaire are taken together by the codes of their items; the items are those of
    the newest version that was answered in the scope.
    """
    found = figures_by(connection, questionnaire, scope).get(())
    return found or _counted(questionnaires.load(connection, questionnaire), {}, ())


def figures_by(connection: Connection, questionnaire: str, scope: Scope, *by: By) -> dict[tuple[Any, ...], Figures]:
    """Read the figures of each group that has any, by the values of `by` in their order.

    A month is named by its first day; one that the period only touches holds the period's days. A field or level that
    is not known is empty.
    """
    rows = _rows(connection, questionnaire, scope, by, [tally.c.access, tally.c.version, tally.c.cells], summed=False)
    given = {row.version for found in rows.values() for row in found}
    answered = {row.version for found in rows.values() for row in found if _has_answers(row.cells)}
    asked = _asked(connection, questionnaire, answered or given)
    versions = {version: questionnaires.load(connection, questionnaire, version) for version in given}
    return {group: _counted(asked, versions, found) for group, found in rows.items()}


def by_unit(connection: Connection, questionnaire: str, scope: Scope) -> dict[str, Figures]:
    """Read the figures of each unit that has any."""
    return {unit: found for (unit,), found in figures_by(connection, questionnaire, scope, By.UNIT).items()}


def headlines(connection: Connection, questionnaire: str, scope: Scope) -> Headlines:
    """Read the headline of one scope."""
    found = headlines_by(connection, questionnaire, scope).get(())
    return found or _added(questionnaires.load(connection, questionnaire), ())


def headlines_by(connection: Connection, questionnaire: str, scope: Scope, *by: By) -> dict[tuple[Any, ...], Headlines]:
    """Read the headline of each group that has any ratings, by the values of `by` as for `figures_by`."""
    summed = [func.sum(tally.c[name]) for name in HEADLINE]
    rows = _rows(connection, questionnaire, scope, by, [tally.c.access, tally.c.version, *summed], summed=True)
    every = [row for found in rows.values() for row in found]
    answered = [version for _, version, respondents, *_ in every if respondents]
    asked = _asked(connection, questionnaire, answered or [row.version for row in every])
    return {group: _added(asked, found) for group, found in rows.items()}


def respondents_by(connection: Connection, questionnaire: str, scope: Scope, *by: By) -> dict[tuple[Any, ...], int]:
    """Count the people of each group that has any, by the values of `by` as for `figures_by`."""
    columns = [tally.c.access, tally.c.version, func.sum(tally.c.respondents)]
    rows = _rows(connection, questionnaire, scope, by, columns, summed=True)
    counted = {group: sum(int(row[2]) for row in found) for group, found in rows.items()}
    return {group: number for group, number in counted.items() if number}


def headlines_by_unit(connection: Connection, questionnaire: str, scope: Scope) -> dict[str, Headlines]:
    """Read the headline of each unit that has any ratings: what a ranking is made of."""
    return {unit: found for (unit,), found in headlines_by(connection, questionnaire, scope, By.UNIT).items()}


def headlines_by_month(connection: Connection, questionnaire: str, scope: Scope) -> dict[date, Headlines]:
    """Read the headline of each calendar month that has any ratings, in order: a series."""
    found = headlines_by(connection, questionnaire, scope, By.MONTH)
    return {month: found[month,] for (month,) in sorted(found)}


def _rows(
    connection: Connection,
    questionnaire: str,
    scope: Scope,
    by: Sequence[By],
    columns: Sequence[ColumnElement[Any]],
    *,
    summed: bool,
) -> dict[tuple[Any, ...], list[Any]]:
    """Read rows of access, version and the other `columns`, by group; `summed` adds up where only those differ."""
    keys = [*columns[:2], *(tally.c[each.value] for each in by)]
    query = select(*columns, *keys[2:]).where(tally.c.questionnaire == questionnaire, *_limits(scope))
    if summed:
        query = query.group_by(*keys)
    groups: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    by_field = bool(scope.fields) or By.FIELD in by or By.LEVEL in by
    for stretch in stretches(scope.period, by_field=by_field, by_month=By.MONTH in by):
        # One query for each stretch, not one with OR: each is then some plain ranges of the key.
        for row in connection.execute(query.where(*_in(stretch))):
            groups[_group(by, row[len(columns) :])].append(row)
    return groups


def _asked(connection: Connection, questionnaire: str, versions: Iterable[int]) -> Questionnaire:
    """Return the newest version that was answered in the scope, not one that is yet to be asked."""
    return questionnaires.load(connection, questionnaire, max(versions, default=None))


def _in(stretch: Stretch) -> list[ColumnElement[bool]]:
    limits = [tally.c.grain == stretch.grain.value, tally.c.since.in_(stretch.since)]
    # So that the key is known as far as the unit.
    return limits if stretch.grain.is_by_field else [*limits, tally.c.field == ""]


def _group(by: Sequence[By], values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(month_of(value) if each is By.MONTH else value for each, value in zip(by, values, strict=True))


def _counted(asked: Questionnaire, given: Mapping[int, Questionnaire], rows: Iterable[Any]) -> Figures:
    apart: dict[str, Counter[str]] = {access: Counter() for access in Access}
    versions: set[int] = set()
    for access, version, cells, *_ in rows:
        apart[access].update(cells if scores_alike(asked, given[version]) else _in_terms_of(asked, cells))
        versions |= {version} if _has_answers(cells) else set()
    total = Counter[str]()
    for counted in apart.values():
        total.update(counted)
    return Figures(
        _counts(asked, total), {access: _counts(asked, apart[access]) for access in Access}, tuple(sorted(versions))
    )


def _has_answers(cells: Mapping[str, int]) -> bool:
    """Say whether anybody has answered: what was only opened is counted under its state alone."""
    return any(number for name, number in cells.items() if not name.startswith(RATING))


def _in_terms_of(asked: Questionnaire, named: Mapping[str, int]) -> dict[str, int]:
    return named_cells(in_terms_of(asked, {cell_of(name): number for name, number in named.items()}))


def _counts(questionnaire: Questionnaire, named: Mapping[str, int]) -> Counts:
    return Counts(questionnaire, {cell_of(name): number for name, number in named.items() if number})


def _added(questionnaire: Questionnaire, rows: Iterable[Any]) -> Headlines:
    apart = dict.fromkeys(Access, Headline())
    versions: set[int] = set()
    for access, version, respondents, answers, satisfied, *_ in rows:
        apart[Access(access)] += Headline(int(respondents), int(answers), int(satisfied))
        versions |= {version} if respondents else set()
    return Headlines(questionnaire, sum(apart.values(), Headline()), apart, tuple(sorted(versions)))


def _limits(scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.units is not None:
        conditions.append(tally.c.unit.in_(sorted(scope.units)))
    if scope.fields:
        conditions.append(tally.c.field.in_(scope.fields))
    if scope.services:
        conditions.append(tally.c.service.in_([service.value for service in scope.services]))
    if scope.access is not None:
        conditions.append(tally.c.access == scope.access.value)
    return conditions
