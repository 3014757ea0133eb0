"""Which counts may be shown to the public: none that is about few people, and none from which such a one follows."""

from collections.abc import Iterable, Mapping

LEAST_PUBLIC = 10
"""Fewer persons than this are not shown (security P4)."""


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


def told_of(added: Iterable[int]) -> int:
    """Say of how many months, from the first on, a public count may tell: up to the last with which enough came.

    added  how many people each month added, in order

    Who keeps last month's page can subtract it from this month's. So the count waits until the difference is about
    nobody or about at least `LEAST_PUBLIC` people; what it told once, it goes on telling.

    >>> told_of([12, 3, 0, 8]), told_of([12, 3, 0])
    (4, 1)
    """
    told = waiting = 0
    for months, number in enumerate(added, 1):
        waiting += number
        if waiting >= LEAST_PUBLIC:
            told, waiting = months, 0
    return told
