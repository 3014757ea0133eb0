"""From the counts of a number item to its mean, and how sure one can be of it.

The mean is exact. Its interval is Student's: mean ± t · s / √n with n − 1 degrees of freedom (W. S. Gosset, Biometrika
6 (1908), 1-25). Waiting times are skewed, so with few answers it is too narrow on the long side: it tells how far a
figure may lie from what all visitors would say, and is no ground for a verdict that hangs on it by a hair.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from surveys.scoring import MINIMUM_N

MEAN = "mean/1"


@dataclass(frozen=True)
class Mean:
    """The mean of the answers to a number item, in the item's unit.

    n       answers; below MINIMUM_N mean, low and high are None ("chưa đủ phiếu")
    low     ends of the 95 % interval; not below 0, for no amount is
    """

    formula_id: str
    n: int
    mean: Fraction | None
    low: float | None
    high: float | None


def mean_of(counts: Mapping[int, int]) -> Mean:
    """Compute the mean of amounts; `counts` tells how often each was given."""
    n = sum(counts.values())
    if n < MINIMUM_N:
        return Mean(MEAN, n, None, None, None)
    mean = Fraction(sum(amount * times for amount, times in counts.items()), n)
    squares = sum((amount - mean) ** 2 * times for amount, times in counts.items())
    spread = student(n - 1) * math.sqrt(squares / (n - 1) / n)
    return Mean(MEAN, n, mean, max(0.0, float(mean) - spread), float(mean) + spread)


def student(freedom: int) -> float:
    """Return the quantile of Student's t which leaves 2.5 % above, for 9 degrees of freedom or more.

    Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.5; off by less than 0.0001.

    >>> round(student(9), 3)
    2.262
    """
    z = NormalDist().inv_cdf(0.975)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))
