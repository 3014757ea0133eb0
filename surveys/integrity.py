"""Integrity: which ratings somebody should look at before a figure is defended with them.

The ratings are passed twice. The first pass (`Context`) learns the rhythm of every unit and how common each comment is,
in memory that grows with units and days, not with ratings. The second (`check_unit`) looks at one unit at a time. All
detectors are deterministic, do not depend on the order of ratings, and cost O(n log n). What they find are flags; a
rating is *suspect* from `Rules.suspect_from` points on. No flag changes a rating or a figure: see `integrity_totals`.
Thresholds, reasons and words stand in integrity.toml; how well they find planted fraud, in docs/integrity.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from surveys.integrity_bursts import Scores, burst_flags
from surveys.integrity_facts import Fact, Flag, in_order
from surveys.integrity_groups import group_flags
from surveys.integrity_rhythm import Rhythm
from surveys.integrity_rules import Rules, load_rules
from surveys.integrity_single import single_flags
from surveys.integrity_texts import Commonness, text_flags, text_keys
from surveys.integrity_totals import Both, Group, Totals


@dataclass
class Context:
    """What the whole authority tells about one unit: rhythms, shares of extreme scores, common comments."""

    rules: Rules = field(default_factory=load_rules)
    rhythm: Rhythm = field(default_factory=Rhythm)
    scores: Scores = field(default_factory=Scores)
    commonness: Commonness = field(default_factory=Commonness)

    def add(self, fact: Fact) -> None:
        """Learn from one rating; all are added before any unit is checked."""
        limits = self.rules.detectors["same_text"].limits
        if fact.scores:
            self.rhythm.add((fact.unit, fact.verified), fact.day.toordinal())
        self.scores.add(fact)
        self.commonness.add(text_keys(fact.comment, int(limits["words"]), int(limits["in_a_row"])))


def check_unit(facts: Iterable[Fact], context: Context) -> dict[int, tuple[Flag, ...]]:
    """Return the flags of one unit's ratings by the rating's number; ratings without a flag are not in it."""
    own, rules = in_order(facts), context.rules
    found: dict[int, list[Flag]] = defaultdict(list)
    for flag in _flags(own, rules, context):
        found[flag.rating].append(flag)
    places = {code: place for place, code in enumerate(rules.detectors)}
    return {
        number: tuple(sorted(found[number], key=lambda flag: (places[flag.detector], flag.group)))
        for number in sorted(found)
    }


def is_suspect(flags: Sequence[Flag], rules: Rules) -> bool:
    """Whether the flags of one rating weigh enough together; two of the same detector weigh as one."""
    return rules.points({flag.detector for flag in flags}) >= rules.suspect_from


@dataclass(frozen=True)
class Findings:
    """What was found in a set of ratings.

    flags    by number of the rating; only those that have any
    suspect  numbers of the ratings whose flags weigh enough
    figures  every figure with and without the suspect ratings
    """

    flags: Mapping[int, tuple[Flag, ...]]
    suspect: frozenset[int]
    figures: Mapping[Group, Both]


def check(facts: Sequence[Fact], rules: Rules | None = None) -> Findings:
    """Check ratings that lie in memory; numbers are unique among them. `rules` None = the shipped ones."""
    context, by_unit = Context(rules or load_rules()), defaultdict[str, list[Fact]](list)
    for fact in facts:
        context.add(fact)
        by_unit[fact.unit].append(fact)
    flags: dict[int, tuple[Flag, ...]] = {}
    suspect: set[int] = set()
    totals = Totals()
    for unit in sorted(by_unit):
        own = check_unit(by_unit[unit], context)
        flags |= own
        suspect |= {number for number, each in own.items() if is_suspect(each, context.rules)}
        for fact in by_unit[unit]:
            totals.add(fact, suspect=fact.id in suspect)
    return Findings(flags, frozenset(suspect), dict(totals.figures()))


def _flags(own: Sequence[Fact], rules: Rules, context: Context) -> Iterator[Flag]:
    yield from single_flags(own, rules)
    yield from group_flags(own, rules)
    yield from text_flags(own, rules.detectors["same_text"].limits, context.commonness)
    yield from burst_flags(own, rules.detectors["burst"].limits, context.rhythm, context.scores)
