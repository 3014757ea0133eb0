"""Told to stop, even many times at once and in the middle of work, it stops in time and loses nothing (O6)."""

import asyncio
import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.outcome import Record, keep, outcome
from tests.faults.senders import Senders
from tests.faults.served import STOPS_WITHIN, Served, strace

STORMS = 4


async def test_storms_of_signals_end_it_in_time_and_lose_nothing(
    served: Served, tmp_path: Path, record_property: Record
) -> None:
    chance = random.Random(5)  # noqa: S311 - the same moments in every run
    senders = Senders.to(served.config.http_port, tmp_path / "langnghe.db", seed=5)
    for _ in range(STORMS):
        await served.start()
        walking = asyncio.create_task(senders.walk_many(chats=6, walks=2))
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        told = time.monotonic()
        for _ in range(20):
            with contextlib.suppress(ProcessLookupError):  # it was quicker than the storm
                os.kill(served.pid, chance.choice([signal.SIGTERM, signal.SIGINT]))
            await asyncio.sleep(0.001)
        assert await served.ended(STOPS_WITHIN) == 0
        assert time.monotonic() - told < STOPS_WITHIN
        await served.start()
        await walking
        assert await served.stop() == 0
    keep(record_property, outcome("storm of SIGTERM and SIGINT", 20 * STORMS, tmp_path / "langnghe.db", senders))


@pytest.mark.usefixtures("strace_there")
async def test_no_signal_gets_its_deadly_default_back_on_the_way_out(served: Served, tmp_path: Path) -> None:
    told = tmp_path / "calls.txt"
    await served.start()
    async with strace(served.pid, "-o", str(told), "-e", "trace=rt_sigaction"):
        assert await served.stop() == 0
    changes = [line for line in told.read_text().splitlines() if "SIGTERM, {" in line or "SIGINT, {" in line]
    assert any("SIG_IGN" in line.partition("}")[0] for line in changes), changes
    assert not any("SIG_DFL" in line.partition("}")[0] for line in changes), changes
