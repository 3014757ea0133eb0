import csv
import io
import json
import re
import unicodedata
from importlib import import_module
from typing import Any

from openpyxl import Workbook, load_workbook
from sqlalchemy import Connection, insert, select

from admin.reports.masking import masked
from admin.views.exports import AT_ONCE
from offices.staff import Role
from petitions.kinds import Subject
from storage import file_orders, staff
from storage.tables.audit import audit
from storage.tables.ratings import rating
from surveys.visits import Service, Visit
from tests.admin.office import START, Office, Visitor, submit
from tests.storage.ratings_world import rate

COUNTER = Visit("xa-mau.trung-tam", "land", Service.TTHC, dossier="HS-0001")
FARM = Visit("xa-mau.kinh-te", "agriculture", Service.TTHC)
FORMULA = '=HYPERLINK("https://example.org","x")'
YEAR = "period=custom&start=2026-01-01&end=2026-12-31"


async def rated(office: Office, *ratings: tuple[Visit, dict[str, str | int]]) -> None:
    def job(connection: Connection) -> None:
        for visit, answers in ratings:
            rate(connection, visit=visit, answers=dict(answers), at=START)

    await office.database.write(job)


async def workbook(visitor: Visitor, path: str) -> Workbook:
    async with visitor.session.post(visitor.address + path, data={"form_token": visitor.token}) as response:
        assert response.status == 200
        return load_workbook(io.BytesIO(await response.read()))


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))


async def test_ratings_come_as_rows_that_no_spreadsheet_runs(office: Office) -> None:
    await rated(office, (COUNTER, {"overall": 5, "comment": FORMULA}), (FARM, {"overall": 2}))
    visitor = await office.visitor().signs_in("phantich")
    rows = rows_of(await visitor.post(f"/admin/export/ratings.csv?{YEAR}"))
    assert {row["Góp ý"] for row in rows} == {"", f"'{FORMULA}"}
    assert {row["Điểm 1-5"] for row in rows} == {"5", "2", ""}
    assert {row["Đơn vị"] for row in rows} >= {"Phòng Kinh tế"}
    assert "HS-0001" not in visitor.text
    book = await workbook(visitor, f"/admin/export/ratings.xlsx?{YEAR}")
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert f"'{FORMULA}" in {cell.value for cell in cells}


async def test_parquet_holds_the_same_rows_typed_and_guarded(office: Office) -> None:
    await rated(office, (COUNTER, {"overall": 5, "comment": FORMULA}), (FARM, {"overall": 2}))
    await submit(office, "Đường hỏng, gọi 0912 345 678.", place="=1+1")
    visitor = await office.visitor().signs_in("thuongtruc")
    written = rows_of(await visitor.post(f"/admin/export/ratings.csv?{YEAR}"))
    table = await parquet(visitor, f"/admin/export/ratings.parquet?{YEAR}")
    assert [{name: told(cell) for name, cell in row.items()} for row in table.to_pylist()] == written
    assert table["Điểm 1-5"].type.bit_width == 64
    assert "Phương pháp".encode() in table.schema.metadata
    (row,) = (await parquet(visitor, f"/admin/export/petitions.parquet?{YEAR}")).to_pylist()
    assert (row["Nội dung"], row["Địa điểm"], row["Trễ hạn"]) == ("Đường hỏng, gọi […].", "'=1+1", False)
    assert row["Gửi lúc"] == START


async def parquet(visitor: Visitor, path: str) -> Any:
    async with visitor.session.post(visitor.address + path, data={"form_token": visitor.token}) as response:
        assert response.status == 200
        return import_module("pyarrow.parquet").read_table(io.BytesIO(await response.read()))


def told(cell: object) -> str:
    return "" if cell is None else str(int(cell)) if isinstance(cell, bool) else str(cell)


async def test_the_workbook_tells_its_method(office: Office) -> None:
    for _ in range(12):
        await rated(office, (Visit("xa-mau.trung-tam", "land", Service.TTHC), {"overall": 5}))
    visitor = await office.visitor().signs_in("phantich")
    book = await workbook(visitor, f"/admin/export/ratings.xlsx?{YEAR}")
    method = {row[0].value: row[1].value for row in book["Phương pháp"].iter_rows()}
    assert method["Số người trả lời (n)"] == 12
    assert str(method["Phiếu mở"]).startswith("n = 12 · 100,00% · ")
    assert method["Phiếu có người giúp trả lời"] == "n = 0 · Chưa đủ phiếu (dưới 10)"
    assert method["Công thức"] == "top-two/1"
    assert method["Tỷ lệ hài lòng"] == "100,00%"
    assert method["Khoảng tin cậy 95%"] == "73,54%–100,00%"
    assert method["Phiên bản"] == "1"
    assert method["Từ ngày"] == "2026-01-01"


