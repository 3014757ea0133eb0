from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from offices import presets
from offices.errors import DataError
from offices.presets import Preset, load_preset, preset_names, read_preset
from offices.units import Tier, UnitKind

BEFORE, AFTER = date(2024, 6, 3), date(2025, 7, 1)
# The fields that the targets of the five plans of 2024 are broken down by.
PLAN_FIELDS = {
    "land", "construction", "investment", "environment", "planning_investment", "health", "education",
    "social_protection", "merit", "certification", "land_use_certificate",
}  # fmt: skip


@pytest.fixture(params=preset_names())
def preset(request: pytest.FixtureRequest) -> Preset:
    return load_preset(request.param)


def codes(preset: Preset, typed: str, day: date) -> list[str]:
    return [unit.code for unit in preset.units.find(typed, day)]


def test_both_models_of_government_are_shipped() -> None:
    assert preset_names() == ("commune-2025", "district-2024")


def test_every_field_has_a_unit_that_answers_for_it(preset: Preset) -> None:
    day = preset.valid_from
    assert {field.code for field in preset.fields} >= PLAN_FIELDS
    assert [field.code for field in preset.fields if not preset.units.for_field(field.code, day)] == []


def test_a_preset_has_one_standing_agency_and_its_root(preset: Preset) -> None:
    day = preset.valid_from
    assert len(preset.units.of_kind(UnitKind.STANDING, day)) == 1
    assert preset.units.of_kind(UnitKind.AUTHORITY, day) == (preset.authority,)
    assert all(preset.units.covers(preset.authority.code, unit.code, day) for unit in preset.units.on(day))


def test_every_unit_is_found_by_its_own_names(preset: Preset) -> None:
    for unit in preset.units.on(preset.valid_from):
        for name in (unit.name.vi, unit.short_name.vi, unit.name.en):
            assert unit.code in codes(preset, name, preset.valid_from), name


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("vp ubnd", "huyen-mau.van-phong"),
        ("một cửa", "huyen-mau.mot-cua"),
        ("mot cua", "huyen-mau.mot-cua"),
        ("phong noi vu", "huyen-mau.noi-vu"),
        ("tnmt", "huyen-mau.tnmt"),
        ("ldtbxh", "huyen-mau.ldtbxh"),
        ("xa mau 3", "xa-mau-3"),
        ("thi tran", "thi-tran-mau"),
    ],
)
def test_units_of_the_district_are_found_as_people_type(typed: str, first: str) -> None:
    assert codes(load_preset("district-2024"), typed, BEFORE)[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("vp ubnd", "xa-mau.van-phong"),
        ("mot cua", "xa-mau.trung-tam"),
        ("kinh te", "xa-mau.kinh-te"),
        ("tram y te", "xa-mau.tram-y-te"),
        ("truong tieu hoc", "xa-mau.tieu-hoc"),
        ("ủy ban xã", "xa-mau"),
    ],
)
def test_units_of_the_commune_are_found_as_people_type(typed: str, first: str) -> None:
    assert codes(load_preset("commune-2025"), typed, AFTER)[0] == first


def test_the_district_ends_and_its_communes_have_successors() -> None:
    preset = load_preset("district-2024")
    assert preset.valid_to == date(2025, 6, 30)
    assert [unit.code for unit in preset.units.on(AFTER)] == ["xa-mau", "xa-mau-dong"]
    for unit in preset.units.of_kind(UnitKind.COMMUNE, BEFORE):
        heir = preset.units.heir(unit.code, AFTER)
        assert heir is not None
        assert heir.tier is Tier.COMMUNE
    assert preset.units.current("huyen-mau.tnmt", AFTER) == ()


def test_fields_have_the_same_codes_before_and_after() -> None:
    before, after = (load_preset(name) for name in ("district-2024", "commune-2025"))
    assert [field.code for field in before.fields] == [field.code for field in after.fields]


def test_an_unknown_preset_is_answered_with_the_names() -> None:
    with pytest.raises(DataError, match="use one of: commune-2025, district-2024"):
        load_preset("tinh-2030")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("units.toml", '"health"', '"helth"', r"mine/units\.toml: units\[4\]\.fields: .*'helth' is not in the fields"),
        ("units.toml", 'kind = "standing"', 'kind = "stand"', r"units\[2\]\.kind: 'stand'"),
        ("units.toml", "signed_on", "signed", r"units\[2\]\.decision\.signed"),
        ("units.toml", "2025-06-12 }", '"2025-06-12" }', r"units\[2\]\.decision\.signed_on"),
        ("units.toml", "decision = { ", 'decision = "x" #', r"units\[2\]\.decision"),
        ("units.toml", 'parent = "xa-mau"', 'parent = "xa"', r"units\[xa-mau\.van-phong\]\.parent: 'xa'"),
        ("preset.toml", 'authority = "xa-mau"', 'authority = "xa-mau.kinh-te"', r"mine/preset\.toml: authority"),
        ("preset.toml", "valid_from", "from", r"mine/preset\.toml: valid_from: None cannot be used; it is missing"),
    ],
)
def test_a_wrong_preset_is_one_clear_line(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    folder = tmp_path / "mine"
    copytree(Path(presets.__file__).parent / "commune-2025", folder)
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=says) as caught:
        read_preset(folder)
    assert "\n" not in str(caught.value)
