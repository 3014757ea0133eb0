"""The public's pages: the three doors, the figures that may be shown, and the state of a petition by its code."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import problem, words_of
from admin.views.sign_in import address_of
from offices.datafiles import Label
from offices.errors import DomainError
from petitions.codes import UnreadableCodeError, normalise_code
from petitions.errors import NotFoundError
from petitions.model import CaseState
from storage import figures
from storage.desks import petition_desk
from storage.facts import Ref
from storage.figures import By, Headlines, Scope
from storage.petition_figures import Timeliness, timeliness
from storage.results.disclosed import SERIES, disclosed
from surveys.disclosure import LEAST_PUBLIC, Where, publishable, settled_months
from surveys.periods import Period
from surveys.scoring import Score
from surveys.visits import Access


@dataclass(frozen=True)
class UnitScore:
    """A unit with its public figure."""

    name: str
    score: Score


@dataclass(frozen=True)
class PortalPage(Page):
    """The start page; figures that are about too few people are None."""

    period: Period
    score: Score | None
    versions: Sequence[int]
    apart: Mapping[Access, int]
    units: Sequence[UnitScore]
    petitions: Timeliness | None
    least: int = LEAST_PUBLIC
    template: ClassVar[str] = "portal.html"


@dataclass(frozen=True)
class LookUpPage(Page):
    """The field for a code again, with what was typed and why it leads nowhere."""

    typed: str
    problem: str
    template: ClassVar[str] = "look_up.html"


@dataclass(frozen=True)
class StatePage(Page):
    """Where a petition stands; never what it says."""

    state: CaseState
    status: str
    unit: str
    template: ClassVar[str] = "state.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the start page."""
    return call.page(await call.read(lambda connection: _portal(call, connection)))


async def look_up(call: Call) -> web.StreamResponse:
    """Lead from a typed code to the page of the petition."""
    try:
        return see_other(f"/p/{normalise_code(call.query('code'))}")
    except UnreadableCodeError as error:
        if not call.context.limits.lookup.allows(address_of(call), call.now):
            return problem(call, 429)
        return _asked_again(call, call.query("code"), error)


async def state(call: Call) -> web.StreamResponse:
    """Show where a petition stands to whoever holds its code; guessing is slowed down."""
    if not call.context.limits.lookup.allows(address_of(call), call.now):
        return problem(call, 429)
    code = call.part("code")
    try:
        found = await call.read(lambda connection: petition_desk(connection, call.reference, call.now).state(code))
    except (NotFoundError, UnreadableCodeError) as error:
        return _asked_again(call, code, error)
    language = call.words.language
    return call.page(
        StatePage(
            state=found,
            status=call.reference.name_of(Ref("status", found.status.value), language),
            unit=call.reference.name_of(Ref("unit", found.unit), language),
        )
    )


def _asked_again(call: Call, typed: str, error: DomainError) -> web.Response:
    return call.page(LookUpPage(typed, words_of(error, call.words, call.reference)), status=404)


def public_months(today: date) -> list[Period]:
    """Give the whole months of this year, until the first is settled those of the last.

    Daily figures could be subtracted from each other until a single person's answer is left; of months, see
    `surveys.disclosure`.
    """
    return settled_months(today.year, today) or settled_months(today.year - 1, today)


def _portal(call: Call, connection: Connection) -> PortalPage:
    months = public_months(call.today)
    period = Period(months[0].start, months[-1].end, Label("Các tháng đã qua trong năm", "The year's past months"))
    units = _told(connection, months, call.today)
    found = reduce(add, units.values()) if units else None
    ways = found.respondents() if found else {}
    shown = publishable({str(access): n for access, n in ways.items()})
    counted = timeliness(connection, period.start, period.end, call.now)
    return PortalPage(
        period=period,
        score=found.score() if found else None,
        versions=found.versions if found else (),
        apart={access: n for access, n in ways.items() if access in shown},
        units=_named(call, units),
        petitions=counted if counted.due >= LEAST_PUBLIC else None,
    )


def _told(connection: Connection, months: Sequence[Period], today: date) -> dict[str, Headlines]:
    """Give each unit's figure of as many months as may be told; the figure of all is their sum and tells no more.

    A figure of all that held more people than those of the units would tell what the few in between answered.
    """
    days = Period(months[0].start, months[-1].end, months[-1].label)
    known = disclosed(connection, None, today)
    counted: defaultdict[str, dict[date, Headlines]] = defaultdict(dict)
    for (unit, month), each in figures.headlines_by(connection, SERIES, Scope(days), By.UNIT, By.MONTH).items():
        counted[unit][month] = each
    told: dict[str, Headlines] = {}
    for unit, by_month in counted.items():
        public = known.publicly(unit, _by_month(by_month))
        last = max((each.last for each in public), default=date.min)
        found = [each for month, each in sorted(by_month.items()) if month <= last and each.total.respondents]
        told |= {unit: reduce(add, found)} if found else {}
    return told


def _by_month(found: Mapping[date, Headlines]) -> dict[Where, int]:
    return {(month, "", ""): each.total.respondents for month, each in found.items()}


def _named(call: Call, units: Mapping[str, Headlines]) -> list[UnitScore]:
    """List the units with their figures, by name."""
    directory = call.reference.directory
    named = [
        UnitScore(call.words.name(directory.unit(code).name), each.score())
        for code, each in units.items()
        if code in directory
    ]
    return sorted(named, key=lambda each: each.name)
