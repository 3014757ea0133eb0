"""A measured figure in the unit of its metric, with everything that has to stand beside it."""

from dataclasses import dataclass
from fractions import Fraction

from surveys.scoring import Interval, Score, newcombe

PERCENT = 100
CENSUS = "census/1"
DIFFERENCE = "newcombe/1"


@dataclass(frozen=True)
class Measurement:
    """What is known about a metric for one scope and period.

    n           respondents, or cases of a full count; for a difference those of this period
    value       exact, in the unit of the metric (percent, percentage points); None = no figure
    low, high   ends of the 95 % interval in the same unit; None for a full count and where there is no value
    missing     why there is no value: "nothing_counted", "below_minimum", "not_collected", "no_baseline"
    answers     valid answers behind the figure; more than n for an index of several items
    """

    n: int
    value: Fraction | None
    low: Fraction | None = None
    high: Fraction | None = None
    missing: str | None = None
    formula_id: str | None = None
    answers: int = 0

    @property
    def is_full_count(self) -> bool:
        """Whether every case was counted, so that there is nothing to be unsure of."""
        return self.value is not None and self.low is None


def not_collected() -> Measurement:
    """Say that the system has no such figure."""
    return Measurement(n=0, value=None, missing="not_collected")


def measured_share(score: Score) -> Measurement:
    """Measure a satisfied share in percent."""
    if score.share is None or score.interval is None:
        missing = "below_minimum" if score.n else "nothing_counted"
        return Measurement(score.n, None, missing=missing, formula_id=score.formula_id, answers=score.answers)
    low, high = _percent(score.interval)
    return Measurement(score.n, score.share * PERCENT, low, high, None, score.formula_id, score.answers)


def measured_difference(now: Score, before: Score) -> Measurement:
    """Measure how many percentage points `now` lies above `before`; nothing without a figure in both years."""
    interval = newcombe(now, before)
    if now.share is None or before.share is None or interval is None:
        missing = measured_share(now).missing or "no_baseline"
        return Measurement(now.n, None, missing=missing, formula_id=DIFFERENCE, answers=now.answers)
    low, high = _percent(interval)
    value = (now.share - before.share) * PERCENT
    return Measurement(now.n, value, low, high, None, DIFFERENCE, now.answers)


def measured_count(good: int, total: int) -> Measurement:
    """Measure the share of a full count in percent: no interval, and no minimum."""
    if total == 0:
        return Measurement(0, None, missing="nothing_counted", formula_id=CENSUS)
    return Measurement(total, Fraction(good * PERCENT, total), formula_id=CENSUS, answers=total)


def _percent(interval: Interval) -> tuple[Fraction, Fraction]:
    return Fraction(interval.low) * PERCENT, Fraction(interval.high) * PERCENT
