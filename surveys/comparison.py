"""Units beside each other: for each the range of ranks that its answers allow, never a rank by a raw percentage.

Every two units are compared by an exact test, all tests together err in at most 5 % of comparisons (Holm). A unit's
best rank is one behind those surely better, its worst one before those surely worse. So the ranges of all units hold at
once with 95 % confidence, and units that cannot be told apart share their ranks.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from surveys.scoring import MINIMUM_N
from surveys.tails import hypergeometric_tail

RANKS = "ranks-fisher-holm/1"
LEVEL = 0.05
"""How often at least one statement of a whole comparison may be wrong."""

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
    tested = sorted((fisher(ranked[one], ranked[other]), one, other) for one, other in pairs)
    better: list[set[int]] = [set() for _ in ranked]
    for done, (p_value, one, other) in enumerate(tested):
        if p_value > LEVEL / (len(tested) - done):
            break
        high, low = (one, other) if _share(ranked[one]) > _share(ranked[other]) else (other, one)
        better[low].add(high)
    return [frozenset(above) for above in better]


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
