"""A dossier is held against the units, the fields and the calendar; every fault is told at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offices.datafiles import Label
from offices.dossiers import FIRST_DAY, DossierError, DossierState, StratumKey, faults_of, read_code
from offices.fields import Field, Fields, Scope
from offices.units import Directory
from tests.offices.builders import a_dossier, a_root, a_unit

TODAY = date(2026, 11, 21)
FIELDS = Fields([Field("land", Label("Đất đai", "Land"), Scope.ADMINISTRATIVE)])
ENDED = date(2025, 6, 30)
DIRECTORY = Directory(
    [a_root(), a_unit("vp"), a_unit("old", valid_to=ENDED), a_unit("new", valid_from=date(2026, 1, 1))]
)


def faults(**values: Any) -> list[tuple[str, str]]:
    return [(each.fact, each.key) for each in faults_of(a_dossier(**values), DIRECTORY, FIELDS, TODAY)]


def test_a_dossier_is_drawn_and_weighed_by_unit_field_and_level() -> None:
    assert a_dossier().stratum == StratumKey("vp", "land", "commune")


def test_a_dossier_that_is_right_or_still_open_has_no_faults() -> None:
    assert faults() == faults(due_on=None, returned_on=None) == faults(returned_on=TODAY) == []


def test_all_faults_are_told_at_once() -> None:
    assert faults(unit="nowhere", field="nothing", received_on=date(2206, 1, 1)) == [
        ("received_on", "dossier_day_future"),
        ("due_on", "dossier_day_backwards"),
        ("returned_on", "dossier_day_backwards"),
        ("field", "dossier_field_unknown"),
        ("unit", "dossier_unit_unknown"),
    ]


def test_a_day_typed_wrong_is_told() -> None:
    assert faults(received_on=FIRST_DAY - timedelta(days=1)) == [("received_on", "dossier_day_early")]
    assert faults(received_on=FIRST_DAY) == []
    assert faults(returned_on=TODAY + timedelta(days=1)) == [("returned_on", "dossier_day_future")]
    assert faults(received_on=TODAY, due_on=TODAY, returned_on=TODAY) == []


def test_a_unit_may_end_while_a_dossier_is_open_but_not_before_it_came() -> None:
    assert faults(unit="old", received_on=ENDED) == []
    assert faults(unit="old", received_on=ENDED + timedelta(days=1)) == [("unit", "dossier_unit_ended")]


def test_a_unit_may_take_over_an_open_dossier_but_not_a_returned_one() -> None:
    taken_over: dict[str, Any] = {"unit": "new", "received_on": date(2025, 12, 1), "due_on": None}
    assert faults(**taken_over, returned_on=date(2026, 1, 1)) == faults(**taken_over, returned_on=None) == []
    assert faults(**taken_over, returned_on=date(2025, 12, 31)) == [("unit", "dossier_unit_later")]
    withdrawn = taken_over | {"returned_on": None, "state": DossierState.WITHDRAWN}
    assert faults(**withdrawn, withdrawn_on=date(2026, 1, 1)) == []
    assert faults(**withdrawn, withdrawn_on=date(2025, 12, 31)) == [("unit", "dossier_unit_later")]


@pytest.mark.parametrize("typed", ["H15.50.05.13-261008-0975", "1.004193", "2.000815.000.00.00.H40", "12/2026/TP_01"])
def test_the_codes_that_systems_write_are_taken(typed: str) -> None:
    assert read_code("code", f"\ufeff {typed.lower()} ") == typed


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" \u200b ", "dossier_code_empty"),
        ("H" * 65, "dossier_code_long"),
        ("Hồ sơ 1", "dossier_code_letters"),
        ("=1+1", "dossier_code_letters"),
        ("A-", "dossier_code_letters"),
    ],
)
def test_what_is_no_code_is_refused(typed: str, key: str) -> None:
    with pytest.raises(DossierError) as refused:
        read_code("procedure", typed)
    assert (refused.value.fact, refused.value.key) == ("procedure", key)


@given(st.text(max_size=80))
def test_a_code_is_read_alike_however_often(typed: str) -> None:
    try:
        code = read_code("code", typed)
    except DossierError:
        return
    assert read_code("code", code) == code
    assert len(code) <= 64
