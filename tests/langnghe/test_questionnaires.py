"""`langnghe questionnaires`: check, list, and the way to XLSForm and back through real workbooks."""

import json
import re
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from sqlalchemy import func, update

from langnghe import store, xlsform_file
from langnghe.clock import today, utc_now
from offices.errors import DataError
from storage import questionnaire_drafts
from storage.tables.questionnaires import questionnaire_version
from surveys.definition_text import written
from surveys.items import ItemKind
from surveys.publishing import digest
from surveys.questionnaires import Questionnaire, load_file, load_text
from surveys.registry import packaged
from surveys.xlsform import sheets_of
from surveys.xlsform_reading import read_sheets
from tests.langnghe.office import as_json, call, done, refused, write
from tests.surveys.made import questionnaires

DEFINITIONS = Path(__file__).parents[2] / "surveys/definitions"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("code", packaged().codes())
def test_a_shipped_questionnaire_goes_to_a_form_that_others_read_and_comes_back(code: str) -> None:
    done("questionnaires", "export", code, "--to", "form.xlsx")
    form = import_module("pyxform.xls2xform").convert("form.xlsx")
    assert form.warnings == []
    assert f'id="{code}"' in form.xform
    assert 'lang="Tiếng Việt (vi)"' in form.xform
    assert 'lang="English (en)"' in form.xform
    assert form.xform.count("relevant=") == sum(item.when is not None for item in packaged().load(code).items)
    done("questionnaires", "import", "form.xlsx", "--to", "back.toml")
    assert load_file(Path("back.toml")) == packaged().load(code)


@given(questionnaires())
@settings(deadline=None, max_examples=25)
def test_every_questionnaire_comes_back_from_a_workbook(asked: Questionnaire) -> None:
    file = Path("made.xlsx")
    file.write_bytes(xlsform_file.packed(sheets_of(asked)))
    assert read_sheets("made.xlsx", xlsform_file.read(file)).questionnaire == asked


def test_no_text_of_a_questionnaire_becomes_a_formula() -> None:
    title = replace(packaged().load("quick").title, vi='=HYPERLINK("http://mau")')
    Path("form.xlsx").write_bytes(xlsform_file.packed(sheets_of(replace(packaged().load("quick"), title=title))))
    cell = openpyxl.load_workbook("form.xlsx")["settings"]["A2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://mau")')


def test_numbers_and_dates_that_a_spreadsheet_made_of_texts_are_understood() -> None:
    done("questionnaires", "export", "waiting-time", "--to", "form.xlsx")
    book = openpyxl.load_workbook("form.xlsx")
    book["settings"]["C2"] = 2
    book["settings"]["L2"] = date(2027, 1, 1)
    for row in range(2, 7):
        book["choices"].cell(row, 2).value = row - 1
    book.save("edited.xlsx")
    done("questionnaires", "import", "edited.xlsx", "--to", "back.toml")
    expected = replace(packaged().load("waiting-time"), version=2, valid_from=date(2027, 1, 1))
    assert load_file(Path("back.toml")) == expected


def test_all_that_cannot_be_asked_is_told_with_sheet_row_and_column() -> None:
    done("questionnaires", "export", "quick", "--to", "form.xlsx")
    book = openpyxl.load_workbook("form.xlsx")
    book["survey"]["A4"] = "image"
    book["survey"]["H3"] = "${overall} <= 3 or ${overall} = 5"
    book["survey"].append(["note", "thanks", "Cảm ơn", "Thanks"])
    book.save("edited.xlsx")
    result = call("questionnaires", "import", "edited.xlsx", "--to", "back.toml", "--lang", "en")
    assert result.exit_code == 1
    assert [line.split(":")[1:3] for line in result.stderr.splitlines()] == [
        [" edited.xlsx", " survey!3 (H, relevant)"], [" edited.xlsx", " survey!4 (A, type)"],
    ]  # fmt: skip
    assert "survey!5 (A, type)" in result.stdout
    assert not Path("back.toml").exists()
    result = call("questionnaires", "import", "edited.xlsx", "--to", "back.toml", "--json")
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    assert [(each["sheet"], each["row"], each["column"], each["value"]) for each in faults] == [
        ("survey", 3, "H, relevant", "${overall} <= 3 or ${overall} = 5"), ("survey", 4, "A, type", "image"),
    ]  # fmt: skip


