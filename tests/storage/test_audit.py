"""The chain of the audit trail finds what was changed, removed or moved."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from storage import audit
from storage.audit import Fault
from storage.database import Database

NOW = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)


def _write_five(connection: Connection) -> None:
    for number in range(1, 6):
        audit.record(
            connection, at=NOW, actor="staff:1", action="petition.accept", subject=f"petition:{number}",
            details={"ghi chú": f"bước {number}", "n": number},
        )  # fmt: skip


async def test_an_untouched_chain_is_whole(database: Database) -> None:
    await database.write(_write_five)
    assert await database.read(audit.verify) == (5, None)


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit SET details = '{}' WHERE seq = 3", Fault(3, "changed after it was written")),
        ("UPDATE audit SET actor = 'staff:2' WHERE seq = 1", Fault(1, "changed after it was written")),
        ("DELETE FROM audit WHERE seq = 2", Fault(2, "missing")),
        ("UPDATE audit SET previous_hash = hash WHERE seq = 4", Fault(4, "does not follow the entry before it")),
    ],
)
async def test_tampering_is_found_where_it_was_done(database: Database, tampering: str, fault: Fault) -> None:
    await database.write(_write_five)
    await database.write(lambda connection: connection.execute(text(tampering)).rowcount)
    _, found = await database.read(audit.verify)
    assert found == fault


async def test_two_entries_that_changed_places_are_found(database: Database) -> None:
    await database.write(_write_five)

    def swap(connection: Connection) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(text("UPDATE audit SET seq = :new WHERE seq = :old"), {"old": old, "new": new})

    await database.write(swap)
    assert (await database.read(audit.verify))[1] is not None
