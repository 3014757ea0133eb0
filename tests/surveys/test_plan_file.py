"""A plan file with a mistake is refused with its place."""

from pathlib import Path

import pytest

from offices.datafiles import read_file
from offices.errors import DataError
from surveys.plan_file import read_plan

SMALLEST = """
code = "XM24"
year = 2024
title = "Kế hoạch mẫu"
issuing_unit = "UBND Xã Mẫu"
province = "Tỉnh Mẫu"
tier = "commune"
[[targets]]
id = "XM24-A"
section = "I"
metric = "satisfaction_tthc"
fields = ["all"]
operator = ">"
value = 97.5
commitment = "firm"
quote = "trên 97,5%"
[[survey_rules]]
id = "XM24-S"
section = "V"
by = "UBND xã"
frequency = "rounds"
before = [2024-07-01, 2024-11-01]
fields = ["land"]
quote = "hai đợt"
[[reporting_periods]]
id = "XM24-Q1"
section = "III"
quote = "quý I"
label = {vi = "Quý I", en = "First quarter"}
start = {month = 1, day = 1}
end = {month = 3, day = 31}
due = {month = 4, day = 1}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "XM24.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_decimal_values_are_kept_exactly(tmp_path: Path) -> None:
    target = read_file(write(tmp_path, SMALLEST), read_plan).targets[0]
    assert (target.value.numerator, target.value.denominator) == (195, 2)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"satisfaction_tthc"', '"happiness"', "targets[1].metric"),
        ('operator = ">"', 'operator = "="', "targets[1].operator"),
        ("value = 97.5", 'value = "97.5"', "targets[1].value"),
        ('fields = ["all"]', 'fields = ["all", "land"]', "targets[1].fields"),
        ('fields = ["all"]', 'fields = ["land", "land"]', "targets[1].fields"),
        ('metric = "satisfaction_tthc"', 'metric = "change_vs_previous_year"', "targets[1].applies_to"),
        ('quote = "trên', 'baseline_year = 2023\nquote = "trên', "targets[1].baseline_year"),
        ('quote = "trên', 'joint = 1\nquote = "trên', "targets[1].joint"),
        ("[2024-07-01, 2024-11-01]", "[2024-11-01, 2024-07-01]", "survey_rules[1].before"),
        ("[2024-07-01, 2024-11-01]", '["2024-11-01"]', "survey_rules[1].before"),
        ("[2024-07-01, 2024-11-01]", "[2024-01-01, 2024-11-01]", "survey_rules[1].before"),
        ("[2024-07-01, 2024-11-01]", "[2024-07-01, 2025-11-01]", "survey_rules[1].before"),
        ("[2024-07-01, 2024-11-01]", "[2024-02-29, 2024-11-01]", "survey_rules[1].before"),
        ("day = 31", "day = 32", "reporting_periods[1].end.day"),
        ("start = {month = 1", "start = {month = 4", "reporting_periods[1].end"),
        ("due = {month = 4, day = 1}", "due = {month = 3, day = 31}", "reporting_periods[1].due"),
        ('quote = "quý I"', 'quote = ""', "reporting_periods[1].quote"),
        ("month = 3, day = 31", "month = 2, day = 29", "reporting_periods[1].end.day"),
        ("end = {month", "ends = {month", "reporting_periods[1].end"),
        ("[[survey_rules]]", '[[targets]]\nid = "XM24-B"\n[[survey_rules]]', "targets[2].metric"),
    ],
)
def test_a_mistake_in_a_plan_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in SMALLEST
    with pytest.raises(DataError) as caught:
        read_file(write(tmp_path, SMALLEST.replace(old, new, 1)), read_plan)
    assert caught.value.place == place


def test_two_targets_with_one_id_are_refused(tmp_path: Path) -> None:
    start, end = SMALLEST.index("[[targets]]"), SMALLEST.index("[[survey_rules]]")
    with pytest.raises(DataError, match=r"targets\[2\]\.id: 'XM24-A' .* an earlier entry has it"):
        read_file(write(tmp_path, SMALLEST[:end] + SMALLEST[start:]), read_plan)