def test_a_workbook_that_changes_a_published_version_is_refused() -> None:
    done("questionnaires", "export", "quick", "--to", "form.xlsx")
    book = openpyxl.load_workbook("form.xlsx")
    book["survey"]["D2"] = "How was it?"
    book.save("edited.xlsx")
    code, line = refused("questionnaires", "import", "edited.xlsx", "--to", "back.toml")
    assert code == 1
    assert line.startswith("edited.xlsx: version: ")


def test_a_file_that_exists_is_not_overwritten() -> None:
    write(Path("form.xlsx"), "mine")
    assert refused("questionnaires", "export", "quick", "--to", "form.xlsx")[0] == 1
    assert Path("form.xlsx").read_text(encoding="utf-8") == "mine"


def test_wrong_use_is_told_with_code_2() -> None:
    assert refused("questionnaires", "export", "absent", "--to", "a.xlsx")[0] == 2
    assert refused("questionnaires", "export", "quick", "--version", "9", "--to", "a.xlsx")[0] == 2
    assert refused("questionnaires", "export", "quick")[0] == 2
    assert refused("questionnaires", "check")[0] == 2


def test_what_is_no_workbook_or_an_endless_one_is_refused_in_a_line() -> None:
    write(Path("text.xlsx"), "no workbook")
    with ZipFile("bomb.xlsx", "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 30_000_000)
    with ZipFile("empty.xlsx", "w") as packed:
        packed.writestr("a", b"")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("survey")
    sheet["A1"], sheet["XFD1000000"] = "type", "far"
    book.save("far.xlsx")
    for name in ("text.xlsx", "bomb.xlsx", "empty.xlsx", "far.xlsx", "absent.xlsx"):
        with pytest.raises(DataError, match=name):
            xlsform_file.read(Path(name))
        assert refused("questionnaires", "import", name, "--to", "a.toml")[0] == 1


def test_several_files_are_checked_and_every_fault_told() -> None:
    good = str(DEFINITIONS / "health.toml")
    copy = write(Path("copy.toml"), written(packaged().load("health")))
    changed = write(Path("changed.toml"), written(packaged().load("quick")).replace("Rất hài lòng", "Tuyệt vời"))
    broken = write(
        Path("broken.toml"), written(packaged().load("counter")).replace('"choice"', '"list"', 1).replace("day", "week")
    )
    result = call("questionnaires", "check", good, copy, changed, broken, "--json")
    assert result.exit_code == 1
    files = json.loads(result.stdout)["files"]
    assert [(each["good"], [fault["place"] for fault in each["faults"]]) for each in files] == [
        (True, []), (False, ["version"]), (False, ["version"]), (False, ["round", "items[2].kind"]),
    ]  # fmt: skip
    assert (files[0]["published"], files[0]["sha256"]) == (True, digest(packaged().load("health")))
    said = call("questionnaires", "check", good, copy, changed, broken)
    assert said.exit_code == 1
    assert len(said.stdout.splitlines()) == 1
    assert len(said.stderr.splitlines()) == 4
    assert "cách sửa: Chỉ dùng được một trong: scale5, choice, number, text." in said.stderr
    assert "cách sửa: Phiên bản này đã ban hành và giữ nguyên: nội dung mới ghi version = 2" in said.stderr
    assert done("questionnaires", "check", *(str(file) for file in DEFINITIONS.iterdir())).count("\n") == len(
        packaged().codes()
    )


def test_what_is_not_there_is_told_without_a_value() -> None:
    empty = write(Path("empty.toml"), written(packaged().load("counter")).replace("version = 1\n", ""))
    assert "empty.toml: version: Còn thiếu. Ghi một số nguyên" in call("questionnaires", "check", empty).stderr


def test_all_questionnaires_are_listed() -> None:
    assert [each["code"] for each in as_json("questionnaires", "list")["questionnaires"]] == list(packaged().codes())
    assert all(code in done("questionnaires", "list", "--lang", "en") for code in packaged().codes())


def test_the_example_of_the_manual_is_good_and_shows_every_kind_of_item() -> None:
    page = (DEFINITIONS.parents[1] / "docs/questionnaires.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    done("questionnaires", "check", write(Path("market-day.toml"), example))
    found = load_file(Path("market-day.toml"))
    assert {item.kind for item in found.items} == set(ItemKind)
    assert read_sheets("market-day.xlsx", sheets_of(found)).questionnaire == found


def test_the_manual_names_every_questionnaire_and_command() -> None:
    page = (DEFINITIONS.parents[1] / "docs/questionnaires.md").read_text(encoding="utf-8")
    assert all(f"`{code}`" in page for code in packaged().codes())
    assert all(f"langnghe questionnaires {name}" in page for name in ("list", "check", "export", "import"))


def test_an_own_version_is_listed_checked_exported_and_comes_back_as_a_draft(office: Path) -> None:
    text = "# vì sao hỏi\n" + written(packaged().load("quick")).replace("Rất hài lòng", "Tuyệt vời")
    made = as_json("questionnaires", "import", write(office / "mine.toml", text), "--draft")
    assert made == {"draft": 1, "code": "quick", "faults": []}
    day = today()
    store.write(lambda connection: questionnaire_drafts.publish(connection, 1, 1, day, 1, utc_now()))
    listed = [each for each in as_json("questionnaires", "list")["questionnaires"] if each["code"] == "quick"]
    assert [(each["version"], each["own"], each["published"]) for each in listed] == [(1, False, True), (2, True, True)]
    assert "tự lập" in done("questionnaires", "list")
    done("questionnaires", "export", "quick", "--to", "own.toml")
    own = Path("own.toml").read_text(encoding="utf-8")
    assert own.startswith("# vì sao hỏi\n")
    assert (load_file(Path("own.toml")).version, load_file(Path("own.toml")).valid_from) == (2, day)
    done("questionnaires", "check", "own.toml")
    code, line = refused("questionnaires", "check", write(Path("other.toml"), own.replace("Tuyệt vời", "Tốt")))
    assert (code, "version = 3" in line) == (1, True)
    done("questionnaires", "export", "quick", "--version", "2", "--to", "own.xlsx")
    done("questionnaires", "import", "own.xlsx", "--draft")
    kept = store.read(questionnaire_drafts.every)
    assert [(each.code, each.written_by, load_text(each.text, "x").version) for each in kept] == [("quick", None, 2)]


def test_an_altered_version_makes_the_list_fail_and_is_named(office: Path) -> None:
    changed = written(packaged().load("quick")).replace("Rất hài lòng", "Tuyệt vời")
    done("questionnaires", "import", write(office / "mine.toml", changed), "--draft")
    store.write(lambda connection: questionnaire_drafts.publish(connection, 1, 1, today(), 1, utc_now()))
    worse = func.replace(questionnaire_version.c.text, "Tuyệt vời", "Tệ")
    store.write(lambda connection: connection.execute(update(questionnaire_version).values(text=worse)))
    result = call("questionnaires", "list")
    assert result.exit_code == 1
    assert "quick.version" in result.stderr
    result = call("questionnaires", "list", "--json")
    assert (result.exit_code, json.loads(result.stdout)["altered"]) == (1, [{"code": "quick", "version": 2}])


def test_a_draft_is_kept_with_its_faults_and_needs_a_code_and_an_office(office: Path) -> None:
    faulty = write(office / "faulty.toml", 'code = "cho-phien"\nversion = 1\n')
    made = as_json("questionnaires", "import", faulty, "--draft")
    assert made["draft"] == 1
    assert "items" in [each["place"] for each in made["faults"]]
    assert refused("questionnaires", "import", write(office / "no.toml", 'code = "Chợ"'), "--draft")[0] == 1
    assert refused("questionnaires", "import", "faulty.toml", "--to", "a.toml")[0] == 2
    assert refused("questionnaires", "import", "faulty.toml")[0] == 2
    assert refused("questionnaires", "import", "faulty.toml", "--to", "a.toml", "--draft")[0] == 2


def test_without_an_office_there_is_nowhere_to_keep_a_draft() -> None:
    text = written(packaged().load("quick"))
    assert refused("questionnaires", "import", write(Path("mine.toml"), text), "--draft")[0] == 1


def test_a_version_is_withdrawn_once_it_is_confirmed(office: Path) -> None:
    assert office.is_dir()
    day = today().isoformat()
    asked = call("questionnaires", "withdraw", "health", "1", stdin="n\n")
    assert asked.exit_code != 0
    assert "health" in asked.stderr
    done("questionnaires", "withdraw", "health", "1", "--from", day, "--yes")
    assert "đã rút rồi" in refused("questionnaires", "withdraw", "health", "1", "--yes")[1]
