"""Units come back from the database as they went in, and change only by decision."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from offices.datafiles import Label
from offices.errors import DomainError
from offices.presets import load_preset, preset_names
from offices.succession import Change, abolish, merge, rename, split
from offices.units import Decision, Tier, Unit, UnitKind
from storage import units
from storage.database import Database
from storage.tables.audit import audit
from storage.tables.offices import unit as unit_table

NOW = datetime(2026, 3, 2, 1, 2, tzinfo=UTC)
ON = date(2026, 4, 1)
DECISION = Decision("12/QĐ-UBND", date(2026, 3, 1))


def install(connection: Connection, name: str = "commune-2025") -> None:
    units.install_preset(connection, load_preset(name), now=NOW)


def a_department(code: str) -> Unit:
    label = Label(f"Phòng {code}", f"Department {code}")
    return Unit(code, label, label, UnitKind.DEPARTMENT, "xa-mau", Tier.COMMUNE, ON)


async def changed(database: Database, change: Change) -> None:
    await database.write(lambda connection: units.change_units(connection, change, now=NOW, actor="staff:1"))


@pytest.mark.parametrize("name", preset_names())
async def test_an_installed_preset_comes_back_as_it_was(database: Database, name: str) -> None:
    preset = load_preset(name)
    await database.write(lambda connection: install(connection, name))
    assert list(await database.read(units.load_directory)) == list(preset.units)
    assert list(await database.read(units.load_fields)) == list(preset.fields)
    assert await database.read(units.authority) == units.Authority(
        name, preset.title, preset.authority.code, preset.source, reference_version=1
    )


async def test_a_second_preset_would_lose_history_and_is_refused(database: Database) -> None:
    assert await database.read(units.authority) is None
    assert await database.read(units.reference_version) == 0
    await database.write(install)
    with pytest.raises(DomainError, match="authority_installed"):
        await database.write(install)


@pytest.mark.parametrize(
    ("change", "heirs"),
    [
        (rename("xa-mau.kinh-te", a_department("new"), ON, DECISION), ["new"]),
        (merge(["xa-mau.kinh-te", "xa-mau.van-hoa-xa-hoi"], a_department("new"), ON, DECISION), ["new"]),
        (split("xa-mau.kinh-te", [a_department("b"), a_department("a")], ON, DECISION), ["b", "a"]),
        (abolish("xa-mau.kinh-te", ON, DECISION), []),
    ],
)
async def test_a_change_is_kept_with_its_decision(database: Database, change: Change, heirs: list[str]) -> None:
    await database.write(install)
    await changed(database, change)
    directory = await database.read(units.load_directory)
    assert [heir.code for heir in directory.current("xa-mau.kinh-te", ON)] == heirs
    assert directory.unit("xa-mau.kinh-te").valid_to == date(2026, 3, 31)
    assert directory.unit("xa-mau.kinh-te").decision == DECISION
    assert await database.read(units.reference_version) == 2
    actions = await database.read(lambda connection: list(connection.scalars(select(audit.c.action))))
    assert actions == ["authority.install", "unit.change"]


async def test_a_refused_change_leaves_everything_as_it_was(database: Database) -> None:
    await database.write(install)
    before = list(await database.read(units.load_directory))
    with pytest.raises(DomainError, match="unit_unknown"):
        await changed(database, abolish("gone", ON, DECISION))
    assert list(await database.read(units.load_directory)) == before
    assert await database.read(units.reference_version) == 1


async def test_a_unit_answers_for_the_fields_it_is_given(database: Database) -> None:
    await database.write(install)

    def assign(connection: Connection, *fields: str) -> None:
        units.assign_fields(connection, "xa-mau.cong-an", fields, DECISION, now=NOW, actor="staff:1")

    await database.write(lambda connection: assign(connection, "security", "environment"))
    directory = await database.read(units.load_directory)
    assert directory.unit("xa-mau.cong-an").fields == ("security", "environment")
    with pytest.raises(DomainError, match="field_unknown"):
        await database.write(lambda connection: assign(connection, "magic"))


async def test_a_closed_unit_counts_its_terms_without_those_days(database: Database) -> None:
    await database.write(install)
    days = [date(2026, 3, 3), date(2026, 3, 4)]
    for _ in range(2):
        await database.write(
            lambda connection: units.close_unit_on(
                connection, "xa-mau.kinh-te", days, "Ngập lụt", now=NOW, actor="staff:1"
            )
        )
    flooded = await database.read(lambda connection: units.calendar_of(connection, "xa-mau.kinh-te"))
    dry = await database.read(lambda connection: units.calendar_of(connection, "xa-mau.cong-an"))
    assert flooded.due(date(2026, 3, 2), 1).due_on == date(2026, 3, 5)
    assert dry.due(date(2026, 3, 2), 1).due_on == date(2026, 3, 3)


async def test_the_database_itself_refuses_a_root_that_is_no_authority(database: Database) -> None:
    await database.write(install)
    change = unit_table.update().where(unit_table.c.code == "xa-mau.kinh-te").values(parent=None)
    with pytest.raises(IntegrityError):
        await database.write(lambda connection: connection.execute(change).rowcount)
