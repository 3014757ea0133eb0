"""Units beside each other: for each the range of ranks that its answers allow, never a rank by a raw percentage.

Every two units are compared by an exact test, all tests together err in at most 5 % of comparisons (Holm). A unit's
best rank is one behind those surely better, its worst one before those surely worse. So the ranges of all units hold at
once with 95 % confidence, and units that cannot be told apart share their ranks.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from surveys.scoring import MINIMUM_N
from surveys.tails import hypergeometric_tail, hypergeometric_term

RANKS = "ranks-fisher-holm/1"
LEVEL = 0.05
"""How often at least one statement of a whole comparison may be wrong."""
_CAREFUL = 1.001
"""Bounds decide only when they do so by more than what floating point may have lost."""

DIFFERENT_MIX = Fraction(1, 5)
"""Share of a unit's respondents who would have had to answer elsewhere to match the other units."""


@dataclass(frozen=True)
class UnitCounts:
    """The answers of one unit to the item that is compared.

    n         respondents; satisfied: those of them who chose 4 or 5
    channels  respondents by channel, together n; empty = not known
    """

    unit: str
    n: int
    satisfied: int
    channels: Mapping[str, int]

    def __post_init__(self) -> None:
        if not 0 <= self.satisfied <= self.n or (self.channels and sum(self.channels.values()) != self.n):
            raise ValueError(f"{self.unit}: {self.satisfied} satisfied of {self.n}, channels {dict(self.channels)}")


@dataclass(frozen=True)
class Place:
    """Where a unit stands among the ranked ones.

    best, worst   ends of its range of ranks; 1 is the best of all
    tied          the units that cannot be told apart from it
    mix           0..1, how much its channels differ from those of the other ranked units together; None = not known
    """

    unit: str
    n: int
    share: Fraction
    best: int
    worst: int
    tied: tuple[str, ...]
    mix: Fraction | None

    @property
    def is_mix_different(self) -> bool:
        """Whether its citizens answered by other channels than elsewhere: to be said beside its place."""
        return self.mix is not None and self.mix >= DIFFERENT_MIX


@dataclass(frozen=True)
class Comparison:
    """The ranked units by their ranges, and those with too few answers; within a range by code, which says nothing."""

    places: tuple[Place, ...]
    too_few: tuple[UnitCounts, ...]
    formula_id: str = RANKS


def compare_units(counts: Sequence[UnitCounts]) -> Comparison:
    """Rank the units with at least MINIMUM_N respondents; the time grows with the square of their number.

    Raises ValueError when a unit is there twice.
    Sources: M. Mogstad, J. P. Romano, A. M. Shaikh, D. Wilhelm, Review of Economic Studies 91 (2024), 476-518 (ranks
    from tests of all pairs); S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70; R. A. Fisher, Journal of the
    Royal Statistical Society 98 (1935), 39-82. The normal approximation of the first is not taken: near 100 % it fails.
    """
    if len({each.unit for each in counts}) < len(counts):
        raise ValueError("each unit once")
    listed = sorted(counts, key=lambda each: each.unit)
    ranked = [each for each in listed if each.n >= MINIMUM_N]
    better = _surely_better(ranked)
    worse = [sum(place in above for above in better) for place in range(len(ranked))]
    places = [
        Place(
            unit=each.unit,
            n=each.n,
            share=Fraction(each.satisfied, each.n),
            best=1 + len(better[place]),
            worst=len(ranked) - worse[place],
            tied=_tied(place, ranked, better),
            mix=_mix(each, ranked),
        )
        for place, each in enumerate(ranked)
    ]
    places.sort(key=lambda place: (place.best, place.worst, place.unit))
    return Comparison(tuple(places), tuple(each for each in listed if each.n < MINIMUM_N))


