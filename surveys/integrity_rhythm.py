"""How many ratings a unit usually gets on a day: by its own weekdays, and by what the day did to all other units.

A market day is part of a unit's own week. A day before a holiday raises every unit. Neither is a burst. Both means are
robust: the fullest tenth of a unit's days is left out, and a single unit can raise a day only a little.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

WEEK = 7
LEAST_WEEKS = 8
"""Weeks below which nothing is known of a unit's rhythm."""

_CUT = 0.1
_PRIOR_DAYS = 2
_PRIOR_RATINGS = 5
_MOST_TIMES, _MOST_MORE = 4, 3

Stream = tuple[str, bool]
"""Unit, and whether its ratings are proved by a token: posters and slips have rhythms of their own."""


class Rhythm:
    """Counts by stream and day; first everything is added, then asked."""

    def __init__(self) -> None:
        self._counts: dict[Stream, Counter[int]] = defaultdict(Counter)

    def add(self, stream: Stream, day: int) -> None:
        """Count one rating on a day, given as an ordinal."""
        self._counts[stream][day] += 1

    @cached_property
    def is_known(self) -> bool:
        """Whether the days span enough weeks."""
        return bool(self._counts) and self._last - self._first + 1 >= LEAST_WEEKS * WEEK

    def expected(self, stream: Stream, days: Iterable[int]) -> float:
        """Say how many ratings of a stream these days usually bring together."""
        return sum(self._usual[stream][day % WEEK] * self._factor(stream[0], day) for day in days)

    @cached_property
    def _first(self) -> int:
        return min(min(counts) for counts in self._counts.values())

    @cached_property
    def _last(self) -> int:
        return max(max(counts) for counts in self._counts.values())

    @cached_property
    def _usual(self) -> dict[Stream, list[float]]:
        """The usual number by weekday, drawn a little to the stream's mean over all days."""
        return {stream: self._week_of(counts) for stream, counts in self._counts.items()}

    def _week_of(self, counts: Counter[int]) -> list[float]:
        days = range(self._first, self._last + 1)
        overall = _trimmed([counts[day] for day in days])
        mean = overall[0] / max(1, overall[1])
        week = []
        for weekday in range(WEEK):
            total, kept = _trimmed([counts[day] for day in days if day % WEEK == weekday])
            week.append((total + _PRIOR_DAYS * mean) / (kept + _PRIOR_DAYS))
        return week

    def _factor(self, unit: str, day: int) -> float:
        """Tell how many times its usual number the day brought to the other units."""
        came, usual = self._all[0][day], self._all[1][day % WEEK]
        for stream in ((unit, True), (unit, False)):
            if stream in self._counts:
                came -= self._bounded(stream, day)
                usual -= self._usual[stream][day % WEEK]
        return (came + _PRIOR_RATINGS) / (max(0.0, usual) + _PRIOR_RATINGS)

    @cached_property
    def _all(self) -> tuple[dict[int, float], list[float]]:
        came: dict[int, float] = defaultdict(float)
        usual = [0.0] * WEEK
        # In one order: sums of floats must not depend on which unit was read first.
        for stream in sorted(self._counts):
            for weekday in range(WEEK):
                usual[weekday] += self._usual[stream][weekday]
            for day in self._counts[stream]:
                came[day] += self._bounded(stream, day)
        return came, usual

    def _bounded(self, stream: Stream, day: int) -> float:
        return min(self._counts[stream][day], _MOST_TIMES * self._usual[stream][day % WEEK] + _MOST_MORE)


def _trimmed(numbers: list[int]) -> tuple[int, int]:
    """Return total and number of what is left without the largest tenth."""
    kept = sorted(numbers)[: len(numbers) - int(len(numbers) * _CUT)]
    return sum(kept), len(kept)
