"""The rates of Decision 766 from stored petitions and dossiers, in both databases."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine

from offices.datafiles import Label
from offices.dossiers import DossierState
from offices.worktime import LOCAL
from storage import dossier_recount, dossiers
from storage.database import Database
from storage.petition_figures import timeliness
from storage.service_rates import service_rates
from storage.tables import metadata
from surveys.periods import Period
from surveys.visits import Service, Visit
from tests.offices.builders import a_dossier
from tests.petitions.world import World, build
from tests.storage.ratings_world import NOON, desk_at, rate

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


async def test_the_rate_of_dossiers_has_no_figure_but_those_without_fault_are_told(database: Database) -> None:
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
        assert (found.without_fault.n, found.without_fault.population) == (1, 4)
        assert found.without_fault.points is None
        assert service_rates(connection, NOVEMBER, NOON, ["nowhere"]).without_fault.share is None

    await database.write(job)


CODES = ("H-1", "H-2", "H-3")
READY, TAKEN_BACK = date(2026, 11, 2), -1
STEPS = st.one_of(
    st.tuples(st.just("listed"), st.sampled_from(CODES), st.sampled_from([None, TAKEN_BACK, 0, 1, 30]), st.none()),
    st.tuples(st.just("rated"), st.sampled_from(CODES), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("changed"), st.sampled_from(CODES), st.none() | st.integers(1, 5), st.none()),
)


@pytest.fixture(scope="module")
def tables() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=8))
def test_lists_and_ratings_in_any_order_count_each_faulty_dossier_once(
    tables: Engine, steps: list[tuple[str, str, int | None, bool | None]]
) -> None:
    due, ready, scores = dict[str, date](), dict[str, date](), dict[int, tuple[str, bool, int | None]]()
    with tables.connect() as connection:
        for kind, code, value, verified in steps:
            if kind == "listed":
                due[code], is_ready = date(2026, 11, 10), value not in (None, TAKEN_BACK)
                returned = READY + timedelta(days=value or 0) if is_ready else None
                ready = {**ready, code: returned} if returned else {k: v for k, v in ready.items() if k != code}
                one = a_dossier(code=code, received_on=READY, due_on=due[code], returned_on=returned)
                if value == TAKEN_BACK:
                    one = replace(one, state=DossierState.WITHDRAWN, withdrawn_on=due[code] + timedelta(days=1))
                dossiers.upsert(connection, [one], NOON)
            elif kind == "rated":
                visit = Visit("vp", "land", Service.TTHC, code, verified=bool(verified))
                scores[rate(connection, visit=visit, answers={"overall": value})] = (code, bool(verified), value)
            for number in [each for each, told in scores.items() if kind == "changed" and told[0] == code][:1]:
                desk_at(connection).answer(number, "overall", value or 5)
                scores[number] = (*scores[number][:2], value or 5)
        low = {code for code, verified, score in scores.values() if verified and score is not None and score <= 2}
        every = {code: day for code, day in ready.items() if day <= NOVEMBER.end}
        faulty = [code for code, day in every.items() if code in low or day > due[code]]
        told = service_rates(connection, NOVEMBER, NOON).without_fault
        assert (told.population, told.population - told.n) == (len(every), len(faulty))
        assert dossier_recount.compare(connection).is_equal


async def test_a_low_rating_and_a_list_at_once_leave_no_dossier_uncounted(database: Database) -> None:
    one = a_dossier(code="H-1", returned_on=date(2026, 11, 12))
    visit = Visit("vp", "land", Service.TTHC, "H-1", verified=True)
    for returned in (12, 11, 10):
        listed = replace(one, returned_on=date(2026, 11, returned))
        await asyncio.gather(
            database.write(lambda connection: rate(connection, visit=visit, answers={"overall": 1})),
            database.write(partial(dossiers.upsert, dossiers=[listed], now=NOON)),
        )
    assert (await database.read(dossier_recount.compare)).is_equal
    found = await database.read(lambda connection: service_rates(connection, NOVEMBER, NOON))
    assert (found.without_fault.n, found.without_fault.population) == (0, 1)


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
