"""Bursts: far more ratings of a unit than its rhythm lets expect, and far more of them of one extreme score than usual.

Both are needed. More people alone come before a deadline or after a festival, and they say what people always say of
the unit; a better mood alone is an improvement. Only the ratings of the score that came too often are flagged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
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
    """Ratings that came together, and how many would have been usual; `length` in days, 0 = an hour."""

    length: int
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
    """Flag the bursts of one unit, each rating with its most surprising window of the shortest length."""
    if not rhythm.is_known:
        return
    for verified in (False, True):
        own = [fact for fact in facts if fact.verified is verified and fact.scores]
        if own:
            yield from _of_stream((own[0].unit, verified), own, limits, rhythm, scores)


def _of_stream(stream: Stream, own: Sequence[Fact], limits: Limits, rhythm: Rhythm, scores: Scores) -> Iterator[Flag]:
    by_day: dict[int, list[Fact]] = defaultdict(list)
    for fact in own:
        by_day[fact.day.toordinal()].append(fact)
    windows = _windows(stream, by_day, limits, rhythm)
    in_loud = {fact.id for window in windows if _is_loud(window, limits) for fact in window.facts}
    quiet = [fact.extreme for fact in own if fact.id not in in_loud]
    usual = {
        score: (quiet.count(score) + limits["prior"] * scores.share(score)) / (len(quiet) + limits["prior"])
        for score in (BEST, WORST)
    }
    flagged: dict[int, Flag] = {}
    # From the shortest on, and a longer window only for what it holds besides: the honest days around a loud one stay.
    for _, same_length in groupby(windows, key=lambda window: window.length):
        found: dict[int, Flag] = {}
        for window in same_length:
            rest = replace(window, facts=[fact for fact in window.facts if fact.id not in flagged])
            for flag in _of_window(rest, usual, limits) if _is_loud(rest, limits) else ():
                found[flag.rating] = max(flag, found.get(flag.rating, flag), key=_strength)
        flagged |= found
    for score, share in usual.items():
        flagged |= {flag.rating: flag for flag in _tails(stream, by_day, flagged, score, share, limits, rhythm)}
    yield from flagged.values()


def _tails(
    stream: Stream, by_day: Mapping[int, list[Fact]], flagged: Mapping[int, Flag], score: int, share: float,
    limits: Limits, rhythm: Rhythm,
) -> Iterator[Flag]:  # fmt: skip
    """Let a burst go on to the days beside it, as long as they are several times the usual with more of its score.

    A burst begins and ends slowly: its first and last days would not be loud by themselves.
    """
    seen: set[int] = set()
    near = [day for day, facts in by_day.items() if any(_is_of(fact, score, flagged) for fact in facts)]
    near = sorted({day + step for day in near for step in (-1, 0, 1)})
    while near:
        day = near.pop()
        if day in seen or day not in by_day:
            continue
        seen.add(day)
        facts, limit = by_day[day], limits["times"] * rhythm.expected(stream, (day,))
        alike = [fact for fact in facts if fact.extreme == score]
        rest = [fact for fact in alike if fact.id not in flagged]
        if rest and len(facts) >= max(limit, limits["tail"]) and len(alike) > share * len(facts):
            group = tuple(sorted(fact.id for fact in alike))
            yield from (Flag(fact.id, "burst", len(facts), limit, group) for fact in rest)
            near += [day - 1, day + 1]


def _is_of(fact: Fact, score: int, flagged: Mapping[int, Flag]) -> bool:
    return fact.extreme == score and fact.id in flagged


def _strength(flag: Flag) -> tuple[float, float, tuple[int, ...]]:
    return flag.value / flag.limit, flag.value, flag.group


def _of_window(window: Window, usual: Mapping[int, float], limits: Limits) -> Iterator[Flag]:
    for score, share in usual.items():
        alike = [fact for fact in window.facts if fact.extreme == score]
        bounded = min(_MOST_SHARE, max(_LEAST_SHARE, share))
        if at_least(len(alike), len(window.facts), bounded) < limits["chance"]:
            limit = limits["times"] * max(window.expected, 1)
            yield from flags_of_group("burst", alike, len(window.facts), limit)


def _is_loud(window: Window, limits: Limits) -> bool:
    """Ask for three things at once: enough to speak of, several times the usual, far outside its swing."""
    n, expected = len(window.facts), window.expected
    deviation = sqrt(expected + (limits["swing"] * expected) ** 2 + 1)
    return n >= limits["least"] and n >= limits["times"] * expected and n - expected >= limits["deviations"] * deviation


def _windows(stream: Stream, by_day: Mapping[int, list[Fact]], limits: Limits, rhythm: Rhythm) -> list[Window]:
    """List the windows that hold enough ratings, the shortest first: hours within a day, then whole days."""
    found = list(_hours(stream, by_day, limits, rhythm))
    for length in DAYS:
        for last in by_day:
            days = range(last - length + 1, last + 1)
            facts = [fact for day in days if day in by_day for fact in by_day[day]]
            if len(facts) >= limits["least"]:
                found.append(Window(length, facts, rhythm.expected(stream, days)))
    return found


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
                yield Window(0, facts[first:after], usual)
            # From the middle of a full hour on: every rating stands in a few windows, not in one for each other.
            first = max(first + 1, (first + after) // 2) if enough else first + 1
