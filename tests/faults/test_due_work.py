"""Due work has one effect, however many processes take it and whichever of them is killed."""

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from multiprocessing.context import ForkServerProcess

import pytest
from sqlalchemy import Connection, func, select

from storage import audit, schedule
from storage.database import Database
from storage.tables.audit import audit as trail
from storage.tables.delivery import due
from tests.faults.due_work import ACTION, KIND, NOW, work

ROWS = 3_000 if os.environ.get("FAULTS_LONG") else 300
PATIENCE = 120
_processes = multiprocessing.get_context("forkserver")


def plan(connection: Connection) -> None:
    for number in range(ROWS):
        payload = {"name": f"work {number}"}
        schedule.plan(connection, unique_key=f"sample:{number}", due_at=NOW, kind=KIND, payload=payload)


def started(url: str) -> ForkServerProcess:
    process = _processes.Process(target=work, args=(url,), daemon=True)
    process.start()
    return process


async def done(database: Database) -> int:
    counted = select(func.count()).select_from(trail).where(trail.c.action == ACTION)
    return int(await database.read(lambda c: c.scalar(counted) or 0))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_do_each_work_once_and_one_is_killed(database_url: str, database: Database) -> None:
    await database.write(plan)
    first, second = started(database_url), started(database_url)
    async with asyncio.timeout(PATIENCE):
        while await done(database) < ROWS // 3:  # noqa: ASYNC110 - other processes tell nothing
            await asyncio.sleep(0.01)
        assert first.pid
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.to_thread(second.join)

    assert second.exitcode == 0
    left = select(due.c.state, func.count()).group_by(due.c.state)
    assert await database.read(lambda c: [tuple(row) for row in c.execute(left)]) == [("done", ROWS)]
    effects = Counter(await database.read(lambda c: list(c.scalars(select(trail.c.subject)))))
    assert effects == Counter(f"work {number}" for number in range(ROWS))
    assert (await database.read(audit.verify))[1] is None