def fisher(one: UnitCounts, other: UnitCounts) -> float:
    """Compute the two-sided p-value of "both have the same share": twice the smaller tail, given all satisfied."""
    n, satisfied = one.n + other.n, one.satisfied + other.satisfied
    above = hypergeometric_tail(one.satisfied, one.n, satisfied, n)
    below = hypergeometric_tail(other.satisfied, other.n, satisfied, n)
    return min(2 * min(above, below), 1.0)


def _surely_better(ranked: Sequence[UnitCounts]) -> list[frozenset[int]]:
    """Find, for each unit, the places of those that are surely better: the smallest p-values until one is too large."""
    pairs = list(combinations(range(len(ranked)), 2))
    least = [_least(ranked[one], ranked[other]) for one, other in pairs]
    largest = _largest_that_counts(least)
    tested = sorted(
        (_p_value(ranked[one], ranked[other], LEVEL / len(pairs)), one, other)
        for (one, other), at_least in zip(pairs, least, strict=True)
        if at_least <= largest
    )
    better: list[set[int]] = [set() for _ in ranked]
    for done, (p_value, one, other) in enumerate(tested):
        if p_value > LEVEL / (len(pairs) - done):
            break
        high, low = (one, other) if _share(ranked[one]) > _share(ranked[other]) else (other, one)
        better[low].add(high)
    return [frozenset(above) for above in better]


def _least(one: UnitCounts, other: UnitCounts) -> float:
    """Bound `fisher` from below: this very result belongs to its tail."""
    n, satisfied = one.n + other.n, one.satisfied + other.satisfied
    return 2 * hypergeometric_term(one.satisfied, one.n, satisfied, n) / _CAREFUL


def _largest_that_counts(least: Sequence[float]) -> float:
    """Return a p-value above which Holm's correction finds nothing, from the lower bounds of all.

    If at most so many can be found, the last of them is held against that step's level: again and again, until no
    fewer can be.
    """
    largest = LEVEL
    while True:
        found = sum(each <= largest for each in least)
        narrower = LEVEL / max(len(least) - found, 1)
        if narrower >= largest:
            return largest
        largest = narrower


def _p_value(one: UnitCounts, other: UnitCounts, surest: float) -> float:
    """Compute `fisher`, or 0 for what is surely below `surest`, which Holm's correction always finds.

    By Hoeffding's bound for draws without replacement: for 300 units it decides most pairs that differ.
    Source: W. Hoeffding, Journal of the American Statistical Association 58 (1963), 13-30, sections 2 and 6.
    """
    expected = (one.satisfied + other.satisfied) / (one.n + other.n)
    bound = 2 * math.exp(-one.n * _divergence(one.satisfied / one.n, expected))
    return 0.0 if bound * _CAREFUL < surest else fisher(one, other)


def _divergence(share: float, expected: float) -> float:
    """Compute the Kullback-Leibler divergence of two shares, 0 and more."""
    parts = ((share, expected), (1 - share, 1 - expected))
    return max(0.0, sum(a * math.log(a / b) for a, b in parts if a > 0))


def _share(counts: UnitCounts) -> Fraction:
    return Fraction(counts.satisfied, counts.n)


def _tied(place: int, ranked: Sequence[UnitCounts], better: Sequence[frozenset[int]]) -> tuple[str, ...]:
    others = (other for other in range(len(ranked)) if other != place)
    return tuple(ranked[other].unit for other in others if other not in better[place] and place not in better[other])


def _mix(one: UnitCounts, ranked: Sequence[UnitCounts]) -> Fraction | None:
    """Compute the share of respondents who would have to change their channel to match the other units' mix."""
    elsewhere = sum((Counter(each.channels) for each in ranked if each is not one), Counter[str]())
    if not one.channels or not elsewhere.total():
        return None
    named = {*one.channels, *elsewhere}
    apart = sum(
        abs(Fraction(one.channels.get(name, 0), one.n) - Fraction(elsewhere[name], elsewhere.total())) for name in named
    )
    return Fraction(apart) / 2
