"""What letters have told of units, and how many people answered where: the ground of `surveys.disclosure`."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from offices.datafiles import Label
from storage.closed_periods import records
from storage.figures import By, Scope, respondents_by
from storage.tables.results import unit_result
from storage.tally_rows import month_of
from surveys.disclosure import Known, Told, Where, may_tell, settled_months, told_publicly
from surveys.metrics import Metric, load_metrics, with_parts
from surveys.periods import Period, ending_in
from surveys.plan import Target
from surveys.targets import plan

SERIES = "quick"
"""The questionnaire that the public page and letters tell of."""
_DAY = timedelta(days=1)


class Disclosed:
    """What is told of some units outside, up to a day; it grows with what is told now."""

    def __init__(
        self, today: date, letters: Mapping[str, Sequence[Told]], people: Mapping[str, Mapping[Where, int]]
    ) -> None:
        """Keep what letters tell of each unit, and how many people answered where."""
        self._today = today
        self._letters = defaultdict[str, tuple[Told, ...]](tuple, {unit: tuple(each) for unit, each in letters.items()})
        self._people = people
        self._alike: dict[tuple[Told, ...], Known] = {}

    def letters(self, unit: str) -> tuple[Told, ...]:
        """Return the figures that letters tell of a unit."""
        return self._letters[unit]

    def may_tell(self, unit: str, *figures: Told) -> bool:
        """Say whether figures may be told of a unit beside all that is told of it."""
        known = [*self._letters[unit], *self.publicly(unit)]
        for figure in figures:
            if not may_tell(figure, Known(known), self._people.get(unit, {})):
                return False
            known.append(figure)
        return True

    def tell(self, unit: str, *figures: Told) -> None:
        """Remember that figures are told of a unit."""
        self._letters[unit] = tuple(dict.fromkeys((*self._letters[unit], *figures)))

    def publicly(self, unit: str, people: Mapping[Where, int] | None = None) -> list[Told]:
        """Return the figures that the public page has told of a unit in all these years.

        people   who answered, where no letter tells of the unit: the sums of whole months are enough then
        """
        told = self._letters[unit]
        answered = self._people.get(unit) if told or people is None else people
        if not answered:
            return []
        # Units are told of in the same letters but for a few, so who is in which of them is worked out once.
        known = self._alike.setdefault(told, Known(told))
        years = range(min(day.year for day, _, _ in answered), self._today.year + 1)
        return told_publicly((each for year in years for each in settled_months(year, self._today)), answered, known)


def disclosed(
    connection: Connection, units: Collection[str] | None, today: date, wanted: Collection[Told] = ()
) -> Disclosed:
    """Read what is told of these units, or of all of which letters tell; `wanted` is what one would like to tell."""
    letters = _letters(connection)
    codes = frozenset(letters if units is None else units)
    figures = {*wanted, *(each for code in codes for each in letters.get(code, ()))}
    return Disclosed(today, letters, _people(connection, codes, figures, today) if figures else {})


def _people(
    connection: Connection, units: frozenset[str], figures: Collection[Told], today: date
) -> dict[str, dict[Where, int]]:
    """Count who answered in the years of these figures: by months, in parts where a figure begins or ends inside one.

    Fields are told apart only for figures that are about some of them: they are ten times as many rows.
    """
    by = [By.UNIT, By.MONTH, By.SERVICE, *([By.FIELD] if any(each.fields for each in figures) else [])]
    found: dict[str, dict[Where, int]] = {unit: {} for unit in units}
    for piece in _pieces(figures, today):
        counted = respondents_by(connection, SERIES, Scope(piece, units), *by)
        for (unit, month, service, *field), number in counted.items():
            found[unit][max(month, piece.start), service, "".join(field)] = number
    return found


def _pieces(figures: Collection[Told], today: date) -> Iterator[Period]:
    """Cut the years of these figures where one begins or ends inside a month; all others are whole months."""
    first, after = (
        date(min(each.first.year for each in figures), 1, 1),
        max(today, *(each.last for each in figures)) + _DAY,
    )
    inside = {day for each in figures for day in (each.first, each.last + _DAY) if day.day > 1}
    # A month that is cut stands by itself, so that each piece has whole months or a part of one.
    around = {start for day in inside for start in (month_of(day), month_of(month_of(day) + timedelta(days=31)))}
    bounds = sorted({first, after, *(day for day in inside | around if day < after)})
    for start, end in pairwise(bounds):
        yield Period(start, end - _DAY, Label("", ""))


def _letters(connection: Connection) -> dict[str, list[Told]]:
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
    return {unit: list(dict.fromkeys(figures)) for unit, figures in found.items()}


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
