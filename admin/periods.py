"""Which days figures are about, and which reform plan they are held against: chosen in the address of the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from admin.calls import Call
from admin.forms import read_day
from offices.datafiles import Label
from surveys.periods import Period, month_period, year_period
from surveys.plan import Plan
from surveys.targets import load_plans

CUSTOM = "custom"


@dataclass(frozen=True)
class Choice:
    """A period or plan that can be chosen: its code in the address, and its name."""

    code: str
    name: str


@dataclass(frozen=True)
class Chosen:
    """What was chosen: the period with its code, and the plan."""

    code: str
    period: Period
    plan: Plan


def offered(call: Call, chosen: Chosen) -> list[Choice]:
    """List the periods to choose from: each once, and with its days where another one has the same name.

    A plan may report by months that are on offer anyway, and its year need not be the calendar's.
    """
    codes: dict[tuple[date, date], str] = {}
    names: dict[str, str] = {}
    for code, period in _choices_of(call, chosen.plan):
        days, name = (period.start, period.end), call.words.name(period.label)
        if code == chosen.code or days not in codes:
            taken = {names[other] for other_days, other in codes.items() if other_days != days}
            names[code] = (
                f"{name} ({call.words.day(period.start)} – {call.words.day(period.end)})" if name in taken else name
            )
            codes[days] = code
    return [Choice(code, names[code]) for code in codes.values()]


def plans_offered() -> list[Choice]:
    """List the plans to choose from."""
    return [Choice(plan.code, f"{plan.code} · {plan.issuing_unit}, {plan.year}") for plan in load_plans().values()]


def _choices_of(call: Call, plan: Plan) -> Sequence[tuple[str, Period]]:
    """List the periods that can be named: this month and year, the years before, and the plan's own reports."""
    today = call.today
    months = [_month(today, back) for back in range(4)]
    years = [(f"year-{year}", year_period(year)) for year in range(today.year, min(plan.year, today.year) - 1, -1)]
    reports = [(report.id, report.period) for report in plan.reports(today.year)]
    return [*years, *months, *reports]


def chosen_by(call: Call) -> Chosen:
    """Read plan and period from the address; without any the year so far and a plan of the authority's level."""
    plans = load_plans()
    plan = plans.get(call.query("plan")) or _plan_of(call, plans.values())
    start, end = read_day(call.query("start")), read_day(call.query("end"))
    if call.query("period") in ("", CUSTOM) and start and end and start <= end:
        label = Label(f"Từ {call.words.day(start)} đến {call.words.day(end)}", f"{start:%d %b %Y} to {end:%d %b %Y}")
        return Chosen(CUSTOM, Period(start, end, label), plan)
    known = dict(_choices_of(call, plan))
    code = call.query("period") if call.query("period") in known else f"year-{call.today.year}"
    return Chosen(code, known[code], plan)


def _plan_of(call: Call, plans: Iterable[Plan]) -> Plan:
    """Give the first plan of the authority's own level of government."""
    tier = call.reference.directory.unit(call.reference.root).tier
    return min(plans, key=lambda plan: plan.tier != tier)


def _month(today: date, back: int) -> tuple[str, Period]:
    months = today.year * 12 + today.month - 1 - back
    year, month = divmod(months, 12)
    return f"month-{year}-{month + 1:02}", month_period(year, month + 1)
