"""From counts to scores: the share of satisfied answers, and how sure one can be of it.

A score counts as satisfied when it is 4 or 5 (domain reference 3.4). Shares are exact fractions and are
compared unrounded; intervals are 95 % and tell how far a figure may lie from what all visitors would say.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

MINIMUM_N = 10
"""Respondents below whom there is no percentage: each of them would move it by more than ten points."""

Z95 = 1.959963984540054
"""Quantile of the normal distribution which leaves 2.5 % above: two-sided 95 %."""

SATISFIED = (4, 5)

TOP_TWO = "top-two/1"
POOLED = "pooled/1"
MEAN_OF_FACTORS = "mean-of-factors/1"


@dataclass(frozen=True)
class Interval:
    """Where the true value lies with 95 % confidence; both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class Tally:
    """How often each score was given: `counts[0]` is the number of ones, `counts[4]` of fives."""

    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def n(self) -> int:
        """The number of valid answers."""
        return sum(self.counts)

    @property
    def top2(self) -> int:
        """The number of satisfied answers."""
        return sum(self.counts[score - 1] for score in SATISFIED)

    def __add__(self, other: "Tally") -> "Tally":
        one, two, three, four, five = (a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Tally((one, two, three, four, five))


@dataclass(frozen=True)
class Score:
    """A share of satisfied answers with all that has to be said beside it.

    n        respondents; answers: their valid answers; top2: the satisfied ones of these
    share    0..1, exact; with `interval` None when n < MINIMUM_N ("chưa đủ phiếu")
    """

    formula_id: str
    n: int
    answers: int
    top2: int
    share: Fraction | None
    interval: Interval | None

    @property
    def is_enough(self) -> bool:
        """Whether there is a percentage at all."""
        return self.share is not None


def wilson(successes: float | Fraction, n: float, z: float = Z95) -> Interval:
    """Compute the Wilson score interval of a share.

    successes   0..n; may be fractional where answers are weighed down to respondents
    n           independent observations, above 0
    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    share = float(successes) / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(max(share * (1 - share), 0.0) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and at n the ends are exactly 0 and 1; floating point leaves crumbs there.
    low = 0.0 if share <= 0 else max((centre - spread) / scale, 0.0)
    high = 1.0 if share >= 1 else min((centre + spread) / scale, 1.0)
    return Interval(low, high)


def newcombe(now: Score, before: Score) -> Interval | None:
    """Compute the interval of the difference `now - before` of two independent shares; None if one has none.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10.
    """
    if now.share is None or before.share is None or now.interval is None or before.interval is None:
        return None
    a, b = float(now.share), float(before.share)
    difference = a - b
    down = math.hypot(a - now.interval.low, before.interval.high - b)
    up = math.hypot(now.interval.high - a, b - before.interval.low)
    return Interval(difference - down, difference + up)


def item_score(tally: Tally) -> Score:
    """Score one item: each respondent answered it once."""
    return index_pooled([tally], tally.n, formula_id=TOP_TWO)


def index_pooled(tallies: Iterable[Tally], respondents: int, formula_id: str = POOLED) -> Score:
    """Score several items together: satisfied answers of all of them over valid answers of all of them.

    respondents   people who answered at least one of the items. They, not the answers, are the n of the
                  interval: the answers of one person resemble each other, so counting each of them as a
                  new witness would make the interval several times too narrow.
    """
    total = sum(tallies, Tally())
    if respondents < MINIMUM_N:
        return Score(formula_id, respondents, total.n, total.top2, None, None)
    share = Fraction(total.top2, total.n)
    return Score(formula_id, respondents, total.n, total.top2, share, wilson(share * respondents, respondents))


def index_mean_of_factors(factors: Mapping[str, Score], respondents: int) -> Score:
    """Score several items as the plain mean of their factors' shares, whatever the number of items in each.

    factors       pooled score per factor. Factors which too few people answered are left out: the mean
                  would hang on a handful (the petition factor is asked of few).
    respondents   people who answered at least one of the items

    The interval takes the factors of one person as saying the same thing (correlation 1, the widest case):
    its n is the one whose standard error is the mean of the factors' standard errors.
    """
    counted = [score for score in factors.values() if score.share is not None]
    answers = sum(score.answers for score in factors.values())
    top2 = sum(score.top2 for score in factors.values())
    if not counted or respondents < MINIMUM_N:
        return Score(MEAN_OF_FACTORS, respondents, answers, top2, None, None)
    share = sum((score.share for score in counted if score.share is not None), Fraction(0)) / len(counted)
    width = sum(1 / math.sqrt(score.n) for score in counted) / len(counted)
    n = 1 / (width * width)
    return Score(MEAN_OF_FACTORS, respondents, answers, top2, share, wilson(float(share) * n, n))
