import csv
import io
import json
import unicodedata
from importlib import import_module
from typing import Any

from openpyxl import Workbook, load_workbook
from sqlalchemy import Connection, select

from admin.reports.masking import masked
from petitions.kinds import Subject
from storage.tables.audit import audit
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
    async with visitor.session.get(visitor.address + path) as response:
        assert response.status == 200
        return load_workbook(io.BytesIO(await response.read()))


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))


async def test_ratings_come_as_rows_that_no_spreadsheet_runs(office: Office) -> None:
    await rated(office, (COUNTER, {"overall": 5, "comment": FORMULA}), (FARM, {"overall": 2}))
    visitor = await office.visitor().signs_in("phantich")
    rows = rows_of(await visitor.get(f"/admin/export/ratings.csv?{YEAR}"))
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
    written = rows_of(await visitor.get(f"/admin/export/ratings.csv?{YEAR}"))
    table = await parquet(visitor, f"/admin/export/ratings.parquet?{YEAR}")
    assert [{name: told(cell) for name, cell in row.items()} for row in table.to_pylist()] == written
    assert table["Điểm 1-5"].type.bit_width == 64
    assert "Phương pháp".encode() in table.schema.metadata
    (row,) = (await parquet(visitor, f"/admin/export/petitions.parquet?{YEAR}")).to_pylist()
    assert (row["Nội dung"], row["Địa điểm"], row["Trễ hạn"]) == ("Đường hỏng, gọi […].", "'=1+1", False)
    assert row["Gửi lúc"] == START


async def parquet(visitor: Visitor, path: str) -> Any:
    async with visitor.session.get(visitor.address + path) as response:
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
    (row,) = rows_of(await visitor.get(f"/admin/export/petitions.csv?{YEAR}"))
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
    assert len(rows_of(await analyst.get(f"/admin/export/petitions.csv?{YEAR}"))) == 3
    assert "lún nứt" not in analyst.text
    assert "Nội dung" not in analyst.text
    leader = await office.visitor().signs_in("lanhdao")
    (row,) = rows_of(await leader.get(f"/admin/export/petitions.csv?{YEAR}"))
    assert "lún nứt" in row["Nội dung"]
    assert {row["Mã đơn vị"] for row in rows_of(await leader.get(f"/admin/export/ratings.csv?{YEAR}"))} == {
        "xa-mau.kinh-te"
    }


async def test_each_export_is_written_down(office: Office) -> None:
    await submit(office, "Đèn hỏng.")
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.get(f"/admin/export/petitions.xlsx?{YEAR}")
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
        await visitor.get(f"/admin/export/{path}")
        assert visitor.status == 404
    officer = await office.visitor().signs_in("canbo")
    await officer.get("/admin/export/petitions.csv")
    assert officer.status == 403


def test_what_leads_to_a_person_is_masked_and_other_numbers_stay() -> None:
    assert masked("CCCD 001099012345, tài khoản 1903-4567-8901") == "CCCD […], tài khoản […]"
    assert masked("Nghị định 61/2018, ngày 20/11/2026, 15.000 đồng, mã PA-1234-5678-9012") == (
        "Nghị định 61/2018, ngày 20/11/2026, 15.000 đồng, mã PA-1234-5678-9012"
    )
