"""On time by due-date cohort: nothing that was due disappears, and nothing is judged before its time."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from offices.worktime import LOCAL
from petitions.deadlines import Pace
from petitions.model import Outcome
from storage.database import Database
from storage.petition_figures import Timeliness, timeliness
from tests.petitions.world import ECONOMY, OFFICE, SOCIETY, World, build

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


LATER = moment(4, 30)
TWICE: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2026, 4, 30), "now": LATER}


class Undo(Exception):  # noqa: N818 - ends an example without keeping anything
    """Roll the example back, so that the next one begins with an empty database."""


DUE = 23  # the day in March on which a petition of the 2nd is due

NOTHING = Timeliness(0, 0, 0, 0)
ON_TIME = Timeliness(1, 1, 0, 0)
LATE = Timeliness(1, 0, 1, 0)
OPEN_LATE = Timeliness(1, 0, 1, 1)


async def counted(
    database: Database, scene: Callable[[World], object], now: datetime = LATER, **wanted: Any
) -> Timeliness:
    await database.write(lambda connection: scene(build(connection)))
    return await database.read(lambda connection: timeliness(connection, *MARCH, now, **wanted))


def answer_on(world: World, day: int) -> str:
    code = world.submit().code
    world.on(3, day)
    world.desk.draft_answer(code, world.officer, "Đã sửa.")
    world.desk.approve(code, world.leader)
    return code


@pytest.mark.parametrize(("day", "expected"), [(5, ON_TIME), (DUE, ON_TIME), (DUE + 1, LATE)])
async def test_an_answer_is_on_time_to_the_end_of_its_last_day(
    database: Database, day: int, expected: Timeliness
) -> None:
    assert await counted(database, lambda world: answer_on(world, day)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (moment(3, 22), NOTHING),
        (moment(3, DUE, 0), NOTHING),
        (moment(3, DUE, 23, 59), NOTHING),
        (moment(3, DUE + 1, 0), OPEN_LATE),
        (moment(4, 9), OPEN_LATE),
    ],
)
async def test_what_is_open_counts_as_late_once_its_day_has_passed(
    database: Database, now: datetime, expected: Timeliness
) -> None:
    assert await counted(database, lambda world: world.submit(), now) == expected


@pytest.mark.parametrize(("now", "expected"), [(moment(3, DUE, 23, 59), NOTHING), (moment(3, DUE + 1, 0), ON_TIME)])
async def test_an_answer_ahead_of_its_day_makes_no_running_period_look_good(
    database: Database, now: datetime, expected: Timeliness
) -> None:
    assert await counted(database, lambda world: answer_on(world, 5), now) == expected


@pytest.mark.parametrize("pace", Pace)
async def test_a_petition_is_late_in_figures_from_the_moment_it_is_late_itself(database: Database, pace: Pace) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        petition = world.petition(world.submit(pace=pace).code)
        for beside in (-1, 0, 1):
            now = petition.leg.late_from + timedelta(seconds=beside)
            found = timeliness(connection, *MARCH, now)
            assert bool(found.open_late) == petition.is_late(now) == (beside >= 0)

    await database.write(scene)


async def test_a_later_answer_is_not_known_on_an_earlier_day(database: Database) -> None:
    await database.write(lambda connection: answer_on(build(connection), DUE + 4))
    before = await database.read(lambda connection: timeliness(connection, *MARCH, moment(3, 25)))
    assert before == OPEN_LATE
    assert await database.read(lambda connection: timeliness(connection, *MARCH, moment(3, 27))) == LATE


async def test_a_refusal_stays_in_the_denominator(database: Database) -> None:
    def scene(world: World) -> None:
        world.desk.reject(world.submit().code, world.officer, "unclear", "Không rõ")

    assert await counted(database, scene) == ON_TIME


@pytest.mark.parametrize(("day", "expected"), [(5, NOTHING), (DUE + 3, LATE)])
async def test_withdrawing_frees_only_before_the_day(database: Database, day: int, expected: Timeliness) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.on(3, day)
        world.desk.withdraw(code, world.citizen)

    assert await counted(database, scene) == expected


@pytest.mark.parametrize(("day", "expected"), [(20, NOTHING), (DUE + 2, OPEN_LATE)])
async def test_asking_the_sender_cures_no_lateness(database: Database, day: int, expected: Timeliness) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.on(3, day)
        world.desk.ask_citizen(code, world.officer, "Ở đâu ạ?")
        assert world.petition(code).is_late(world.now) == (expected == OPEN_LATE)

    assert await counted(database, scene) == expected


async def test_a_transferred_petition_counts_once_with_its_last_unit(database: Database) -> None:
    def scene(world: World) -> None:
        world.desk.transfer(world.submit().code, world.officer, SOCIETY, "lý do")

    assert await counted(database, scene) == OPEN_LATE
    for unit, expected in ((ECONOMY, NOTHING), (SOCIETY, OPEN_LATE)):
        found = await database.read(partial(timeliness, start=MARCH[0], end=MARCH[1], now=LATER, units=[unit]))
        assert found == expected


@pytest.mark.parametrize("way", ["transfer", "send_back"])
@pytest.mark.parametrize("day", [DUE, DUE + 1, DUE + 4])
async def test_passing_on_does_not_wash_off_lateness(database: Database, day: int, way: str) -> None:
    late = day > DUE

    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        world.on(3, day)
        if way == "transfer":
            world.desk.transfer(code, world.officer, SOCIETY, "lý do")
        else:
            world.desk.send_back(code, world.officer, "lý do")
            world.desk.forward(code, world.coordinator, SOCIETY)
        leg = world.petition(code).leg
        assert leg.due_on > date(2026, 4, 9), "the next unit has its full time"
        passed_on = timeliness(connection, *MARCH, moment(3, 31))
        assert passed_on == (LATE if late else NOTHING)
        world.later(days=1)
        world.desk.draft_answer(code, world.only_leader, "Đã sửa.")
        world.desk.approve(code, world.only_leader)
        assert timeliness(connection, **TWICE, units=[ECONOMY]) == (LATE if late else NOTHING)
        assert timeliness(connection, **TWICE, units=[SOCIETY]) == ON_TIME
        assert timeliness(connection, **TWICE, units=[OFFICE]) == NOTHING
        assert timeliness(connection, **TWICE) == (LATE if late else ON_TIME), "one petition counts once"

    await database.write(scene)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 60))
async def test_however_often_it_is_passed_on_it_is_late_with_whoever_was_late(
    database: Database, stays: list[int], wait: int
) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        holders = [(ECONOMY, world.officer), (SOCIETY, world.only_leader)]
        for turn, days in enumerate(stays):
            world.later(days=days)
            world.desk.transfer(code, holders[turn % 2][1], holders[(turn + 1) % 2][0], "lý do")
        world.later(days=wait)
        legs, year = world.petition(code).legs, (date(2026, 1, 1), date(2026, 12, 31), world.now)
        late = [leg for leg in legs if leg.late_from <= (leg.ended_at or world.now)]
        assert bool(timeliness(connection, *year).late) == bool(late)
        assert timeliness(connection, *year).due <= 1
        for unit, _ in holders:
            found = timeliness(connection, *year, units=[unit])
            assert bool(found.late) == any(leg.unit == unit for leg in late)
            assert bool(found.open_late) == (legs[-1] in late and legs[-1].unit == unit)
        raise Undo

    with pytest.raises(Undo):
        await database.write(scene)


async def test_a_second_look_does_not_change_the_first_verdict(database: Database) -> None:
    def scene(world: World) -> None:
        world.desk.second_look(answer_on(world, 5), world.citizen, "Chưa được")

    assert await counted(database, scene) == ON_TIME


@pytest.mark.parametrize(
    ("published_on", "now", "expected"),
    [
        (6, LATER, ON_TIME),
        (11, LATER, LATE),
        (None, moment(3, 6), NOTHING),
        (None, LATER, LATE),
    ],
)
async def test_where_the_plan_wants_publication_it_must_be_in_time_too(
    database: Database, published_on: int | None, now: datetime, expected: Timeliness
) -> None:
    def scene(world: World) -> None:
        code = answer_on(world, 5)
        if published_on:
            world.on(3, published_on)
            world.desk.publish(code, world.coordinator, "Đèn hỏng", "Đã sửa")
        assert world.petition(code).leg.outcome is Outcome.ANSWERED

    assert await counted(database, scene, now, published_required=True) == expected
