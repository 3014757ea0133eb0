"""The authority in the database: installed from a preset, loaded as values, changed by decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from offices.datafiles import Label
from offices.errors import DomainError
from offices.fields import Field, Fields, Scope
from offices.presets import Preset
from offices.succession import Change, apply
from offices.units import Decision, Directory, Tier, Unit, UnitKind
from offices.worktime import VIETNAM, Calendar
from storage import audit
from storage.prepared import Prepared
from storage.tables import offices as tables
from storage.upsert import insert_for

_VERSION = Prepared(select(tables.authority.c.reference_version))


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority served here.

    root               code of its unit at the top
    reference_version  grows with every change of units, fields and other reference data
    """

    preset: str
    title: Label
    root: str
    source: str
    reference_version: int


def install_preset(connection: Connection, preset: Preset, *, now: datetime, actor: str = "system") -> None:
    """Write the units and fields of a preset into an empty database.

    Raises DomainError `authority_installed` (preset) when there is an authority already: its history would be lost.
    """
    installed = authority(connection)
    if installed is not None:
        raise DomainError("authority_installed", preset=installed.preset)
    _insert_fields(connection, preset.fields)
    _insert_units(connection, preset.units, first_position=1)
    connection.execute(
        insert(tables.authority).values(
            id=1, preset=preset.name, title_vi=preset.title.vi, title_en=preset.title.en, root=preset.authority.code,
            source=preset.source, installed_at=now, reference_version=1,
        )
    )  # fmt: skip
    _record(connection, now, actor, "authority.install", "authority", {"preset": preset.name})


def authority(connection: Connection) -> Authority | None:
    """Return the authority served here, None in a database that is still empty."""
    row = connection.execute(select(tables.authority)).first()
    if row is None:
        return None
    return Authority(row.preset, Label(row.title_vi, row.title_en), row.root, row.source, row.reference_version)


def reference_version(connection: Connection) -> int:
    """Return the number that grows with every change of reference data; 0 before an authority is installed.

    A worker that holds reference data in memory compares it and loads anew when it differs.
    """
    row = _VERSION.first(connection, {})
    return int(row.reference_version) if row else 0


def bump_reference_version(connection: Connection) -> None:
    """Tell every worker that reference data changed; also makes such changes wait for each other."""
    version = tables.authority.c.reference_version
    connection.execute(update(tables.authority).values(reference_version=version + 1))


def load_fields(connection: Connection) -> Fields:
    """Load the fields in the order in which they are shown."""
    rows = connection.execute(select(tables.field).order_by(tables.field.c.position))
    return Fields(Field(row.code, Label(row.name_vi, row.name_en), Scope(row.scope), tuple(row.words)) for row in rows)


def load_directory(connection: Connection) -> Directory:
    """Load all units that ever were."""
    links = tables.unit_successor
    successors: dict[str, list[str]] = {}
    for row in connection.execute(select(links).order_by(links.c.unit, links.c.position)):
        successors.setdefault(row.unit, []).append(row.successor)
    rows = connection.execute(select(tables.unit).order_by(tables.unit.c.position))
    return Directory(_unit(row, tuple(successors.get(row.code, ()))) for row in rows)


def change_units(connection: Connection, change: Change, *, now: datetime, actor: str) -> Directory:
    """Rename, merge, split, abolish or make units by a decision; return the directory after it.

    Raises what offices.succession.apply raises; nothing is written then. Petitions stay with the unit of their
    time: whoever asks for the unit of today follows the successors.
    """
    bump_reference_version(connection)
    before = load_directory(connection)
    after = apply(before, change)
    made = [unit for unit in after if unit.code not in before]
    last: int = connection.scalar(select(func.coalesce(func.max(tables.unit.c.position), 0))) or 0
    _insert_units(connection, made, first_position=last + 1)
    for code in change.ending:
        _end_unit(connection, after.unit(code))
    details = {
        "on": change.on.isoformat(),
        "decision": change.decision.number,
        "ending": list(change.ending),
        "beginning": [unit.code for unit in change.beginning],
    }
    subject = f"unit:{(change.ending or tuple(unit.code for unit in change.beginning))[0]}"
    _record(connection, now, actor, "unit.change", subject, details)
    return after


def assign_fields(
    connection: Connection, code: str, fields: tuple[str, ...], decision: Decision, *, now: datetime, actor: str
) -> None:
    """Make a unit answer for exactly these fields from now on.

    Raises DomainError `unit_unknown` or `field_unknown`.
    """
    bump_reference_version(connection)
    unit, known = load_directory(connection).unit(code), load_fields(connection)
    for field in fields:
        known.field(field)
    connection.execute(update(tables.unit).where(tables.unit.c.code == code).values(fields=list(fields)))
    details = {"decision": decision.number, "before": list(unit.fields), "after": list(fields)}
    _record(connection, now, actor, "unit.fields", f"unit:{code}", details)


