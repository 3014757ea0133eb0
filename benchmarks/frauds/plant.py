"""Planted fraud: eleven kinds, each in several sizes. The detectors get facts only, never what is planted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.frauds.offices import DAYS, Unit
from benchmarks.frauds.words import praise, varied
from benchmarks.frauds.year import Year
from surveys.integrity_facts import BEST, WORST, Fact

UNITS = 300
"""Units for which the numbers below stand; fewer units get fewer."""


def plant(year: Year) -> None:
    """Add all kinds of fraud to a year, in proportion to its units."""
    for kind, (times, add) in KINDS.items():
        for _ in range(max(1, round(times * len(year.units) / UNITS))):
            unit, size = year.chance.choice(year.units), len(year.facts)
            add(year, unit)
            year.planted.update(dict.fromkeys((fact.id for fact in year.facts[size:]), kind))


def _fives(year: Year, unit: Unit, day: int, score: int = BEST, sure: float = 0.96) -> Fact:
    """Make a quick rating with the score that was ordered; a few take the next one, to look real."""
    fact = year.honest(unit, min(DAYS - 1, day), full=False)
    given = score if year.chance.random() < sure else abs(score - 1) + 1 if score == WORST else score - 1
    asked = 3 if given < 4 else 2
    return replace(fact, scores=(given,), asked=asked, verified=False, dossier_ended=None, helper=None)


def _open(year: Year, fact: Fact, seconds: float, started: datetime | None = None) -> None:
    begun = started or fact.started
    year.add(replace(fact, started=begun, closed=begun + timedelta(seconds=seconds), day=begun.date()))


def _tablet_clerk(year: Year, unit: Unit) -> None:
    """Tap the tablet again and again when the room is empty."""
    at = year.moment(year.chance.randrange(DAYS), office=True) + timedelta(minutes=year.chance.randint(0, 90))
    for _ in range(year.chance.randint(8, 30)):
        fact = replace(_fives(year, unit, 0), comment=None, device=f"t{unit.code}", at_counter=True)
        seconds = year.chance.uniform(2, 7)
        _open(year, fact, seconds, at)
        at += timedelta(seconds=seconds + year.chance.uniform(2, 14))


def _fast_bot(year: Year, unit: Unit) -> None:
    """Send ratings that no thumb can give, over hours or days."""
    day, days = year.chance.randrange(DAYS), year.chance.randint(1, 10)
    for _ in range(year.chance.randint(20, 150)):
        fact = replace(_fives(year, unit, day + year.chance.randrange(days)), comment=None)
        _open(year, fact, year.chance.uniform(0.2, 1.6))


def _patient_bot(year: Year, unit: Unit) -> None:
    """Wait between taps like a person, at any hour."""
    day, days = year.chance.randrange(DAYS), year.chance.randint(1, 4)
    for _ in range(year.chance.randint(30, 120)):
        fact = replace(_fives(year, unit, day + year.chance.randrange(days)), comment=None)
        _open(year, fact, year.chance.uniform(8, 45))


def _campaign(year: Year, unit: Unit, sizes: tuple[int, int], days: tuple[int, int], score: int = BEST) -> None:
    """Have real people rate with real phones, by day."""
    day, length = year.chance.randrange(DAYS), year.chance.randint(*days)
    for _ in range(year.chance.randint(*sizes)):
        year.add(_fives(year, unit, day + year.chance.randrange(length), score))


def _bought(year: Year, unit: Unit) -> None:
    _campaign(year, unit, (40, 150), (2, 8))


def _quiet(year: Year, unit: Unit) -> None:
    _campaign(year, unit, (6, 14), (21, 45))


def _smear(year: Year, unit: Unit) -> None:
    _campaign(year, unit, (20, 60), (1, 3), WORST)


def _copied(year: Year, unit: Unit) -> None:
    """Hand out a text to people who post it over weeks, some changing a word."""
    text, day, days = praise(year.chance), year.chance.randrange(DAYS), year.chance.randint(14, 90)
    for _ in range(year.chance.randint(5, 25)):
        said = varied(year.chance, text)
        fact = _fives(year, unit, day + year.chance.randrange(days))
        year.add(replace(fact, comment=said, closed=fact.started + year.duration(fact.asked, said)))


def _staff(year: Year, unit: Unit) -> None:
    """Rate the own unit from a linked chat, on several days."""
    person, phone = year.new(), f"m{year.new()}"
    for _ in range(year.chance.randint(1, 6)):
        fact = _fives(year, unit, year.chance.randrange(DAYS))
        year.add(replace(fact, person=person, device=phone, staff_unit=unit.code))


def _one_phone(year: Year, unit: Unit) -> None:
    """Use up the slips of other people on one phone, as one account or as many."""
    day, days, phone, person = year.chance.randrange(DAYS), year.chance.randint(3, 20), f"m{year.new()}", year.new()
    is_one = year.chance.random() < 0.5
    for _ in range(year.chance.randint(8, 40)):
        fact = _fives(year, unit, day + year.chance.randrange(days))
        ended = fact.started - timedelta(hours=year.chance.expovariate(1 / 30))
        who = person if is_one else year.new()
        year.add(replace(fact, verified=True, dossier_ended=ended, device=phone, person=who))


def _before_end(year: Year, unit: Unit) -> None:
    """Use the slips of dossiers that are still being worked on."""
    day, days = year.chance.randrange(DAYS), year.chance.randint(5, 120)
    for _ in range(year.chance.randint(5, 40)):
        fact = _fives(year, unit, day + year.chance.randrange(days))
        ended = fact.started + timedelta(days=year.chance.uniform(1.5, 20))
        year.add(replace(fact, verified=True, dossier_ended=ended))


def _helper(year: Year, unit: Unit) -> None:
    """Fill in for the citizen, always with fives."""
    day, days, helper = year.chance.randrange(DAYS), year.chance.randint(20, 200), f"h{year.new()}"
    for _ in range(year.chance.randint(12, 50)):
        year.add(replace(_fives(year, unit, day + year.chance.randrange(days), sure=0.995), helper=helper))


KINDS: dict[str, tuple[int, Callable[[Year, Unit], None]]] = {
    "tablet_clerk": (40, _tablet_clerk), "fast_bot": (12, _fast_bot), "patient_bot": (12, _patient_bot),
    "bought_fives": (15, _bought), "quiet_bought": (6, _quiet), "smear": (6, _smear), "copied_text": (25, _copied),
    "staff_chat": (40, _staff), "one_phone": (25, _one_phone), "before_end": (20, _before_end), "helper": (15, _helper),
}  # fmt: skip
"""Kinds of fraud: how many of them a year of 300 units holds, and how one is made. Honest units are hit by lot."""
