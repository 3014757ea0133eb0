"""Builders for tests of the integrity checks: one rating with defaults, and an ordinary year of one unit."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from offices.worktime import LOCAL
from surveys.integrity import Findings, check
from surveys.integrity_facts import Fact

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=LOCAL)
USUAL = (5, 4, 5, 3, 4, 5, 4, 2, 5, 4)
"""Scores of an ordinary unit, four fives in ten, given again and again."""


def fact(number: int = 1, *, at: datetime = MORNING, seconds: float = 30, **more: Any) -> Fact:
    """Make an honest quick rating, begun at `at` and done `seconds` later."""
    values: dict[str, Any] = {
        "unit": "dv", "day": at.date(), "closed": at + timedelta(seconds=seconds), "verified": False,
        "questionnaire": "quick", "asked": 2, "scores": (4,), "person": 1_000_000 + number,
    }  # fmt: skip
    return Fact(id=number, started=at, **(values | more))


def usual_months(a_day: int = 2, unit: str = "dv", days: int = 120, first: int = 100_000) -> list[Fact]:
    """Give `a_day` ratings each day with the usual scores, from MORNING's day on."""
    return [
        fact(number := first + day * a_day + place, at=MORNING + timedelta(days=day, hours=place % 8, minutes=place),
             unit=unit, scores=(USUAL[number % len(USUAL)],))
        for day in range(days)
        for place in range(a_day)
    ]  # fmt: skip


def many(number: int, each: Fact, by: timedelta = timedelta(hours=5)) -> list[Fact]:
    """Repeat a rating, each `by` later than the one before and by another person."""
    return [moved(replace(each, id=each.id + place, person=2_000_000 + each.id + place), by * place)
            for place in range(number)]  # fmt: skip


def moved(each: Fact, by: timedelta) -> Fact:
    started = each.started + by
    return replace(each, started=started, closed=each.closed and each.closed + by, day=started.date())


def codes(findings: Findings) -> dict[int, set[str]]:
    """Return the detectors by rating."""
    return {number: {flag.detector for flag in flags} for number, flags in findings.flags.items()}


def flagged(facts: list[Fact], detector: str) -> set[int]:
    """Return the numbers that one detector flags."""
    return {number for number, found in codes(check(facts)).items() if detector in found}
