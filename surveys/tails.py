"""Tail probabilities of counts: how likely a count so high is, for draws with and without replacement.

Standard library only. Both are computed by the logarithm of one term and by ratios from there on, so that they hold for
counts of millions; relative error below 1e-6 at a billion, below 1e-12 at some thousands.
"""

import math
from itertools import count

_TINY = 1e-300
_EPSILON = 2.0**-53


def beta_cdf(x: float, a: float, b: float) -> float:
    """Compute the regularised incomplete beta function I_x(a, b) for 0 < x < 1 and positive a, b.

    For whole numbers it is a binomial tail: of n independent draws with share x, at least k succeed with
    probability I_x(k, n - k + 1).
    Source: the continued fraction of NIST Digital Library of Mathematical Functions 8.17.22.
    """
    front = math.exp(_log_front(x, a, b))
    # The fraction converges fast on the near side of the mean; the other side is its mirror image.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def beta_quantile(probability: float, a: float, b: float, start: float) -> float:
    """Find x with I_x(a, b) = probability, by Newton's method from `start`, held between known bounds."""
    low, high, x = 0.0, 1.0, min(max(start, _EPSILON), 1 - _EPSILON)
    while high - low > _EPSILON:
        miss = beta_cdf(x, a, b) - probability
        low, high = (low, x) if miss > 0 else (x, high)
        slope = math.exp(_log_front(x, a, b)) / (x * (1 - x))
        following = x - miss / slope if slope > 0 else -1.0
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= _EPSILON * x:
            return following
        x = following
    return x


def _log_front(x: float, a: float, b: float) -> float:
    """Compute the logarithm of x^a (1-x)^b / B(a, b)."""
    return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction 1/(1+ d1/(1+ d2/(1+ ...))) from the front, by two running quotients."""
    above, below = 1.0, _away_from_zero(1 - (a + b) * x / (a + 1))
    below = 1 / below
    value = below
    for m in count(1):
        twice = a + 2 * m
        even = m * (b - m) * x / ((twice - 1) * twice)
        odd = -(a + m) * (a + b + m) * x / (twice * (twice + 1))
        for step in (even, odd):
            below = 1 / _away_from_zero(1 + step * below)
            above = _away_from_zero(1 + step / above)
            value *= above * below
        if abs(above * below - 1) < 4 * _EPSILON:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def hypergeometric_tail(at_least: int, drawn: int, marked: int, population: int) -> float:
    """Compute the probability that `drawn` of `population`, without replacement, hold `at_least` of the `marked` ones.

    All counts are 0 or more; drawn and marked at most population.
    """
    least, most = max(0, drawn + marked - population), min(drawn, marked)
    if at_least <= least:
        return 1.0
    if at_least > most:
        return 0.0
    # The side without the bulk of the probability is summed, from its largest term outwards.
    if at_least * (population + 2) > (drawn + 1) * (marked + 1):
        return _sum_from(at_least, drawn, marked, population)
    return 1 - _sum_from(drawn - at_least + 1, drawn, population - marked, population)


def hypergeometric_term(exactly: int, drawn: int, marked: int, population: int) -> float:
    """Compute the probability that `drawn` of `population`, without replacement, hold `exactly` so many `marked` ones.

    exactly  a number that is possible
    """
    return math.exp(
        _log_choose(marked, exactly)
        + _log_choose(population - marked, drawn - exactly)
        - _log_choose(population, drawn)
    )


def _sum_from(first: int, drawn: int, marked: int, population: int) -> float:
    """Sum the terms from `first` upwards, `first` lying above the mode."""
    rest = population - marked - drawn
    term = hypergeometric_term(first, drawn, marked, population)
    total = 0.0
    for k in range(first, min(drawn, marked) + 1):
        total += term
        if term < total * _EPSILON:
            break
        term *= (marked - k) * (drawn - k) / ((k + 1) * (rest + k + 1))
    return min(total, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
