"""The rates of Decision 766 from stored petitions and dossiers, in both databases."""

from datetime import date, datetime
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from offices.datafiles import Label
from offices.worktime import LOCAL
from storage import dossiers
from storage.database import Database
from storage.petition_figures import timeliness
from storage.service_rates import service_rates
from surveys.periods import Period
from surveys.visits import Service, Visit
from tests.offices.builders import a_dossier
from tests.petitions.world import World, build
from tests.storage.ratings_world import NOON, rate

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), Label("Tháng 3", "March"))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), Label("Tháng 11", "November"))
LATER = datetime(2026, 4, 30, tzinfo=LOCAL)
DUE = 23


def answered(world: World, day: int, score: int | None = None) -> str:
    """Have a new petition answered on a day of March, and the answer rated."""
    code = world.submit().code
    world.on(3, day)
    world.desk.draft_answer(code, world.officer, "Đã sửa.")
    world.desk.approve(code, world.leader)
    if score is not None:
        world.desk.rate_answer(code, world.citizen, score)
    return code


def rates_of(connection: Connection) -> list[tuple[int, int]]:
    found = service_rates(connection, MARCH, LATER)
    return [(rate.n, rate.population) for rate in found.rates]


@pytest.mark.parametrize(("score", "good"), [(None, 1), (5, 1), (3, 1), (2, 0), (1, 0)])
async def test_a_disliked_answer_is_a_fault_and_silence_is_none(
    database: Database, score: int | None, good: int
) -> None:
    def job(connection: Connection) -> None:
        answered(build(connection), 5, score)
        assert rates_of(connection)[:2] == [(1, 1), (good, 1)]

    await database.write(job)


async def test_what_was_late_disliked_and_raised_again_counts_once(database: Database) -> None:
    def job(connection: Connection) -> None:
        world = build(connection)
        code = answered(world, DUE + 2, 1)
        world.desk.second_look(code, world.citizen, "Đèn vẫn tắt.")
        found = service_rates(connection, MARCH, LATER)
        assert rates_of(connection)[:2] == [(0, 1), (0, 1)]
        assert found.rates[1].share == 0
        assert found.rates[1].points == 0

    await database.write(job)


async def test_what_is_not_for_this_authority_is_left_out_of_the_timely_ones_only(database: Database) -> None:
    def job(connection: Connection) -> None:
        world = build(connection)
        world.desk.reject(world.submit().code, world.officer, "not_competent", "Thuộc thẩm quyền của tỉnh")
        world.desk.reject(world.submit().code, world.officer, "unclear", "Không rõ")
        assert rates_of(connection)[:2] == [(1, 1), (2, 2)]
        cohort = timeliness(connection, MARCH.start, MARCH.end, LATER)
        assert (cohort.due, cohort.on_time) == (2, 2)

    await database.write(job)


async def test_nothing_due_is_no_figure_and_the_rate_of_dossiers_has_none(database: Database) -> None:
    def job(connection: Connection) -> None:
        days = {"due_on": date(2026, 11, 10), "received_on": date(2026, 11, 2)}
        listed = [
            a_dossier(code="H-1", returned_on=date(2026, 11, 10), **days),
            a_dossier(code="H-2", returned_on=date(2026, 11, 11), **days),
            a_dossier(code="H-3", returned_on=date(2026, 11, 9), **days),
            a_dossier(code="H-4", returned_on=date(2026, 11, 12), **days),
        ]
        dossiers.upsert(connection, listed, NOON)
        for code, score in (("H-3", 2), ("H-4", 1), ("H-1", 3)):
            rate(connection, visit=Visit("vp", "land", Service.TTHC, code, verified=True), answers={"overall": score})
        found = service_rates(connection, NOVEMBER, NOON)
        assert [each.share for each in found.rates] == [None, None, None]
        assert (found.finished, found.faulty) == (4, 3)
        assert service_rates(connection, NOVEMBER, NOON, ["nowhere"]).finished == 0

    await database.write(job)


async def test_points_are_a_share_of_six(database: Database) -> None:
    def job(connection: Connection) -> None:
        world = build(connection)
        for score in (5, 5, 1):
            world.on(3, 2)
            answered(world, 5, score)
        timely, satisfied, _ = service_rates(connection, MARCH, LATER).rates
        assert timely.points == Fraction(6)
        assert satisfied.points == Fraction(4)

    await database.write(job)
