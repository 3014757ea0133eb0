"""The rates of Decision 766: their points, and that they are no satisfied shares."""

from fractions import Fraction
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offices.datafiles import read_file
from offices.errors import DataError
from surveys import service_index
from surveys.measurement import Measurement
from surveys.scoring import Score
from surveys.service_index import (
    ServiceRate,
    definitions,
    dossiers_satisfied,
    dossiers_without_fault,
    pakn_satisfied,
    pakn_timely,
)
from surveys.targets import compare

COUNTS = st.integers(1, 10**9).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total)))


@given(COUNTS)
def test_a_rate_is_what_had_no_fault_and_earns_its_part_of_six_points(counts: tuple[int, int]) -> None:
    total, faulty = counts
    timely, petitions, dossiers = (
        pakn_timely(total, total - faulty),
        pakn_satisfied(total, faulty),
        dossiers_satisfied(total, faulty),
    )
    share = 1 - Fraction(faulty, total)
    assert timely.share == petitions.share == dossiers.share == share
    assert (dossiers.n, dossiers.population) == (total - faulty, total)
    assert timely.points == petitions.points == 6 * share
    assert dossiers.points == min(6 * share * 100 / 90, 6)


@pytest.mark.parametrize(("faulty", "points"), [(0, 6), (100, 6), (101, Fraction(899, 150)), (550, 3), (1000, 0)])
def test_dossiers_earn_full_points_from_ninety_percent(faulty: int, points: Fraction) -> None:
    assert dossiers_satisfied(1000, faulty).points == points


def test_nothing_to_count_gives_no_figure() -> None:
    none = pakn_timely(0, 0)
    assert (none.share, none.points, none.formula_id) == (None, None, "qd766-pakn-timely/1")


@pytest.mark.parametrize(("total", "faulty"), [(10, 11), (10, -1), (-1, 0)])
def test_counts_that_cannot_be_are_refused(total: int, faulty: int) -> None:
    for rate in (pakn_satisfied, dossiers_satisfied):
        with pytest.raises(ValueError, match=f"of {total}"):
            rate(total, faulty)


def test_the_rates_are_a_series_of_their_own_by_type_and_by_formula() -> None:
    assert get_type_hints(compare)["measurement"] is Measurement
    assert not issubclass(ServiceRate, Score | Measurement)
    assert {each.formula_id for each in definitions().values()} == {
        "qd766-pakn-timely/1",
        "qd766-pakn-satisfied/1",
        "qd766-dossiers-satisfied/1",
    }
    assert "766/QĐ-TTg" in service_index.source()["vi"]


def test_what_stands_beside_the_rate_of_dossiers_is_a_series_of_its_own_and_earns_no_points() -> None:
    told = dossiers_without_fault(1000, 101)
    assert (told.share, told.points) == (Fraction(899, 1000), None)
    assert told.formula_id == "dossiers-without-fault/1"
    assert dossiers_without_fault(0, 0).share is None


def test_a_file_without_one_of_the_rates_is_refused(tmp_path: Path) -> None:
    shipped = (Path(service_index.__file__).parent / "service_index.toml").read_text(encoding="utf-8")
    file = tmp_path / "service_index.toml"
    file.write_text(shipped[: shipped.rindex("[[rates]]")], encoding="utf-8")
    with pytest.raises(DataError, match="write each of: pakn_timely, pakn_satisfied, dossiers_satisfied"):
        read_file(file, service_index.read_definitions)
