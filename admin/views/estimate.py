"""What all citizens with a finished dossier would say: the ratings weighed by the list, beside the ratings alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.pages import Page
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered, plans_offered
from admin.scopes import ChosenUnits, units_chosen
from admin.views.dashboard import TONES, TargetLine, target_line
from storage.list_report import ListRow, list_report
from storage.petition_figures import timeliness
from storage.plan_report import Measuring
from surveys.scoring import MINIMUM_N
from surveys.strata import PostStratified, Stratum
from surveys.targets import reason_label, verdict_label

SECTION = "estimate"


@dataclass(frozen=True)
class StratumLine:
    """One group of dossiers; `share` is None below the minimum of respondents."""

    unit: str
    field: str
    level: str
    stratum: Stratum
    rate: Fraction
    share: Fraction | None


@dataclass(frozen=True)
class EstimateLine:
    """One target, with its figure from the ratings alone (`alone`) and the estimate for the list.

    excluded  names of units with dossiers where nobody answered
    """

    alone: TargetLine
    estimate: PostStratified
    rate: Fraction
    verdict: str
    tone: str
    reason: str
    excluded: Sequence[str]
    strata: Sequence[StratumLine]


@dataclass(frozen=True)
class EstimatePage(Page):
    """The targets of a plan that are about dossiers; `has_list` says whether any was finished in the period."""

    chosen: Chosen
    periods: Sequence[Choice]
    plans: Sequence[Choice]
    custom: str
    where: ChosenUnits
    has_list: bool
    lines: Sequence[EstimateLine]
    minimum: int = MINIMUM_N
    template: ClassVar[str] = "estimate.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the estimates of the units that the reader sees figures of."""
    chosen = chosen_by(call)
    return call.page(await call.read(lambda connection: _page(call, connection, chosen)), SECTION)


def _page(call: Call, connection: Connection, chosen: Chosen) -> EstimatePage:
    where = units_chosen(call, chosen.period)
    measuring = Measuring(chosen.period, call.now, timeliness, where.of.units, succession=where.of.succession)
    rows = list_report(connection, chosen.plan.code, measuring)
    return EstimatePage(
        chosen=chosen,
        periods=offered(call, chosen),
        plans=plans_offered(),
        custom=CUSTOM,
        where=where,
        has_list=any(row.found.strata for row in rows),
        lines=[_line(call, row) for row in rows],
    )


def _line(call: Call, row: ListRow) -> EstimateLine:
    estimate, verdict = row.found.estimate, row.judgement.verdict
    units = sorted({_unit(call, each.unit) for each in estimate.excluded})
    return EstimateLine(
        alone=target_line(call, row.row),
        estimate=estimate,
        rate=Fraction(estimate.n, estimate.population or 1),
        verdict=call.words.name(verdict_label(verdict)),
        tone=TONES[verdict],
        reason=call.words.name(reason_label(row.judgement.reason)),
        excluded=units,
        strata=[_stratum(call, each) for each in row.found.strata],
    )


def _stratum(call: Call, stratum: Stratum) -> StratumLine:
    fields = call.reference.fields
    return StratumLine(
        unit=_unit(call, stratum.unit),
        field=call.words.name(fields.field(stratum.field).name) if stratum.field in fields else stratum.field,
        level=call.words.t(f"estimate.level_{stratum.level}"),
        stratum=stratum,
        rate=Fraction(stratum.n, stratum.population),
        share=Fraction(stratum.satisfied) / stratum.n if stratum.n >= MINIMUM_N else None,
    )


def _unit(call: Call, code: str) -> str:
    directory = call.reference.directory
    return call.words.name(directory.unit(code).name) if code in directory else code
