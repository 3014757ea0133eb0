"""A worker of the schedule alone, as a process of its own; each piece of due work leaves one entry in the trail."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, exists, select

from bot.conversations import Conversations
from bot.schedule import Schedule
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from storage import audit
from storage.database import Database
from storage.reference import ReferenceHolder
from storage.tables.delivery import due
from tests.codes import TOKEN_KEY, VAULT

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
KIND, ACTION = "sample", "sample.done"


def leave_a_trace(connection: Connection, now: datetime, payload: Mapping[str, Any]) -> None:
    """Do the work."""
    audit.record(connection, at=now, actor="system", action=ACTION, subject=payload["name"], details={})


def _waits(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(due.c.state == "waiting"))))


def work(url: str) -> None:
    """Do what is due until nothing is; a round finds nothing, too, while another process has the rest in its hands."""
    asyncio.run(_work(url))


async def _work(url: str) -> None:
    database, reference = await Database.open(url), ReferenceHolder()
    talk = Conversations(SCRIPTS, Words(load_texts(), reference.name_of), TOKEN_KEY, VAULT)
    schedule = Schedule(database, talk, reference, {KIND: leave_a_trace}, lambda: NOW)
    while await schedule.round() or await database.read(_waits):
        pass
    await database.close()
