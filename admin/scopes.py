"""Which units figures are about, and how units that were changed since are counted: chosen in the address."""

from collections.abc import Sequence
from dataclasses import dataclass

from admin.calls import Call
from admin.periods import Choice
from admin.reach import authority_wide, own_unit
from offices.units import Unit
from storage.plan_report import subtree
from storage.unit_scope import UnitScope, View, unit_scope
from surveys.periods import Period


@dataclass(frozen=True)
class ChosenUnits:
    """What was chosen, within what the reader may see.

    unit     its code; None for the whole authority
    of       the units that figures are read from
    offered  units to choose from: those of the period
    """

    unit: str | None
    view: View
    of: UnitScope
    offered: Sequence[Choice]

    @property
    def undivided(self) -> Sequence[Unit]:
        """The divided units whose past is in no part of theirs."""
        return self.of.undivided


def view_of(call: Call) -> View:
    """Read the view from the address; by the unit of the time without one."""
    return View(call.query("view")) if call.query("view") in set(View) else View.TIME


def units_chosen(call: Call, period: Period) -> ChosenUnits:
    """Read unit and view from the address; a unit that the reader may not see figures of is not chosen."""
    directory, view = call.reference.directory, view_of(call)
    top = None if authority_wide(call.me) else own_unit(call.me, directory, period)
    offered = _offered(call, top, period)
    wanted = call.query("unit")
    unit = wanted if any(wanted == each.code for each in offered) else top
    return ChosenUnits(unit, view, unit_scope(directory, unit, period, view, call.today), offered)


def _offered(call: Call, top: str | None, period: Period) -> list[Choice]:
    """List the units of the period, those that ended in it with their last day."""
    directory = call.reference.directory
    seen = None if top is None else subtree(directory, top, period)
    return [
        Choice(unit.code, _name(call, unit))
        for unit in directory
        if unit.valid_from <= period.end
        and (unit.valid_to is None or unit.valid_to >= period.start)
        and (seen is None or unit.code in seen)
    ]


def _name(call: Call, unit: Unit) -> str:
    name = call.words.name(unit.name)
    if unit.valid_to is None or unit.valid_to >= call.today:
        return name
    return call.words.t("view.ended", name=name, day=call.words.day(unit.valid_to))
