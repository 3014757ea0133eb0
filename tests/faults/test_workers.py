"""Two services on one PostgreSQL: whichever is killed or paused, every event has one effect, in order per chat.

security.md R1, R2, R5, R8. Answers may be repeated where a process ended while it sent; never left out.
"""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.walks.serving import prepare
from storage.database import Database
from tests.fakes.telegram import FakeTelegram
from tests.faults.crowd import Crowd
from tests.faults.effects import check, until_handled, until_taken
from tests.faults.outcome import Record, keep
from tests.faults.workers import POLLING, SENDING, Crew, working

LONG = bool(os.environ.get("FAULTS_LONG"))
PEOPLE = 500 if LONG else 24
"""Each sends four updates: 2,000 in the long run."""
PATIENCE = 600 if LONG else 100
pytestmark = [
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.timeout(900 if LONG else 240),
]


async def _by_webhook(crew: Crew, crowd: Crowd) -> None:
    await crew.holder(SENDING)
    bringing = asyncio.create_task(crowd.posts_to(crew.workers))
    await until_taken(crowd, 0.2)
    await crew.kill_holder(SENDING)
    await until_taken(crowd, 0.5)
    await crew.pause_holder(SENDING)
    await bringing


async def _by_polling(crew: Crew, crowd: Crowd) -> None:
    await crew.holder(POLLING)
    typing = asyncio.create_task(crowd.types())
    await until_handled(crew.database, crowd, 0.2)
    await crew.kill_holder(POLLING)
    await until_handled(crew.database, crowd, 0.5)
    await crew.pause_holder(POLLING)
    await typing
    await until_handled(crew.database, crowd, 1.0)


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_killed_and_a_paused_worker_lose_and_double_nothing(
    mode: str, database_url: str, tmp_path: Path, record_property: Record
) -> None:
    await prepare(database_url)
    database = await Database.open(database_url)
    async with FakeTelegram() as fake, asyncio.timeout(PATIENCE):
        crowd = Crowd(fake, PEOPLE)
        await crowd.is_known(database)
        async with working(fake, database, database_url, tmp_path, mode) as crew:
            await (_by_webhook if mode == "webhook" else _by_polling)(crew, crowd)
            keep(record_property, await check(database, crowd, f"one of two workers killed, paused ({mode})", 2))
    await database.close()


async def test_a_worker_that_is_stopped_in_order_repeats_nothing(
    database_url: str, tmp_path: Path, record_property: Record
) -> None:
    """A rolling restart: both are stopped and started while people write; the other goes on at once."""
    await prepare(database_url)
    database = await Database.open(database_url)
    async with FakeTelegram() as fake, asyncio.timeout(PATIENCE):
        crowd = Crowd(fake, PEOPLE)
        await crowd.is_known(database)
        async with working(fake, database, database_url, tmp_path, "webhook") as crew:
            bringing = asyncio.create_task(crowd.posts_to(crew.workers))
            for part, worker in zip((0.2, 0.6), crew.workers, strict=True):
                await until_taken(crowd, part)
                assert await worker.stop() == 0
                await worker.start()
            await bringing
            found = await check(database, crowd, "two workers stopped in order, one by one", 0)
            keep(record_property, replace(found, tried=2))
    await database.close()
