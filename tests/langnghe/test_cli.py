import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, text, update

from langnghe import store
from langnghe.cli import COMMANDS
from langnghe.failures import failure
from langnghe.words import Words, load_texts
from storage import dossiers, schema
from storage.tables.audit import audit
from storage.tables.dossiers import dossier_tally
from storage.tables.ratings import tally
from surveys.targets import load_plans
from tests.langnghe.office import PASSWORD, SET_UP, UNIT, add_ratings, as_json, call, done, refused, write
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import NOON
from wording.catalogue import differences

ROOT = Path(__file__).parents[2]


def test_both_languages_say_the_same() -> None:
    assert differences(load_texts()) == []


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_command_has_help(name: str, language: str) -> None:
    said = done(name, "--help", "--lang", language)
    assert said.startswith(f"Usage: langnghe {name}")
    assert load_texts().text(f"help.{name}", language).split()[0] in said


def test_help_comes_at_once() -> None:
    began = time.process_time()
    code = "import sys, langnghe.cli as c; c.program([]).get_help; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    heavy = {"sqlalchemy", "aiohttp", "pydantic", "telegram", "alembic", "xlsxwriter"}
    assert not {name for name in heavy if f"'{name}'" in loaded}
    assert time.process_time() - began < 1


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).parent / "langnghe"
    ended = subprocess.run([command, "--lang", "en", "presets"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "commune-2025" in ended.stdout


def test_a_wrong_setting_is_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "tám nghìn")
    code, line = refused("migrate")
    assert code == 2
    assert line == "HTTP_PORT = 'tám nghìn': cần số nguyên từ 0 đến 65535, ví dụ 8080"
    assert not Path("data").exists()


def test_several_wrong_settings_are_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    monkeypatch.setenv("TIMEZONE", "UTC")
    result = call("run", "--lang", "en")
    assert result.exit_code == 2
    assert [line.split()[1] for line in result.stderr.splitlines()] == ["HTTP_PORT", "TIMEZONE"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("stats", "--questionnaire", "x"), "Không có phiếu hỏi x. Các phiếu: counter, education, "),
        (("stats", "--from", "hôm qua"), "'hôm qua' không phải là ngày; hãy viết như 2026-11-21 hoặc 21/11/2026."),
        (("stats", "--from", "2026-02-30"), "'2026-02-30' không phải là ngày;"),
        (("stats", "--from", "2026-03-02", "--to", "01/03/2026"), "Kỳ số liệu bị ngược: từ 02/03/2026 đến 01/03/2026"),
        (("stats", "--unit", "kinh te"), "Không có đơn vị nào có mã kinh te. Các mã gần giống: xa-mau.kinh-te."),
        (("stats", "--unit", ""), "Không có đơn vị nào có mã ."),
        (("stats", "--field", "mua bán"), "Không có lĩnh vực nào có mã mua bán. Các mã:"),
        (("targets", "--plan", "YT25"), "Không có kế hoạch YT25. Các kế hoạch: NG24, TH24, TP24, UH24, YT24."),
        (("targets", "--unit", "x-y"), "Không có đơn vị nào có mã x-y."),
        (("targets", "--report", "TH24-Q1"), "--report cần đi cùng --plan."),
        (("targets", "--plan", "TH24", "--report", "Q9"), "Kế hoạch không có kỳ báo cáo Q9. Các kỳ: TH24-Q1, TH24-H1,"),
        (("targets", "--plan", "TP24", "--report", "Q1"), "Kế hoạch TP24 không quy định kỳ báo cáo;"),
        (("targets", "--plan", "TH24", "--report", "TH24-Q1", "--to", "2026-01-01"), "Chỉ dùng --report, hoặc --from"),
        (("targets", "--year", "x"), "--year: 'x' is not a valid integer range. Xem: langnghe targets --help"),
        (("setup", "--preset", "huyen", "--login", "a"), "Không có mẫu cơ quan huyen. Các mẫu: commune-2025,"),
        (("setup", "--login", "a"), "Thiếu --preset. Xem: langnghe setup --help"),
        (("stats", "--foo"), "Không có tùy chọn --foo. Xem: langnghe stats --help"),
        (("stat",), "Không có lệnh stat. Xem: langnghe --help"),
        (("run", "--role", "x"), "--role: 'x' is not one of 'all', 'web', 'worker'. Xem: langnghe run --help"),
        (("rules", "check", "."), "Không có mẫu cơ quan "),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(arguments: tuple[str, ...], line: str) -> None:
    write(Path("routing.toml"), "")
    code, said = refused(*arguments)
    assert said.startswith(line)
    assert code == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("code = ", "broken.toml: (file): không dùng được giá trị 'Invalid value (at end of document)'"),
    ],
)
def test_a_broken_questionnaire_is_told_with_file_place_value_and_way_out(content: str, line: str) -> None:
    code, said = refused("questionnaires", "check", write(Path("broken.toml"), content))
    assert said.startswith(line)
    assert code == 1


