"""The dashboard: the plan's targets, satisfaction by month, petitions by state, and what needs attention today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.charts import Bar, Bullet, Line, Point, bars, bullet, line
from admin.pages import Page
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered, plans_offered
from admin.scopes import ChosenUnits, units_chosen
from admin.suspects import Suspects, suspects_of
from admin.views.queue import SOON, SOON_IS
from admin.words import Words
from offices.datafiles import Label
from offices.staff import Right, rights
from petitions.lifecycle import OPEN, Status
from petitions.names import names
from storage import figures, flagged_ratings, petition_lists
from storage.figures import Scope
from storage.petition_figures import timeliness
from storage.petition_lists import Filter, Lateness
from storage.plan_report import Measuring, TargetRow, plan_report
from storage.service_rates import ServiceRates, service_rates
from surveys.metrics import Unit
from surveys.periods import Period, days_period
from surveys.scoring import Score
from surveys.service_index import RateDefinition, RateKind, definitions, source
from surveys.targets import Verdict, reason_label, verdict_label
from surveys.visits import Access

SECTION = "dashboard"
Load = Mapping[tuple[Status, Lateness], int]
SERIES = "quick"
ITEM = "overall"
MONTHS = 12
HUNDRED = 100
TONES = {
    Verdict.MET: "good", Verdict.PROGRESS_REACHED: "good", Verdict.NOT_MET: "bad", Verdict.PROGRESS_BELOW: "warm",
    Verdict.INCONCLUSIVE: "warm", Verdict.TOO_FEW: "", Verdict.NO_DATA: "",
}  # fmt: skip


@dataclass(frozen=True)
class TargetLine:
    """One target with its figure: everything that has to stand beside a percentage is here."""

    row: TargetRow
    fields: Sequence[str]
    verdict: str
    tone: str
    reason: str
    bullet: Bullet | None
    suspect: int | None


@dataclass(frozen=True)
class Month:
    """One month of the series, how many answered each way, and the questionnaire versions it comes from."""

    first: date
    score: Score
    apart: Mapping[Access, int]
    versions: Sequence[int]


@dataclass(frozen=True)
class Tile:
    """A number that needs a look today; its text is `attention.<key>`."""

    key: str
    number: int
    path: str
    tone: str = ""


@dataclass(frozen=True)
class DashboardPage(Page):
    """Everything of the dashboard; figures a role may not see are empty."""

    chosen: Chosen
    periods: Sequence[Choice]
    plans: Sequence[Choice]
    custom: str
    where: ChosenUnits
    units: str
    sees_figures: bool
    sees_cases: bool
    targets: Sequence[TargetLine]
    service: ServiceRates | None
    months: Sequence[Month]
    month_line: Line | None
    tiles: Sequence[Tile]
    by_status: Sequence[Bar]
    as_of: datetime
    suspects: Suspects | None
    suspect_in_months: int
    service_definitions: Mapping[RateKind, RateDefinition] = field(default_factory=definitions)
    service_source: Label = field(default_factory=source)
    template: ClassVar[str] = "dashboard.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the dashboard as far as the reader's roles reach."""
    chosen = chosen_by(call)
    return call.page(await call.read(lambda connection: _page(call, connection, chosen)), SECTION)


def _page(call: Call, connection: Connection, chosen: Chosen) -> DashboardPage:
    words, sees_figures = call.words, Right.SEE_FIGURES in rights(call.me)
    where = units_chosen(call, chosen.period)
    months = _months(call, connection, where.of.succession) if sees_figures else []
    suspects = suspects_of(call, connection, chosen.period, where.of.units) if sees_figures else None
    load = petition_lists.counts(connection, call.reference.directory, call.me, call.now)
    return DashboardPage(
        chosen=chosen,
        periods=offered(call, chosen),
        plans=plans_offered(),
        custom=CUSTOM,
        where=where,
        units=_units_name(call, where),
        sees_figures=sees_figures,
        sees_cases=Right.SEE_CASES in rights(call.me),
        targets=_targets(call, connection, chosen, where, suspects) if sees_figures else [],
        service=service_rates(connection, chosen.period, call.now, where.of.units) if sees_figures else None,
        months=months,
        month_line=line([_point(month) for month in months]) if months else None,
        tiles=_tiles(call, connection, load),
        by_status=_bars(load, words),
        as_of=call.now,
        suspects=suspects,
        suspect_in_months=_in_months(call, connection, where) if sees_figures else 0,
    )


def _targets(
    call: Call, connection: Connection, chosen: Chosen, where: ChosenUnits, suspects: Suspects | None
) -> list[TargetLine]:
    measuring = Measuring(chosen.period, call.now, timeliness, where.of.units, succession=where.of.succession)
    return [target_line(call, row, suspects) for row in plan_report(connection, chosen.plan.code, measuring)]


