"""Killed at any moment, the service loses nothing that it acknowledged and does nothing twice (security.md R1, R2)."""

import asyncio
import os
import random
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from storage.database import Database
from tests.conversations.world import check_whole
from tests.faults.outcome import Record, keep, outcome
from tests.faults.senders import Senders
from tests.faults.served import Served, killing, strace

LONG = bool(os.environ.get("FAULTS_LONG"))
KILLS = 120 if LONG else 4
CHATS = 8
LATEST_CALL = 40
"""Kills come before one of the first calls after the watching began: within the first few commits."""


async def _walks_until_killed_enough(served: Served, senders: Senders, kills: int, how: str, seed: int) -> int:
    """Walk while the service is killed and started again; return the number of kills."""
    chance = random.Random(seed)  # noqa: S311 - the same kills in every run
    killed = 0
    while killed < kills:
        async with AsyncExitStack() as stack:
            await served.start()
            if how != "moment":
                options = killing(how, chance.randint(1, LATEST_CALL))
                await stack.enter_async_context(strace(served.pid, *options))
            walking = asyncio.create_task(senders.walk_many(CHATS, 1))
            if how == "moment":
                await asyncio.sleep(chance.uniform(0, 0.25))
                await served.kill()
            ending = asyncio.create_task(served.ended())
            await asyncio.wait({walking, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():  # all was done before the kill could strike
                ending.cancel()
                await served.kill()
            killed += 1
        await served.start()
        await walking
        await served.kill()
    return killed


@pytest.mark.usefixtures("strace_there")
@pytest.mark.parametrize("how", ["moment", "pwrite64", "fdatasync"])
async def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    how: str, served: Served, tmp_path: Path, record_property: Record
) -> None:
    database = tmp_path / "langnghe.db"
    senders = Senders.to(served.config.http_port, database, seed=hash_of(how))
    killed = await _walks_until_killed_enough(served, senders, KILLS, how, hash_of(how))
    fault = f"killed before {how}" if how != "moment" else "killed at any moment"
    keep(record_property, outcome(fault, killed, database, senders))
    opened = await Database.open(served.config.database_url)
    await opened.read(check_whole)
    await opened.close()
    assert killed >= KILLS
    assert senders.posts > len(senders.acked)


def hash_of(text: str) -> int:
    """Return the same number for the same text in every run."""
    return sum(text.encode())
