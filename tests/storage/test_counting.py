"""Counts of ratings that share a commit: added up, and always those of the ratings that are there."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from storage import questionnaires
from storage.database import Database
from storage.ratings import Ratings
from storage.recount import compare, pieces, rebuild
from storage.tables.ratings import rating, tally
from storage.tally_rows import Grain
from surveys.desk import RatingDesk
from surveys.visits import Service, Visit
from tests.storage.ratings_world import NOON, VISIT, desk_at, rate

Job = Callable[[Connection], Any]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Only its writer commits many jobs together."""
REFUSED = Visit("refused", "land", Service.TTHC)
_NONE_THERE = """
CREATE TRIGGER none_there BEFORE INSERT ON tally WHEN NEW.unit = 'refused'
BEGIN SELECT RAISE(ABORT, 'no counts there'); END
"""


_NOTED = (
    "CREATE TABLE noted (since)",
    "CREATE TRIGGER on_insert AFTER INSERT ON tally BEGIN INSERT INTO noted VALUES (1); END",
    "CREATE TRIGGER on_update AFTER UPDATE ON tally BEGIN INSERT INTO noted VALUES (1); END",
)


def _noted(connection: Connection) -> int:
    """Return how many rows of counts were written since the triggers are there."""
    return int(connection.execute(text("SELECT count(*) FROM noted")).scalar_one())


def runs(statement: str) -> Job:
    def job(connection: Connection) -> None:
        connection.execute(text(statement))

    return job


def rates(connection: Connection) -> int:
    return rate(connection)


async def together(database: Database, jobs: Sequence[Job]) -> list[Any]:
    """Run jobs in one commit; return their results or exceptions."""
    begun, may_go_on = threading.Event(), threading.Event()

    def holds_up(_connection: Connection) -> None:
        begun.set()
        may_go_on.wait()

    first = asyncio.create_task(database.write(holds_up))
    await asyncio.to_thread(begun.wait)
    before = database.pulse.commits
    others = [asyncio.create_task(database.write(job)) for job in jobs]
    await asyncio.sleep(0)
    may_go_on.set()
    await first
    found = await asyncio.gather(*others, return_exceptions=True)
    assert database.pulse.commits == before + 2
    return found


def _sample(number: int, score: int, days: int, ending: str) -> Job:
    """Return the job of a whole rating: one of two units and fields, answered, perhaps changed, perhaps ended."""
    visit = Visit(("VP", "TP")[number % 2], (None, "land", "justice")[number % 3], Service.TTHC)
    code = "sipas" if number % 5 == 0 else "quick"

    def job(connection: Connection) -> None:
        asked = questionnaires.known(connection).load(code, 1)
        answers = (
            {item.code: score for item in asked.scored if item.when is None} if code == "sipas" else {"overall": score}
        )
        at = NOON - timedelta(days=days)
        made = rate(connection, visit=visit, questionnaire=code, answers=dict(answers), at=at)
        desk = desk_at(connection, at)
        if ending == "changed":
            desk.answer(made, next(iter(answers)), 6 - score)
        elif ending == "abandoned":
            desk.abandon(made)
        elif ending == "finished" and code == "quick" and score > 3:
            desk.finish(made)

    return job


SAMPLES = st.builds(
    _sample, st.integers(0, 30), st.integers(1, 5), st.sampled_from((0, 1, 25, 400)),
    st.sampled_from(("", "changed", "abandoned", "finished")),
)  # fmt: skip


@given(commits=st.lists(st.lists(SAMPLES, min_size=1, max_size=8), min_size=1, max_size=3))
@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_what_was_added_up_is_what_a_recount_finds(
    sqlite_template: Path, tmp_path: Path, commits: list[list[Job]]
) -> None:
    async def run() -> None:
        database = await Database.open(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'one.db')}")
        try:
            for jobs in commits:
                assert await together(database, jobs) == [None] * len(jobs)
            assert (await database.read(compare)).examples == []
        finally:
            await database.close()

    asyncio.run(run())


@on_sqlite
async def test_a_row_is_written_once_for_all_the_ratings_of_a_commit(database: Database) -> None:
    for statement in _NOTED:
        await database.write(runs(statement))
    numbers = [await database.write(rate) for _ in range(10)]
    known = await database.read(questionnaires.known)
    before = await database.read(_noted)

    def finish(number: int) -> Job:
        return lambda connection: RatingDesk(Ratings(connection), lambda: NOON, known).finish(number)

    await together(database, [finish(number) for number in numbers])
    assert await database.read(_noted) - before == len(Grain)


@on_sqlite
async def test_a_job_sees_the_counts_of_those_before_it(database: Database) -> None:
    def counted(connection: Connection) -> list[int]:
        return [cells["overall=5"] for cells in connection.scalars(select(tally.c.cells))]

    found = await together(database, [rates, rates, counted, rates, counted])
    assert (found[2], found[4]) == ([2] * 4, [3] * 4)


@on_sqlite
async def test_counts_made_anew_in_the_same_commit_are_right(database: Database) -> None:
    def anew(connection: Connection) -> int:
        return sum(rebuild(connection, piece) for piece in pieces(connection))

    found = await together(database, [rates, rates, anew, rates])
    assert found[2] == 0
    assert (await database.read(compare)).is_equal


@on_sqlite
async def test_counts_that_cannot_be_written_undo_their_own_rating_alone(database: Database) -> None:
    await database.write(runs(_NONE_THERE))

    def refused(connection: Connection) -> None:
        rate(connection, visit=REFUSED)

    for jobs in ([rates, refused, rates], [rates, rates, refused]):
        found = await together(database, jobs)
        failed = [each for each in found if isinstance(each, BaseException)]
        assert [type(each) for each in failed] == [IntegrityError]
    units = await database.read(lambda connection: connection.scalars(select(rating.c.unit)).all())
    assert units == [VISIT.unit] * 4
    assert (await database.read(compare)).is_equal
