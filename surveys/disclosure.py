"""What may be told outside the agency: nothing about few people, and nothing from which such a thing follows.

Who keeps what was told can subtract: this month's page from last month's, a letter on the first quarter from that on
the first six months, a part from its total. What is told is therefore held against all that was told before.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surveys.periods import Period, month_period

LEAST_PUBLIC = 10
"""Fewer persons than this are not shown (security P4)."""

SETTLED = timedelta(days=2)
"""So long after the end of a month the public page tells of it: who began in it and is still answering is through."""

Where = tuple[date, str, str]
"""Where somebody answered: the day, the service and the field, as the counts are kept; empty where all are together."""


@dataclass(frozen=True)
class Told:
    """A figure of one unit that is told outside: of the days from `first` to `last`, both included.

    services, fields   what was used; empty = anything
    """

    first: date
    last: date
    services: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def holds(self, where: Where) -> bool:
        """Say whether the figure is about those who answered there."""
        day, service, field = where
        is_in = self.first <= day <= self.last
        return is_in and (not self.services or service in self.services) and (not self.fields or field in self.fields)


def publishable(counts: Mapping[str, int]) -> frozenset[str]:
    """Give the keys whose counts may be shown beside their total.

    A single hidden count would follow from the total, so the smallest shown one is hidden with it.

    >>> sorted(publishable({"a": 40, "b": 12, "c": 3}))
    ['a']
    """
    hidden = {key for key, number in counts.items() if 0 < number < LEAST_PUBLIC}
    shown = [key for key, number in counts.items() if number >= LEAST_PUBLIC]
    if len(hidden) == 1 and shown:
        hidden.add(min(shown, key=lambda key: counts[key]))
    return frozenset(key for key in shown if key not in hidden)


def may_be_told(figure: Told, told: Collection[Told], people: Mapping[Where, int]) -> bool:
    """Say whether a figure of a unit may be told beside those that were told of it, whoever has them all.

    people   how many answered, and where

    What can be computed from sums is the sum over people who are in the same ones of the figures, never over fewer. So
    those whom the figure parts from others, and these others, must be nobody or at least LEAST_PUBLIC. What followed
    from the others before is told already and holds up nothing.

    >>> january, year = Told(date(2026, 1, 1), date(2026, 1, 31)), Told(date(2026, 1, 1), date(2026, 12, 31))
    >>> people = {(date(2026, 1, 9), "", ""): 30, (date(2026, 5, 9), "", ""): 4}
    >>> may_be_told(january, [], people), may_be_told(year, [], people), may_be_told(year, [january], people)
    (True, True, False)
    """
    within, beside = Counter[frozenset[Told]](), Counter[frozenset[Told]]()
    for where, number in people.items():
        alike = frozenset(each for each in told if each.holds(where))
        (within if figure.holds(where) else beside)[alike] += number
    return all(_is_enough(number, beside[alike] if alike else None) for alike, number in within.items() if number)


def _is_enough(within: int, beside: int | None) -> bool:
    """Say whether people may be parted from those who were in the same figures; None: they were in none so far."""
    if beside is None:
        return within >= LEAST_PUBLIC
    return beside == 0 or min(within, beside) >= LEAST_PUBLIC


def told_publicly(months: Sequence[Period], people: Mapping[Where, int], others: Collection[Told] = ()) -> list[Told]:
    """Give the figures that the public page tells of a unit one after another: from the first month on, of ever more.

    months   in order, as far as they are settled
    others   what is told of the unit elsewhere

    A month is waited for until what it adds is about nobody or about enough; what was told once goes on being told.
    """
    told: list[Told] = []
    for month in months:
        wider = Told(months[0].start, month.end)
        if may_be_told(wider, [*others, *told], people):
            told.append(wider)
    return told


def settled_months(year: int, today: date) -> list[Period]:
    """List the months of a year that the public page may tell of.

    >>> [len(settled_months(2026, date(2026, 3, day))) for day in (2, 3)]
    [1, 2]
    """
    months = [month_period(year, month) for month in range(1, 13)]
    return [month for month in months if month.end + SETTLED < today]
