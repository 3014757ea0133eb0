"""The satisfaction rates of Decision 766/QĐ-TTg: 100 % minus what was late or disliked, and the points they earn.

They are not shares of satisfied answers: nobody is asked, and who says nothing counts as content. A `ServiceRate` is
therefore no `Score` and no `Measurement`, and `targets.compare` does not take it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from offices.datafiles import Label, Table, read_file

_PERCENT = 100
_MOST_POINTS = 100


class RateKind(StrEnum):
    """Which of the three; definitions stand in service_index.toml."""

    PAKN_TIMELY = "pakn_timely"
    PAKN_SATISFIED = "pakn_satisfied"
    DOSSIERS_SATISFIED = "dossiers_satisfied"


@dataclass(frozen=True)
class RateDefinition:
    """One rate as the decision defines it; `full_from` is the share (0..1) that earns all points."""

    kind: RateKind
    formula_id: str
    points: int
    full_from: Fraction
    label: Label
    formula: Label
    beside: "Beside | None" = None


@dataclass(frozen=True)
class Beside:
    """What is counted where a rate has no figure: a series of its own, neither the rate nor a bound of it."""

    formula_id: str
    formula: Label


@dataclass(frozen=True)
class ServiceRate:
    """One rate of a unit and period; a full count.

    n           petitions or dossiers without fault; population: of how many
    share       0..1, exact; with `points` None when there were none to count
    points      None also for what only stands beside a rate
    """

    kind: RateKind
    formula_id: str
    n: int
    population: int
    share: Fraction | None
    points: Fraction | None


def pakn_timely(within_competence: int, on_time: int) -> ServiceRate:
    """Rate how many petitions within the unit's competence were handled by their deadline."""
    return _rate(RateKind.PAKN_TIMELY, on_time, within_competence)


def pakn_satisfied(received: int, faulty: int) -> ServiceRate:
    """Rate how many petitions went well.

    received  all petitions of the period, each once
    faulty    those disliked, raised again or late; one with two of these faults counts once
    """
    return _rate(RateKind.PAKN_SATISFIED, received - faulty, received)


def dossiers_satisfied(finished: int, faulty: int) -> ServiceRate:
    """Rate how many dossiers went well.

    finished  all dossiers of the period
    faulty    those disliked, with a petition about them, or late; one with two of these faults counts once
              (the decision subtracts two groups that may overlap; twice could give less than nothing)
    """
    return _rate(RateKind.DOSSIERS_SATISFIED, finished - faulty, finished)


def dossiers_without_fault(finished: int, faulty: int) -> ServiceRate:
    """Tell how many finished dossiers had no fault that is known here; it earns no points, for it is not the rate.

    The decision counts among all dossiers, takes off those that a petition is about, and calls disliked what has more
    dislikes than likes on the portal: the rate may lie below this or above.

    finished  dossiers whose result was ready in the period
    faulty    those of them that were late or rated 1 or 2 here, each once
    """
    rate, defined = dossiers_satisfied(finished, faulty), definitions()[RateKind.DOSSIERS_SATISFIED].beside
    if defined is None:
        raise ValueError(f"{RateKind.DOSSIERS_SATISFIED}: nothing beside")
    return replace(rate, formula_id=defined.formula_id, points=None)


def _rate(kind: RateKind, good: int, total: int) -> ServiceRate:
    if not 0 <= good <= total:
        raise ValueError(f"{kind}: {good} of {total}")
    defined = definitions()[kind]
    if not total:
        return ServiceRate(kind, defined.formula_id, 0, 0, None, None)
    share = Fraction(good, total)
    points = min(share / defined.full_from, Fraction(1)) * defined.points
    return ServiceRate(kind, defined.formula_id, good, total, share, points)


@dataclass(frozen=True)
class _Definitions:
    source: Label
    rates: Mapping[RateKind, RateDefinition]


def definitions() -> Mapping[RateKind, RateDefinition]:
    """Return the three rates; DataError when their file cannot be used."""
    return _read().rates


def source() -> Label:
    """Return where they come from."""
    return _read().source


@cache
def _read() -> _Definitions:
    return read_file(files("surveys") / "service_index.toml", read_definitions)


def read_definitions(table: Table) -> _Definitions:
    """Read a file of rates; each of them stands there once."""
    rates = {each.kind: each for each in table.tables("rates", _read_rate, unique="code")}
    if len(rates) != len(RateKind):
        raise table.refusal("rates", f"write each of: {', '.join(RateKind)}")
    return _Definitions(table.label("source"), MappingProxyType(rates))


def _read_rate(table: Table) -> RateDefinition:
    full_from = table.optional("full_from", table.whole, 1, _PERCENT)
    return RateDefinition(
        kind=table.choice("code", RateKind),
        formula_id=table.text("formula_id"),
        points=table.whole("points", 1, _MOST_POINTS),
        full_from=Fraction(full_from or _PERCENT, _PERCENT),
        label=table.label("label"),
        formula=table.label("formula"),
        beside=table.optional("beside", table.table, _read_beside),
    )


def _read_beside(table: Table) -> Beside:
    return Beside(table.text("formula_id"), table.label("formula"))
