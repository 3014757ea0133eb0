"""The worker that tells people what the units reached that they rated, a page of them at a time.

A page, its letters and the plan of the next page are one transaction, and each letter's key names period and person:
a kill at any line loses nobody and tells nobody twice. Letters go last of all, at most once, never in the quiet hours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from bot.effects import Label, Named, Text
from bot.handlers.common import named
from bot.messages import Button, Outgoing
from bot.posting import to_body
from bot.words import LANGUAGES, Words
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage import outbox, schedule
from storage.closed_periods import records
from storage.closed_periods.records import ClosedPeriod
from storage.facts import Ref
from storage.outbox import Urgency
from storage.reference import ReferenceHolder
from storage.results import audience, planning
from storage.results.audience import Recipient
from storage.results.reached import FEW_SINCE, Reached, reached
from surveys.disclosure import LEAST_PUBLIC
from surveys.metrics import load_metrics
from surveys.periods import Period
from surveys.plan import Operator
from surveys.scoring import MINIMUM_N
from surveys.targets import Verdict, reason_label, verdict_label
from wording.figures import figure, short

PAGE = 100
PAUSE = timedelta(seconds=10)
"""Between two pages: slower than one bot sends, so that the outbox stays short."""
BEFORE_QUIET = timedelta(minutes=30)
"""So long before the quiet hours no page is begun any more: its letters must be gone by then."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of people: those after a person, in which run, and why it is planned once more."""

    after: int
    again: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Returner:
    """Tells results; `quiet` are the hours in which nobody is written to."""

    reference: ReferenceHolder
    words: Words
    quiet: QuietHours = field(default_factory=load_quiet_hours)

    def work(self, connection: Connection, now: datetime, payload: Mapping[str, Any]) -> None:
        """Tell the next page of people, and plan the one after it."""
        closed = records.latest(connection, payload["plan"], payload["report"], payload["year"])
        if closed is None:
            return
        after, again = int(payload["after"]), str(payload.get("again", ""))  # not told by plans of before
        if self.quiet.hold(now) or self.quiet.hold(now + BEFORE_QUIET):
            morning = self.quiet.over_at(now + BEFORE_QUIET)
            next_page = _Page(after, again, f":{morning.date().isoformat()}")
            self._plan(connection, closed, next_page, morning)
            return
        people, last = audience.page(connection, closed.window, after, PAGE)
        directory = self.reference.refresh(connection).directory
        units = {unit for each in people for unit in each.units}
        told = reached(connection, directory, closed, units, now)
        outbox.put_each(connection, [self._letter(closed, each, told, now) for each in people])
        if last is not None:
            self._plan(connection, closed, _Page(last, again), now + PAUSE)

    def _plan(self, connection: Connection, closed: ClosedPeriod, page: _Page, at: datetime) -> None:
        key = planning.work_key(closed, page.after, page.again) + page.why
        payload = planning.payload(closed, page.after, page.again)
        schedule.plan(connection, unique_key=key, due_at=at, kind=planning.KIND, payload=payload)

    def _letter(
        self, closed: ClosedPeriod, person: Recipient, told: Mapping[str, Reached], now: datetime
    ) -> dict[str, Any]:
        labels = list(lines(closed.window, [told[unit] for unit in person.units]))
        text = "\n\n".join(self.words.label(label, person.language) for label in labels)
        stop = Button(self.words.text("buttons.results_off", person.language), "s:results:off")
        evening = now + self._until_quiet(now)
        return outbox.row_of(
            person.chat, to_body(Outgoing(text, (stop,))), Urgency.BROADCAST,
            audience.letter_key(closed, person.person), now, expires=evening,
        )  # fmt: skip

    def _until_quiet(self, now: datetime) -> timedelta:
        """Return how long it is until the quiet hours begin: what has not gone by then does not go at night."""
        step = timedelta(minutes=1)
        length = BEFORE_QUIET
        while not self.quiet.hold(now + length) and length < timedelta(days=1):
            length += step
        return length - step


def lines(period: Period, told: list[Reached]) -> Iterator[Label]:
    """Give what is told, a paragraph each: never a share without n, interval, period and method."""
    yield Text("returned.head", {"period": named(period.label), "start": period.start, "end": period.end})
    for each in told:
        yield from _of_unit(each)
    for metric in dict.fromkeys((each.metric, each.versions) for each in told if each.share is not None):
        code, versions = metric
        found = load_metrics()[code]
        asked, listed = str(found.questionnaire), ", ".join(map(str, versions))
        yield Text("returned.method", {"method": named(found.method), "questionnaire": asked, "versions": listed})


def _of_unit(each: Reached) -> Iterator[Label]:
    unit = Ref("unit", each.unit)
    if each.share is None or each.low is None or each.high is None:
        why = "few_since" if each.missing == FEW_SINCE else "too_few"
        yield Text(f"returned.{why}", {"unit": unit, "minimum": MINIMUM_N})
    else:
        ends = {"share": each.share, "low": each.low, "high": each.high}
        numbers = {name: _figure(value, each.target) for name, value in ends.items()}
        has_few = any(0 < number < LEAST_PUBLIC for number in each.apart.values())
        ways = Text("returned.few_ways", {"minimum": LEAST_PUBLIC}) if has_few else Text("returned.ways", each.apart)
        yield Text("returned.unit", {"unit": unit, "n": each.n, **numbers, "ways": ways})
        yield from _against(each)
    if each.note:
        yield Text("returned.note", {"unit": unit, "text": each.note})


def _against(each: Reached) -> Iterator[Label]:
    if each.target is not None and each.verdict and each.operator:
        value = Named({language: short(each.target, language) for language in LANGUAGES})
        bound = Text(f"returned.{Operator(each.operator).name.lower()}", {"target": value})
        yield Text("returned.target", {"bound": bound, "verdict": named(verdict_label(Verdict(each.verdict)))})
    if each.change is None or each.before is None or each.change_low is None or each.change_high is None:
        yield Text("returned.no_change", {"reason": named(reason_label(each.no_change or "no_baseline"))})
        return
    ends = {"low": _change(each.change_low), "high": _change(each.change_high)}
    change, before = _change(each.change), _figure(each.before)
    yield Text("returned.change", {"change": change, "before": before, "n": each.before_n, **ends})


def _figure(value: Fraction, beside: Fraction | None = None) -> Named:
    """Write percent or points as each language does, never so rounded that it looks equal to `beside`."""
    return Named({language: figure(value, language, beside) for language in LANGUAGES})


def _change(value: Fraction) -> Named:
    """Write a difference with its sign."""
    plus = "+" if value > 0 else ""
    return Named({language: plus + figure(value, language) for language in LANGUAGES})
