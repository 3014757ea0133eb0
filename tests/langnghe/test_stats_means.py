"""`langnghe stats` of what is counted in numbers: the average wait of the people who answered."""

from datetime import date

import pytest
from sqlalchemy import Connection

from langnghe import store
from surveys.visits import Service, Visit
from tests.langnghe.office import UNIT, as_json, done
from tests.storage.ratings_world import noon, rate

WAITING = ("stats", "--questionnaire", "waiting-time", "--from", "2026-11-01", "--to", "2026-11-30")


def add_waits(minutes: list[int]) -> None:
    def add(connection: Connection) -> None:
        for amount in minutes:
            answers: dict[str, int | str | None] = {"minutes": amount, "overall": 4}
            rate(
                connection, visit=Visit(UNIT, "land", Service.TTHC), questionnaire="waiting-time", answers=answers,
                at=noon(date(2026, 11, 9)),
            )  # fmt: skip

    store.write(add)


@pytest.mark.usefixtures("office")
def test_the_average_wait_never_stands_alone() -> None:
    add_waits([5, 5, 10, 10, 10, 15, 15, 20, 30, 45])
    said = done(*WAITING)
    assert "  Trung bình 16,50 phút; khoảng tin cậy 95 % từ 7,6 đến 25,4; 10 câu trả lời." in said.splitlines()
    assert "ước tính" in said
    [mean] = as_json(*WAITING)["means"]
    assert (mean["code"], mean["n"], mean["mean"], mean["formula_id"]) == ("minutes", 10, 16.5, "mean/1")
    assert done("recompute-stats")


@pytest.mark.usefixtures("office")
def test_too_few_waits_give_no_average() -> None:
    add_waits([5] * 9)
    assert "  n = 9: chưa đủ phiếu" in done(*WAITING).splitlines()
    assert as_json(*WAITING)["means"] == [
        {"code": "minutes", "n": 9, "mean": None, "low": None, "high": None, "formula_id": "mean/1"}
    ]
