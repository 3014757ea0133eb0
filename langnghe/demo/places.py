"""Where people go in the sample world, and how well they are served there."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from langnghe.demo.samples import served_fields
from offices.units import Unit, UnitKind
from surveys.visits import Service

A_YEAR_AGO = 0.09
"""In the quarter of the year before, so much less of the ratings were satisfied."""
COUNTER_SHARE = 0.6
"""Of the visits for a field, so many end at the common counter, the others at the unit that answers for it."""
LIKED = (0.0, -0.035, 0.02)
"""Some units are liked better than others: added to the satisfied share, in turn."""
_COUNTERS = (UnitKind.ONE_STOP, UnitKind.SERVICE_CENTRE)
_OWN_SERVICE = (UnitKind.STANDING, UnitKind.OFFICE)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that is visited for a field; `first`, `last`: satisfied share at the beginning and end of the year."""

    unit: str
    field: str
    service: Service
    weight: float
    first: float
    last: float

    def satisfied_share(self, progress: float) -> float:
        """Give the satisfied share when so much of the year (0..1, below 0 before it) has passed."""
        before = A_YEAR_AGO if progress < 0 else 0.0
        return min(0.99, self.first + (self.last - self.first) * max(0.0, progress) - before)


@dataclass(frozen=True)
class Map:
    """All places, to choose from by weight."""

    places: Sequence[Place]

    def choose(self, chance: Random) -> Place:
        """Choose where somebody goes."""
        sums = list(accumulate(place.weight for place in self.places))
        return self.places[bisect(sums, chance.random() * sums[-1])]


def draw_map(units: Sequence[Unit]) -> Map:
    """Lay the fields out over the units that stand: each field at the counter and at those that answer for it."""
    counters = [unit for unit in units if unit.kind in _COUNTERS]
    places: list[Place] = []
    for served in served_fields():
        owners = [unit for unit in units if served.code in unit.fields and unit.kind not in _COUNTERS]
        public = [unit for unit in owners if unit.kind is UnitKind.PUBLIC_SERVICE]
        shares = _shares(public or owners, [] if public else counters)
        for unit, share in shares:
            liked = LIKED[[each.code for each in units].index(unit.code) % len(LIKED)]
            places.append(
                Place(
                    unit.code,
                    served.code,
                    service_of(unit),
                    served.weight * share,
                    served.first + liked,
                    served.last + liked,
                )
            )
    return Map(places)


def _shares(owners: Sequence[Unit], counters: Sequence[Unit]) -> list[tuple[Unit, float]]:
    at_counter = (COUNTER_SHARE if owners else 1.0) if counters else 0.0
    return [
        *((unit, at_counter / len(counters)) for unit in counters),
        *((unit, (1.0 - at_counter) / len(owners)) for unit in owners),
    ]


def service_of(unit: Unit) -> Service:
    """Say what a unit's visitors use."""
    if unit.kind is UnitKind.PUBLIC_SERVICE:
        return Service.PUBLIC_SERVICE
    return Service.AGENCY if unit.kind in _OWN_SERVICE else Service.TTHC
