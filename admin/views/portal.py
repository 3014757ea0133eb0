"""The public's pages: the three doors, the figures that may be shown, and the state of a petition by its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import problem
from admin.suppression import LEAST_PUBLIC, publishable
from admin.views.sign_in import address_of
from offices.datafiles import Label
from petitions.codes import UnreadableCodeError, normalise_code
from petitions.model import CaseState
from storage import figures
from storage.desks import petition_desk
from storage.facts import Ref
from storage.figures import Scope
from storage.petition_figures import Timeliness, timeliness
from surveys.periods import Period
from surveys.scoring import Score
from surveys.visits import Access

SERIES = "quick"


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
        return problem(call, 404, call.words.t(f"errors.{error.key}"))


async def state(call: Call) -> web.StreamResponse:
    """Show where a petition stands to whoever holds its code; guessing is slowed down."""
    if not call.context.limits.lookup.allows(address_of(call), call.now):
        return problem(call, 429)
    code = call.part("code")
    found = await call.read(lambda connection: petition_desk(connection, call.reference, call.now).state(code))
    language = call.words.language
    return call.page(
        StatePage(
            state=found,
            status=call.reference.name_of(Ref("status", found.status.value), language),
            unit=call.reference.name_of(Ref("unit", found.unit), language),
        )
    )


def public_period(today: date) -> Period:
    """Give the whole months of this year, in January those of the last: figures that change only once a month.

    Daily figures could be subtracted from each other until a single person's answer is left.
    """
    end = today.replace(day=1) - timedelta(days=1)
    return Period(date(end.year, 1, 1), end, Label("Các tháng đã qua trong năm", "The year's past months"))


def _portal(call: Call, connection: Connection) -> PortalPage:
    period = public_period(call.today)
    found = figures.headlines(connection, SERIES, Scope(period))
    score, ways = found.score(), found.respondents()
    shown = publishable({str(access): n for access, n in ways.items()})
    counted = timeliness(connection, period.start, period.end, call.now)
    return PortalPage(
        period=period,
        score=score if score.n >= LEAST_PUBLIC and score.share is not None else None,
        versions=found.versions,
        apart={access: n for access, n in ways.items() if access in shown},
        units=_units(call, connection, period),
        petitions=counted if counted.due >= LEAST_PUBLIC else None,
    )


def _units(call: Call, connection: Connection, period: Period) -> list[UnitScore]:
    """List the units whose figures may be shown, by name."""
    found = figures.headlines_by_unit(connection, SERIES, Scope(period))
    scores = {code: each.score() for code, each in found.items()}
    shown = publishable({code: score.n for code, score in scores.items()})
    directory = call.reference.directory
    named = [UnitScore(call.words.name(directory.unit(code).name), scores[code]) for code in shown if code in directory]
    return sorted(named, key=lambda each: each.name)
