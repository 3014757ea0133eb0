"""95 % intervals of shares: how far a figure may lie from what all would have said.

The interval of a figure is the *exact* one: each of its ends errs in at most 2.5 % of all surveys, whatever the share
and the number of respondents. Wilson's is narrower by some hundredths and errs more often for some pairs of them, so a
verdict could not rest on it (measured in docs/figures.md); it serves as the first guess of the exact one.
Over a list of known length the exact interval is that of draws without replacement.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from surveys.tails import beta_quantile, hypergeometric_tail

Z95 = 1.959963984540054
"""Quantile of the normal distribution which leaves 2.5 % above: two-sided 95 %."""

TAIL = 0.025
"""How often an end of an interval may lie on the wrong side of the true share."""

EXACT = "clopper-pearson/1"
HYPERGEOMETRIC = "hypergeometric/1"
SQUARE_AND_ADD = "square-and-add/1"
CENSUS = "census/1"

_KEPT = 4096


@dataclass(frozen=True)
class Interval:
    """Where the true share lies with 95 % confidence; both ends included."""

    low: float
    high: float

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The ends as they are compared with a target."""
        return Fraction(self.low), Fraction(self.high)


@dataclass(frozen=True)
class CountInterval(Interval):
    """An interval over a list of known length: of `population` dossiers between `least` and `most` are satisfied."""

    least: int
    most: int
    population: int

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The ends without the rounding of floats: an end may lie on the target itself."""
        return Fraction(self.least, self.population), Fraction(self.most, self.population)


def effective_size(n: float, respondents: int, population: int) -> float:
    """Say how many draws from an endless population tell as much as `n` from one of which `respondents` were asked.

    The variance of a share is smaller by (N - n) / (N - 1) when it is drawn without replacement from N.
    respondents  below population. Source: W. G. Cochran, Sampling Techniques, 3rd edition (1977), section 3.2.
    """
    return n * (population - 1) / (population - respondents)


def wilson(successes: float | Fraction, n: float, population: int | None = None, z: float = Z95) -> Interval:
    """Compute the Wilson score interval of a share.

    successes   0..n; may be fractional where answers are weighed down to respondents
    n           independent observations, above 0
    population  length of the list of which n were drawn, above n; None = endless
    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212; the correction for a
    finite list as in `effective_size`.
    """
    share = float(successes) / n
    if population is not None:
        n = effective_size(n, math.ceil(n), population)
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(max(share * (1 - share), 0.0) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and at n the ends are exactly 0 and 1; floating point leaves crumbs there.
    low = 0.0 if share <= 0 else max((centre - spread) / scale, 0.0)
    high = 1.0 if share >= 1 else min((centre + spread) / scale, 1.0)
    return Interval(low, high)


@lru_cache(_KEPT)
def exact(successes: float | Fraction, n: float | Fraction) -> Interval:
    """Compute the exact interval of a share of independent answers.

    Each end is the share at which a result so far away would still have the probability 2.5 %.
    successes, n  as for `wilson`; for fractional ones the beta quantiles are read between whole numbers.
    Sources: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), 404-413; with an effective n: E. L. Korn,
    B. I. Graubard, Survey Methodology 24 (1998), 193-201.
    """
    return Interval(_lowest(successes, n), 1 - _lowest(n - successes, n))


def _lowest(successes: float | Fraction, n: float | Fraction) -> float:
    if successes <= 0:
        return 0.0
    start = wilson(successes, float(n)).low
    return beta_quantile(TAIL, float(successes), float(n - successes + 1), start)


def finite(successes: int | Fraction, n: int, population: int) -> CountInterval:
    """Compute the exact interval of a share in a list of `population`, of which `n` were drawn without replacement.

    Its ends are numbers of the list: the least and the most satisfied ones with which the result has a
    probability of more than 2.5 % on its side. n below population.
    successes   0..n; between two whole numbers each end is that of the one which lies further out
    Source: T. Wright, Exact Confidence Bounds when Sampling from Small Finite Universes, Springer (1991).
    """
    least = _least(math.floor(successes), n, population)
    most = population - _least(n - math.ceil(successes), n, population)
    return CountInterval(least / population, most / population, least, most, population)


@lru_cache(_KEPT)
def _least(successes: int, n: int, population: int) -> int:
    """Find the smallest number of satisfied ones that is still likely enough; the tail grows with it."""
    low, high = successes, population - (n - successes)
    while low < high:
        middle = (low + high) // 2
        if hypergeometric_tail(successes, n, middle, population) > TAIL:
            high = middle
        else:
            low = middle + 1
    return low


def interval_of(
    share: Fraction, n: float | Fraction, respondents: int, population: int | None = None
) -> tuple[str, Interval | None]:
    """Choose the interval of a share and name it; none for a full count.

    n            independent observations behind the share; `respondents`, or fewer where they tell less
    population   how many could have answered (the list of finished dossiers); None = not known

    Raises ValueError when more answered than there are.
    """
    if population is None:
        return EXACT, exact(min(share * n, n), n)
    if respondents > population:
        raise ValueError(f"{respondents} answered but the list holds {population}")
    if respondents == population:
        return CENSUS, None
    whole = math.floor(n)
    return HYPERGEOMETRIC, finite(share * whole, whole, population)


@dataclass(frozen=True)
class Part:
    """One share, or percentage, in a weighted sum; weight -1 takes it off. No interval = it is known exactly."""

    weight: Fraction
    share: Fraction
    interval: Interval | None


def square_and_add(parts: Iterable[Part]) -> Interval:
    """Compute the interval of a weighted sum of independent shares from the intervals of the shares.

    The distances of the ends from the shares are weighed, squared, added and the root is taken, each end with those of
    its own side. For the difference of two shares with Wilson's intervals this is Newcombe's method 10.
    Sources: R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890; G. Y. Zou, W. Huang, X. Zhang, Computational
    Statistics and Data Analysis 53 (2009), 1080-1085.
    """
    value, down, up = Fraction(0), list[float](), list[float]()
    for part in parts:
        value += part.weight * part.share
        share, weight = float(part.share), float(part.weight)
        low, high = (part.interval.low, part.interval.high) if part.interval else (share, share)
        sides = (weight * (share - low), weight * (high - share))
        down.append(sides[0] if weight > 0 else sides[1])
        up.append(sides[1] if weight > 0 else sides[0])
    return Interval(float(value) - math.hypot(*down), float(value) + math.hypot(*up))
