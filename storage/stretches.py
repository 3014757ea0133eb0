"""A period cut into stretches that the tallies keep: whole years, whole months, and the days around them."""

from dataclasses import dataclass
from datetime import date, timedelta

from storage.tally_rows import Grain, month_of
from surveys.periods import Period


@dataclass(frozen=True)
class Stretch:
    """Rows of one grain: those of these years, months or days, named by their first days."""

    grain: Grain
    since: tuple[date, ...]


def stretches(period: Period, *, by_field: bool = False, by_month: bool = False) -> list[Stretch]:
    """Cover each day of the period once, by the coarsest rows that can.

    by_field   fields and levels are to be told apart: only of the grains that do
    by_month   months are to be told apart: no years

    15 December 2024 to 14 February 2026: the year 2025, January 2026, 17 days before them and 14 behind.
    """
    months = Grain.MONTH_FIELD if by_field else Grain.MONTH
    coarsest = [months] if by_field or by_month else [Grain.YEAR, months]
    found: dict[Grain, list[date]] = {grain: [] for grain in (*coarsest, Grain.DAY_FIELD)}
    day = period.start
    while day <= period.end:
        grain = next((each for each in coarsest if _begins_whole(each, day, period)), Grain.DAY_FIELD)
        found[grain].append(day)
        day = _after(grain, day)
    return [Stretch(grain, tuple(since)) for grain, since in found.items() if since]


def _begins_whole(grain: Grain, day: date, period: Period) -> bool:
    return grain.since(day) == day and _after(grain, day) - timedelta(days=1) <= period.end


def _after(grain: Grain, day: date) -> date:
    """Return the first day behind the stretch of this grain that begins on `day`."""
    if grain is Grain.DAY_FIELD:
        return day + timedelta(days=1)
    if grain is Grain.YEAR:
        return date(day.year + 1, 1, 1)
    return month_of(day + timedelta(days=31))
