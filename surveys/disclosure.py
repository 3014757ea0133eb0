"""What may be told outside the agency: nothing about few people, and nothing from which such a thing follows.

Who keeps what was told can subtract: this month's page from last month's, a letter on the first quarter from that on
the first six months, a part from its total. What is told is therefore held against all that was told before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from surveys.periods import Period, month_period

LEAST_PUBLIC = 10
"""Fewer persons than this are not shown (security P4)."""

SETTLED = timedelta(days=2)
"""So long after the end of a month the public page tells of it: who began in it and is still answering is through."""

Where = tuple[date, str, str]
"""Where somebody answered: the day, the service and the field, as the counts are kept; empty where all are together."""

Kind = frozenset[int]
"""The figures, by their numbers, that hold somebody's answers."""


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


class Known:
    """Figures of a unit that are told already. Which of them hold whom is worked out once for units told alike."""

    def __init__(self, figures: Iterable[Told] = ()) -> None:
        """Keep the figures."""
        self.figures = tuple(figures)
        self._holding: dict[Where, Kind] = {}

    def kind(self, where: Where) -> Kind:
        """Say which of the figures hold those who answered there: people of one kind are in the same sums."""
        found = self._holding.get(where)
        if found is None:
            found = frozenset(number for number, figure in enumerate(self.figures) if figure.holds(where))
            self._holding[where] = found
        return found


def may_tell(figure: Told, known: Known, people: Mapping[Where, int]) -> bool:
    """Say whether a figure of a unit may be told to whom all of `known` is told.

    people   how many answered, and where

    What can be computed from sums is the sum over people who are in the same ones of the figures, never over fewer. So
    the parts into which the figure cuts people of one kind must be nobody or at least LEAST_PUBLIC.

    >>> january, year = Told(date(2026, 1, 1), date(2026, 1, 31)), Told(date(2026, 1, 1), date(2026, 12, 31))
    >>> people = {(date(2026, 1, 9), "", ""): 30, (date(2026, 5, 9), "", ""): 4}
    >>> may_tell(january, Known(), people), may_tell(year, Known(), people), may_tell(year, Known([january]), people)
    (True, True, False)
    """
    inside, outside = Counter[Kind](), Counter[Kind]()
    for where, number in people.items():
        (inside if figure.holds(where) else outside)[known.kind(where)] += number
    return all(_tells_of_enough(kind, number, outside[kind]) for kind, number in inside.items())


def told_publicly(months: Iterable[Period], people: Mapping[Where, int], others: Known) -> list[Told]:
    """Give the figures that the public page tells of a unit one after another: from January on, of ever more months.

    months   in order, of one year or of several, as far as they are settled
    others   what is told of the unit elsewhere

    A month is waited for until what it adds is about nobody or about enough; what was told once goes on being told.
    """
    came: defaultdict[date, Counter[Kind]] = defaultdict(Counter)
    left = Counter[Kind]()
    for where, number in people.items():
        kind = others.kind(where)
        came[where[0].replace(day=1)][kind] += number
        left[kind] += number  # of those who are in no public figure
    told: list[Told] = []
    since = Counter[Kind]()
    for month in months:
        if month.start.month == 1:
            since.clear()
        since.update(came[month.start])
        if all(_tells_of_enough(kind, number, left[kind] - number) for kind, number in since.items()):
            told.append(Told(month.start.replace(month=1), month.end))
            left.subtract(since)
            since.clear()
    return told


def _tells_of_enough(kind: Kind, inside: int, outside: int) -> bool:
    """Say whether a figure may cut people of a kind so; the sum of a kind that figures hold is known already."""
    if not kind:
        return not inside or inside >= LEAST_PUBLIC
    return not inside or not outside or min(inside, outside) >= LEAST_PUBLIC


def settled_months(year: int, today: date) -> list[Period]:
    """List the months of a year that the public page may tell of.

    >>> [len(settled_months(2026, date(2026, 3, day))) for day in (2, 3)]
    [1, 2]
    """
    months = [month_period(year, month) for month in range(1, 13)]
    return [month for month in months if month.end + SETTLED < today]
