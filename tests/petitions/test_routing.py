"""Routing: every case has an owner and a reason, and nobody judges his own line."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.datafiles import read_file
from offices.errors import DataError
from offices.presets import Preset, load_preset
from offices.units import Directory, UnitKind
from petitions.kinds import Subject
from petitions.routing import Case, Routing, coordinator_for, in_line_of, load_routing, read_routing, route

PRESETS = {name: load_preset(name) for name in ("district-2024", "commune-2025")}
ROUTINGS = {name: load_routing(name, preset.units, preset.fields) for name, preset in PRESETS.items()}
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)


def every_case(preset: Preset, places: bool = True) -> Iterator[Case]:  # noqa: FBT001, FBT002 - a test's switch
    units = [None, *(unit.code for unit in preset.units)]
    fields = [None, *(field.code for field in preset.fields)]
    return itertools.starmap(Case, itertools.product(Subject, fields, units, units if places else [None]))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("day", [FIRST, date(2025, 6, 30), date(2025, 7, 1), LAST])
def test_no_case_is_ever_without_an_owner_of_that_day(name: str, day: date) -> None:
    preset, routing = PRESETS[name], ROUTINGS[name]
    exist = {unit.code for unit in preset.units.on(day)}
    for case in every_case(preset, places=name == "district-2024"):
        found = route(case, routing, day, preset.units)
        assert found.because.vi
        assert found.source
        assert found.unit in (exist or {unit.code for unit in preset.units})


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_conduct_of_a_named_unit_never_reaches_its_own_line(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(PRESETS)))
    preset = PRESETS[name]
    day = data.draw(st.dates(preset.valid_from, preset.valid_to or LAST))
    unit = data.draw(st.sampled_from([unit for unit in preset.units.on(day) if unit.kind is not UnitKind.AUTHORITY]))
    field = data.draw(st.sampled_from([None, *(field.code for field in preset.fields)]))
    found = route(Case(Subject.CONDUCT, field, unit.code), ROUTINGS[name], day, preset.units)
    assert not in_line_of(found.unit, unit.code, day, preset.units)
    assert (found.kept_from, found.rule_id) == (unit.code, None)


@pytest.mark.parametrize("name", PRESETS)
def test_conduct_of_the_coordinator_goes_to_the_head_of_the_authority(name: str) -> None:
    preset, routing = PRESETS[name], ROUTINGS[name]
    found = route(Case(Subject.CONDUCT, None, routing.coordinator), routing, preset.valid_from, preset.units)
    assert found.unit == preset.authority.code


@pytest.mark.parametrize("name", PRESETS)
def test_every_rule_is_reached_by_some_case_and_tried_by_an_example(name: str) -> None:
    preset, routing = PRESETS[name], ROUTINGS[name]
    reached = {route(case, routing, preset.valid_from, preset.units).rule_id for case in every_case(preset)}
    assert {rule.id for rule in routing.rules} <= reached
    assert all(rule.examples for rule in routing.rules)


@pytest.mark.parametrize(
    ("name", "case", "unit"),
    [
        ("commune-2025", Case(Subject.SITE, "infrastructure"), "xa-mau.kinh-te"),
        ("commune-2025", Case(Subject.REGULATION, "merit"), "xa-mau.van-hoa-xa-hoi"),
        ("commune-2025", Case(Subject.CONDUCT), "xa-mau.van-phong"),
        ("district-2024", Case(Subject.REGULATION, "land"), "huyen-mau.tnmt"),
        ("district-2024", Case(Subject.SITE, "environment", place="xa-mau-3"), "xa-mau-3"),
        ("district-2024", Case(Subject.SITE), "huyen-mau.noi-vu"),
        ("district-2024", Case(Subject.REGULATION), "huyen-mau.van-phong"),
    ],
)
def test_cases_go_where_the_plan_says(name: str, case: Case, unit: str) -> None:
    preset = PRESETS[name]
    assert route(case, ROUTINGS[name], preset.valid_from + timedelta(days=100), preset.units).unit == unit


def test_a_unit_that_has_ended_is_stood_in_for_by_its_successor() -> None:
    preset, case = PRESETS["district-2024"], Case(Subject.SITE, place="xa-mau-3")
    found = route(case, ROUTINGS["district-2024"], date(2025, 7, 1), preset.units)
    assert (found.unit, found.rule_id, found.successor_of) == ("xa-mau-dong", "on-site", "xa-mau-3")


def test_a_coordinator_without_a_successor_leaves_the_head() -> None:
    preset = PRESETS["district-2024"]
    assert coordinator_for(ROUTINGS["district-2024"], date(2025, 7, 1), preset.units) == "xa-mau"


_GOOD = """
coordinator = "xa-mau.van-phong"
[otherwise]
because = { vi = "a", en = "b" }
source = "s"
[conduct]
because = { vi = "a", en = "b" }
source = "s"
[[rule]]
id = "one"
fields = ["land"]
unit = "xa-mau.kinh-te"
valid_from = 2025-07-01
because = { vi = "a", en = "b" }
source = "s"
examples = [{ subject = "site", field = "land" }]
"""
_RULE = _GOOD[_GOOD.index("[[rule]]") :]


def read(tmp_path: Path, text: str) -> Routing:
    file = tmp_path / "routing.toml"
    file.write_text(text, encoding="utf-8")
    preset = PRESETS["commune-2025"]
    return read_file(file, lambda table: read_routing(table, preset.units, preset.fields))


def test_a_right_file_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, _GOOD).rules[0].unit == "xa-mau.kinh-te"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"xa-mau.van-phong"', '"nowhere"', "coordinator"),
        ('"xa-mau.kinh-te"', '"nowhere"', "rule[1].unit"),
        ('["land"]', '["fishing"]', "rule[1].fields"),
        ('id = "one"', 'id = "one"\nabouts = ["nowhere"]', "rule[1].abouts"),
        ('id = "one"', 'id = "one"\nunits = 1', "rule[1].units"),
        (_RULE, _RULE + _RULE, "rule[2].id"),
        ('subject = "site", field = "land"', 'subject = "site"', "rule[1].examples"),
        ('subject = "site"', 'subject = "noise"', "rule[1].examples[1].subject"),
        ('field = "land" }]', 'field = "land", about = "x" }]', "rule[1].examples[1].about"),
        ("[conduct]", "[otherwise2]", "conduct"),
        ("[conduct]", "[conducts]\n[conduct]", "conducts"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_write(tmp_path: Path, old: str, new: str, place: str) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, _GOOD.replace(old, new, 1))
    assert refused.value.place == place


def test_the_line_of_a_unit_is_the_unit_and_what_is_below_it() -> None:
    units: Directory = PRESETS["commune-2025"].units
    day = date(2026, 1, 5)
    assert in_line_of("xa-mau.kinh-te", "xa-mau.kinh-te", day, units)
    assert not in_line_of("xa-mau", "xa-mau.kinh-te", day, units)
    assert not in_line_of("xa-mau.kinh-te", "xa-mau", day, units)
    assert in_line_of("xa-mau", "xa-mau", day, units)
