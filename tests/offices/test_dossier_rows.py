"""What other systems write into a list of dossiers is understood, and every fault of a row is told at once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offices.dossier_columns import NEEDED, columns_of, load_names
from offices.dossier_rows import MOST_STATES, DossierRows, Listed
from offices.dossiers import DossierError, DossierState
from offices.phones import read_phone
from offices.presets import load_preset
from offices.units import Directory, Tier

TODAY = date(2026, 11, 21)
PRESET = load_preset("commune-2025")
DIRECTORY = Directory(PRESET.units)
HEADER = ["Mã hồ sơ", "Mã TTHC", "Đơn vị", "Lĩnh vực", "Cấp", "Ngày nhận", "Hạn trả", "Ngày trả", "SĐT"]
RIGHT = ["H-1", "1.004193", "Phòng Kinh tế", "Đất đai", "Xã", "02/11/2026", "16/11/2026", "12/11/2026", "0912 345 678"]


def rows(header: list[str]) -> DossierRows:
    return DossierRows(columns_of(header), DIRECTORY, PRESET.fields, TODAY)


READER = rows(HEADER)


def with_cell(name: str, value: str) -> list[str]:
    return [value if each == name else cell for each, cell in zip(HEADER, RIGHT, strict=True)]


def listed(cells: list[str]) -> Listed:
    found = READER.read(cells)
    assert isinstance(found, Listed)
    return found


def faults(cells: list[str]) -> list[tuple[str, str]]:
    found = READER.read(cells)
    assert isinstance(found, list)
    return [(each.fact, each.key) for each in found]


def test_a_row_by_names_is_the_same_as_one_by_codes() -> None:
    by_codes = [
        "h-1", "1.004193", "xa-mau.kinh-te", "land", "commune", "2026-11-02", "2026-11-16", "2026-11-12", "84912345678"
    ]  # fmt: skip
    named = listed(RIGHT)
    assert named == listed(by_codes)
    assert (named.dossier.unit, named.dossier.field, named.dossier.level) == ("xa-mau.kinh-te", "land", Tier.COMMUNE)
    assert named.phone == "+84912345678"


@pytest.mark.parametrize("name", ["MÃ HỒ SƠ", "ma ho so", " Số biên nhận ", "dossier_code", "Dossier code", "CODE"])
def test_columns_are_known_by_many_names(name: str) -> None:
    assert columns_of([name]).places == {"code": 0}


def test_no_name_means_two_columns() -> None:
    names = load_names()
    assert set(names.columns.values()) == set(names.shown)
    assert set(names.levels.values()) == set(Tier)
    assert set(names.states.values()) == set(DossierState)
    for fact, name in names.shown.items():
        assert columns_of([name]).places == {fact: 0}


def test_a_header_tells_what_is_missing_twice_and_not_used() -> None:
    columns = columns_of(["Mã hồ sơ", "Người nộp", "dossier_code", ""])
    assert columns.ignored == ("Người nộp",)
    assert [(each.key, each.fact) for each in columns.faults] == [
        ("dossier_column_twice", "code"),
        *(("dossier_column_missing", fact) for fact in NEEDED if fact != "code"),
    ]
    assert columns.heading("code") == "Mã hồ sơ"
    assert columns.heading("unit") == "Đơn vị"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("12/11/2026 14:30", date(2026, 11, 12)),
        ("14:30 12/11/2026", date(2026, 11, 12)),
        ("12-11-2026", date(2026, 11, 12)),
        ("12.11.2026", date(2026, 11, 12)),
        ("2026-11-12T09:00:00", date(2026, 11, 12)),
        ("2026-11-11T18:00:00Z", date(2026, 11, 12)),  # one in the morning in Vietnam
        ("", None),
    ],
)
def test_days_are_read_as_systems_write_them(written: str, day: date | None) -> None:
    assert listed(with_cell("Ngày trả", written)).dossier.returned_on == day


def test_an_empty_level_is_that_of_the_unit_and_an_empty_phone_is_none() -> None:
    assert listed(with_cell("Cấp", "")).dossier.level is Tier.COMMUNE
    assert listed(with_cell("Cấp", "cấp Tỉnh")).dossier.level is Tier.PROVINCE
    assert listed(with_cell("SĐT", "")).phone == ""
    without = rows(HEADER[:-1]).read(RIGHT[:-1])
    assert isinstance(without, Listed)
    assert without.phone is None


@pytest.mark.parametrize(
    ("written", "state", "day"),
    [
        ("TỪ CHỐI (có lý do)", DossierState.REFUSED, date(2026, 11, 12)),
        ("rejected", DossierState.REFUSED, date(2026, 11, 12)),
        ("Đã trả kết quả", None, date(2026, 11, 12)),
        ("", None, date(2026, 11, 12)),
    ],
)
def test_a_state_tells_what_the_days_cannot(written: str, state: DossierState | None, day: date | None) -> None:
    found = rows([*HEADER, "Trạng thái"]).read([*RIGHT, written])
    assert isinstance(found, Listed)
    assert (found.dossier.state, found.dossier.returned_on) == (state, day)


@pytest.mark.parametrize("written", ["Rút hồ sơ", "da rut"])
def test_the_day_of_a_withdrawn_dossier_is_that_on_which_it_was_taken_back(written: str) -> None:
    found = rows([*HEADER, "Trạng thái"]).read([*RIGHT, written])
    assert isinstance(found, Listed)
    assert (found.dossier.state, found.dossier.returned_on) == (DossierState.WITHDRAWN, None)
    assert found.dossier.withdrawn_on == found.dossier.ended_on == date(2026, 11, 12)


def test_states_that_change_nothing_are_told_once_and_not_without_end() -> None:
    reader = rows([*HEADER, "Trạng thái"])
    for written in ("Đang xử lý", " Đang xử lý ", "Rút hồ sơ", "", "rút hs", *map(str, range(100))):
        reader.read([*RIGHT, written])
    assert reader.other_states[:3] == ["Đang xử lý", "rút hs", "0"]
    assert len(reader.other_states) == MOST_STATES


@pytest.mark.parametrize(
    ("written", "day", "key"),
    [
        ("từ chối", "", "dossier_refused_when"),
        ("rút hồ sơ", "", "dossier_withdrawn_when"),
        ("rút hồ sơ", "01/11/2026", "dossier_day_backwards"),
        ("rút hồ sơ", "22/11/2026", "dossier_day_future"),
    ],
)
def test_a_dossier_that_ended_without_a_result_says_when(written: str, day: str, key: str) -> None:
    found = rows([*HEADER, "Trạng thái"]).read([*with_cell("Ngày trả", day), written])
    assert isinstance(found, list)
    assert [(each.fact, each.key) for each in found] == [("returned_on", key)]


def test_every_fault_of_a_row_is_told() -> None:
    wrong = ["hồ sơ", "", "Phòng Lạ", "Việc lạ", "cấp trời", "hôm qua", "31/02/2026", "45992", "113"]
    assert faults(wrong) == [
        ("code", "dossier_code_letters"),
        ("procedure", "dossier_code_empty"),
        ("received_on", "dossier_day_unreadable"),
        ("due_on", "dossier_day_unreadable"),
        ("returned_on", "dossier_day_unreadable"),
        ("field", "dossier_field_unknown"),
        ("unit", "dossier_unit_unknown"),
        ("level", "dossier_level_unknown"),
        ("phone", "dossier_phone_wrong"),
    ]
    assert faults(with_cell("Ngày nhận", "")) == [("received_on", "dossier_day_empty")]
    assert faults(RIGHT[:-1]) == [("", "dossier_row_cells")]
    assert faults(with_cell("Ngày trả", "22/11/2026")) == [("returned_on", "dossier_day_future")]


def test_a_fault_does_not_tell_a_telephone_number() -> None:
    found = READER.read(with_cell("SĐT", "09123"))
    assert isinstance(found, list)
    assert "09123" not in str(found[0])


def test_a_name_of_two_units_asks_for_the_code() -> None:
    twins = [each for each in PRESET.units if each.code == "xa-mau.kinh-te"]
    both = Directory([*PRESET.units, *(type(each)(**{**vars(each), "code": "xa-mau.khac"}) for each in twins)])
    found = DossierRows(columns_of(HEADER), both, PRESET.fields, TODAY).read(RIGHT)
    assert isinstance(found, list)
    assert [(each.key, each.params["codes"]) for each in found] == [
        ("dossier_unit_several", "xa-mau.kinh-te, xa-mau.khac")
    ]


@given(st.lists(st.text(max_size=20), min_size=len(HEADER), max_size=len(HEADER)))
def test_whatever_stands_in_a_row_is_a_dossier_or_a_list_of_faults(cells: list[str]) -> None:
    found = READER.read(cells)
    assert isinstance(found, Listed) or (found and all(isinstance(each, DossierError) for each in found))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912.345.678", "+84912345678"),
        ("+84 (0)912 345 678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("912345678", "+84912345678"),
        ("0236-3822.222", "+842363822222"),
        ("+1 202 555 0143", "+12025550143"),
        ("112", None),
        ("1234567890", None),
        ("0912345678 / 0987654321", None),
        ("", None),
    ],
)
def test_one_number_has_one_form(typed: str, number: str | None) -> None:
    assert read_phone(typed) == number


@given(st.text(alphabet="0123456789+ .", max_size=16))
def test_a_number_in_its_form_stays_so(typed: str) -> None:
    number = read_phone(typed)
    assert number is None or read_phone(number) == number
