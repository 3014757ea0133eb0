"""Deliveries that come twice, at once or much later, to any worker, change nothing (security.md R2)."""

import os
from pathlib import Path

import psycopg
import pytest

from benchmarks.walks.serving import prepare
from storage.database import Database
from tests.faults.effects import rows_of, stored
from tests.faults.outcome import Record, compared, keep, outcome
from tests.faults.senders import PostgresMailbox, Senders
from tests.faults.served import Served, config_of, free_port

LONG = bool(os.environ.get("FAULTS_LONG"))
WALKS = 90 if LONG else 2
"""For each of CHATS people beside each other; a walk is 5 updates, each delivered about three times."""
CHATS = 40
FEW_CHATS = 24
"""To two workers a short run has fewer, for its two starts take as long."""
pytestmark = pytest.mark.timeout(1200 if LONG else 240)


async def test_shuffled_duplicates_change_nothing(served: Served, tmp_path: Path, record_property: Record) -> None:
    await served.start()
    senders = Senders.to(served.config.http_port, tmp_path / "langnghe.db", seed=3, twice=1.0)
    await senders.walk_many(CHATS, WALKS)
    assert await served.stop() == 0
    doubles = senders.posts - len(senders.acked)
    assert doubles > len(senders.acked)
    keep(record_property, outcome("the same again, shuffled", doubles, tmp_path / "langnghe.db", senders))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_shuffled_duplicates_to_two_workers_change_nothing(
    database_url: str, tmp_path: Path, record_property: Record
) -> None:
    await prepare(database_url)
    workers = [Served(config_of(tmp_path / str(number), database_url, free_port())) for number in range(2)]
    for worker in workers:
        worker.config.data_dir.mkdir()
        await worker.start()
    first, second = (worker.config.http_port for worker in workers)
    with psycopg.connect(database_url, autocommit=True) as connection:
        senders = Senders(first, PostgresMailbox(connection), seed=3, twice=1.0, others=(second,))
        await senders.walk_many(CHATS if LONG else FEW_CHATS, WALKS)
    assert [await worker.stop() for worker in workers] == [0, 0]
    doubles = senders.posts - len(senders.acked)
    assert doubles > len(senders.acked)
    database = await Database.open(database_url)
    found, known = await database.read(rows_of), await database.read(stored)
    await database.close()
    keep(record_property, compared("the same again, shuffled, to two workers", doubles, found, known, senders))
