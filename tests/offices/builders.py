"""Units and dossiers with defaults, so that a test states only what matters."""

from datetime import date
from typing import Any

from offices.datafiles import Label
from offices.dossiers import Dossier
from offices.staff import Role, Staff
from offices.units import Decision, Tier, Unit, UnitKind

BEGIN = date(2024, 1, 1)
DECISION = Decision("01/QĐ-UBND", date(2025, 6, 16))


def a_unit(code: str, parent: str | None = "root", **values: Any) -> Unit:
    given = {
        "name": Label(f"Đơn vị {code}", f"Unit {code}"),
        "short_name": Label(code, code),
        "kind": UnitKind.DEPARTMENT if parent else UnitKind.AUTHORITY,
        "tier": Tier.COMMUNE,
        "valid_from": BEGIN,
    } | values
    return Unit(code=code, parent=parent, **given)


def a_root(code: str = "root", **values: Any) -> Unit:
    return a_unit(code, None, **values)


def an_account(unit: str, *roles: Role, active: bool = True) -> Staff:
    return Staff(1, "Cán bộ mẫu 01", unit, frozenset(roles), active)


def a_dossier(**values: Any) -> Dossier:
    given: dict[str, Any] = {
        "code": "H15.50-261101-0001",
        "procedure": "1.004193",
        "unit": "vp",
        "field": "land",
        "level": Tier.COMMUNE,
        "received_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 16),
        "returned_on": date(2026, 11, 12),
    } | values
    return Dossier(**given)
