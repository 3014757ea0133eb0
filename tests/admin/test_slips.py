"""Slips at the counter: who may give which, what is on them, what is on record, and what is kept nowhere."""

import re

import pytest
from sqlalchemy import Connection, func, select

from offices.counters import may_give_slip
from offices.presets import load_preset
from offices.staff import Role, Staff
from offices.units import Directory
from storage import audit, slips, visit_tokens
from storage.recount import compare
from storage.tables import metadata
from storage.tables.audit import audit as trail
from storage.tables.ratings import visit_token
from surveys.visits import Service, Visit
from tests.admin.office import Office
from tests.codes import TOKEN_KEY
from tests.storage.ratings_world import rate

CODE = re.compile(r"DG-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
OWN = "xa-mau.kinh-te"


async def given(office: Office, login: str = "canbo", **typed: str) -> tuple[int, str]:
    visitor = await office.visitor().signs_in(login)
    await visitor.get("/admin/slips")
    page = await visitor.post("/admin/slips", typed)
    return visitor.status, page


async def count(office: Office) -> int:
    return await office.database.read(lambda c: c.scalar(select(func.count()).select_from(visit_token)) or 0)


async def test_each_dossier_gets_a_code_that_proves_it_and_is_kept_nowhere(office: Office) -> None:
    status, page = await given(office, dossiers="H01.MAU.1\n\nh01.mau.2 ", unit=OWN, field="construction")
    codes = CODE.findall(page)
    assert (status, len(codes)) == (200, 2)
    assert page.count("Phiếu điền hộ.") == 0

    def look(connection: Connection) -> list[object]:
        found = (visit_tokens.look(connection, TOKEN_KEY, code, None, office.watch.now) for code in codes)
        return [(visit.dossier, visit.unit, visit.field, visit.verified, visit.assisted) for visit in found]

    assert await office.database.read(look) == [
        ("H01.MAU.1", OWN, "construction", True, False), ("H01.MAU.2", OWN, "construction", True, False)
    ]  # fmt: skip

    def everything(connection: Connection) -> str:
        return str([row for table in metadata.sorted_tables for row in connection.execute(select(table))])

    kept = await office.database.read(everything)
    assert all(code.replace("-", "")[2:] not in kept for code in codes)
    assert await office.database.read(lambda c: audit.verify(c)[1]) is None
    recorded = select(trail.c.actor, trail.c.subject).where(trail.c.action == "slip.give").order_by(trail.c.subject)
    assert [tuple(row) for row in await office.database.read(lambda c: c.execute(recorded).all())] == [
        (f"staff:{office.accounts['canbo'].id}", "dossier:H01.MAU.1"),
        (f"staff:{office.accounts['canbo'].id}", "dossier:H01.MAU.2"),
    ]


async def test_a_slip_for_help_is_marked_and_proves_no_visit_of_the_citizen(office: Office) -> None:
    status, page = await given(office, dossiers="H01.MAU.1", unit=OWN, assisted="1")
    assert status == 200
    assert "Phiếu điền hộ." in page
    code = CODE.findall(page)[0]
    visit = await office.database.read(lambda c: visit_tokens.look(c, TOKEN_KEY, code, None, office.watch.now))
    assert (visit.verified, visit.assisted) == (False, True)


async def test_all_faults_are_told_at_once_and_nothing_is_given_out_or_lost(office: Office) -> None:
    await given(office, dossiers="H01.MAU.9", unit=OWN)

    await office.database.write(lambda c: rate(c, visit=Visit(OWN, None, Service.TTHC, "H01.MAU.9")))
    typed = "H01.MAU.1\nH01 MAU\nH01.MAU.9"
    status, page = await given(office, dossiers=typed, unit=OWN)
    assert status == 422
    assert "đã được đánh giá" in page
    assert page.count("<li><code>") == 2
    assert typed in page
    assert await count(office) == 1
    assert (await office.database.read(compare)).is_equal


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "ít nhất một mã"), ("\n".join(f"H01.MAU.{n}" for n in range(slips.MOST + 1)), "tối đa 50")],
    ids=["none", "too many"],
)
async def test_none_and_too_many_are_refused(office: Office, typed: str, words: str) -> None:
    status, page = await given(office, dossiers=typed, unit=OWN)
    assert (status, words in page) == (422, True)


async def test_a_dossier_off_the_list_needs_a_unit_and_another_units_is_refused(office: Office) -> None:
    status, page = await given(office, dossiers="H01.MAU.1")
    assert (status, "không có trong danh sách" in page) == (422, True)
    status, page = await given(office, dossiers="H01.MAU.1", unit="xa-mau.van-hoa-xa-hoi")
    assert (status, "không cấp mã được" in page) == (422, True)
    status, _ = await given(office, "thuongtruc", dossiers="H01.MAU.1", unit="xa-mau.van-hoa-xa-hoi")
    assert status == 200


@pytest.mark.parametrize(
    ("unit", "role", "may"),
    [
        ("xa-mau.trung-tam", Role.OFFICER, True),
        ("xa-mau.kinh-te", Role.OFFICER, True),
        ("xa-mau.van-hoa-xa-hoi", Role.OFFICER, False),
        ("xa-mau.trung-tam", Role.ANALYST, False),
        ("xa-mau.van-phong", Role.COORDINATOR, True),
    ],
)
def test_a_counter_serves_all_units_of_its_authority(unit: str, role: Role, *, may: bool) -> None:
    preset = load_preset("commune-2025")
    directory = Directory(preset.units)
    official = Staff(1, "Cán bộ mẫu", unit, frozenset({role}))
    day = preset.valid_from
    assert may_give_slip(official, OWN, directory, day) == may