def test_every_fault_of_a_questionnaire_is_a_line() -> None:
    result = call("questionnaires", "check", write(Path("broken.toml"), 'code = "a"\nversion = 0'), "--lang", "en")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(": ")[2] for line in lines[:3]] == ["version", "title", "source"]
    assert lines[-1].startswith("langnghe: broken.toml: items: it is missing: write each entry as a table")


def test_a_questionnaire_that_is_not_there_is_told() -> None:
    code, said = refused("questionnaires", "check", "none.toml")
    assert said.startswith("none.toml: (file): không dùng được giá trị ")
    assert code == 1


def test_shipped_questionnaires_and_rules_are_good() -> None:
    checked = as_json("questionnaires", "check", str(ROOT / "surveys/definitions/quick.toml"))
    assert [each["code"] for each in checked["files"]] == ["quick"]
    for name in ("commune-2025", "district-2024"):
        found = as_json("rules", "check", str(ROOT / "petitions/presets" / name))
        assert set(found["rules"]) == {"routing.toml", "deadlines.toml"}


def test_a_rule_for_a_unit_that_does_not_exist_is_told() -> None:
    shipped = (ROOT / "petitions/presets/commune-2025/routing.toml").read_text(encoding="utf-8")
    write(Path("routing.toml"), shipped.replace('coordinator = "', 'coordinator = "no-'))
    code, said = refused("rules", "check", ".", "--preset", "commune-2025", "--lang", "en")
    assert said.startswith("routing.toml: coordinator: 'no-")
    assert code == 1


def test_a_folder_without_rules_is_told() -> None:
    code, said = refused("rules", "check", "nowhere", "--lang", "en")
    assert (code, said) == (1, "nowhere: files: [] cannot be used; put routing.toml and deadlines.toml there")


@pytest.mark.parametrize("name", ["stats", "targets", "verify-audit", "recompute-stats"])
def test_without_a_database_the_way_to_one_is_told_and_none_is_made(name: str) -> None:
    assert refused(name) == (1, "Chưa có dữ liệu; hãy chạy langnghe setup, hoặc thử langnghe demo.")
    assert not Path("data/langnghe.db").exists()


@pytest.mark.parametrize("name", ["stats", "targets", "run"])
def test_without_an_authority_the_way_to_one_is_told(name: str) -> None:
    done("migrate")
    result = call(name, "--lang", "en")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "langnghe: The database holds no authority yet; run langnghe setup, or try langnghe demo."
    )


def test_a_database_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{write(Path('note.db'), 'no database' * 100)}")
    code, said = refused("stats", "--lang", "en")
    assert code == 1
    assert said.startswith("note.db is no SQLite database, or its beginning is destroyed; ")


def test_a_database_server_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, said = refused("migrate", "--lang", "en")
    assert code == 1
    assert said.startswith("The database cannot be used now: ")


def test_migrate_says_whether_there_was_anything_to_do() -> None:
    newest = schema.revisions()[-1]
    assert done("migrate") == f"Đã cập nhật cơ sở dữ liệu lên bản {newest}.\n"
    assert done("migrate") == f"Cơ sở dữ liệu đã ở bản {newest}, không phải làm gì.\n"


def test_a_newer_database_is_told() -> None:
    done("migrate")
    store.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0900'")).rowcount)
    code, said = refused("stats", "--lang", "en")
    assert code == 1
    assert said.startswith("A newer version wrote the database (step 0900);")


