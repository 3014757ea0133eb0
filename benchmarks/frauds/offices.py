"""The simulated authority: units with their rhythms, and how busy each day is."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

YEAR = 2026
DAYS = 365
HOLIDAYS = (date(2026, 2, 17), date(2026, 4, 30), date(2026, 9, 2))
RUSH_BEFORE, RUSH = 5, 2.2
TET_WEEK, TET_QUIET = 7, 0.05
SATURDAY, SUNDAY = 5, 6
WEEKEND = 0.06


@dataclass(frozen=True)
class Unit:
    """One unit of the simulation.

    a_day     ratings on an ordinary working day
    market    weekday of its market and how many times as many ratings that brings
    rushes    honest rushes (a term for land papers, enrolment): first day, days, times as many, mood
    fives, satisfied   shares of its honest scores
    tablet    share of ratings given on the counter tablet
    """

    code: str
    a_day: float
    market: tuple[int, float]
    rushes: tuple[tuple[int, int, float, float], ...]
    satisfied: float
    delighted: float
    tablet: float

    def busy(self, day: int) -> float:
        """Say how many ratings the unit usually gets on the day (0 = 1 January), without chance."""
        on = date(YEAR, 1, 1) + timedelta(days=day)
        times = WEEKEND if on.weekday() >= SATURDAY else 1.0
        if on.weekday() == self.market[0]:
            times = max(times, 0.6) * self.market[1]
        for holiday in HOLIDAYS:
            before = (holiday - on).days
            times *= RUSH if 0 < before <= RUSH_BEFORE else TET_QUIET if -3 < before <= 0 else 1.0
        if 0 <= (on - HOLIDAYS[0]).days < TET_WEEK:
            times *= TET_QUIET
        return self.a_day * times * self._rush(day)[0]

    def mood(self, day: int) -> float:
        """Return what a rush adds to the share of satisfied people."""
        return self._rush(day)[1]

    def _rush(self, day: int) -> tuple[float, float]:
        for first, length, times, mood in self.rushes:
            if first <= day < first + length:
                return times, mood
        return 1.0, 0.0


def make_units(chance: Random, number: int) -> list[Unit]:
    """Draw the units: many with a rating every other day, some with ten a day."""
    return [_unit(chance, f"dv-{place:03}") for place in range(number)]


def _unit(chance: Random, code: str) -> Unit:
    has_market = chance.random() < 0.3
    rushes = tuple(
        (chance.randrange(DAYS), chance.randint(2, 10), chance.uniform(2.5, 6), chance.uniform(-0.15, 0.08))
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2)))
    )
    return Unit(
        code,
        min(15.0, chance.lognormvariate(0.0, 0.9)),
        (chance.randrange(7), chance.uniform(1.8, 3.5)) if has_market else (0, 1.0),
        rushes,
        chance.uniform(0.72, 0.96),
        chance.uniform(0.4, 0.65),
        chance.choice((0, 0, 0, 0, 0.25, 0.5)),
    )
