"""`langnghe close-period`, `periods` and `export-period`, in a set-up office."""

import csv
import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from langnghe import store
from offices.staff import Role
from storage import staff as accounts
from storage.tables.audit import audit
from storage.tables.periods import closed_period
from storage.tables.staff import staff
from tests.langnghe.office import add_ratings, as_json, call, done, refused, write
from tests.storage.ratings_world import noon

Q1 = ("UH24", "UH24-Q1", "2024")
IN_Q1 = date(2024, 3, 1)


@pytest.fixture
def closed(office: Path) -> Path:
    add_ratings([5] * 19 + [1], day=IN_Q1)
    done("close-period", *Q1)
    return office


def actors() -> Sequence[str]:
    query = select(audit.c.actor).where(audit.c.action.like("period.%")).order_by(audit.c.seq)
    return store.read(lambda connection: connection.scalars(query).all())


def details() -> str:
    """Return what the audit trail tells of the last closing."""
    query = select(audit.c.details).where(audit.c.action == "period.close").order_by(audit.c.seq.desc())
    return store.read(lambda connection: connection.scalars(query).first()) or ""


def add_coordinator() -> None:
    store.write(
        lambda connection: accounts.add(
            connection, login="thuongtruc", name="Cán bộ mẫu 02", unit="xa-mau.van-phong", roles=[Role.COORDINATOR],
            password_hash="x", now=noon(IN_Q1), actor="system",
        )
    )  # fmt: skip


def forge() -> None:
    """Turn the figures in the database by hand, as somebody with the file could."""

    def alter(connection: Connection) -> None:
        document = connection.scalar(select(closed_period.c.document))
        assert document is not None
        connection.execute(update(closed_period).values(document=document.replace('"n":20', '"n":2000')))

    store.write(alter)


@pytest.mark.usefixtures("office")
def test_closing_shows_what_was_frozen_by_whom_and_its_hash() -> None:
    add_ratings([5] * 19 + [1], day=IN_Q1)
    add_coordinator()
    said = done("close-period", *Q1, "--by", "thuongtruc")
    assert said.startswith("UH24-Q1, năm 2024: số liệu từ 15/12/2023 đến 01/03/2024, Cán bộ mẫu 02 chốt lúc ")
    [listed] = as_json("periods")["closed"]
    assert listed["sha256"] in said
    assert (listed["from"], listed["to"], listed["revision"], listed["changes"]) == ("2023-12-15", "2024-03-01", 0, [])
    assert listed["closed_by"] == "staff:2"
    assert actors() == ["staff:2"]
    assert '"via": "command"' in details()
    assert done("periods") == said


@pytest.mark.usefixtures("office")
def test_a_plan_shows_its_calendar_and_where_each_period_stands() -> None:
    done("close-period", "TH24", "TH24-Q3", "2024")
    said = as_json("periods", "--plan", "TH24", "--year", "2024")
    assert [(each["period"], each["state"]) for each in said["calendar"]] == [
        ("TH24-Q1", "over"), ("TH24-H1", "over"), ("TH24-Q3", "closed"), ("TH24-YEAR", "over"),
    ]  # fmt: skip
    assert "quý III" in said["calendar"][2]["quote"]
    ahead = as_json("periods", "--plan", "TH24", "--year", "2998")["calendar"]
    assert {each["state"] for each in ahead} == {"ahead"}
    lines = [line.split() for line in done("periods", "--plan", "TH24", "--year", "2024").splitlines()]
    assert ["TH24-Q3", "15/06/2024", "–", "14/09/2024", "–", "đã", "chốt"] in lines
    now = [each for each in as_json("periods", "--plan", "YT24")["calendar"] if "MONTHLY" in each["period"]]
    assert [each["state"] for each in now].count("running") == 1
    assert "04/02/2024" in done("periods", "--plan", "YT24", "--year", "2024")
    assert "Kế hoạch này không nêu kỳ báo cáo nào." in done("periods", "--plan", "TP24")


