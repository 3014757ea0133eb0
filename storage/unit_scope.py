"""Which units a figure about one unit is read from: those of the time, or all that its successor stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offices.lineage import Lineage, lineage
from offices.units import Directory, Unit
from storage.figures import Figures
from storage.plan_report import subtree
from surveys.periods import Period


class View(StrEnum):
    """How ratings of units that were changed since are shown; see offices.lineage."""

    TIME = "time"  # with the unit that was rated
    SUCCESSOR = "successor"  # with the unit that took over


@dataclass(frozen=True)
class UnitScope:
    """The units that a figure is read from.

    units       None = the whole authority, in which both views are the same
    succession  the same with all that they took over: what a change between two years is measured over
    undivided   divided units of which the unit was a part: their past is in no part
    """

    units: frozenset[str] | None = None
    succession: frozenset[str] | None = None
    undivided: tuple[Unit, ...] = ()

    @property
    def has_predecessors(self) -> bool:
        """Whether the two views differ."""
        return self.units != self.succession


def unit_scope(directory: Directory, unit: str | None, period: Period, view: View, today: date) -> UnitScope:
    """Find the units of a scope: a unit with all below it; None for the whole authority.

    By successor they are those of `today`; a change between two years goes by those of the end of the period, so
    that a report says the same whenever it is written.
    """
    if unit is None:
        return UnitScope()
    lines = lineage(directory, today if view is View.SUCCESSOR else period.end)
    whole = lines.whole(unit)
    units = whole if view is View.SUCCESSOR else subtree(directory, unit, period)
    return UnitScope(units, whole, lines.undivided(unit))


def viewed(found: Mapping[str, Figures], lines: Lineage, view: View) -> dict[str, Figures]:
    """Give the figures of each unit by a view; both add up to the same total."""
    return lines.summed(found) if view is View.SUCCESSOR else dict(found)
