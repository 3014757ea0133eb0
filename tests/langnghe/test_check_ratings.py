"""`langnghe check-ratings`: signs by detector, what has no data, and every figure with and without."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from langnghe import store
from storage import kept_checks
from surveys.integrity_rules import LIMITS
from surveys.periods import year_period
from surveys.visits import Service, Visit
from tests.langnghe.office import DAY, UNIT, add_ratings, as_json, done, refused
from tests.storage.ratings_world import desk_at, noon, rate

SCOPE = ("--from", "2026-01-01", "--to", "2026-12-31")
pytestmark = pytest.mark.usefixtures("office")


def add_fast(number: int) -> None:
    visit = Visit(UNIT, "land", Service.TTHC, verified=True)

    def add(connection: Connection) -> None:
        for _ in range(number):
            rating = rate(connection, visit=visit, answers={"overall": 5, "comment": None}, at=noon(DAY))
            desk_at(connection, noon(DAY) + timedelta(seconds=1)).finish(rating)

    store.write(add)


def test_every_figure_is_printed_with_and_without_the_suspect() -> None:
    add_ratings([3] * 12)
    add_fast(12)
    told = as_json("check-ratings", *SCOPE)
    assert (told["ratings"], told["suspect"]) == (24, 12)
    figures = {each["unit"]: each for each in told["figures"]}
    assert set(figures) == {None, UNIT}
    for each in figures.values():
        assert (each["every"]["n"], each["every"]["percent"]) == (24, 50)
        assert (each["without"]["n"], each["without"]["percent"], each["suspect"]) == (12, 0, 12)
    said = done("check-ratings", *SCOPE)
    assert "Đã xét 24 phiếu; 12 phiếu đáng xem lại" in said
    assert "xong trong 1 giây, cần ít nhất 2,2 giây" in said
    assert "50,00% (" in said
    assert "0,00% (" in said


def test_what_is_not_stored_is_said_and_not_counted_as_none() -> None:
    add_ratings([4] * 3)
    told = {each["code"]: each for each in as_json("check-ratings", *SCOPE)["detectors"]}
    assert set(told) == set(LIMITS)
    without = {code for code, each in told.items() if each["flagged"] is None}
    assert without == {"same_device", "before_end", "burst"}
    assert told["too_fast"]["flagged"] == 0
    said = done("check-ratings", *SCOPE)
    assert said.count("không có dữ liệu") == 3
    assert "no data (no mark of the device is stored)" in done("check-ratings", *SCOPE, "--lang", "en")


def test_findings_are_kept_for_the_page_when_that_is_asked_for() -> None:
    add_fast(2)
    assert store.read(lambda conn: kept_checks.latest(conn, year_period(2026))) is None
    done("check-ratings", *SCOPE, "--keep")
    kept = store.read(lambda conn: kept_checks.latest(conn, year_period(2026)))
    assert kept is not None
    assert (kept.ratings, kept.suspect, kept.wanted_by) == (2, 2, "system")
    assert refused("check-ratings", "--keep", "--unit", UNIT)[0] == 2


def test_findings_of_more_days_than_a_check_looks_at_are_not_said_to_be_kept() -> None:
    add_fast(2)
    code, said = refused("check-ratings", "--from", "2024-01-01", "--to", "2026-12-31", "--keep")
    assert (code, "nhiều nhất 800 ngày" in said) == (2, True)
    assert store.read(kept_checks.waiting) == 0


def test_below_ten_people_there_is_no_percentage() -> None:
    add_ratings([4] * 3)
    assert as_json("check-ratings", *SCOPE)["figures"][0]["every"]["percent"] is None
    assert "chưa đủ phiếu" in done("check-ratings", *SCOPE)


def test_a_unit_is_checked_with_all_below_it_and_an_unknown_one_is_told() -> None:
    add_ratings([4] * 3)
    assert as_json("check-ratings", *SCOPE, "--unit", UNIT)["ratings"] == 3
    code, said = refused("check-ratings", "--unit", "khong-co")
    assert code == 2
    assert "khong-co" in said


def test_an_authority_without_ratings_gets_an_empty_report() -> None:
    told = as_json("check-ratings", *SCOPE)
    assert (told["ratings"], told["figures"]) == (0, [])
    assert "Đã xét 0 phiếu" in done("check-ratings", *SCOPE)
