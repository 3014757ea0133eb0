"""The reform of 1 July 2025 as docs/units.md tells it: the districts end, five communes become two."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from langnghe import store
from offices.lineage import Fate, lineage
from offices.presets import load_preset
from offices.succession import abolish, apply, merge
from offices.units import Decision, Directory, Unit
from storage import units
from tests.langnghe.conftest import stand_alone
from tests.langnghe.office import PASSWORD, add_ratings, as_json, done

REFORM = date(2025, 7, 1)
LAW = Decision("Luật Tổ chức chính quyền địa phương 72/2025/QH15", date(2025, 6, 16))
BOTH_YEARS = ("--from", "2025-01-01", "--to", "2025-12-31")
RATED = {
    "xa-mau-1": (34, 6), "xa-mau-2": (24, 6), "thi-tran-mau": (47, 3), "xa-mau-3": (20, 5), "xa-mau-4": (17, 3),
    "huyen-mau.mot-cua": (51, 9), "xa-mau": (184, 16), "xa-mau-dong": (90, 10),
}  # fmt: skip
"""Satisfied and other ratings of each unit: before the reform of the old ones, after it of the new ones."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "units.md"


@pytest.fixture(scope="module")
def made_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the district with its ratings once."""
    folder = tmp_path_factory.mktemp("district")
    with pytest.MonkeyPatch.context() as patch:
        stand_alone(patch, folder)
        done("setup", "--preset", "district-2024", "--login", "quantri", "--password-stdin", stdin=f"{PASSWORD}\n")
        for unit, (satisfied, others) in RATED.items():
            day = date(2025, 9, 1) if unit in {"xa-mau", "xa-mau-dong"} else date(2025, 3, 3)
            add_ratings([5] * satisfied + [2] * others, unit, day)
    return folder


@pytest.fixture
def district(made_district: Path, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - alone first
    """Stand in it; these tests only read."""
    monkeypatch.chdir(made_district)


@pytest.mark.usefixtures("district")
def test_the_figures_of_the_worked_example_are_those_of_the_command() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    for view in ("time", "successor"):
        command = ("stats", "--by-unit", view, *BOTH_YEARS)
        said = done(*command).partition("Đơn vị  ")[2]
        table = f"Đơn vị  {said}".partition("\n\n")[0]
        assert "\n".join(f"    {line}".rstrip() for line in table.splitlines()) in told, table
        assert f"    uv run langnghe {' '.join(command)}" in told


@pytest.mark.usefixtures("district")
def test_both_views_add_up_to_what_was_rated() -> None:
    found = {view: as_json("stats", "--by-unit", view, *BOTH_YEARS) for view in ("time", "successor")}
    sums = {view: (sum(row["n"] for row in each["by_unit"]), each["ratings"]["total"]) for view, each in found.items()}
    everybody = sum(satisfied + others for satisfied, others in RATED.values())
    assert sums == {"time": (everybody, everybody), "successor": (everybody, everybody)}
    rows: dict[str, dict[str, Any]] = {row["unit"]: row for row in found["successor"]["by_unit"]}
    assert {unit: (row["n"], row["top2"]) for unit, row in rows.items()} == {
        "huyen-mau.mot-cua": (60, 51), "xa-mau": (320, 289), "xa-mau-dong": (145, 127),
    }  # fmt: skip
    assert rows["huyen-mau.mot-cua"]["fate"] == "ended"


@pytest.mark.usefixtures("district")
def test_a_commune_is_asked_for_by_its_old_or_its_new_name() -> None:
    for unit, n in (("xa-mau", 320), ("xa-mau-1", 320), ("xa-mau-4", 145)):
        assert as_json("stats", "--unit", unit, "--by-unit", "successor", *BOTH_YEARS)["ratings"]["total"] == n
    for unit, n in (("xa-mau", 200), ("xa-mau-1", 40)):
        assert as_json("stats", "--unit", unit, *BOTH_YEARS)["ratings"]["total"] == n
    said = done("stats", "--unit", "xa-mau", *BOTH_YEARS)
    assert "Theo đơn vị tại thời điểm đánh giá." in said


@pytest.mark.usefixtures("district")
def test_the_decisions_of_the_reform_give_the_units_of_the_preset() -> None:
    """Entered as changes by a decision, one by one, they end where the packaged example ends."""
    packaged = load_preset("district-2024").units
    assert list(store.read(units.load_directory)) == list(packaged)
    after = before = Directory(_as_in_june(unit) for unit in packaged if unit.valid_from < REFORM)
    merging = {"xa-mau": ["xa-mau-1", "xa-mau-2", "thi-tran-mau"], "xa-mau-dong": ["xa-mau-3", "xa-mau-4"]}
    for code, ending in merging.items():
        new = packaged.unit(code)
        after = apply(after, merge(ending, new, REFORM, new.decision or LAW))
    for unit in before:
        if unit.code not in {code for codes in merging.values() for code in codes}:
            after = apply(after, abolish(unit.code, REFORM, LAW))
    assert {unit.code: unit for unit in after} == {unit.code: unit for unit in packaged}
    lines = lineage(after, REFORM)
    assert {lines.fate(lines.row(code)) for codes in merging.values() for code in codes} == {Fate.STANDS}
    assert lines.fate("huyen-mau.mot-cua") is Fate.ENDED


def _as_in_june(unit: Unit) -> Unit:
    return replace(unit, valid_to=None, successors=(), decision=None)


@pytest.mark.usefixtures("district")
def test_the_commune_has_a_first_half_of_the_year_by_successor_only() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    for start, end, n, top2 in (("2025-01-01", "2025-06-30", 120, 105), ("2025-07-01", "2025-12-31", 200, 184)):
        days = ("--from", start, "--to", end)
        [row] = as_json("stats", "--unit", "xa-mau", "--by-unit", "successor", *days)["by_unit"]
        assert (row["unit"], row["n"], row["top2"]) == ("xa-mau", n, top2)
        assert f"| {start} to {end} | {n} | {top2} | {row['percent']:.2f} % |" in told
    at_the_time = as_json("stats", "--unit", "xa-mau", "--from", "2025-01-01", "--to", "2025-06-30")
    assert at_the_time["ratings"]["total"] == 0