async def test_petitions_come_composed_masked_and_without_who_sent_them(office: Office) -> None:
    text = unicodedata.normalize("NFD", "Đường hỏng, gọi 0912 345 678 hoặc dan@example.org.")
    receipt = await submit(office, text, place="=1+1")
    visitor = await office.visitor().signs_in("thuongtruc")
    (row,) = rows_of(await visitor.post(f"/admin/export/petitions.csv?{YEAR}"))
    assert row["Mã"] == receipt.code
    assert row["Nội dung"] == "Đường hỏng, gọi […] hoặc […]."
    assert row["Địa điểm"] == "'=1+1"
    assert row["Trễ hạn"] == "0"
    assert "Người gửi mẫu" not in visitor.text


async def test_analysts_get_no_texts_and_leaders_only_what_is_theirs(office: Office) -> None:
    await submit(office, "Đường làng lún nứt.")
    await submit(office, "Trường học dột nát.", field="education")
    await submit(office, "Cán bộ gắt gỏng với dân.", subject=Subject.CONDUCT, about="xa-mau.kinh-te")
    await rated(office, (FARM, {"overall": 4}), (COUNTER, {"overall": 1}))
    analyst = await office.visitor().signs_in("phantich")
    assert len(rows_of(await analyst.post(f"/admin/export/petitions.csv?{YEAR}"))) == 3
    assert "lún nứt" not in analyst.text
    assert "Nội dung" not in analyst.text
    leader = await office.visitor().signs_in("lanhdao")
    (row,) = rows_of(await leader.post(f"/admin/export/petitions.csv?{YEAR}"))
    assert "lún nứt" in row["Nội dung"]
    assert {row["Mã đơn vị"] for row in rows_of(await leader.post(f"/admin/export/ratings.csv?{YEAR}"))} == {
        "xa-mau.kinh-te"
    }


async def test_each_export_is_written_down(office: Office) -> None:
    await submit(office, "Đèn hỏng.")
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.post(f"/admin/export/petitions.xlsx?{YEAR}")
    entry = await office.database.read(
        lambda connection: connection.execute(select(audit).where(audit.c.action == "export")).one()
    )
    assert entry.actor == f"staff:{office.accounts['thuongtruc'].id}"
    assert json.loads(entry.details) == {
        "file": "petitions.xlsx", "rows": 1, "start": "2026-01-01", "end": "2026-12-31",
    }  # fmt: skip


