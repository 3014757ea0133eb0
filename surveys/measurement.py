"""A measured figure in the unit of its metric, with everything that has to stand beside it."""

from dataclasses import dataclass, replace
from fractions import Fraction

from surveys.intervals import CENSUS, SQUARE_AND_ADD, Interval, Part, square_and_add
from surveys.scoring import Score
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
                "not_after_baseline", "series_break", "other_questions", "different_formulas"
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
    return _in_percent(score, score.answers)


def measured_list(estimate: PostStratified) -> Measurement:
    """Measure the satisfied share of a whole list of dossiers in percent, from its strata."""
    return _in_percent(estimate, estimate.n)


def _in_percent(found: Score | PostStratified, answers: int) -> Measurement:
    low, high = _percent(found.interval)
    return Measurement(
        n=found.n,
        value=None if found.share is None else found.share * PERCENT,
        low=low,
        high=high,
        missing=None if found.share is not None else "below_minimum" if found.n else "nothing_counted",
        formula_id=found.formula_id,
        answers=answers,
        population=found.population,
        interval_id=found.interval_id,
    )


def measured_difference(now: Measurement, before: Measurement, broken: SeriesBreak | None = None) -> Measurement:
    """Measure how many percentage points `now` lies above `before`; both in percent, from different people.

    broken   the change of method between the two, as `series_breaks.break_between` finds it

    There is no value without one in both years, and none of two that were not computed alike: such a difference
    would show the methods and not the service.
    """
    if broken is not None:
        return no_difference(now, "series_break")
    if now.value is None or before.value is None:
        return no_difference(now, now.missing or "no_baseline")
    if now.formula_id != before.formula_id:
        return no_difference(now, "different_formulas")
    value = now.value - before.value
    bare = no_difference(now, None)
    if now.is_full_count and before.is_full_count:
        return replace(bare, value=value, interval_id=CENSUS)
    interval = square_and_add(
        [Part(Fraction(1), now.value, _interval(now)), Part(Fraction(-1), before.value, _interval(before))]
    )
    low, high = interval.ends
    return replace(bare, value=value, low=low, high=high, interval_id=SQUARE_AND_ADD)


def no_difference(now: Measurement, missing: str | None) -> Measurement:
    """Say why `now` is compared with nothing; what is known of `now` itself stays."""
    return Measurement(
        now.n, None, formula_id=DIFFERENCE, answers=now.answers, population=now.population, missing=missing
    )


def _interval(measurement: Measurement) -> Interval | None:
    if measurement.low is None or measurement.high is None:
        return None
    return Interval(float(measurement.low), float(measurement.high))


def measured_count(good: int, total: int) -> Measurement:
    """Measure the share of a full count in percent: no interval, and no minimum."""
    if total == 0:
        return Measurement(0, None, missing="nothing_counted", formula_id=CENSUS)
    return Measurement(
        total, Fraction(good * PERCENT, total), formula_id=CENSUS, answers=total, population=total, interval_id=CENSUS
    )


def measured_number(number: int, total: int) -> Measurement:
    """Measure how many of `total` cases it is, in cases: a full count; none is a figure where there were cases."""
    if total == 0:
        return Measurement(0, None, missing="nothing_counted", formula_id=CENSUS)
    return Measurement(total, Fraction(number), formula_id=CENSUS, answers=total, population=total, interval_id=CENSUS)


def _percent(interval: Interval | None) -> tuple[Fraction | None, Fraction | None]:
    if interval is None:
        return None, None
    low, high = interval.ends
    return low * PERCENT, high * PERCENT
