"""Two services on one PostgreSQL: whichever is killed or paused, every event has one effect, in order per chat.

security.md R1, R2, R5, R8. Answers may be repeated where a process ended while it sent; never left out.
"""

import asyncio
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from benchmarks.walks.serving import prepare
from bot.delivery import AT_ONCE
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.conversations import event
from storage.tables.delivery import outbox
from storage.tables.people import chat
from tests.conversations.world import check_whole
from tests.fakes.telegram import FakeTelegram
from tests.faults.crowd import HEARD, Crowd, effects
from tests.faults.outcome import Outcome, Record, keep
from tests.faults.workers import POLLING, SENDING, Crew, working

LONG = bool(os.environ.get("FAULTS_LONG"))
PEOPLE = 500 if LONG else 24
"""Each sends four updates: 2,000 in the long run."""
PATIENCE = 600 if LONG else 100
pytestmark = [
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.timeout(900 if LONG else 240),
]


async def _until_taken(crowd: Crowd, part: float) -> None:
    while crowd.taken < part * len(HEARD) * crowd.size:  # noqa: ASYNC110 - a count tells nobody that it grows
        await asyncio.sleep(0.01)


async def _until_handled(database: Database, crowd: Crowd, part: float) -> None:
    counted = select(func.count()).select_from(event)
    while await database.read(lambda c: c.scalar(counted) or 0) < part * len(HEARD) * crowd.size:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def _until_sent(database: Database) -> None:
    """Wait until nothing is on its way any more."""
    open_ones = select(func.count()).select_from(outbox).where(outbox.c.state.in_(("queued", "sending")))
    while await database.read(lambda c: c.scalar(open_ones)):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


def _said(connection: Connection) -> dict[str, list[str]]:
    """Return the replies that were sent to each chat; after a stop a question may have given way to a later one."""
    columns = (chat.c.external_chat, outbox.c.body, outbox.c.state, outbox.c.stale_at)
    query = select(*columns).join(chat, chat.c.id == outbox.c.chat_id).where(outbox.c.urgency == Urgency.REPLY)
    said: dict[str, list[str]] = {}
    for row in connection.execute(query.order_by(outbox.c.id)):
        assert row.state == "sent" or (row.state == "collapsed" and row.stale_at is not None), row
        if row.state == "sent":
            said.setdefault(row.external_chat, []).append(row.body["text"])
    return said


async def _check(database: Database, crowd: Crowd, fault: str, stops: int) -> Outcome:
    """Check every effect; a stop may leave in doubt no more than what was being sent at that moment."""
    await _until_sent(database)
    await database.read(check_whole)
    events, ratings, comments = await database.read(effects)
    assert comments == Counter(crowd.comment(number) for number in range(crowd.size))
    assert crowd.repeated(await database.read(_said)) <= AT_ONCE * stops
    states = select(outbox.c.state, func.count()).where(outbox.c.urgency == Urgency.REMINDER).group_by(outbox.c.state)
    found = {row[0]: row[1] for row in await database.read(lambda c: c.execute(states).all())}
    assert set(found) <= {"sent", "unknown"}
    assert found.get("unknown", 0) <= AT_ONCE * stops
    reminded = crowd.reminded()
    missing = len(HEARD) * crowd.size - events, crowd.size - ratings, found.get("sent", 0) - reminded[1]
    surplus = ratings - crowd.size, sum(people for times, people in reminded.items() if times > 1)
    return Outcome(fault, stops, events, crowd.posts or events, max(0, *missing), max(0, *surplus))


async def _by_webhook(crew: Crew, crowd: Crowd) -> None:
    await crew.holder(SENDING)
    bringing = asyncio.create_task(crowd.posts_to(crew.workers))
    await _until_taken(crowd, 0.2)
    await crew.kill_holder(SENDING)
    await _until_taken(crowd, 0.5)
    await crew.pause_holder(SENDING)
    await bringing


async def _by_polling(crew: Crew, crowd: Crowd) -> None:
    await crew.holder(POLLING)
    typing = asyncio.create_task(crowd.types())
    await _until_handled(crew.database, crowd, 0.2)
    await crew.kill_holder(POLLING)
    await _until_handled(crew.database, crowd, 0.5)
    await crew.pause_holder(POLLING)
    await typing
    await _until_handled(crew.database, crowd, 1.0)


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
            keep(record_property, await _check(database, crowd, f"one of two workers killed, paused ({mode})", 2))
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
                await _until_taken(crowd, part)
                assert await worker.stop() == 0
                await worker.start()
            await bringing
            found = await _check(database, crowd, "two workers stopped in order, one by one", 0)
            keep(record_property, replace(found, tried=2))
    await database.close()
