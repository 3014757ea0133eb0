"""Ratings are looked through when somebody wants it and once a night; a round that finds nothing to do does nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.checking import Checker, Look
from bot.looking import LookBeside, LookFailed
from offices.worktime import LOCAL
from storage import flagged_ratings, kept_checks
from storage.database import Database
from storage.flagged_ratings import Filter, State
from storage.kept_checks import KeptCheck
from storage.rating_checks import Checked
from storage.tables.integrity import rating_check
from surveys.periods import year_period
from tests.storage.ratings_world import NOON, Clock, desk_at, rate

DAY = datetime(2026, 11, 22, 14, 0, tzinfo=LOCAL)
NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=LOCAL)


async def add_fast(database: Database) -> None:
    def job(connection: Connection) -> None:
        number = rate(connection, answers={"overall": 5, "comment": None})
        desk_at(connection, NOON + timedelta(seconds=1)).finish(number)

    await database.write(job)


def looking_at(database: Database) -> Look:
    """Look in this process, which a test's few ratings do not hold up."""

    async def look(wanted: KeptCheck) -> Checked:
        return await database.read(lambda connection: kept_checks.look(connection, wanted.since, wanted.until))

    return look


async def test_a_wanted_check_is_done_once(database: Database) -> None:
    checker = Checker(database, Clock(DAY), looking_at(database))
    await add_fast(database)
    assert await checker.round() == 0
    await database.write(lambda conn: kept_checks.want(conn, year_period(2026), now=DAY, actor="staff:1"))
    assert [await checker.round(), await checker.round()] == [1, 0]
    found = Filter(year_period(2026), state=State.ALL)
    assert await database.read(lambda conn: flagged_ratings.matching(conn, found)) == 1


async def test_the_year_is_checked_each_night_that_has_new_ratings(database: Database) -> None:
    clock = Clock(NIGHT)
    checker = Checker(database, clock, looking_at(database))
    assert await checker.round() == 0, "without ratings there is nothing to look at"
    await add_fast(database)
    assert [await checker.round(), await checker.round()] == [1, 0]
    clock.now = NIGHT + timedelta(days=1)
    assert await checker.round() == 0, "nobody has rated since"
    await add_fast(database)
    clock.now = NIGHT + timedelta(days=49)
    assert await checker.round() == 1
    rows = await database.read(lambda conn: conn.execute(select(rating_check.c.since, rating_check.c.until)).all())
    assert [f"{row.since} {row.until}" for row in rows] == ["2026-01-01 2026-11-23", "2026-01-01 2027-01-11"]


async def wanted_check(database: Database) -> KeptCheck:
    await database.write(lambda conn: kept_checks.want(conn, year_period(2026), now=DAY, actor="staff:1"))
    wanted = await database.read(kept_checks.next_wanted)
    assert wanted is not None
    return wanted


async def test_a_process_of_its_own_finds_the_same(database: Database, database_url: str) -> None:
    """The chats are answered meanwhile: a look through a year is minutes of computing."""
    await add_fast(database)
    wanted = await wanted_check(database)
    here = await looking_at(database)(wanted)
    assert here.found
    beside = await LookBeside(database_url)(wanted)
    assert list(beside.totals.figures()) == list(here.totals.figures())
    assert replace(beside, totals=here.totals) == here


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_look_that_fails_leaves_the_check_waiting(database: Database, tmp_path: Path) -> None:
    wanted = await wanted_check(database)
    checker = Checker(database, Clock(DAY), LookBeside(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(LookFailed):
        await checker.round()
    assert await database.read(kept_checks.next_wanted) == wanted
