"""The reports of the plans: their calendar, closing one, and what was frozen with every later correction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.periods import Choice, chosen_by, plans_offered
from admin.problems import words_of
from offices.errors import DomainError
from offices.staff import Right, rights
from storage import audit, pages
from storage.closed_periods import closing, files, records
from storage.closed_periods.calendar import Entry, Standing, calendar
from storage.closed_periods.closing import Closing, Targets
from storage.closed_periods.document import COMPLETE_TO, OF_LIST, canonical, changes, digest
from storage.closed_periods.records import ClosedPeriod
from storage.petition_figures import timeliness
from surveys.periods import Report
from surveys.plan import Plan
from surveys.targets import Verdict, load_plans, reason_label, verdict_label
from surveys.visits import Access

SECTION = "periods"
PATH = "/admin/periods"
WRITERS = {"json": (files.as_json, "application/json"), "csv": (files.as_csv, "text/csv")}
YEARS_BACK = 3
TONES = {Standing.CLOSED: "good", Standing.OVER: "warm", Standing.RUNNING: "", Standing.AHEAD: ""}
FIGURES = ("value", "low", "high", "target", "stretch_target")
ESTIMATED = tuple(f"{OF_LIST}{name}" for name in ("value", "low", "high", "effective_n"))


@dataclass(frozen=True)
class CalendarPage(Page):
    """The reports of a plan in a year, with the newest closing of each that has one."""

    plan: Plan
    plans: Sequence[Choice]
    year: int
    years: Sequence[int]
    entries: Sequence[Entry]
    closed: Mapping[str, ClosedPeriod]
    tones: Mapping[Standing, str]
    template: ClassVar[str] = "periods.html"


@dataclass(frozen=True)
class Frozen:
    """One target as it is frozen, or would be: figures as exact fractions, verdicts in words.

    apart        how many answered each way; empty for what nobody answers, and in what was closed before it was told
    listed       verdict from the list of dossiers; empty where nothing was estimated
    complete_to  the day to which that list was complete, where dossiers in time are the figure
    """

    about: Mapping[str, Any]
    figures: Mapping[str, Fraction | None]
    verdict: str
    reason: str
    apart: Mapping[Access, int]
    listed: str
    complete_to: date | None


@dataclass(frozen=True)
class Revision:
    """One closing or correction: `changes` says target by target what became what."""

    closed: ClosedPeriod
    by: str
    reason: str | None
    changes: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class PeriodPage(Page):
    """One report: its frozen figures, or those that would be frozen now.

    answered_before  answers from this moment on are not in the estimates; None where nothing is estimated
    seen             SHA-256 of the figures that are shown: what is confirmed is what was seen
    is_new           whether there is anything to freeze
    """

    plan: Plan
    report: Report
    standing: Standing
    revisions: Sequence[Revision]
    targets: Sequence[Frozen]
    answered_before: datetime | None
    would_change: Sequence[tuple[str, str, str, str]]
    seen: str
    is_new: bool
    may_close: bool
    typed: Form
    problem: str = ""
    template: ClassVar[str] = "period.html"


async def show_all(call: Call) -> web.StreamResponse:
    """Show the calendar of a plan."""
    plan = _plan_of(call)
    years = [call.today.year + 1 - back for back in range(YEARS_BACK + 2)]
    year = next((each for each in years if str(each) == call.query("year")), call.today.year)
    closed = await call.read(lambda connection: records.every(connection, plan.code))
    page = CalendarPage(
        plan=plan,
        plans=plans_offered(),
        year=year,
        years=years,
        entries=calendar(plan, year, call.today, closed),
        closed={each.report: each for each in closed if each.year == year},
        tones=TONES,
    )
    return call.page(page, SECTION)


def _plan_of(call: Call) -> Plan:
    """Give the plan of the address; without one, the first that names reports, for not every level's plan does."""
    chosen, year = chosen_by(call).plan, call.today.year
    if call.query("plan") or chosen.reports(year):
        return chosen
    return next((each for each in load_plans().values() if each.reports(year)), chosen)


async def show(call: Call) -> web.StreamResponse:
    """Show one report."""
    return call.page(await _page(call, Form()), SECTION)


async def close(call: Call) -> web.StreamResponse:
    """Freeze the figures that were seen, or add a revision with its reason; a figure that moved is shown again."""
    plan, report = _named(call)
    wish = Closing(plan, report, call.now, call.actor, call.form.text("reason"))
    try:
        targets = _confirmed(call.form, await _measured(call, wish))
        made = await call.write(lambda connection: closing.freeze(connection, wish, targets))
    except DomainError as error:
        problem = words_of(error, call.words, call.reference)
        return call.refused(await _page(call, call.form, problem), SECTION)
    return see_other(_path(report, plan), done="period_revised" if made.revision else "period_closed")


async def download(call: Call) -> web.StreamResponse:
    """Hand over a closing as a file, the same bytes each time; on record."""
    plan, report = _named(call)
    if call.part("ending") not in WRITERS:
        raise web.HTTPNotFound
    number = call.number("revision")
    closed = await call.read(
        lambda connection: records.latest(connection, plan.code, report.id, report.year, number),
    )
    if closed is None:
        raise web.HTTPNotFound
    facts = {"period": report.id, "year": str(report.year)}
    if not closed.is_whole:
        raise DomainError("period_altered", **facts, revision=closed.revision)
    await call.write(lambda connection: _record(connection, call, closed))
    write, kind = WRITERS[call.part("ending")]
    name = f"{report.id}-{report.year}-{closed.revision}.{call.part('ending')}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=write(closed), content_type=kind, headers=headers)


