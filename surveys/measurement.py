"""A measured figure in the unit of its metric, with everything that has to stand beside it."""

from dataclasses import dataclass
from fractions import Fraction

from surveys.intervals import CENSUS, SQUARE_AND_ADD, Interval
from surveys.scoring import Score, difference
from surveys.series_breaks import SeriesBreak
from surveys.strata import PostStratified

PERCENT = 100
DIFFERENCE = "difference/1"


@dataclass(frozen=True)
class Measurement:
    """What is known about a metric for one scope and period.

    n           respondents, or cases of a full count; for a difference those of this period
    value       exact, in the unit of the metric (percent, percentage points); None = no figure
    low, high   ends of the 95 % interval in the same unit; None for a full count and where there is no value
    missing     why there is no value: "nothing_counted", "below_minimum", "not_collected", "no_baseline",
                "series_break"
    answers     valid answers behind the figure; more than n for an index of several items
    population  of how many the n are; None = not known
    formula_id, interval_id   how value and interval were computed
    """

    n: int
    value: Fraction | None
    low: Fraction | None = None
    high: Fraction | None = None
    missing: str | None = None
    formula_id: str | None = None
    answers: int = 0
    population: int | None = None
    interval_id: str | None = None

    @property
    def is_full_count(self) -> bool:
        """Whether every case was counted, so that there is nothing to be unsure of."""
        return self.value is not None and self.low is None


def not_collected() -> Measurement:
    """Say that the system has no such figure."""
    return Measurement(n=0, value=None, missing="not_collected")


def measured_share(score: Score) -> Measurement:
    """Measure a satisfied share in percent."""
    low, high = _percent(score.interval)
    return Measurement(
        n=score.n,
        value=None if score.share is None else score.share * PERCENT,
        low=low,
        high=high,
        missing=None if score.share is not None else "below_minimum" if score.n else "nothing_counted",
        formula_id=score.formula_id,
        answers=score.answers,
        population=score.population,
        interval_id=score.interval_id,
    )


def measured_list(estimate: PostStratified) -> Measurement:
    """Measure the satisfied share of a whole list of dossiers in percent, from its strata."""
    low, high = _percent(estimate.interval)
    return Measurement(
        n=estimate.n,
        value=None if estimate.share is None else estimate.share * PERCENT,
        low=low,
        high=high,
        missing=None if estimate.share is not None else "below_minimum" if estimate.n else "nothing_counted",
        formula_id=estimate.formula_id,
        answers=estimate.n,
        population=estimate.population,
        interval_id=estimate.interval_id,
    )


def measured_difference(now: Score, before: Score, broken: SeriesBreak | None = None) -> Measurement:
    """Measure how many percentage points `now` lies above `before`; nothing without a figure in both years.

    broken   the change of method between the two, as `series_breaks.break_between` finds it: two figures of
             different methods have no difference that means anything
    """
    if broken is not None:
        return Measurement(now.n, None, missing="series_break", formula_id=DIFFERENCE, answers=now.answers)
    if now.share is None or before.share is None:
        missing = measured_share(now).missing or "no_baseline"
        return Measurement(now.n, None, missing=missing, formula_id=DIFFERENCE, answers=now.answers)
    interval = difference(now, before)
    low, high = _percent(interval)
    return Measurement(
        n=now.n,
        value=(now.share - before.share) * PERCENT,
        low=low,
        high=high,
        formula_id=DIFFERENCE,
        answers=now.answers,
        population=now.population,
        interval_id=SQUARE_AND_ADD if interval else CENSUS,
    )


def measured_count(good: int, total: int) -> Measurement:
    """Measure the share of a full count in percent: no interval, and no minimum."""
    if total == 0:
        return Measurement(0, None, missing="nothing_counted", formula_id=CENSUS)
    return Measurement(
        total, Fraction(good * PERCENT, total), formula_id=CENSUS, answers=total, population=total, interval_id=CENSUS
    )


def _percent(interval: Interval | None) -> tuple[Fraction | None, Fraction | None]:
    if interval is None:
        return None, None
    low, high = interval.ends
    return low * PERCENT, high * PERCENT