def target_line(call: Call, row: TargetRow, suspects: Suspects | None = None) -> TargetLine:
    """Put a target and its figure into words and a drawing."""
    fields = call.reference.fields
    known = [call.words.name(fields.field(code).name) if code in fields else code for code in row.target.fields]
    verdict = row.judgement.verdict
    return TargetLine(
        row=row,
        fields=known,
        verdict=call.words.name(verdict_label(verdict)),
        tone=TONES[verdict],
        reason=call.words.name(reason_label(row.judgement.reason)),
        bullet=_bullet(row),
        suspect=suspects.in_target(row) if suspects else None,
    )


def _bullet(row: TargetRow) -> Bullet | None:
    measured = row.measured.measurement
    if measured.value is None or row.target.metric.unit is not Unit.PERCENT:
        return None
    interval = None
    if measured.low is not None and measured.high is not None:
        interval = (float(measured.low) / HUNDRED, float(measured.high) / HUNDRED)
    return bullet(float(measured.value) / HUNDRED, interval, float(row.target.value) / HUNDRED)


def _months(call: Call, connection: Connection, units: frozenset[str] | None) -> list[Month]:
    """Read the last twelve months, this one included; a month without ratings has a score of nobody."""
    firsts = [_first(call.today, back) for back in range(MONTHS - 1, -1, -1)]
    period = Period(firsts[0], call.today, Label("12 tháng gần nhất", "Last twelve months"))
    found = figures.headlines_by_month(connection, SERIES, Scope(period, units))
    empty = figures.headlines(connection, SERIES, Scope(period, frozenset()))
    read = [(first, found.get(first, empty)) for first in firsts]
    return [Month(first, each.score(), each.respondents(), each.versions) for first, each in read]


def _in_months(call: Call, connection: Connection, where: ChosenUnits) -> int:
    """Count the suspect ratings of the series."""
    period = days_period(_first(call.today, MONTHS - 1), call.today)
    return Suspects(flagged_ratings.suspects(connection, period, where.of.succession)).among(SERIES) or 0


def _first(today: date, back: int) -> date:
    """Give the first day of the month `back` months ago."""
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return date(year, month + 1, 1)


def _point(month: Month) -> Point:
    score = month.score
    low, high = (score.interval.low, score.interval.high) if score.interval else (None, None)
    return Point(f"{month.first:%m/%y}", None if score.share is None else float(score.share), low, high)


def _tiles(call: Call, connection: Connection, load: Load) -> list[Tile]:
    """List what needs a look today, only what the reader can do something about."""
    if Right.SEE_CASES not in rights(call.me):
        return []
    soon = Filter(statuses=OPEN, lateness=Lateness.IN_TIME, due_before=call.now + SOON_IS)
    nearly = petition_lists.listed(connection, call.reference.directory, call.me, call.now, soon).total
    late = sum(number for (_, lateness), number in load.items() if lateness is Lateness.LATE)
    tiles = [
        Tile("late", late, "/admin/petitions?lateness=late", "bad" if late else ""),
        Tile("soon", nearly, f"/admin/petitions?lateness={SOON}", "warm" if nearly else ""),
    ]
    if Right.TRIAGE in rights(call.me):
        on_desk = _in(load, Status.RECEIVED) + _in(load, Status.TRIAGED)
        tiles.append(Tile("on_desk", on_desk, "/admin/petitions?status=received"))
        tiles.append(Tile("to_publish", _in(load, Status.ANSWERED), "/admin/petitions?status=answered"))
    if Right.APPROVE in rights(call.me):
        tiles.append(Tile("drafts", _in(load, Status.DRAFTED), "/admin/petitions?status=drafted"))
    tiles.append(Tile("open", sum(_in(load, status) for status in OPEN), "/admin/petitions"))
    return tiles


def _in(load: Load, status: Status) -> int:
    return sum(number for (at, _), number in load.items() if at is status)


def _bars(load: Load, words: Words) -> Sequence[Bar]:
    """Draw how many petitions stand where; of the open ones those that are late stand apart."""
    label = names("status")
    rows: list[tuple[str, int, bool]] = []
    for status in Status:
        late = load.get((status, Lateness.LATE), 0)
        rows.append((words.name(label[status.value]), _in(load, status) - late, False))
        if late:
            rows.append((f"{words.name(label[status.value])}: {words.t('lateness.late')}", late, True))
    return bars([row for row in rows if row[1] or row[2]])


def _units_name(call: Call, where: ChosenUnits) -> str:
    """Name what the figures are about."""
    directory = call.reference.directory
    about = where.unit or call.reference.root
    return call.words.name(directory.unit(about).name) if about in directory else about
