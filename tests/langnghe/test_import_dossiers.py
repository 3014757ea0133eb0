"""`langnghe import-dossiers`: all of a list or nothing, every fault with its place, the same list again for nothing."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from langnghe import store
from langnghe.clock import today
from langnghe.config import load_config
from storage import audit as trail
from storage.contacts import phone_digest
from storage.dossier_import import complete_to
from storage.tables.audit import audit
from storage.tables.dossiers import dossier, dossier_contact
from tests.langnghe.office import as_json, call, done, write

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "dossiers.csv"
HEADER = "Mã hồ sơ;Mã TTHC;Đơn vị;Lĩnh vực;Ngày nhận;Ngày trả;Điện thoại"
ROW = "H-{};1.004193;Phòng Kinh tế;Đất đai;02/03/2026;18/03/2026;{}"
pytestmark = pytest.mark.usefixtures("office")


def rows_of(table: Any) -> list[dict[str, Any]]:
    def job(connection: Connection) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in connection.execute(select(table))]  # noqa: SLF001 - SQLAlchemy's name

    return store.read(job)


def imports() -> list[Any]:
    return [json.loads(row["details"]) for row in rows_of(audit) if row["action"] == "dossiers.import"]


def a_list(folder: Path, *rows: str, header: str = HEADER, mark: str = "\ufeff") -> str:
    return write(folder / "ho-so.csv", mark + "\r\n".join([header, *rows, ""]))


def counts(told: Any) -> tuple[int, int, int, int]:
    return told["added"], told["changed"], told["unchanged"], told["contacts"]


def test_the_sample_of_the_documents_is_taken_over() -> None:
    said = done("import-dossiers", str(SAMPLE))
    assert "Các cột không dùng đến: Ghi chú." in said
    assert "Đã nhận: 6 hồ sơ mới, 0 hồ sơ sửa, 0 hồ sơ giữ nguyên" in said
    assert {row["unit"] for row in rows_of(dossier)} == {"xa-mau.kinh-te", "xa-mau.van-phong"}


def test_the_same_list_again_changes_nothing_and_a_corrected_row_updates(tmp_path: Path) -> None:
    first = a_list(tmp_path, ROW.format(1, "0912345678"), ROW.format(2, ""))
    assert counts(as_json("import-dossiers", first)) == (2, 0, 0, 1)
    before = rows_of(dossier), rows_of(dossier_contact)
    assert counts(as_json("import-dossiers", first)) == (0, 0, 2, 0)
    assert (rows_of(dossier), rows_of(dossier_contact)) == before
    corrected = a_list(tmp_path, ROW.format(1, ""), ROW.format(2, "").replace("18/03", "19/03"), mark="")
    assert counts(as_json("import-dossiers", corrected)) == (0, 1, 1, 1)
    assert rows_of(dossier_contact) == []
    assert [(each["added"], each["changed"]) for each in imports()] == [(2, 0), (0, 0), (0, 1)]
    assert store.read(trail.verify)[1] is None


def test_how_far_a_list_reaches_is_kept_also_when_it_changes_nothing(tmp_path: Path) -> None:
    file = a_list(tmp_path, ROW.format(1, ""))
    said = done("import-dossiers", file, "--complete-to", "31/03/2026")
    assert "được tính là đủ đến hết ngày 31/03/2026; ngày mới nhất ghi trong đó là 18/03/2026" in said
    assert as_json("import-dossiers", file, "--dry-run")["newest_day"] == "2026-03-18"
    assert store.read(complete_to) == date(2026, 3, 31)
    assert "theo danh sách hồ sơ đủ đến hết ngày 31/03/2026" in done("targets", "--plan", "TP24")
    result = call("import-dossiers", file, "--complete-to", (today() + timedelta(days=1)).isoformat())
    assert result.exit_code == 2
    assert "--complete-to" in result.stderr
    as_json("import-dossiers", file, "--dry-run")
    assert store.read(complete_to) == date(2026, 3, 31)
    before = today()
    assert counts(as_json("import-dossiers", file)) == (0, 0, 1, 0)
    assert store.read(complete_to) in {before - timedelta(days=1), today() - timedelta(days=1)}


def test_a_list_tells_which_dossiers_were_refused_or_withdrawn(tmp_path: Path) -> None:
    header, row = HEADER.replace("Điện thoại", "Ngày hẹn trả;Trạng thái"), ROW.replace("{}", "{}", 1)
    states = ("rút hồ sơ", "Từ chối", "Xong")
    late = [row.format(number, f"10/03/2026;{state}") for number, state in enumerate(states)]
    unknown = late[0].replace("18/03/2026", "")
    waits = unknown.replace("rút hồ sơ", "")
    listed = [late[0].replace("18/03", "10/03"), *late[1:]]

    def on_time() -> tuple[int, int]:
        told = as_json("targets", "--plan", "TP24", "--from", "2026-03-01", "--to", "2026-03-31")
        [found] = [each for each in told[0]["targets"] if each["id"] == "TP24-ONTIME"]
        return found["n"], found["withdrawn"]

    done("import-dossiers", a_list(tmp_path, waits, *listed[1:], header=header))
    assert on_time() == (3, 0)
    refused = call("import-dossiers", a_list(tmp_path, unknown, header=header))
    assert (refused.exit_code, "dòng 2, cột “Ngày trả”: Hồ sơ đã rút cần ghi" in refused.stderr) == (1, True)
    assert (
        as_json("import-dossiers", a_list(tmp_path, late[0], header=header), "--dry-run")["newest_day"] == "2026-03-18"
    )
    assert counts(as_json("import-dossiers", a_list(tmp_path, *late, header=header))) == (0, 1, 2, 0)
    assert on_time() == (3, 0)
    told = as_json("import-dossiers", a_list(tmp_path, *listed, header=header))
    assert (counts(told), told["other_states"]) == ((0, 1, 2, 0), ["Xong"])
    told_of = ("code", "state", "returned_on", "withdrawn_on")
    assert [tuple(each[name] for name in told_of) for each in rows_of(dossier)] == [
        ("H-0", "withdrawn", None, date(2026, 3, 10)), ("H-1", "refused", date(2026, 3, 18), None),
        ("H-2", None, date(2026, 3, 18), None),
    ]  # fmt: skip
    assert on_time() == (2, 1)
    said = done("import-dossiers", a_list(tmp_path, *listed, header=header), "--lang", "en")
    assert "States that change nothing, only the days count: Xong." in said
    assert "ngoài ra 1 hồ sơ đến hạn trong kỳ đã được người nộp rút" in done(
        "targets", "--plan", "TP24", "--from", "2026-03-01", "--to", "2026-03-31"
    )
    assert done("recompute-stats")


def test_a_list_without_a_dossier_is_a_fault_and_reaches_nowhere(tmp_path: Path) -> None:
    done("import-dossiers", a_list(tmp_path, ROW.format(1, "")), "--complete-to", "31/03/2026")
    for rows in ((), ("",), (";;;;;;",)):
        result = call("import-dossiers", a_list(tmp_path, *rows))
        assert result.exit_code == 1, rows
    assert "không có hồ sơ nào" in call("import-dossiers", a_list(tmp_path)).stderr
    assert store.read(complete_to) == date(2026, 3, 31)


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    file = a_list(tmp_path, ROW.format(1, "0912345678"), ROW.format(2, ""))
    told = as_json("import-dossiers", file, "--dry-run")
    assert (told["dry_run"], counts(told)) == (True, (2, 0, 0, 1))
    assert rows_of(dossier) == imports() == []
    assert "There would be: 2 new dossiers" in done("import-dossiers", file, "--dry-run", "--lang", "en")


def test_a_number_is_kept_as_a_keyed_mark_only(tmp_path: Path) -> None:
    done("import-dossiers", a_list(tmp_path, ROW.format(1, "0912 345 678")))
    [kept] = rows_of(dossier_contact)
    assert kept["phone_digest"] == phone_digest(load_config().token_key, "+84912345678")
    data = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("*.db*"))
    assert data
    assert b"912345678" not in data


def test_a_list_without_numbers_leaves_those_that_are_known(tmp_path: Path) -> None:
    done("import-dossiers", a_list(tmp_path, ROW.format(1, "0912345678")))
    bare = a_list(tmp_path, ROW.format(1, "").removesuffix(";"), header=HEADER.removesuffix(";Điện thoại"))
    assert counts(as_json("import-dossiers", bare)) == (0, 0, 1, 0)
    assert len(rows_of(dossier_contact)) == 1


def test_all_faults_are_told_with_their_places_and_nothing_is_taken_over(tmp_path: Path) -> None:
    file = a_list(
        tmp_path, ROW.format(1, ""), "", ROW.format(1, "").replace("18/03", "19/03"), "H-2;;;land;hôm qua;;113", "H-3;1"
    )
    result = call("import-dossiers", file)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    places = ["dòng 4, cột “Mã hồ sơ”", *(f"dòng 5, cột “{name}”" for name in HEADER.split(";")[1:3])]
    for place in (*places, "dòng 5, cột “Ngày nhận”", "dòng 5, cột “Điện thoại”", "dòng 6:"):
        assert any(line.startswith(place) for line in lines), place
    assert "Hồ sơ H-1 đã có ở dòng 2" in lines[0]
    assert lines[-1] == "langnghe: có 6 lỗi, chưa nhận hồ sơ nào."
    assert rows_of(dossier) == []
    told = json.loads(call("import-dossiers", file, "--json").stdout)
    assert [(each["line"], each["key"]) for each in told["faults"]][-1] == (6, "dossier_row_cells")
    assert counts(told) == (0, 0, 0, 0)


def test_a_row_that_says_the_same_twice_is_one_dossier(tmp_path: Path) -> None:
    assert counts(as_json("import-dossiers", a_list(tmp_path, ROW.format(1, ""), ROW.format(1, "")))) == (1, 0, 0, 0)


def test_more_faults_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    file = a_list(tmp_path, *(ROW.format(number, "113") for number in range(1005)))
    told = json.loads(call("import-dossiers", file, "--json").stdout)
    assert (len(told["faults"]), told["more_faults"]) == (1000, 5)
    assert call("import-dossiers", file).stderr.splitlines()[-1].startswith("langnghe: có 1.005 lỗi")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04\x14", "tệp Excel"),
        ("Mã hồ sơ".encode("utf-16"), "UTF-16"),
        (b"", "Tệp trống"),
        ("Tên;Tuổi\r\nA;B".encode(), "dòng 1: Thiếu cột “Mã hồ sơ”"),
        (
            f"{HEADER}\r\n".encode() + b"H-1;Th\xfb",
            "dòng 2: Chữ ở dòng này không phải UTF-8",
        ),
        (f'{HEADER}\r\n"H-1;x'.encode(), "dòng 2: Tệp hỏng ở đây"),
        (b'""\r\n,,\r\n', "Tệp trống"),
        (f"{HEADER}\rH-1;x".encode(), "dòng 1: Tệp hỏng ở đây"),
        (b"x" * 200_000, "dòng 1: Tệp hỏng ở đây"),
    ],
    ids=["xlsx", "utf-16", "empty", "columns", "old letters", "quote", "blank", "old line ends", "no table"],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_way_out(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "ho-so.csv"
    file.write_bytes(content)
    result = call("import-dossiers", str(file))
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.splitlines()[-1].startswith("langnghe: ")


def test_a_file_that_is_not_there_is_told_in_a_line() -> None:
    result = call("import-dossiers", "khong-co.csv")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found_by_the_header(tmp_path: Path, delimiter: str) -> None:
    file = a_list(tmp_path, ROW.format(1, "").replace(";", delimiter), header=HEADER.replace(";", delimiter))
    assert counts(as_json("import-dossiers", file)) == (1, 0, 0, 0)


def test_a_dossier_finished_in_a_quoted_cell_of_two_lines_keeps_its_line(tmp_path: Path) -> None:
    header = f"{HEADER};Ghi chú"
    file = a_list(tmp_path, ROW.format(1, "") + ';"hai\r\ndòng"', ROW.format(2, "113") + ";", header=header)
    assert "dòng 4, cột “Điện thoại”" in call("import-dossiers", file).stderr


def test_nothing_is_written_when_the_last_row_is_wrong(tmp_path: Path) -> None:
    call("import-dossiers", a_list(tmp_path, *(ROW.format(number, "") for number in range(600)), "H-600;x"))
    assert store.read(lambda connection: connection.scalar(select(func.count()).select_from(dossier))) == 0
