"""The integrity checks over the stored ratings: two passes, and one unit in memory at a time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from storage.rating_facts import rated_units, rating_facts
from surveys.integrity import Context, check_unit, is_suspect
from surveys.integrity_facts import Flag
from surveys.integrity_totals import Totals
from surveys.periods import Period

EXAMPLES = 3
"""Flags kept of each detector, to show what it means."""


@dataclass(frozen=True, slots=True)
class Found:
    """One rating with signs."""

    rating: int
    unit: str
    day: date
    suspect: bool
    flags: tuple[Flag, ...]


@dataclass
class Checked:
    """What the checks found.

    flagged    ratings by detector; examples: some flags of each
    found          every rating with a flag: unit, day, whether it is suspect, its flags
    last_rating    highest number of a rating that was looked at; 0 without any
    rhythm_known   whether the period is long enough to know what is usual for a unit
    """

    ratings: int = 0
    suspect: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Flag]] = field(default_factory=lambda: defaultdict(list))
    totals: Totals = field(default_factory=Totals)
    found: list["Found"] = field(default_factory=list)
    last_rating: int = 0
    rhythm_known: bool = False

    def add(self, flags: Mapping[int, Sequence[Flag]]) -> None:
        """Count the flags of one unit."""
        for each in flags.values():
            self.flagged.update({flag.detector for flag in each})
            for flag in each:
                if len(self.examples[flag.detector]) < EXAMPLES:
                    self.examples[flag.detector].append(flag)


def check_ratings(connection: Connection, period: Period, units: Collection[str] | None) -> Checked:
    """Check the ratings of these units (None = all) begun in the period.

    What is usual is learnt from all units of the authority, whichever are checked.
    """
    context, checked = Context(), Checked()
    for fact in rating_facts(connection, period):
        context.add(fact)
    checked.rhythm_known = context.rhythm.is_known
    for unit in rated_units(connection, period):
        if units is None or unit in units:
            _check(connection, period, unit, context, checked)
    return checked


def _check(connection: Connection, period: Period, unit: str, context: Context, checked: Checked) -> None:
    facts = list(rating_facts(connection, period, unit))
    flags = check_unit(facts, context)
    checked.add(flags)
    checked.ratings += len(facts)
    for fact in facts:
        suspect = is_suspect(flags.get(fact.id, ()), context.rules)
        checked.suspect += suspect
        checked.last_rating = max(checked.last_rating, fact.id)
        if fact.id in flags:
            checked.found.append(Found(fact.id, fact.unit, fact.day, suspect, flags[fact.id]))
        checked.totals.add(fact, suspect=suspect)
