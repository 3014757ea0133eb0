"""Bursts: far more ratings of a unit than its rhythm lets expect, and far more of them of one extreme score than usual.

Both are needed. More people alone come before a deadline or after a festival, and they say what people always say of
the unit; a better mood alone is an improvement. Only the ratings of the score that came too often are flagged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt

from surveys.integrity_facts import BEST, WORST, Fact, Flag, flags_of_group
from surveys.integrity_groups import at_least
from surveys.integrity_rhythm import Rhythm, Stream
from surveys.integrity_rules import Limits

DAYS = (1, 3, 7)
"""Lengths of the windows, in days; beside them an hour."""
_HOUR = timedelta(hours=1)
_LEAST_SHARE, _MOST_SHARE = 0.02, 0.98


@dataclass(frozen=True)
class Window:
    """Ratings that came together, and how many would have been usual."""

    facts: Sequence[Fact]
    expected: float


@dataclass
class Scores:
    """How often the extreme scores are given in the whole authority."""

    ratings: int = 0
    extremes: Counter[int | None] = field(default_factory=Counter)

    def add(self, fact: Fact) -> None:
        """Count one rating that has scores."""
        if fact.scores:
            self.ratings += 1
            self.extremes[fact.extreme] += 1

    def share(self, score: int) -> float:
        """Return the share of ratings in which every answer was this extreme score."""
        return self.extremes[score] / max(1, self.ratings)


def burst_flags(facts: Sequence[Fact], limits: Limits, rhythm: Rhythm, scores: Scores) -> Iterator[Flag]:
    """Flag the bursts of one unit, each rating with its most surprising window."""
    if not rhythm.is_known:
        return
    for verified in (False, True):
        own = [fact for fact in facts if fact.verified is verified and fact.scores]
        if own:
            yield from _of_stream((own[0].unit, verified), own, limits, rhythm, scores)


def _of_stream(stream: Stream, own: Sequence[Fact], limits: Limits, rhythm: Rhythm, scores: Scores) -> Iterator[Flag]:
    loud = [each for each in _windows(stream, own, limits, rhythm) if _is_loud(each, limits)]
    in_loud = {fact.id for window in loud for fact in window.facts}
    quiet = [fact.extreme for fact in own if fact.id not in in_loud]
    best: dict[int, Flag] = {}
    for score in (BEST, WORST):
        usual = (quiet.count(score) + limits["prior"] * scores.share(score)) / (len(quiet) + limits["prior"])
        share = min(_MOST_SHARE, max(_LEAST_SHARE, usual))
        for window in loud:
            for flag in _of_window(window, score, share, limits):
                known = best.get(flag.rating)
                if known is None or _strength(flag) > _strength(known):
                    best[flag.rating] = flag
    yield from best.values()


def _strength(flag: Flag) -> tuple[float, float, tuple[int, ...]]:
    return flag.value / flag.limit, flag.value, flag.group


def _of_window(window: Window, score: int, share: float, limits: Limits) -> list[Flag]:
    alike = [fact for fact in window.facts if fact.extreme == score]
    if at_least(len(alike), len(window.facts), share) >= limits["chance"]:
        return []
    return flags_of_group("burst", alike, len(window.facts), limits["times"] * max(window.expected, 1))


def _is_loud(window: Window, limits: Limits) -> bool:
    """Ask for three things at once: enough to speak of, several times the usual, far outside its swing."""
    n, expected = len(window.facts), window.expected
    deviation = sqrt(expected + (limits["swing"] * expected) ** 2 + 1)
    return n >= limits["least"] and n >= limits["times"] * expected and n - expected >= limits["deviations"] * deviation


def _windows(stream: Stream, own: Sequence[Fact], limits: Limits, rhythm: Rhythm) -> Iterator[Window]:
    """Give the windows that hold enough ratings: days that end with a rating, hours that begin with one."""
    by_day: Mapping[int, list[Fact]] = defaultdict(list)
    for fact in own:
        by_day[fact.day.toordinal()].append(fact)
    for last in by_day:
        for length in DAYS:
            days = range(last - length + 1, last + 1)
            together = sum(len(by_day[day]) for day in days if day in by_day)
            if together >= limits["least"]:
                facts = [fact for day in days if day in by_day for fact in by_day[day]]
                yield Window(facts, rhythm.expected(stream, days))
    yield from _hours(stream, by_day, limits, rhythm)


def _hours(stream: Stream, by_day: Mapping[int, list[Fact]], limits: Limits, rhythm: Rhythm) -> Iterator[Window]:
    """Move an hour over each day; even a busy hour holds no more than a share of the day."""
    for day, facts in by_day.items():
        if len(facts) < limits["least"]:
            continue
        usual = limits["hour_share"] * rhythm.expected(stream, (day,))
        first = after = 0
        while first < len(facts):
            while after < len(facts) and facts[after].started - facts[first].started <= _HOUR:
                after += 1
            enough = after - first >= limits["least"]
            if enough:
                yield Window(facts[first:after], usual)
            # From the middle of a full hour on: every rating stands in a few windows, not in one for each other.
            first = max(first + 1, (first + after) // 2) if enough else first + 1
