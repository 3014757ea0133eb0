"""Counters: where people hand in their dossiers and fetch them, for all the units behind."""

from datetime import date

from offices.staff import Right, Staff, may, rights
from offices.units import Directory, UnitKind

COUNTERS = frozenset({UnitKind.ONE_STOP, UnitKind.SERVICE_CENTRE})


def may_give_slip(staff: Staff, unit: str, directory: Directory, day: date) -> bool:
    """Say whether an official may give a citizen the slip for rating what this unit did.

    Over the own unit as with every right; who works at a counter serves all units of the authority it belongs to.
    """
    if may(staff, Right.GIVE_SLIPS, unit, directory, day):
        return True
    if Right.GIVE_SLIPS not in rights(staff) or staff.unit not in directory or unit not in directory:
        return False
    own = directory.heir(staff.unit, day)
    return own is not None and own.kind in COUNTERS and directory.covers(own.parent or own.code, unit, day)
