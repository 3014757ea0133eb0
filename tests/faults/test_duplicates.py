"""Deliveries that come twice, at once or much later, change nothing (security.md R2)."""

import os
from pathlib import Path

from tests.faults.outcome import Record, keep, outcome
from tests.faults.senders import Senders
from tests.faults.served import Served

WALKS = 90 if os.environ.get("FAULTS_LONG") else 2
CHATS = 40


async def test_shuffled_duplicates_change_nothing(served: Served, tmp_path: Path, record_property: Record) -> None:
    await served.start()
    senders = Senders.to(served.config.http_port, tmp_path / "langnghe.db", seed=3, twice=1.0)
    await senders.walk_many(CHATS, WALKS)
    assert await served.stop() == 0
    doubles = senders.posts - len(senders.acked)
    assert doubles > len(senders.acked)
    keep(record_property, outcome("the same again, shuffled", doubles, tmp_path / "langnghe.db", senders))