def test_a_correction_is_listed_with_its_reason_and_what_changed(closed: Path) -> None:
    assert closed.is_dir()
    add_ratings([1] * 20, day=IN_Q1)
    said = done("close-period", *Q1, "--reason", "Phiếu giấy nhập muộn", "--lang", "en")
    assert "UH24-Q1, 2024, revision 1: figures from 15 Dec 2023 to 1 Mar 2024, kept by whoever runs the server" in said
    assert "Reason: Phiếu giấy nhập muộn" in said
    assert "UH24-SAT-TTHC: respondents from 20 to 40" in said
    assert "UH24-SAT-TTHC: result from 95.00 to 47.50" in said
    assert "UH24-SAT-TTHC: verdict from Not conclusive to Not met" in said
    assert "UH24-SAT-TTHC: kết luận từ Chưa kết luận được thành Chưa đạt" in done("periods")
    assert "UH24-SAT-TTHC: vì sao từ Khoảng tin cậy chứa mức chỉ tiêu" in done("periods")
    first, second = as_json("periods")["closed"]
    assert (first["revision"], second["revision"], second["reason"]) == (0, 1, "Phiếu giấy nhập muộn")
    assert {"target": "UH24-SAT-TTHC", "what": "n", "from": 20, "to": 40} in second["changes"]
    assert actors() == ["system", "system"]


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("close-period", *Q1), 1, "Kỳ UH24-Q1 năm 2024 đã chốt lúc "),
        (("close-period", *Q1, "--reason", "x"), 1, "Số liệu kỳ UH24-Q1 năm 2024 không có gì thay đổi"),
        (("close-period", *Q1[:2], "2999"), 1, "Kỳ UH24-Q1 năm 2999 đến hết ngày 01/03/2999 mới kết thúc;"),
        (("close-period", "UH24", "UH24-H1", "2024", "--reason", "x"), 1, "Kỳ UH24-H1 năm 2024 chưa chốt;"),
        (("close-period", *Q1, "--by", "ai"), 2, "Không có tài khoản ai đang hoạt động."),
        (("close-period", *Q1, "--by", "quantri"), 2, "Tài khoản quantri không có quyền chốt số liệu;"),
        (("close-period", "XX", "Q1", "2024"), 2, "Không có kế hoạch XX. Các kế hoạch: NG24,"),
        (("close-period", "UH24", "Q1", "2024"), 2, "Kế hoạch không có kỳ báo cáo Q1. Các kỳ: UH24-"),
        (("close-period", "TP24", "Q1", "2024"), 2, "Kế hoạch TP24 không quy định kỳ báo cáo;"),
        (("close-period", "UH24"), 2, "Thiếu period. Xem: langnghe close-period --help"),
        (("periods", "--plan", "XX"), 2, "Không có kế hoạch XX."),
        (("export-period", *Q1, "--to", "x.pdf"), 2, "x.pdf: tên tệp cần có đuôi .json hoặc .csv."),
        (("export-period", *Q1, "--to", "x.csv", "--revision", "1"), 1, "Kỳ UH24-Q1 năm 2024 không có lần điều chỉnh"),
        (("export-period", *Q1[:2], "2025", "--to", "x.csv"), 1, "Kỳ UH24-Q1 năm 2025 chưa chốt;"),
        (("export-period", *Q1, "--to", "no/x.csv"), 1, "Không có tệp hoặc thư mục no/x.csv"),
        (("export-period", *Q1, "--to", "there.csv"), 1, "there.csv đã có và không bị ghi đè;"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(arguments: tuple[str, ...], code: int, line: str) -> None:
    write(Path("there.csv"), "mine")
    told, said = refused(*arguments)
    assert (told, said[: len(line)]) == (code, line)
    assert len(as_json("periods")["closed"]) == 1
    assert Path("there.csv").read_text(encoding="utf-8") == "mine"
    assert not Path("x.csv").exists()


def test_a_stopped_account_closes_nothing(closed: Path) -> None:
    assert closed.is_dir()

    def stop(connection: Connection) -> None:
        connection.execute(update(staff).values(active=False))

    add_coordinator()
    store.write(stop)
    code, said = refused("close-period", "UH24", "UH24-H1", "2024", "--by", "thuongtruc")
    assert (code, said) == (2, "Không có tài khoản thuongtruc đang hoạt động.")


def test_without_an_authority_nothing_is_closed() -> None:
    done("migrate")
    code, said = refused("close-period", *Q1, "--lang", "en")
    assert (code, said[:37]) == (1, "The database holds no authority yet; ")
    assert done("periods", "--lang", "en") == "No period was closed yet.\n"


def test_a_file_is_byte_for_byte_the_same_whatever_happened_since(closed: Path) -> None:
    for ending in ("json", "csv"):
        done("export-period", *Q1, "--to", f"before.{ending}")
    add_ratings([1] * 30, day=IN_Q1)
    done("close-period", *Q1, "--reason", "Phiếu giấy nhập muộn")
    for ending in ("json", "csv"):
        done("export-period", *Q1, "--revision", "0", "--to", f"after.{ending}")
        assert (closed / f"before.{ending}").read_bytes() == (closed / f"after.{ending}").read_bytes()
    told = as_json("export-period", *Q1, "--to", "revised.json")
    content = (closed / "revised.json").read_bytes()
    assert told["revision"] == json.loads(content)["revision"] == 1
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["bytes"] == len(content)
    with (closed / "after.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["n"] for row in rows] == ["20", "0", "0", "0"]


def test_altered_figures_are_told_and_not_exported(closed: Path) -> None:
    whole = as_json("periods", "--check")
    assert (whole["faults"], whole["closed"][0]["is_whole"]) == ([], True)
    assert "còn nguyên" in done("periods", "--check")
    forge()
    found = call("periods", "--check", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["faults"] == [{"period": "period:UH24-Q1/2024", "revision": 0, "what": "altered"}]
    said = call("periods", "--check")
    assert (said.exit_code, said.stdout.count("ĐÃ BỊ SỬA: period:UH24-Q1/2024, lần 0")) == (1, 2)
    code, line = refused("export-period", *Q1, "--to", "x.json")
    assert (code, line[:40]) == (1, "Số liệu đã chốt của kỳ UH24-Q1 năm 2024,")
    assert not (closed / "x.json").exists()


@pytest.mark.usefixtures("closed")
def test_a_closing_that_was_removed_or_slipped_in_is_told() -> None:
    store.write(lambda connection: connection.execute(update(closed_period).values(revision=1)))
    found = call("periods", "--check")
    assert found.exit_code == 1
    assert "ĐÃ BỊ XÓA: period:UH24-Q1/2024, lần 0" in found.stdout
    assert "KHÔNG CÓ TRONG NHẬT KÝ: period:UH24-Q1/2024, lần 1" in found.stdout
    assert "còn nguyên" not in found.stdout


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("days", [("0001-01-01", "2026-11-22"), ("9999-12-01", "9999-12-31")])
def test_days_that_nobody_can_mean_are_no_days(days: tuple[str, str]) -> None:
    for command in (("stats",), ("targets", "--plan", "TP24")):
        code, said = refused(*command, "--from", days[0], "--to", days[1])
        assert code == 2
        assert "không phải là ngày" in said
        done(*command, "--from", "1900-01-01", "--to", "2999-12-31")