def close_unit_on(
    connection: Connection, code: str, days: Iterable[date], reason: str, *, now: datetime, actor: str
) -> None:
    """Enter days on which a unit is closed; its terms do not count them. A day entered twice keeps its reason.

    Raises DomainError `unit_unknown`.
    """
    load_directory(connection).unit(code)
    closed = sorted(set(days))
    for day in closed:
        row = insert_for(connection, tables.unit_closure).values(unit=code, day=day, reason=reason)
        connection.execute(row.on_conflict_do_nothing())
    bump_reference_version(connection)
    details = {"days": [day.isoformat() for day in closed], "reason": reason}
    _record(connection, now, actor, "unit.closed_on", f"unit:{code}", details)


def calendar_of(connection: Connection, code: str, country: Calendar = VIETNAM) -> Calendar:
    """Return the working calendar of a unit: the country's, less the days on which the unit is closed."""
    closure = tables.unit_closure
    return country.closed_on(connection.scalars(select(closure.c.day).where(closure.c.unit == code)))


def _insert_fields(connection: Connection, fields: Fields) -> None:
    rows: list[dict[str, Any]] = [
        {
            "code": field.code, "position": position, "name_vi": field.name.vi, "name_en": field.name.en,
            "scope": field.scope.value, "words": list(field.words),
        }
        for position, field in enumerate(fields, start=1)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(tables.field), rows)


def _insert_units(connection: Connection, units: Iterable[Unit], first_position: int) -> None:
    """Insert units, each after the one above it, then the links between them."""
    given = list(units)
    positions = {unit.code: first_position + place for place, unit in enumerate(given)}
    for unit in _parents_first(given):
        connection.execute(insert(tables.unit).values(position=positions[unit.code], **_values(unit)))
    for unit in given:
        _insert_successors(connection, unit)


def _parents_first(units: list[Unit]) -> list[Unit]:
    """Order units so that each comes after its parent; the foreign key is checked row by row."""
    waiting = {unit.code: unit for unit in units}
    ordered: list[Unit] = []

    def take(unit: Unit) -> None:
        del waiting[unit.code]
        if unit.parent in waiting:
            take(waiting[unit.parent])
        ordered.append(unit)

    while waiting:
        take(next(iter(waiting.values())))
    return ordered


def _end_unit(connection: Connection, unit: Unit) -> None:
    decision = unit.decision
    connection.execute(
        update(tables.unit)
        .where(tables.unit.c.code == unit.code)
        .values(
            valid_to=unit.valid_to,
            decision_number=decision.number if decision else None,
            decision_signed_on=decision.signed_on if decision else None,
        )
    )
    _insert_successors(connection, unit)


def _insert_successors(connection: Connection, unit: Unit) -> None:
    rows = [
        {"unit": unit.code, "successor": code, "position": position}
        for position, code in enumerate(unit.successors, start=1)
    ]
    if rows:
        connection.execute(insert(tables.unit_successor), rows)


def _values(unit: Unit) -> dict[str, Any]:
    """Spread a unit over its columns."""
    return {
        "code": unit.code, "name_vi": unit.name.vi, "name_en": unit.name.en, "short_name_vi": unit.short_name.vi,
        "short_name_en": unit.short_name.en, "kind": unit.kind.value, "parent": unit.parent, "tier": unit.tier.value,
        "valid_from": unit.valid_from, "valid_to": unit.valid_to,
        "decision_number": unit.decision.number if unit.decision else None,
        "decision_signed_on": unit.decision.signed_on if unit.decision else None,
        "fields": list(unit.fields), "aliases": list(unit.aliases),
    }  # fmt: skip


def _unit(row: Row[Any], successors: tuple[str, ...]) -> Unit:
    decision = Decision(row.decision_number, row.decision_signed_on) if row.decision_number is not None else None
    return Unit(
        code=row.code, name=Label(row.name_vi, row.name_en), short_name=Label(row.short_name_vi, row.short_name_en),
        kind=UnitKind(row.kind), parent=row.parent, tier=Tier(row.tier), valid_from=row.valid_from,
        valid_to=row.valid_to, successors=successors, decision=decision, fields=tuple(row.fields),
        aliases=tuple(row.aliases),
    )  # fmt: skip


def _record(
    connection: Connection, now: datetime, actor: str, action: str, subject: str, details: dict[str, Any]
) -> None:
    audit.record(connection, at=now, actor=actor, action=action, subject=subject, details=details)
