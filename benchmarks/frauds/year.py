"""The honest year: who comes when, on which device, how fast, with which opinion."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import exp
from random import Random

from benchmarks.frauds.offices import DAYS, YEAR, Unit, make_units
from benchmarks.frauds.words import comment
from offices.worktime import LOCAL
from surveys.integrity_facts import BEST, Fact

QUICK, FULL, FULL_ITEMS = "quick", "sipas", 16
FULL_SHARE, PROVED = 0.1, 0.5
FAMILIES, AGENTS, HELPED, OFFICIALS_OUT = 0.05, 0.02, 0.03, 0.002
OWN_UNIT = 0.05
"""Of the ratings of officials, how many are honestly of the own unit: they have dossiers too."""


@dataclass
class Year:
    """The world while it is made: facts so far, and which of them were planted, by kind."""

    chance: Random
    units: list[Unit]
    facts: list[Fact] = field(default_factory=list)
    planted: dict[int, str] = field(default_factory=dict)

    def new(self) -> int:
        """Return a number nobody had: of a person, a phone, a rating."""
        return self.chance.getrandbits(60)

    def add(self, fact: Fact, kind: str | None = None) -> None:
        """Keep a rating, and which fraud it is."""
        self.facts.append(fact)
        if kind:
            self.planted[fact.id] = kind

    def moment(self, day: int, *, office: bool = False) -> datetime:
        """Draw a moment of a day: mostly the office's morning and afternoon, else also the evening."""
        chance = self.chance
        at = chance.choices(
            (chance.gauss(9.4, 0.9), chance.gauss(14.8, 1.0), chance.gauss(20, 1.3)), (55, 35, 0 if office else 18)
        )[0]
        seconds = int(3600 * min(23.5, max(0.0, at)))
        return datetime(YEAR, 1, 1, tzinfo=LOCAL) + timedelta(days=day, seconds=seconds + chance.random())

    def honest(self, unit: Unit, day: int, *, full: bool | None = None) -> Fact:
        """Make an honest rating of a citizen with an own phone."""
        chance = self.chance
        is_full = chance.random() < FULL_SHARE if full is None else full
        started, proved, said = self.moment(day), chance.random() < PROVED, comment(chance)
        scores = self._scores(unit, day, FULL_ITEMS if is_full else 1)
        asked = FULL_ITEMS + 2 if is_full else 2 + (scores[0] < 4)
        return Fact(
            self.new(), unit.code, started.date(), started, started + self.duration(asked, said),
            proved, FULL if is_full else QUICK, asked, scores, said, self.new(), f"m{self.new()}",
            dossier_ended=self._ended(started) if proved else None,
        )  # fmt: skip

    def duration(self, asked: int, said: str | None) -> timedelta:
        """Draw how long a person takes: looking, tapping, typing; a few know the questions by heart."""
        chance = self.chance
        is_used_to_it = chance.random() < 0.04
        per_item = chance.lognormvariate(0.8, 0.3) if is_used_to_it else 1 + chance.lognormvariate(1.6, 0.6)
        typing = len(said or "") / chance.uniform(1.5, 6)
        return timedelta(seconds=round(asked * per_item + typing, 1))

    def score(self, satisfied: float, delighted: float) -> int:
        """Draw one score."""
        if self.chance.random() < satisfied:
            return BEST if self.chance.random() < delighted else 4
        return self.chance.choices((3, 2, 1), (50, 32, 18))[0]

    def _scores(self, unit: Unit, day: int, items: int) -> tuple[int, ...]:
        satisfied = min(0.98, unit.satisfied + unit.mood(day))
        if items > 1 and self.chance.random() < 0.2:
            return (self.score(satisfied, unit.delighted),) * items
        return tuple(self.score(satisfied, unit.delighted) for _ in range(items))

    def _ended(self, started: datetime) -> datetime:
        """Draw when the register says that the dossier ended: mostly before, sometimes entered later, rarely wrong."""
        kind = self.chance.random()
        if kind < 0.955:
            return started - timedelta(hours=self.chance.expovariate(1 / 30))
        if kind < 0.997:
            return started + timedelta(hours=min(26.0, self.chance.lognormvariate(1.8, 0.8)))
        return started + timedelta(days=self.chance.randint(2, 30))


def honest_year(chance: Random, units: int) -> Year:
    """Make the year without any fraud."""
    year = Year(chance, make_units(chance, units))
    for unit in year.units:
        for fact in _on_counter(year, unit, _of_unit(year, unit)):
            year.add(fact)
    _officials(year)
    return year


def _of_unit(year: Year, unit: Unit) -> Iterator[Fact]:
    """Give a unit's ratings, some from a family's phone, an agent's, or filled in with a helper."""
    chance = year.chance
    families = [f"f{year.new()}" for _ in range(1 + int(unit.a_day * 8))]
    agents = [(year.new(), f"a{year.new()}") for _ in range(1 + int(unit.a_day * 0.4))]
    helpers = [f"h{year.new()}" for _ in range(1 + int(unit.a_day * 0.3))]
    for day in range(DAYS):
        for _ in range(_poisson(chance, unit.busy(day) * chance.gammavariate(12, 1 / 12))):
            fact, lot = year.honest(unit, day), chance.random()
            if lot < FAMILIES:
                yield replace(fact, device=chance.choice(families))
            elif lot < FAMILIES + AGENTS:
                person, phone = chance.choice(agents)
                yield replace(fact, person=person, device=phone)
            elif lot < FAMILIES + AGENTS + HELPED:
                scores = tuple(
                    max(score, year.score(0.9, 0.5)) if chance.random() < 0.3 else score for score in fact.scores
                )
                yield replace(fact, helper=chance.choice(helpers), scores=scores)
            else:
                yield fact


def _on_counter(year: Year, unit: Unit, facts: Iterator[Fact]) -> Iterator[Fact]:
    """Move a share of the ratings to the unit's tablet: one after another, sometimes straight after each other."""
    free: dict[date, datetime] = {}
    tablet = f"t{unit.code}"
    for fact in facts:
        if fact.helper or year.chance.random() >= unit.tablet:
            yield fact
            continue
        start = year.moment((fact.day - date(YEAR, 1, 1)).days, office=True)
        taken = (fact.closed or fact.started) - fact.started
        if fact.day in free and (start < free[fact.day] or year.chance.random() < 0.3):
            start = free[fact.day] + timedelta(seconds=year.chance.lognormvariate(3.4, 0.6))
        free[fact.day] = start + taken
        yield replace(
            fact, started=start, closed=start + taken, device=tablet, at_counter=True, verified=False,
            dossier_ended=None, person=year.new(), day=start.date(),
        )  # fmt: skip


def _officials(year: Year) -> None:
    """Let officials rate the offices where they are citizens."""
    for _ in range(int(len(year.facts) * OFFICIALS_OUT)):
        unit = year.chance.choice(year.units)
        fact = year.honest(unit, year.chance.randrange(DAYS))
        own = unit if year.chance.random() < OWN_UNIT else year.chance.choice(year.units)
        year.add(replace(fact, staff_unit=own.code))


def _poisson(chance: Random, mean: float) -> int:
    """Draw by Knuth's method; means are below a hundred."""
    bound, product, drawn = exp(-mean), chance.random(), 0
    while product > bound:
        product *= chance.random()
        drawn += 1
    return drawn