def _confirmed(form: Form, targets: Targets) -> Targets:
    """Return the figures that were seen and confirmed. Raises DomainError `not_confirmed`, `figures_moved`."""
    if form.text("understood") != "yes":
        raise DomainError("not_confirmed")
    if form.text("seen") != _digest(targets):
        raise DomainError("figures_moved")
    return targets


def _named(call: Call) -> tuple[Plan, Report]:
    """Find plan and report of the address. HTTPNotFound where there is none."""
    plan, year = load_plans().get(call.part("plan")), call.number("year")
    if plan is None or not date.min.year < year < date.max.year:
        raise web.HTTPNotFound
    for report in plan.reports(year):
        if report.id == call.part("report"):
            return plan, report
    raise web.HTTPNotFound


def _path(report: Report, plan: Plan) -> str:
    return f"{PATH}/{plan.code}/{report.id}/{report.year}"


async def _measured(call: Call, wish: Closing) -> Targets:
    return await call.read(lambda connection: closing.measured(connection, wish, timeliness))


def _digest(targets: Targets) -> str:
    return digest(canonical({"targets": list(targets)}))


async def _page(call: Call, typed: Form, problem: str = "") -> PeriodPage:
    plan, report = _named(call)
    every = await call.read(lambda connection: records.every(connection, plan.code))
    own = [each for each in every if (each.report, each.year) == (report.id, report.year)]
    [standing] = [each.standing for each in calendar(plan, report.year, call.today, own) if each.report.id == report.id]
    measured: Targets = []
    wish = Closing(plan, report, call.now, call.actor)
    if report.period.end < call.today:
        measured = await _measured(call, wish)
    last = own[-1] if own and own[-1].is_whole else None
    frozen = json.loads(last.document)["targets"] if last else measured
    changed = changes(frozen, measured) if last else []
    targets = [_frozen(call, each) for each in frozen]
    return PeriodPage(
        plan=plan,
        report=report,
        standing=standing,
        revisions=await _revisions(call, own),
        targets=targets,
        answered_before=closing.answered_before(wish, last) if any(each.listed for each in targets) else None,
        would_change=[_change(call, each) for each in changed],
        seen=_digest(measured),
        is_new=bool(changed) if own else standing is Standing.OVER,
        may_close=Right.CLOSE_PERIODS in rights(call.me),
        typed=typed,
        problem=problem,
    )


async def _revisions(call: Call, own: Sequence[ClosedPeriod]) -> list[Revision]:
    """List the closings, the newest first; of one that was altered nothing is told but that it was."""
    ids = [int(each.closed_by[6:]) for each in own if each.closed_by.startswith("staff:")]
    names = await call.read(lambda connection: pages.names_of_staff(connection, ids))
    people = {f"staff:{number}": name for number, name in names.items()}
    told = [(each, json.loads(each.document) if each.is_whole else {}) for each in reversed(own)]
    return [
        Revision(
            each,
            people.get(each.closed_by, call.words.t("periods.by_system")),
            document.get("reason"),
            [_change(call, change) for change in document.get("changes", ())],
        )
        for each, document in told
    ]


def _frozen(call: Call, about: Mapping[str, Any]) -> Frozen:
    has_list = bool(about.get(f"{OF_LIST}population"))
    names = (*FIGURES, *ESTIMATED) if has_list else FIGURES
    figures = {name: None if about[name] is None else Fraction(about[name]) for name in names}
    verdict, reason = verdict_label(Verdict(about["verdict"])), reason_label(about["reason"])
    listed = call.words.name(verdict_label(Verdict(about[f"{OF_LIST}verdict"]))) if has_list else ""
    complete_to = date.fromisoformat(about[COMPLETE_TO]) if COMPLETE_TO in about else None
    told = [access for access in Access if about["questionnaire"] and f"n_{access}" in about]
    apart = {access: int(about[f"n_{access}"]) for access in told}
    return Frozen(about, figures, call.words.name(verdict), call.words.name(reason), apart, listed, complete_to)


def _change(call: Call, change: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Say which target changed in what, from what to what."""
    words, told = call.words, str(change["what"])
    what = told.removeprefix(OF_LIST)
    name = words.t(f"periods.what_{what}") if words.has(f"periods.what_{what}") else what
    if what != told:
        name = words.t("periods.of_list", what=name)
    return change["target"], name, _shown(call, what, change["from"]), _shown(call, what, change["to"])


def _shown(call: Call, what: str, value: Any) -> str:
    if value is None:
        return "–"
    if what == "verdict":
        return call.words.name(verdict_label(Verdict(value)))
    if what == "reason":
        return call.words.name(reason_label(value)).rstrip(".")
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "–"
    return call.words.number(Fraction(value), 2) if what in (*FIGURES, "effective_n") else str(value)


def _record(connection: Connection, call: Call, closed: ClosedPeriod) -> None:
    details = {"revision": closed.revision, "sha256": closed.sha256, "file": call.part("ending")}
    audit.record(
        connection, at=call.now, actor=call.actor, action="period.export", subject=closed.subject, details=details
    )
