"""The intervals that were turned down: how often they are wrong, added up over all results (docs/figures.md)."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product

import pytest
from scipy import stats

from surveys.intervals import (
    TAIL,
    Interval,
    Part,
    effective_size,
    exact,
    finite,
    square_and_add,
    wilson,
)


def wrongs(chances: list[float], intervals: list[Interval], truth: float) -> tuple[float, float]:
    """Add up the chances of intervals wholly above and wholly below the truth, in percent."""
    pairs = list(zip(chances, intervals, strict=True))
    above = math.fsum(likely for likely, interval in pairs if interval.low > truth + 1e-12)
    below = math.fsum(likely for likely, interval in pairs if interval.high < truth - 1e-12)
    return 100 * above, 100 * below


@pytest.mark.parametrize(
    ("method", "share", "n", "above", "below"),
    [
        ("wilson", 0.85, 100, 2.75, 3.93),
        ("wilson", 0.95, 30, 0.00, 6.08),
        ("wilsoncc", 0.95, 100, 0.59, 2.82),
        ("exact", 0.85, 100, 1.22, 2.21),
        ("exact", 0.95, 30, 0.00, 1.56),
    ],
)
def test_wilsons_interval_breaks_the_promise_at_either_end(
    method: str, share: float, n: int, above: float, below: float
) -> None:
    chances = stats.binom.pmf(range(n + 1), n, share).tolist()
    theirs = [stats.binomtest(x, n).proportion_ci(method=method) for x in range(n + 1)]
    assert wrongs(chances, theirs, share) == pytest.approx((above, below), abs=0.005)


def test_a_corrected_n_breaks_the_promise_over_a_short_list() -> None:
    n, population, satisfied = 50, 60, 57
    chances = stats.hypergeom.pmf(range(n + 1), population, satisfied, n).tolist()
    effective = effective_size(n, n, population)
    corrected = [exact(min(x / n * effective, effective), effective) for x in range(n + 1)]
    by_wilson = [wilson(x, n, population) for x in range(n + 1)]
    ours: list[Interval] = [finite(x, n, population) for x in range(n + 1)]
    assert wrongs(chances, corrected, 0.95)[0] == wrongs(chances, by_wilson, 0.95)[0] == pytest.approx(6.93, abs=0.005)
    assert max(wrongs(chances, ours, 0.95)) <= 100 * TAIL


def test_newcombes_difference_of_wilson_intervals_breaks_the_promise_with_unequal_years() -> None:
    now, before, share = 400, 30, 0.9

    def error(interval: Callable[[int, int], Interval]) -> float:
        sides = [[Part(Fraction(sign), Fraction(x, n), interval(x, n)) for x in range(n + 1)]
                 for sign, n in ((1, now), (-1, before))]  # fmt: skip
        likely = [stats.binom.pmf(range(n + 1), n, share).tolist() for n in (now, before)]
        chances = [a * b for a, b in product(*likely)]
        pairs = [square_and_add(pair) if a * b > 1e-12 else Interval(-1, 1)
                 for pair, (a, b) in zip(product(*sides), product(*likely), strict=True)]  # fmt: skip
        return wrongs(chances, pairs, 0.0)[0]

    assert error(wilson) == pytest.approx(3.76, abs=0.01)
    assert error(exact) == pytest.approx(1.63, abs=0.01)


def test_added_up_intervals_alone_break_the_promise_where_small_strata_are_all_satisfied() -> None:
    """Ten equal strata with three answers each, all at 90 %: only how many have 0, 1, 2, 3 satisfied matters."""
    strata, n, share = 10, 3, 0.9
    one = stats.binom.pmf(range(n + 1), n, share)
    patterns = [each for each in product(range(strata + 1), repeat=n + 1) if sum(each) == strata]
    chances, intervals = list[float](), list[Interval]()
    for pattern in patterns:
        chances.append(float(stats.multinomial.pmf(pattern, strata, one)))
        parts = [
            Part(Fraction(1, strata), Fraction(x, n), exact(x, n))
            for x, times in enumerate(pattern)
            for _ in range(times)
        ]
        intervals.append(square_and_add(parts))
    assert math.fsum(chances) == pytest.approx(1)
    assert wrongs(chances, intervals, share)[1] == pytest.approx(7.32, abs=0.005)


def test_the_effective_n_alone_breaks_the_promise_where_a_heavy_stratum_varies_more() -> None:
    """Thirty percent of the dossiers at 85 % with 3 of 30 answers, the rest at 99.3 %."""
    weights, sizes, shares = (Fraction(3, 10), Fraction(7, 10)), (3, 27), (0.85, 0.95 + 0.03 / 0.7)
    effective = float(1 / sum(weight**2 / n for weight, n in zip(weights, sizes, strict=True)))
    chances, alike, added = list[float](), list[Interval](), list[Interval]()
    for found in product(*(range(n + 1) for n in sizes)):
        chances.append(math.prod(float(stats.binom.pmf(*each)) for each in zip(found, sizes, shares, strict=True)))
        parts = [Part(weight, Fraction(x, n), exact(x, n)) for weight, x, n in zip(weights, found, sizes, strict=True)]
        value = float(sum(part.weight * part.share for part in parts))
        alike.append(exact(min(value * effective, effective), effective))
        added.append(square_and_add(parts))
    wider = [
        Interval(min(one.low, other.low), max(one.high, other.high)) for one, other in zip(alike, added, strict=True)
    ]
    assert wrongs(chances, alike, 0.95)[1] == pytest.approx(6.08, abs=0.005)
    assert max(wrongs(chances, wider, 0.95)) <= 100 * TAIL
