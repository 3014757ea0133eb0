"""What a leader says changes: written for the own unit before it is told, on record, nothing typed lost."""

from datetime import datetime

import pytest
from sqlalchemy import select

from offices.worktime import LOCAL
from storage import audit
from storage.closed_periods import closing, records
from storage.closed_periods.closing import Closing
from storage.petition_figures import timeliness
from storage.reference import load
from storage.results.notes import note_of
from storage.results.reached import reached
from storage.tables.audit import audit as trail
from surveys.targets import plan
from tests.admin.office import Office, Visitor

OWN = "xa-mau.kinh-te"
OCTOBER = next(report for report in plan("YT24").reports(2026) if report.id == "YT24-MONTHLY-10")
KEY = f"YT24|{OCTOBER.id}|2026"


async def leader(office: Office) -> Visitor:
    wish = Closing(plan("YT24"), OCTOBER, datetime(2026, 11, 2, 10, tzinfo=LOCAL), "system")
    targets = await office.database.read(lambda c: closing.measured(c, wish, timeliness))
    await office.database.write(lambda c: closing.freeze(c, wish, targets))
    visitor = await office.visitor().signs_in("lanhdao")
    assert "Tháng 10/2026" in await visitor.get("/admin/results")
    return visitor


async def note(office: Office) -> str:
    closed = await office.database.read(lambda c: records.latest(c, "YT24", OCTOBER.id, 2026))
    assert closed is not None
    return await office.database.read(lambda c: note_of(c, closed, OWN))


async def test_a_leader_writes_what_the_own_unit_will_change(office: Office) -> None:
    visitor = await leader(office)
    await visitor.post("/admin/results", {"period": KEY, "text": "Bỏ lấy số hai lần"})
    assert visitor.status == 303
    assert "Bỏ lấy số hai lần" in await visitor.get("/admin/results?done=result_note")
    assert await note(office) == "Bỏ lấy số hai lần"
    recorded = select(trail.c.actor).where(trail.c.action == "result.note")
    assert await office.database.read(lambda c: c.scalar(recorded)) == f"staff:{office.accounts['lanhdao'].id}"
    assert await office.database.read(lambda c: audit.verify(c)[1]) is None


@pytest.mark.parametrize(("key", "text"), [(KEY, "x" * 501), ("YT24|none|2026", "Bỏ lấy số")], ids=["long", "unknown"])
async def test_what_cannot_be_kept_is_refused_and_changes_nothing(office: Office, key: str, text: str) -> None:
    visitor = await leader(office)
    page = await visitor.post("/admin/results", {"period": key, "text": text})
    assert visitor.status == 422
    assert text in page or key != KEY
    assert await note(office) == ""


async def test_what_was_told_stays(office: Office) -> None:
    visitor = await leader(office)
    closed = await office.database.read(lambda c: records.latest(c, "YT24", OCTOBER.id, 2026))
    assert closed is not None
    directory = await office.database.read(lambda c: load(c).directory)
    await office.database.write(lambda c: reached(c, directory, closed, [OWN], office.watch.now))
    page = await visitor.post("/admin/results", {"period": KEY, "text": "Muộn rồi"})
    assert visitor.status == 422
    assert "không sửa được nữa" in page
    assert await note(office) == ""
