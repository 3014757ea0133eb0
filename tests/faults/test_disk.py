"""The disk: nothing is acknowledged before it is synced, and a full or broken disk loses nothing (security.md R1)."""

import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from benchmarks.walks import walk
from benchmarks.walks.checking import rows_of
from tests.faults.outcome import Record, keep, outcome
from tests.faults.senders import HEADERS, Senders
from tests.faults.served import Served, failing, strace

SENDING = ("sendto", "sendmsg", "write", "writev")
WALKS = 6


def _before_each_ack(told: str) -> Iterator[bool]:
    """Say for each 200 that was sent whether the log file of the database was synced since it was written last."""
    synced = True
    for line in told.splitlines():
        if "langnghe.db-wal" in line and "pwrite64(" in line:
            synced = False
        elif "langnghe.db-wal" in line and ("fdatasync(" in line or "fsync(" in line):
            synced = True
        elif re.search(rf"({'|'.join(SENDING)})\(.*HTTP/1\.1 200", line):
            yield synced


@pytest.mark.usefixtures("strace_there")
async def test_no_200_leaves_before_the_log_is_synced(served: Served, tmp_path: Path) -> None:
    served.role = "web"  # nobody else writes, so what was written last is what is acknowledged
    await served.start()
    told = tmp_path / "calls.txt"
    watching = ("-o", str(told), "-y", "-s", "64", "-e", f"trace=pwrite64,fdatasync,fsync,{','.join(SENDING)}")
    senders = Senders.to(served.config.http_port, tmp_path / "langnghe.db", seed=1, twice=0)
    async with strace(served.pid, *watching):
        await senders.walk_many(chats=1, walks=WALKS)
    assert await served.stop() == 0
    acks = list(_before_each_ack(told.read_text(errors="replace")))
    assert len(acks) >= len(senders.acked) == WALKS * walk.UPDATES
    assert all(acks)


@pytest.mark.usefixtures("strace_there")
@pytest.mark.parametrize(("calls", "error"), [(["pwrite64"], "ENOSPC"), (["pwrite64"], "EIO"), (["fdatasync"], "EIO")])
async def test_a_disk_that_fails_is_told_and_nothing_is_lost(
    calls: list[str], error: str, served: Served, tmp_path: Path, record_property: Record
) -> None:
    database = tmp_path / "langnghe.db"
    senders = Senders.to(served.config.http_port, database, seed=2)
    await served.start()
    await senders.walk_many(chats=4, walks=1)
    update = walk.opening(900_001, 77)
    async with strace(served.pid, *failing(calls, error)), aiohttp.ClientSession(headers=HEADERS) as session:
        statuses = [await _post(session, served, update) for _ in range(3)]
    known = rows_of(database)["events"] - len(senders.acked)
    assert statuses == [503, 503, 503]
    assert known == 0
    await senders.walk_many(chats=4, walks=1)
    assert await served.stop() == 0
    keep(record_property, outcome(f"{error} from {calls[0]}", 3, database, senders))


async def _post(session: aiohttp.ClientSession, served: Served, update: walk.Json) -> int:
    async with session.post(f"http://127.0.0.1:{served.config.http_port}{walk.PATH}", json=update) as answer:
        if answer.status == 503:
            assert answer.headers["Retry-After"].isdigit()
        return answer.status
