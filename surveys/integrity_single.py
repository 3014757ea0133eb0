"""Detectors that need one rating only: reading time, an official's own chat, one score throughout, a dossier's end."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from surveys.integrity_facts import Fact, Flag
from surveys.integrity_rules import Rules

_HOUR = timedelta(hours=1)


def single_flags(facts: Sequence[Fact], rules: Rules) -> Iterator[Flag]:
    """Flag what each rating shows by itself."""
    for fact in facts:
        yield from _speed(fact, rules)
        yield from _staff(fact)
        yield from _straight_line(fact, rules)
        yield from _before_end(fact, rules)


def _speed(fact: Fact, rules: Rules) -> Iterator[Flag]:
    """Compare the time taken with the least a person needs to see, tap and type; only for what was closed.

    Measured against the work, not against other people: a year full of bots must not make bots look normal.
    """
    if fact.closed is None or not fact.asked:
        return
    limits = rules.detectors["too_fast"].limits
    least = fact.asked * limits["tap_seconds"] + len(fact.comment or "") / limits["letters_a_second"]
    taken = (fact.closed - fact.started).total_seconds()
    if taken < least:
        yield Flag(fact.id, "too_fast", taken, least, (fact.id,))
    elif taken < least * (times := rules.detectors["hurried"].limits["times"]):
        yield Flag(fact.id, "hurried", taken, least * times, (fact.id,))


def _staff(fact: Fact) -> Iterator[Flag]:
    if fact.staff_unit is not None:
        code = "staff_own_unit" if fact.staff_unit == fact.unit else "staff_other_unit"
        yield Flag(fact.id, code, 1, 1, (fact.id,))


def _straight_line(fact: Fact, rules: Rules) -> Iterator[Flag]:
    least = rules.detectors["straight_line"].limits["least"]
    if len(fact.scores) >= least and len(set(fact.scores)) == 1:
        yield Flag(fact.id, "straight_line", len(fact.scores), least, (fact.id,))


def _before_end(fact: Fact, rules: Rules) -> Iterator[Flag]:
    """Compare with the dossier's end; registers are often closed hours after the result was handed over."""
    if fact.dossier_ended is None:
        return
    hours, least = (fact.dossier_ended - fact.started) / _HOUR, rules.detectors["before_end"].limits["hours"]
    if hours > least:
        yield Flag(fact.id, "before_end", hours, least, (fact.id,))
