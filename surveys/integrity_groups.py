"""Detectors that look for one hand behind many ratings of a unit: a device, a person, a counter tablet, a helper."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import timedelta

from surveys.integrity_facts import BEST, WORST, Fact, Flag, flags_of_group
from surveys.integrity_rules import Limits, Rules
from surveys.tails import beta_cdf

_ALMOST_ALL = 0.98


def group_flags(facts: Sequence[Fact], rules: Rules) -> Iterator[Flag]:
    """Flag the ratings of one unit that one hand seems to have given; `facts` in order of their beginning."""
    for code, mark in (("same_device", _own_device), ("same_person", _own_person)):
        limits = rules.detectors[code].limits
        for own in _grouped(facts, mark).values():
            yield from _crowded(code, own, limits)
    for on_tablet in _grouped(facts, _tablet).values():
        yield from _tablet_runs(on_tablet, rules.detectors["tablet_run"].limits)
    yield from _helper_fives(facts, rules.detectors["helper_fives"].limits)


def at_least(successes: int, n: int, share: float) -> float:
    """Compute the chance that of n draws with this share (between 0 and 1) so many or more succeed."""
    return 1.0 if successes <= 0 else beta_cdf(share, successes, n - successes + 1)


def _own_device(fact: Fact) -> str | None:
    # A helper's phone stands behind many persons by its purpose; what helpers do is looked at for itself.
    return None if fact.at_counter or fact.helper is not None else fact.device


def _own_person(fact: Fact) -> int | None:
    return None if fact.at_counter or fact.helper is not None else fact.person


def _tablet(fact: Fact) -> str | None:
    return fact.device if fact.at_counter and fact.closed is not None else None


def _grouped(facts: Sequence[Fact], mark: Callable[[Fact], Hashable | None]) -> dict[Hashable, list[Fact]]:
    groups: dict[Hashable, list[Fact]] = defaultdict(list)
    for fact in facts:
        key = mark(fact)
        if key is not None:
            groups[key].append(fact)
    return groups


def _crowded(code: str, own: Sequence[Fact], limits: Limits) -> Iterator[Flag]:
    """Flag ratings that lie with `least` or more within some window of `days`; each with its fullest window."""
    if len(own) < limits["least"]:
        return
    span, first = timedelta(days=limits["days"]), 0
    fullest: dict[int, tuple[int, int]] = {}
    for last, fact in enumerate(own):
        while fact.started - own[first].started > span:
            first += 1
        if last - first + 1 >= limits["least"]:
            fullest[last] = (first, last)
    yield from _joined(code, own, list(fullest.values()), limits["least"])


def _joined(code: str, own: Sequence[Fact], windows: Sequence[tuple[int, int]], limit: float) -> Iterator[Flag]:
    """Join windows that overlap; the value of what is joined is its number of ratings."""
    joined: list[tuple[int, int]] = []
    for first, last in windows:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    for first, last in joined:
        yield from flags_of_group(code, own[first : last + 1], last - first + 1, limit)


def _tablet_runs(on_tablet: Sequence[Fact], limits: Limits) -> Iterator[Flag]:
    """Flag runs without a pause in which somebody else could have stepped up, nearly all of one extreme score."""
    run: list[Fact] = []
    for fact in on_tablet:
        if run and not _follows(run[-1], fact, limits["pause_seconds"]):
            yield from _run_flags(run, limits)
            run = []
        run.append(fact)
    yield from _run_flags(run, limits)


def _follows(before: Fact, after: Fact, pause_seconds: float) -> bool:
    return before.closed is not None and (after.started - before.closed).total_seconds() <= pause_seconds


def _run_flags(run: Sequence[Fact], limits: Limits) -> Iterator[Flag]:
    if len(run) < limits["least"]:
        return
    extremes = [fact.extreme for fact in run]
    if max(extremes.count(BEST), extremes.count(WORST)) >= limits["alike"] * len(run):
        yield from flags_of_group("tablet_run", run, len(run), limits["least"])


def _helper_fives(facts: Sequence[Fact], limits: Limits) -> Iterator[Flag]:
    """Flag a helper whose ratings are all the best score, when the unit's other citizens make that incredible."""
    alone = [fact.extreme for fact in facts if fact.helper is None]
    usual = (alone.count(BEST) + 1) / (len(alone) + 2)
    share = min(_ALMOST_ALL, usual + limits["uplift"])
    for own in _grouped(facts, lambda fact: fact.helper).values():
        best = sum(fact.extreme == BEST for fact in own)
        is_alike = len(own) >= limits["least"] and best >= limits["alike"] * len(own)
        if is_alike and at_least(best, len(own), share) < limits["chance"]:
            yield from flags_of_group("helper_fives", own, 100 * best / len(own), 100 * share)
