"""Units of an authority through time: the tree, who succeeded whom, and finding a unit by typed words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from offices.datafiles import Label
from offices.errors import DataError, DomainError
from offices.words import best_matches

LONGEST_CODE = 62
"""Letters of a unit code: with `u_` before it, it is the start parameter of a deep link, which holds 64."""

_CODE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


class UnitKind(StrEnum):
    """What a unit is."""

    AUTHORITY = "authority"  # the People's Committee itself: the root
    STANDING = "standing"  # the standing agency of the reform programme ("cơ quan thường trực")
    OFFICE = "office"  # văn phòng
    DEPARTMENT = "department"  # phòng
    COMMUNE = "commune"  # an authority below this one
    SERVICE_CENTRE = "service_centre"
    ONE_STOP = "one_stop"
    PUBLIC_SERVICE = "public_service"  # school, health station


class Tier(StrEnum):
    """The level of government a unit belongs to; districts ended on 30 June 2025 (Luật 72/2025/QH15)."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


@dataclass(frozen=True)
class Decision:
    """The document by which a unit was made, changed or ended."""

    number: str
    signed_on: date


@dataclass(frozen=True)
class Unit:
    """A unit as it was from `valid_from` to `valid_to`, both inclusive.

    code        stays with this unit for ever; names are reused, codes are not; small letters, digits, "." and "-"
    parent      code of the unit above, None for an authority
    valid_to    None: exists on
    successors  codes of the units that took over; none: abolished without one
    decision    by which it ended, or was made while it exists on
    fields      codes of the fields it answers for
    aliases     other names by which people look for it
    """

    code: str
    name: Label
    short_name: Label
    kind: UnitKind
    parent: str | None
    tier: Tier
    valid_from: date
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    decision: Decision | None = None
    fields: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def exists_on(self, day: date) -> bool:
        """Say whether the unit exists on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Directory:
    """All units of an authority that ever were; a value: changes give a new directory."""

    def __init__(self, units: Iterable[Unit], file: str = "units") -> None:
        """Index and check the units.

        Raises DataError naming `file`, the unit, the value and the way out: for a code given twice or of other
        letters, a parent or
        successor that is not there, units above or succeeding each other in a circle, an end before the
        beginning, a successor of a unit that never ends or one that comes too late.
        """
        self._by_code: dict[str, Unit] = {}
        for unit in units:
            if unit.code in self._by_code:
                raise DataError(file, f"units[{unit.code}].code", unit.code, "give each unit a code of its own")
            self._by_code[unit.code] = unit
        for unit in self._by_code.values():
            _check_unit(unit, self._by_code, file)
        _refuse_circles(file, "parent", {unit.code: (unit.parent,) if unit.parent else () for unit in self})
        _refuse_circles(file, "successors", {unit.code: unit.successors for unit in self})

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._by_code.values())

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def unit(self, code: str) -> Unit:
        """Give the unit of a code, ended or not; an unknown code raises DomainError `unit_unknown`."""
        if code not in self._by_code:
            raise DomainError("unit_unknown", unit=code)
        return self._by_code[code]

    def on(self, day: date) -> tuple[Unit, ...]:
        """List the units that exist on that day, in the order of the file."""
        return tuple(unit for unit in self if unit.exists_on(day))

    def of_kind(self, kind: UnitKind, day: date) -> tuple[Unit, ...]:
        """List the units of one kind that exist on that day."""
        return tuple(unit for unit in self.on(day) if unit.kind == kind)

    def for_field(self, field: str, day: date) -> tuple[Unit, ...]:
        """List the units that answer for a field on that day."""
        return tuple(unit for unit in self.on(day) if field in unit.fields)

    def current(self, code: str, day: date) -> tuple[Unit, ...]:
        """Give the unit itself if it exists on that day, else those that took over from it, in order.

        Empty when its line ended without a successor, or has not begun. After a split there are several.
        """
        unit = self.unit(code)
        if unit.exists_on(day):
            return (unit,)
        if day < unit.valid_from:
            return ()
        heirs = [heir for successor in unit.successors for heir in self.current(successor, day)]
        return tuple(dict.fromkeys(heirs))

    def heir(self, code: str, day: date) -> Unit | None:
        """Give the one unit that stands for `code` on that day; None when there is none, or several to choose from."""
        heirs = self.current(code, day)
        return heirs[0] if len(heirs) == 1 else None

    def parent(self, code: str, day: date) -> Unit | None:
        """Give the unit above on that day: the parent named, or the first of its successors."""
        above = self.unit(code).parent
        heirs = self.current(above, day) if above else ()
        return heirs[0] if heirs else None

    def ancestors(self, code: str, day: date | None = None) -> tuple[Unit, ...]:
        """List the units above, nearest first: as entered, or with successors followed to `day`."""
        found: dict[str, Unit] = {}
        unit: Unit | None = self.unit(code)
        while unit is not None:
            entered = self._by_code.get(unit.parent or "")
            unit = entered if day is None else self.parent(unit.code, day)
            # A unit below may have succeeded the one above it: the way up then ends instead of going round.
            if unit is not None and (unit.code == code or unit.code in found):
                break
            if unit is not None:
                found[unit.code] = unit
        return tuple(found.values())

    def covers(self, upper: str, code: str, day: date) -> bool:
        """Say whether everything that `code` is on that day lies in `upper` or below it."""
        heirs = self.current(code, day)
        return bool(heirs) and all(
            upper in (heir.code, *(above.code for above in self.ancestors(heir.code, day))) for heir in heirs
        )

    def find(self, text: str, day: date, limit: int = 5) -> list[Unit]:
        """Find the units of that day that typed words mean, best first; diacritics do not matter."""
        named = [(unit.code, name) for unit in self.on(day) for name in _names(unit)]
        return [self._by_code[code] for code in best_matches(text, named, limit)]


def _names(unit: Unit) -> tuple[str, ...]:
    """List everything a unit is called."""
    return (unit.name.vi, unit.short_name.vi, unit.name.en, unit.short_name.en, *unit.aliases)


def _check_unit(unit: Unit, units: Mapping[str, Unit], file: str) -> None:
    """Refuse a unit that does not fit the others."""

    def refuse(key: str, value: object, way_out: str) -> DataError:
        return DataError(file, f"units[{unit.code}].{key}", value, way_out)

    if not _CODE.fullmatch(unit.code) or len(unit.code) > LONGEST_CODE:
        raise refuse("code", unit.code, f'use small letters, digits, "." and "-" between them, at most {LONGEST_CODE}')
    if unit.valid_to is not None and unit.valid_to < unit.valid_from:
        raise refuse("valid_to", str(unit.valid_to), f"end on or after {unit.valid_from}")
    if (unit.parent is None) != (unit.kind is UnitKind.AUTHORITY):
        raise refuse("parent", unit.parent, "name a unit above; an authority, and only it, has none")
    if unit.parent is not None and unit.parent not in units:
        raise refuse("parent", unit.parent, "name the code of a unit in this file")
    if unit.successors and unit.valid_to is None:
        raise refuse("successors", unit.successors, "give valid_to, the last day before the successors")
    for code in unit.successors:
        if code not in units:
            raise refuse("successors", code, "name the code of a unit in this file")
        if unit.valid_to and units[code].valid_from > unit.valid_to + timedelta(days=1):
            raise refuse("successors", code, "let it begin the day after valid_to at the latest")


def _refuse_circles(file: str, key: str, links: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse links that come back to where they began."""
    finished: set[str] = set()

    def follow(code: str, way: tuple[str, ...]) -> None:
        if code in way:
            circle = " -> ".join((*way[way.index(code) :], code))
            raise DataError(file, f"units[{code}].{key}", circle, "break the circle")
        if code not in finished:
            for linked in links[code]:
                follow(linked, (*way, code))
            finished.add(code)

    for code in links:
        follow(code, ())