def test_setup_makes_authority_and_administrator() -> None:
    said = done("setup", "--preset", "commune-2025", "--login", "QuanTri", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert "tài khoản quản trị quantri" in said
    assert "http://127.0.0.1:8080/admin" in said
    assert PASSWORD not in said


@pytest.mark.parametrize(
    ("password", "line"),
    [("short", "Mật khẩu quá ngắn, cần ít nhất 12 ký tự."), ("aaaaaaaaaaaaaa", "Mật khẩu dễ đoán;")],
)
def test_a_weak_password_sets_nothing_up(password: str, line: str) -> None:
    code, said = refused(*SET_UP, stdin=f"{password}\n")
    assert code == 1
    assert said.startswith(line)
    assert refused("stats")[1].startswith("Cơ sở dữ liệu chưa có cơ quan nào;")


@pytest.mark.usefixtures("office")
def test_a_second_setup_is_refused_before_the_password_is_asked() -> None:
    code, said = refused("setup", "--preset", "district-2024", "--login", "khac")
    assert code == 1
    assert said.startswith("Cơ quan đã được tạo từ mẫu commune-2025;")


@pytest.mark.usefixtures("office")
def test_a_percentage_never_stands_alone() -> None:
    add_ratings([5, 5, 4, 5, 4, 5, 5, 4, 2, 1, 5, 5])
    said = done("stats", "--from", "2026-01-01", "--to", "2026-03-31")
    line = next(line for line in said.splitlines() if "83,33%" in line)
    assert line.split()[-3:] == ["12", "83,33%", "51,59%–97,91%"]
    assert "Kỳ 01/01/2026 – 31/03/2026 · toàn cơ quan · bản phiếu: 1" in said
    assert "Pearson" in said


@pytest.mark.usefixtures("office")
def test_too_few_ratings_give_no_percentage() -> None:
    add_ratings([5, 5, 1])
    assert "chưa đủ phiếu" in done("stats", "--to", "2026-12-31")
    [score] = [each for each in as_json("stats", "--to", "2026-12-31")["scores"] if each["code"] == "overall"]
    assert (score["n"], score["top2"], score["percent"], score["low"]) == (3, 2, None, None)


@pytest.mark.usefixtures("office")
def test_stats_keep_to_unit_field_and_period() -> None:
    add_ratings([5] * 12)
    add_ratings([1] * 10, unit="xa-mau.van-hoa-xa-hoi")

    def n(*arguments: str) -> int:
        found = as_json("stats", "--to", "2026-12-31", *arguments)
        return next(int(each["n"]) for each in found["scores"] if each["code"] == "overall")

    assert n() == 22
    assert n("--unit", UNIT) == 12
    assert n("--unit", "xa-mau") == 22
    assert n("--field", "health") == 0
    assert n("--from", "2026-03-03") == 0


@pytest.mark.usefixtures("office")
def test_targets_show_every_target_of_every_plan_with_its_words() -> None:
    add_ratings([5] * 200)
    plans = as_json("targets", "--from", "2026-01-01", "--to", "2026-12-31")
    assert [each["plan"] for each in plans] == list(load_plans())
    rows = {row["id"]: row for each in plans for row in each["targets"]}
    assert len(rows) == sum(len(plan.targets) for plan in load_plans().values())
    asked = rows["YT24-SAT-TTHC"]
    assert (asked["n"], asked["value"], asked["operator"], asked["target"]) == (200, 100.0, ">=", 95.0)
    assert (asked["verdict"], asked["verdict_label"]["vi"]) == ("met", "Đạt")
    assert rows["YT24-BACKLOG"]["verdict_label"]["vi"] == "Chưa có số liệu"
    for row in rows.values():
        assert row["quote"]
        assert row["section"]
        assert row["method"]["vi"]


@pytest.mark.usefixtures("office")
def test_targets_in_words_show_n_interval_quote_method_and_verdict() -> None:
    add_ratings([5] * 19 + [1])
    said = done("targets", "--plan", "YT24", "--from", "2026-01-01", "--to", "2026-12-31")
    row = next(line for line in said.splitlines() if line.startswith("YT24-SAT-TTHC "))
    assert row.split("  ")[-1].strip() == "Chưa kết luận được (inconclusive)"
    assert "20" in row.split()
    assert "95,00%" in row
    assert ">= 95%" in row
    assert "“Mức độ hài lòng của người dân, doanh nghiệp về giải quyết TTHC đạt từ 95% trở lên”" in said
    assert "Chưa có số liệu (no_data)" in said
    assert "Pearson" in said


@pytest.mark.usefixtures("office")
def test_a_report_names_its_period() -> None:
    [plan] = as_json("targets", "--plan", "TH24", "--report", "TH24-Q1", "--year", "2026")
    assert plan["period"] == {"from": "2025-12-15", "to": "2026-03-14"}


@pytest.mark.usefixtures("office")
def test_chat_talks_and_ends() -> None:
    said = done("chat", stdin="5\n/thoat\n")
    assert "Xã Mẫu" in said or "Lắng Nghe" in said
    assert "[1]" in said


@pytest.mark.usefixtures("office")
def test_chat_speaks_english() -> None:
    assert "[1]" in done("chat", "--lang", "en", "--as", "somebody", stdin="/quit\n")


@pytest.mark.usefixtures("office")
def test_an_untouched_audit_trail_is_whole() -> None:
    assert as_json("verify-audit") == {"entries": 2, "whole": True, "fault": None}
    assert done("verify-audit").startswith("Nhật ký nguyên vẹn: 2 mục")


@pytest.mark.usefixtures("office")
def test_a_changed_entry_is_found() -> None:
    store.write(_change_first)
    result = call("verify-audit", "--lang", "en")
    assert result.exit_code == 1
    assert "NOT whole: after 0 good entries, entry 1 is wrong" in result.stdout


@pytest.mark.usefixtures("office")
def test_counts_are_proved_and_repaired() -> None:
    add_ratings([5, 4, 1])
    assert as_json("recompute-stats")["equal"] is True
    spoil = update(tally).where(tally.c.grain == "day-field").values(answers=tally.c.answers + 1)
    store.write(lambda connection: connection.execute(spoil).rowcount)
    result = call("recompute-stats")
    assert result.exit_code == 1
    assert result.stdout.startswith("KHÔNG khớp")
    assert "answers đang lưu 4, đếm lại 3" in result.stdout
    told = as_json("recompute-stats", "--rebuild")
    assert (told["rows_compared"], told["rows_rebuilt"]) == (
        {"year": 1, "month": 1, "month-field": 1, "day-field": 1}, 1,
    )  # fmt: skip
    assert (told["differing"][0]["kept"], told["differing"][0]["counted"]) == ({"answers": 4}, {"answers": 3})
    assert done("recompute-stats").startswith("Khớp")
    assert as_json("verify-audit")["entries"] == 3


@pytest.mark.usefixtures("office")
def test_counts_of_dossiers_are_proved_and_repaired_too() -> None:
    store.write(lambda connection: dossiers.upsert(connection, [a_dossier()], NOON))
    # One for the day it was due on, one for the day it was ready.
    assert as_json("recompute-stats")["dossiers"]["rows_compared"]["day-field"] == 2
    spoil = update(dossier_tally).where(dossier_tally.c.grain == "year").values(late=7)
    store.write(lambda connection: connection.execute(spoil).rowcount)
    result = call("recompute-stats")
    assert result.exit_code == 1
    assert "late đang lưu 7, đếm lại 0" in result.stdout
    told = as_json("recompute-stats", "--rebuild")["dossiers"]
    assert (told["rows_differing"]["year"], told["rows_rebuilt"]) == (1, 1)
    assert as_json("recompute-stats")["equal"] is True
    assert as_json("verify-audit")["entries"] == 3


def test_an_error_of_ours_keeps_its_traceback() -> None:
    assert failure(ValueError("ours"), Words("en")) is None


def _change_first(connection: Connection) -> int:
    return connection.execute(update(audit).where(audit.c.seq == 1).values(actor="staff:1")).rowcount


def test_a_file_that_cannot_be_used_is_told_with_its_name_and_the_way_out(tmp_path: Path) -> None:
    def told(error: OSError) -> str:
        found = failure(error, Words("vi"))
        assert found is not None
        assert found.status == 1
        return found.lines[0]

    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "none.csv").read_text()
    assert told(missing.value) == f"Không có tệp hoặc thư mục {tmp_path}/none.csv; xin kiểm tra tên và nơi lưu."
    with pytest.raises(IsADirectoryError) as folder:
        tmp_path.read_text()
    assert "là thư mục" in told(folder.value)
    assert "Không được phép" in told(PermissionError(errno.EACCES, "Permission denied", "a.csv"))
    assert "Hết chỗ trên đĩa khi ghi b.csv" in told(OSError(errno.ENOSPC, "No space left on device", "b.csv"))
    assert told(OSError(errno.EIO, "Input/output error")) == "Không thực hiện được: Input/output error."
