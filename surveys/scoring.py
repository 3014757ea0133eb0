"""From counts to scores: the share of satisfied answers, and how sure one can be of it.

A score counts as satisfied when it is 4 or 5 (domain reference 3.4). Shares are exact fractions and are
compared unrounded; intervals are 95 % and tell how far a figure may lie from what all visitors would say.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from surveys.intervals import Interval, interval_of

MINIMUM_N = 10
"""Respondents below whom there is no percentage: each of them would move it by more than ten points."""

SATISFIED = (4, 5)

TOP_TWO = "top-two/1"
POOLED = "pooled/1"
MEAN_OF_FACTORS = "mean-of-factors/1"


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

    def __sub__(self, other: "Tally") -> "Tally":
        """Leave out answers that are among these."""
        one, two, three, four, five = (a - b for a, b in zip(self.counts, other.counts, strict=True))
        return Tally((one, two, three, four, five))


@dataclass(frozen=True)
class Score:
    """A share of satisfied answers with all that has to be said beside it.

    n           respondents; answers: their valid answers; top2: the satisfied ones of these
    share       0..1, exact; None when n < MINIMUM_N ("chưa đủ phiếu")
    interval    None without a share, and for a full count
    population  of how many: the list from which the n come; None = not known
    formula_id, interval_id   how share and interval were computed; no interval_id without a share
    """

    formula_id: str
    n: int
    answers: int
    top2: int
    share: Fraction | None
    interval: Interval | None
    population: int | None = None
    interval_id: str | None = None


def item_score(tally: Tally, population: int | None = None) -> Score:
    """Score one item: each respondent answered it once. `population` as for `index_pooled`."""
    return index_pooled([tally], tally.n, population, formula_id=TOP_TWO)


def index_pooled(
    tallies: Iterable[Tally], respondents: int, population: int | None = None, formula_id: str = POOLED
) -> Score:
    """Score several items together: satisfied answers of all of them over valid answers of all of them.

    respondents   people who answered at least one of the items. They, not the answers, are the n of the
                  interval: the answers of one person resemble each other, so counting each of them as a
                  new witness would make the interval several times too narrow.
    population    how many could have answered (the list of finished dossiers); None = not known
    """
    total = sum(tallies, Tally())
    if respondents < MINIMUM_N:
        return Score(formula_id, respondents, total.n, total.top2, None, None, population)
    share = Fraction(total.top2, total.n)
    interval_id, interval = interval_of(share, respondents, respondents, population)
    return Score(formula_id, respondents, total.n, total.top2, share, interval, population, interval_id)


def index_mean_of_factors(factors: Mapping[str, Score], respondents: int, population: int | None = None) -> Score:
    """Score several items as the plain mean of their factors' shares, whatever the number of items in each.

    factors       pooled score per factor. Factors which too few people answered are left out: the mean
                  would hang on a handful (the petition factor is asked of few).
    respondents   people who answered at least one of the items; population as for `index_pooled`

    The interval takes the factors of one person as saying the same thing (correlation 1, the widest case):
    its n is the one whose standard error is the mean of the factors' standard errors.
    """
    counted = [score for score in factors.values() if score.share is not None]
    answers = sum(score.answers for score in factors.values())
    top2 = sum(score.top2 for score in factors.values())
    if not counted or respondents < MINIMUM_N:
        return Score(MEAN_OF_FACTORS, respondents, answers, top2, None, None, population)
    share = sum((score.share for score in counted if score.share is not None), Fraction(0)) / len(counted)
    width = sum(1 / math.sqrt(score.n) for score in counted) / len(counted)
    interval_id, interval = interval_of(share, 1 / (width * width), respondents, population)
    return Score(MEAN_OF_FACTORS, respondents, answers, top2, share, interval, population, interval_id)
