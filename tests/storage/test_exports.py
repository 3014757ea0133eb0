"""Ratings are read in pieces, each answer once, in the order of their numbers."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, create_engine, select

from benchmarks.crowd import ANSWERS_EACH, QUESTIONNAIRE, YEAR, fill, unit_code
from offices.datafiles import Label
from storage.database import Database
from storage.exports import RATINGS, RatingRow, RatingScope, rating_count, rating_rows
from storage.tables import metadata
from storage.tables.ratings import answer, rating
from surveys.periods import Period, year_period
from surveys.visits import Service, Visit
from tests.storage.ratings_world import rate

NUMBER = 2 * RATINGS + 7


@pytest.fixture(scope="module")
def crowd() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        fill(connection, NUMBER * ANSWERS_EACH)
        yield connection
    engine.dispose()


def read(connection: Connection, scope: RatingScope) -> list[RatingRow]:
    rows = found = rating_rows(connection, scope)
    while found:
        found = rating_rows(connection, scope, found[-1].number)
        rows = rows + found
    return rows


def test_every_answer_is_read_once_and_in_order(crowd: Connection) -> None:
    scope = RatingScope(year_period(YEAR))
    rows = read(crowd, scope)
    kept = select(answer.c.rating_id, answer.c.item, answer.c.score, answer.c.choice, answer.c.text, answer.c.amount)
    wanted = [tuple(row) for row in crowd.execute(kept.order_by(answer.c.rating_id, answer.c.item))]
    assert [(row.number, *given) for row in rows for given in row.answers] == wanted
    assert rating_count(crowd, scope) == len(rows) == NUMBER


def test_only_what_is_in_the_scope_is_read(crowd: Connection) -> None:
    days = Period(date(YEAR, 3, 1), date(YEAR, 8, 31), Label("Sáu tháng", "Six months"))
    units = frozenset({unit_code(3), unit_code(8), unit_code(200)})
    scope = RatingScope(days, units, QUESTIONNAIRE)
    asked = select(rating.c.id).where(rating.c.unit.in_(units), rating.c.day.between(days.start, days.end))
    wanted = list(crowd.scalars(asked.order_by(rating.c.id)))
    assert 0 < len(wanted) < NUMBER
    assert [row.number for row in read(crowd, scope)] == wanted
    assert rating_count(crowd, scope) == len(wanted)
    assert read(crowd, RatingScope(days, units, "quick")) == []
    assert read(crowd, RatingScope(days, frozenset())) == []


async def test_both_databases_give_the_same_rows(database: Database) -> None:
    def job(connection: Connection) -> list[RatingRow]:
        rate(connection, answers={"overall": 4, "comment": "Nhanh"})
        rate(connection, visit=Visit("VH", "land", Service.TTHC), answers={"overall": 2})
        return read(connection, RatingScope(year_period(2026), frozenset({"VP"})))

    [row] = await database.write(job)
    assert (row.day, row.unit, row.verified, row.state) == (date(2026, 11, 21), "VP", False, "open")
    assert row.answers == [("comment", None, None, "Nhanh", None), ("overall", 4, None, None, None)]
    assert await database.read(lambda connection: read(connection, RatingScope(year_period(2025)))) == []
