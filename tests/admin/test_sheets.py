import csv
import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from admin.reports.csv_file import write_csv
from admin.reports.sheets import LONGEST, Block, Cell, Sheet, plain, safe_text
from admin.reports.workbook import write_xlsx

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "  =1",
    "\u00a0=1",
    "\x01=1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_a_spreadsheet_could_run_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", ["Đèn đường hỏng", "5 - 3", "a=b", "", "(1)", "0912"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_every_text_is_composed_short_without_controls_and_no_formula(text: str) -> None:
    safe = safe_text(text)
    assert len(safe) <= LONGEST
    assert unicodedata.is_normalized("NFC", safe)
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in safe)
    assert safe.lstrip()[:1] not in tuple("=+-@＝＋－＠")


def test_a_workbook_holds_texts_as_texts_in_every_column(tmp_path: Path) -> None:
    rows: list[list[str | int]] = [
        [text, 3, text] for text in [*DANGEROUS, "https://example.org", "0012", "x" * 40_000, "a\ud800b"]
    ]
    write_xlsx(tmp_path / "t.xlsx", [Sheet.of_rows("Dữ liệu", ["=Tên", "Số", "Ghi chú"], rows)])
    sheet = load_workbook(tmp_path / "t.xlsx").active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    assert sheet["A1"].value == "'=Tên"
    assert "0012" in {cell.value for cell in cells}
    assert max(len(str(cell.value)) for cell in cells) == LONGEST


def test_a_csv_opens_in_excel_with_its_letters_and_crlf(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Đường hỏng")
    moment = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    sheet = Sheet.of_rows("x", ["Nội dung", "=Ngày"], [[decomposed, date(2026, 11, 21)], ["=1", moment], [None, True]])
    assert write_csv(tmp_path / "t.csv", sheet) == 3
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 4
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["Nội dung", "'=Ngày"],
        ["Đường hỏng", "2026-11-21"],
        ["'=1", "2026-11-21T08:00:00+07:00"],
        ["", "1"],
    ]


def test_one_bad_row_never_breaks_a_file(tmp_path: Path) -> None:
    rows = [["tốt"], ["\ud800\x00\x1b[0m\uffff"], ["tốt"]]
    assert write_csv(tmp_path / "t.csv", Sheet.of_rows("x", ["a"], rows)) == 3
    assert write_xlsx(tmp_path / "t.xlsx", [Sheet.of_rows("x", ["a"], rows)]) == 3
    sheet = load_workbook(tmp_path / "t.xlsx").active
    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["tốt", "[0m", "tốt"]


WORDS = st.text(max_size=80) | st.sampled_from(["_x0041_", "<c>&amp;", " a ", "a\nb", "=1", "0012", "", "5"])
CELLS = WORDS | st.integers(-(10**9), 10**9) | st.booleans() | st.none() | st.dates()
BLOCKS = st.lists(
    st.builds(
        Block, st.tuples(CELLS, CELLS), st.lists(st.tuples(CELLS, st.sampled_from([1, 5, "5", True, None])), max_size=4)
    ),
    max_size=5,
)


@settings(max_examples=50)
@given(BLOCKS)
def test_rows_that_share_cells_are_written_like_any_others(blocks: list[Block]) -> None:
    heads = ["a", "b", "c", "d"]
    rows = [(*block.shared, *rest) for block in blocks for rest in block.rests]
    wanted = [[str(plain(cell)) for cell in row] for row in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        assert write_csv(path, Sheet("x", heads, blocks)) == len(rows)
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file)) == [heads, *wanted]
        apart = path.read_bytes()
        write_csv(path, Sheet.of_rows("x", heads, rows))
        assert path.read_bytes() == apart
        assert write_xlsx(path, [Sheet("x", heads, blocks)]) == len(rows)
        read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert [[_written(cell) for cell in [*row, "", "", ""][:4]] for row in read[1:]] == [
        [re.sub(r"\r\n?", "\n", cell) for cell in row] for row in wanted[: len(read) - 1]
    ]
    assert not any("".join(row) for row in wanted[len(read) - 1 :])


def _written(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)


def test_rows_beyond_one_sheet_follow_in_another(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[number, f"chữ {number}"] for number in range(9_000)]
    made = [Sheet.of_rows("Phiếu", ["Số", "Chữ"], rows), Sheet.of_rows("Phương pháp", ["Mục"], [["n"]])]
    assert write_xlsx(tmp_path / "t.xlsx", made, most_rows=5_000) == 9_000
    book = load_workbook(tmp_path / "t.xlsx", read_only=True)
    assert book.sheetnames == ["Phiếu", "Phiếu (2)", "Phương pháp"]
    read = [list(row) for name in book.sheetnames[:2] for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert read == rows
    assert [cell.value for cell in next(book["Phiếu (2)"].iter_rows())] == ["Số", "Chữ"]
    book.close()