async def test_files_outside_the_list_and_outside_the_rights_are_refused(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    for path in ("identities.csv", "ratings.html", "ratings.csv.exe"):
        await visitor.post(f"/admin/export/{path}")
        assert visitor.status == 404
    officer = await office.visitor().signs_in("canbo")
    await officer.post("/admin/export/petitions.csv")
    assert officer.status == 403


def test_what_leads_to_a_person_is_masked_and_other_numbers_stay() -> None:
    assert masked("CCCD 001099012345, tài khoản 1903-4567-8901") == "CCCD […], tài khoản […]"
    assert masked("Nghị định 61/2018, ngày 20/11/2026, 15.000 đồng, mã PA-1234-5678-9012") == (
        "Nghị định 61/2018, ngày 20/11/2026, 15.000 đồng, mã PA-1234-5678-9012"
    )


async def crowded(office: Office) -> None:
    """Add one rating more than a file that comes at once may hold."""

    def job(connection: Connection) -> None:
        number = rate(connection, visit=FARM, answers={"overall": 4}, at=START)
        row = dict(connection.execute(select(rating).where(rating.c.id == number)).mappings().one())
        rows = [{**row, "id": number + each, "person_id": None, "chat_id": None} for each in range(1, AT_ONCE + 1)]
        connection.execute(insert(rating), rows)

    await office.database.write(job)


async def ready(office: Office, number: int, content: bytes) -> None:
    """Do what the writing process does, without it."""

    def job(connection: Connection) -> None:
        taken = file_orders.take(connection, "abcd", office.watch.now)
        assert taken is not None
        assert taken.id == number
        (office.folder / "exports").mkdir(parents=True, exist_ok=True)
        (office.folder / "exports" / str(taken.file_name)).write_bytes(content)
        assert file_orders.settle(connection, taken, 2001, len(content), office.watch.now)

    await office.database.write(job)


async def test_a_large_file_is_ordered_followed_and_fetched_by_who_ordered_it(office: Office) -> None:
    await crowded(office)
    visitor = await office.visitor().signs_in("phantich")
    await visitor.post(f"/admin/export/ratings.csv?{YEAR}")
    assert (visitor.status, visitor.location) == (303, "/admin/export/1")
    assert "Tệp đang chờ đến lượt" in await visitor.get("/admin/export/1")
    assert '<noscript><meta http-equiv="refresh"' in visitor.text
    assert "Đang chờ" in await visitor.get("/admin/export")
    await visitor.post(f"/admin/export/ratings.xlsx?{YEAR}")
    assert visitor.status == 422
    assert "Tệp trước của Ông/Bà đang được lập" in visitor.text
    other = await office.visitor().signs_in("thuongtruc")
    for path in ("/admin/export/1", "/admin/export/1/file"):
        await other.get(path)
        assert other.status == 404
    await visitor.get("/admin/export/1/file")
    assert visitor.status == 422
    await ready(office, 1, b"mot,hai\r\n")
    await visitor.get("/admin/export/1?state=waiting", {"HX-Request": "true"})
    assert visitor.headers["HX-Refresh"] == "true"
    assert "2.001 dòng" in await visitor.get("/admin/export/1")
    assert await visitor.get("/admin/export/1/file") == "mot,hai\r\n"
    assert visitor.headers["Content-Disposition"] == 'attachment; filename="ratings-20260101-20261231.csv"'
    told = await office.database.read(
        lambda connection: connection.execute(select(audit).where(audit.c.action.like("export%"))).all()
    )
    assert [each.action for each in told] == ["export.order", "export"]
    assert json.loads(told[1].details)["rows"] == 2001
    office.watch.passes(file_orders.KEPT)
    await visitor.signs_in("phantich")
    await visitor.get("/admin/export/1/file")
    assert visitor.status == 422
    assert "Hết hạn giữ" in await visitor.get("/admin/export/1")
    await visitor.post("/admin/export/1/again")
    assert visitor.location == "/admin/export/2"


async def test_the_file_that_is_in_the_way_of_another_is_stopped_where_that_is_told(office: Office) -> None:
    await crowded(office)
    visitor = await office.visitor().signs_in("phantich")
    for _ in range(2):
        await visitor.post(f"/admin/export/ratings.csv?{YEAR}")
    assert "dừng nó ở danh sách bên dưới" in visitor.text
    [stop] = re.findall(r'action="(/admin/export/\d+/cancel)"', visitor.text)
    await visitor.post(stop)
    page = await visitor.get("/admin/export")
    assert "Đã dừng" in page
    assert "/cancel" not in page
    await visitor.post(f"/admin/export/ratings.csv?{YEAR}")
    assert visitor.location == "/admin/export/2"


async def test_a_file_ordered_with_other_rights_is_not_handed_out(office: Office) -> None:
    await crowded(office)
    visitor = await office.visitor().signs_in("lanhdao")
    await visitor.post(f"/admin/export/ratings.csv?{YEAR}")
    await ready(office, 1, b"x")

    def move(connection: Connection) -> None:
        staff.move(
            connection, office.accounts["lanhdao"].id, unit="xa-mau.van-hoa-xa-hoi", roles=[Role.LEADER], now=START,
            actor="system",
        )  # fmt: skip

    await office.database.write(move)
    await visitor.signs_in("lanhdao")
    page = await visitor.get("/admin/export/1/file")
    assert visitor.status == 422
    assert "Quyền của Ông/Bà đã thay đổi" in page


async def test_a_file_that_is_being_written_can_be_stopped(office: Office) -> None:
    await crowded(office)
    visitor = await office.visitor().signs_in("phantich")
    await visitor.post(f"/admin/export/ratings.csv?{YEAR}")
    await visitor.post("/admin/export/1/cancel")
    assert visitor.location == "/admin/export/1"
    assert "Ông/Bà đã dừng lập tệp này" in await visitor.get("/admin/export/1")
    await visitor.post("/admin/export/1/sell")
    assert visitor.status == 404
