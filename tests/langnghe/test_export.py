"""`langnghe export`: the ratings of a period as a file that is whole or not there, and an entry in the audit trail."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, select, update

from admin.reports.export import KINDS
from langnghe import store
from storage.tables.audit import audit
from storage.tables.ratings import answer, rating
from tests.langnghe.office import UNIT, add_ratings, as_json, done, refused

OTHER = "xa-mau.trung-tam"
YEAR = ("--from", "2026-01-01", "--to", "2026-12-31")
pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ra"
    made.mkdir()
    return made


def entries() -> list[Any]:
    def job(connection: Connection) -> list[tuple[str, str, Any]]:
        rows = connection.execute(select(audit).where(audit.c.action == "export").order_by(audit.c.seq))
        return [(row.actor, row.subject, json.loads(row.details)) for row in rows]

    return store.read(job)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_and_noted(folder: Path, kind: str) -> None:
    add_ratings([5, 4, 2])
    file = folder / f"phieu.{kind}"
    told = as_json("export", *YEAR, "--out", str(file))
    assert told == {"file": str(file), "format": kind, "rows": 3, "bytes": file.stat().st_size}
    assert list(folder.iterdir()) == [file]
    assert entries() == [
        ("system", "ratings", {"file": f"ratings.{kind}", "rows": 3, "start": "2026-01-01", "end": "2026-12-31"})
    ]


def test_only_what_was_asked_for_is_in_the_file(folder: Path) -> None:
    add_ratings([5, 4])
    add_ratings([1], unit=OTHER)
    file = folder / "phieu.csv"
    said = done("export", *YEAR, "--unit", UNIT, "--questionnaire", "quick", "--out", str(file), "--lang", "en")
    assert said.splitlines()[-1] == f"Written {file}: 2 rows."
    assert [(row["Unit code"], row["Score 1-5"]) for row in rows_of(file)] == [(UNIT, "5"), (UNIT, "4")]
    [(_, _, details)] = entries()
    assert (details["unit"], details["questionnaire"]) == (UNIT, "quick")
    none = folder / "khong-co.csv"
    assert as_json("export", *YEAR, "--questionnaire", "sipas", "--out", str(none))["rows"] == 0
    assert rows_of(none) == []


def test_the_workbook_tells_the_unit_and_the_questionnaire_it_is_of(folder: Path) -> None:
    add_ratings([5] * 12)
    file = folder / "tep"
    done("export", *YEAR, "--unit", UNIT, "--questionnaire", "quick", "--format", "xlsx", "--out", str(file))
    with file.open("rb") as opened:
        told = {row[0]: row[1] for row in load_workbook(opened)["Phương pháp"].iter_rows(values_only=True)}
    assert told["Phạm vi"] == "Phòng Kinh tế"
    assert told["Số người trả lời (n)"] == 12


def test_a_file_that_is_there_stays_and_wrong_words_are_told(folder: Path) -> None:
    kept = folder / "phieu.csv"
    kept.write_text("của tôi", encoding="utf-8")
    assert refused("export", "--out", str(kept)) == (
        1, f"{kept} đã có và không bị ghi đè; hãy nêu tên tệp khác.",
    )  # fmt: skip
    assert kept.read_text(encoding="utf-8") == "của tôi"
    code, line = refused("export", "--out", str(folder / "phieu.pdf"))
    assert (code, "csv, xlsx, parquet" in line) == (2, True)
    code, line = refused("export", "--out", str(folder / "a.csv"), "--unit", "khong-co")
    assert (code, "khong-co" in line) == (2, True)
    code, line = refused("export", "--out", str(folder / "a.csv"), "--questionnaire", "khong-co")
    assert (code, "quick" in line) == (2, True)
    code, line = refused("export", "--out", str(folder / "khong-co" / "a.csv"))
    assert (code, str(folder / "khong-co") in line) == (1, True)
    assert [each.name for each in folder.iterdir()] == ["phieu.csv"]
    assert entries() == []


def test_an_export_that_breaks_off_leaves_no_file_and_no_entry(folder: Path) -> None:
    add_ratings([5])

    def lose(connection: Connection) -> None:
        connection.execute(update(rating).values(questionnaire="mat-roi"))
        connection.execute(update(answer).values(score=None, choice="yes"))

    store.write(lose)
    code, line = refused("export", *YEAR, "--out", str(folder / "phieu.xlsx"))
    assert (code, "mat-roi" in line) == (1, True)
    assert list(folder.iterdir()) == []
    assert entries() == []
