"""Where a series breaks is data, with its source; a mistake in it is refused with its place."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offices.datafiles import read_file
from offices.errors import DataError
from surveys.metrics import load_metrics
from surveys.series_breaks import break_between, load_breaks, read_breaks

YEARS = st.integers(2000, 2100)


def test_the_sipas_series_breaks_in_2022_and_says_why_and_by_which_source() -> None:
    [sipas] = load_breaks()
    assert (sipas.first_year, sipas.metrics) == (2022, ("sipas_index", "satisfaction_agency"))
    assert "2640/QĐ-BNV" in sipas.source["vi"]
    assert "1001/QĐ-BNV" in sipas.source["en"]
    assert sipas.because["vi"] != sipas.because["en"]


@given(st.sampled_from(sorted(load_metrics())), YEARS, YEARS)
@example("sipas_index", 2021, 2022)
@example("sipas_index", 2022, 2023)
def test_a_break_lies_between_two_years_when_one_is_before_it_and_one_is_not(
    metric: str, before: int, now: int
) -> None:
    found = break_between(metric, before, now)
    concerned = metric in {"sipas_index", "satisfaction_agency"}
    assert (found is not None) == (concerned and before <= 2021 and now >= 2022)


SMALLEST = """
[[breaks]]
code = "b"
first_year = 2022
metrics = ["sipas_index"]
because = {vi = "Đổi phương pháp", en = "Another method"}
source = {vi = "Quyết định mẫu", en = "Sample decision"}
"""


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('["sipas_index"]', '["happiness"]', "breaks[1].metrics"),
        ('["sipas_index"]', "[]", "breaks[1].metrics"),
        ("first_year = 2022", "first_year = 22", "breaks[1].first_year"),
        ("source =", "sources =", "breaks[1].source"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    file = tmp_path / "breaks.toml"
    file.write_text(SMALLEST, encoding="utf-8")
    assert len(read_file(file, read_breaks)) == 1
    file.write_text(SMALLEST.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_file(file, read_breaks)
    assert caught.value.place == place
