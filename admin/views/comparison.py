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
from admin.reach import reach_of
from admin.views.dashboard import ITEM, SERIES
from storage import figures
from storage.figures import Figures, Scope
from surveys.comparison import Comparison, Place, UnitCounts, compare_units
from surveys.scoring import MINIMUM_N, Score

SECTION = "comparison"


@dataclass(frozen=True)
class UnitLine:
    """One ranked unit.

    verified  its ratings of proved visits
    span      its range of ranks as it is drawn
    """

    name: str
    place: Place
    score: Score
    verified: int
    span: Span


@dataclass(frozen=True)
class SmallUnit:
    """A unit with too few answers to be ranked."""

    name: str
    n: int


@dataclass(frozen=True)
class ComparisonPage(Page):
    """Ranked units by their ranges, and the small ones by name."""

    chosen: Chosen
    periods: Sequence[Choice]
    custom: str
    lines: Sequence[UnitLine]
    small: Sequence[SmallUnit]
    formula_id: str
    minimum: int = MINIMUM_N
    series: str = SERIES
    template: ClassVar[str] = "comparison.html"


async def show(call: Call) -> web.StreamResponse:
    """Compare the units that the reader sees figures of."""
    chosen = chosen_by(call)
    scope = Scope(chosen.period, reach_of(call.me, call.reference.directory, chosen.period))
    found = await call.read(lambda connection: figures.by_unit(connection, SERIES, scope))
    counts = [_counts(code, each) for code, each in found.items()]
    # Some thousand pairs take a second: beside the loop, which has others to answer.
    compared = await asyncio.to_thread(compare_units, [each for each in counts if each.n])
    return call.page(_page(call, chosen, found, compared), SECTION)


def _counts(code: str, found: Figures) -> UnitCounts:
    score, verified = found.counts.score(ITEM), found.verified.score(ITEM)
    return UnitCounts(code, score.n, score.top2, {"verified": verified.n, "open": score.n - verified.n})


def _page(call: Call, chosen: Chosen, found: Mapping[str, Figures], compared: Comparison) -> ComparisonPage:
    lines = [
        UnitLine(
            name=_name(call, place.unit),
            place=place,
            score=found[place.unit].counts.score(ITEM),
            verified=found[place.unit].verified.score(ITEM).n,
            span=span(place.best, place.worst, len(compared.places)),
        )
        for place in compared.places
    ]
    small = [SmallUnit(_name(call, each.unit), each.n) for each in compared.too_few]
    return ComparisonPage(
        chosen=chosen,
        periods=offered(call, chosen),
        custom=CUSTOM,
        lines=sorted(lines, key=lambda line: (line.place.best, line.place.worst, line.name)),
        small=sorted(small, key=lambda unit: unit.name),
        formula_id=compared.formula_id,
    )


def _name(call: Call, code: str) -> str:
    directory = call.reference.directory
    return call.words.name(directory.unit(code).name) if code in directory else code
