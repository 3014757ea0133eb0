"""What letters have told of units, and how many people answered where: the ground of `surveys.disclosure`."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from offices.datafiles import Label
from storage.closed_periods import records
from storage.figures import By, Scope, headlines_by
from storage.tables.results import unit_result
from surveys.disclosure import Told, Where, may_be_told, settled_months, told_publicly
from surveys.metrics import Metric, load_metrics, with_parts
from surveys.periods import Period, ending_in
from surveys.plan import Target
from surveys.targets import plan

SERIES = "quick"
"""The questionnaire that the public page and letters tell of."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Disclosed:
    """What is told of some units outside, up to a day; `letters` grows with what is told now.

    people   of each unit, how many answered: of a stretch that no figure parts on its first day
    """

    today: date
    letters: defaultdict[str, list[Told]]
    people: Mapping[str, Mapping[Where, int]]

    def may_tell(self, unit: str, figure: Told) -> bool:
        """Say whether a figure may be told of a unit beside all that is told of it."""
        return may_be_told(figure, [*self.letters[unit], *self.publicly(unit)], self.people.get(unit, {}))

    def publicly(self, unit: str) -> list[Told]:
        """Return the figures that the public page has told of a unit in all these years."""
        people = self.people.get(unit, {})
        years = sorted({day.year for day, _, _ in people})
        letters = self.letters[unit]
        return [each for year in years for each in told_publicly(settled_months(year, self.today), people, letters)]


def disclosed(
    connection: Connection, units: Collection[str] | None, today: date, wanted: Collection[Told] = ()
) -> Disclosed:
    """Read what is told of these units, or of all of which letters tell; `wanted` is what one would like to tell."""
    letters = _letters(connection)
    codes = frozenset(letters if units is None else units)
    figures = {*wanted, *(each for code in codes for each in letters[code])}
    people: dict[str, dict[Where, int]] = {code: {} for code in codes}
    for piece in _pieces(figures, today) if figures else ():
        counted = headlines_by(connection, SERIES, Scope(piece, codes), By.UNIT, By.SERVICE, By.FIELD)
        for (unit, service, field), found in counted.items():
            people[unit][piece.start, service, field] = found.total.respondents
    return Disclosed(today, letters, people)


def _pieces(figures: Collection[Told], today: date) -> Iterator[Period]:
    """Cut the years of these figures where one of them, or a month, begins or ends."""
    first, last = min(each.first.year for each in figures), max(today, *(each.last for each in figures))
    cuts = {day for each in figures for day in (each.first, each.last + _DAY)}
    cuts |= {date(year, month, 1) for year in range(first, last.year + 1) for month in range(1, 13)}
    bounds = [day for day in sorted(cuts) if day <= last]
    for start, after in pairwise([*bounds, last + _DAY]):
        yield Period(start, after - _DAY, Label("", ""))


def _letters(connection: Connection) -> defaultdict[str, list[Told]]:
    """Return the figures that letters tell of each unit, in themselves or in a change."""
    found: defaultdict[str, list[Told]] = defaultdict(list)
    windows: dict[tuple[str, str, int], Period] = {}
    for row in connection.execute(select(unit_result)):
        key = (row.plan, row.report, row.year)
        if key not in windows:
            windows[key] = _window(connection, *key)
        facts = json.loads(row.document)
        metric, now = load_metrics()[facts["metric"]], windows[key]
        if facts["share"] is not None:
            found[row.unit].append(told_in(now, row.plan, metric))
        if facts["change"] is not None:
            # Letters of before they said over which units a change is measured told of the unit by itself.
            for unit in facts.get("over", [row.unit]):
                found[unit] += [told_in(each, row.plan, metric) for each in (now, year_before(now))]
    return defaultdict(list, {unit: list(dict.fromkeys(figures)) for unit, figures in found.items()})


def _window(connection: Connection, *key: Any) -> Period:
    closed = records.latest(connection, *key)
    if closed is None:
        raise LookupError(f"{key} was told and is not closed")
    return closed.window


def year_before(period: Period) -> Period:
    """Return the same days of the year before."""
    return ending_in(period.end.year - 1, period)


def target_of(plan_code: str, metric: Metric) -> Target | None:
    """Find the target about all that such a unit does: one for a few fields only is left to the reports."""
    targets = (each for each in plan(plan_code).targets if each.metric.code == metric.code)
    return next((each for each in targets if not each.fields or (each.joint and not metric.services)), None)


def told_in(period: Period, plan_code: str, metric: Metric) -> Told:
    """Say what a letter's figure of a period is about."""
    target = target_of(plan_code, metric)
    services = tuple(service.value for service in metric.services)
    return Told(period.start, period.end, services, with_parts(target.fields) if target else ())
