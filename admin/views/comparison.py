"""The units beside each other: each with its figure and the range of ranks it may have, no league of percentages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call
from admin.charts import Span, span
from admin.pages import Page
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered
from admin.scopes import ChosenUnits, units_chosen
from admin.views.dashboard import ITEM, SERIES
from offices.lineage import Fate, Lineage, lineage
from storage import figures
from storage.figures import Figures, Scope
from storage.unit_scope import View, viewed
from surveys.comparison import Comparison, Place, UnitCounts, compare_units
from surveys.scoring import MINIMUM_N, Score
from surveys.visits import Access

SECTION = "comparison"


@dataclass(frozen=True)
class UnitLine:
    """One ranked unit.

    apart     how many answered each way
    span      its range of ranks as it is drawn
    fate      what became of it since, in words; empty for a unit of today
    former    names of the units whose ratings count for it
    """

    name: str
    place: Place
    score: Score
    apart: Mapping[Access, int]
    span: Span
    fate: str
    former: Sequence[str]


@dataclass(frozen=True)
class SmallUnit:
    """A unit with too few answers to be ranked."""

    name: str
    n: int
    fate: str
    former: Sequence[str]


@dataclass(frozen=True)
class ComparisonPage(Page):
    """Ranked units by their ranges, and the small ones by name; `total` is the n of all of them, in both views."""

    chosen: Chosen
    periods: Sequence[Choice]
    custom: str
    where: ChosenUnits
    total: int
    lines: Sequence[UnitLine]
    small: Sequence[SmallUnit]
    formula_id: str
    minimum: int = MINIMUM_N
    series: str = SERIES
    template: ClassVar[str] = "comparison.html"


async def show(call: Call) -> web.StreamResponse:
    """Compare the units that the reader sees figures of."""
    chosen = chosen_by(call)
    where, lines = units_chosen(call, chosen.period), lineage(call.reference.directory, call.today)
    scope = Scope(chosen.period, where.of.units)
    at_the_time = await call.read(lambda connection: figures.by_unit(connection, SERIES, scope))
    found = viewed(at_the_time, lines, where.view)
    counts = [_counts(code, each) for code, each in found.items()]
    # Some thousand pairs take a second: beside the loop, which has others to answer.
    compared = await asyncio.to_thread(compare_units, [each for each in counts if each.n])
    naming = _Naming(call, lines, _former(at_the_time, lines) if where.view is View.SUCCESSOR else {})
    return call.page(_page(naming, chosen, where, found, compared), SECTION)


@dataclass(frozen=True)
class _Naming:
    """How rows are named: with what became of the unit, and whose ratings are in it."""

    call: Call
    lines: Lineage
    former: Mapping[str, Sequence[str]]

    def name(self, code: str) -> str:
        directory = self.lines.directory
        return self.call.words.name(directory.unit(code).name) if code in directory else code

    def fate(self, code: str) -> str:
        fate = self.lines.fate(code)
        if fate is Fate.STANDS:
            return ""
        return self.call.words.t(f"view.fate_{fate}", heir=self.name(self.lines.row(code)))

    def formers(self, row: str) -> list[str]:
        return sorted(self.name(code) for code in self.former.get(row, ()))


def _former(found: Mapping[str, Figures], lines: Lineage) -> dict[str, list[str]]:
    """List for each row the other units with ratings that count for it."""
    former: dict[str, list[str]] = {}
    for code, each in found.items():
        if lines.row(code) != code and each.counts.score(ITEM).n:
            former.setdefault(lines.row(code), []).append(code)
    return former


def _counts(code: str, found: Figures) -> UnitCounts:
    score = found.counts.score(ITEM)
    ways = {f"{access}/{channel}": n for access, own in found.apart.items() for channel, n in own.channels().items()}
    return UnitCounts(code, score.n, score.top2, ways)


def _page(
    naming: _Naming, chosen: Chosen, where: ChosenUnits, found: Mapping[str, Figures], compared: Comparison
) -> ComparisonPage:
    lines = [
        UnitLine(
            name=naming.name(place.unit),
            place=place,
            score=found[place.unit].counts.score(ITEM),
            apart={access: own.score(ITEM).n for access, own in found[place.unit].apart.items()},
            span=span(place.best, place.worst, len(compared.places)),
            fate=naming.fate(place.unit),
            former=naming.formers(place.unit),
        )
        for place in compared.places
    ]
    small = [
        SmallUnit(naming.name(each.unit), each.n, naming.fate(each.unit), naming.formers(each.unit))
        for each in compared.too_few
    ]
    return ComparisonPage(
        chosen=chosen,
        periods=offered(naming.call, chosen),
        custom=CUSTOM,
        where=where,
        total=sum(each.counts.score(ITEM).n for each in found.values()),
        lines=sorted(lines, key=lambda line: (line.place.best, line.place.worst, line.name)),
        small=sorted(small, key=lambda unit: unit.name),
        formula_id=compared.formula_id,
    )
