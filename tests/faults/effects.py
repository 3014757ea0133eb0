"""What a crowd leaves behind in a PostgreSQL database: every effect once, whatever happened meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, func, select, text

from benchmarks.walks.checking import _QUERIES
from bot.delivery import AT_ONCE
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.conversations import event
from storage.tables.delivery import outbox
from storage.tables.people import chat
from storage.tables.ratings import answer
from tests.conversations.world import check_whole
from tests.faults.crowd import HEARD, Crowd
from tests.faults.outcome import Outcome


async def until_taken(crowd: Crowd, part: float) -> None:
    """Wait until this part of what the crowd says was acknowledged."""
    while crowd.taken < part * len(HEARD) * crowd.size:  # noqa: ASYNC110 - a count tells nobody that it grows
        await asyncio.sleep(0.01)


async def until_handled(database: Database, crowd: Crowd, part: float) -> None:
    """Wait until this part of what the crowd says is stored, whoever has fetched it."""
    counted = select(func.count()).select_from(event)
    while await database.read(lambda c: c.scalar(counted) or 0) < part * len(HEARD) * crowd.size:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def until_sent(database: Database) -> None:
    """Wait until nothing is on its way any more."""
    open_ones = select(func.count()).select_from(outbox).where(outbox.c.state.in_(("queued", "sending")))
    while await database.read(lambda c: c.scalar(open_ones)):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


def rows_of(connection: Connection) -> dict[str, int]:
    """Count every table, as the kills do."""
    return {name: int(connection.scalar(text(query)) or 0) for name, query in _QUERIES.items()}


def rows_after(size: int, others: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows of each kind a crowd leaves behind that has said everything, with those of others."""
    each_once = dict.fromkeys(_QUERIES, size)
    rows = each_once | {
        "events": len(HEARD) * size, "answers": 2 * size, "outgoing messages": (len(HEARD) + 1) * size,
        "outgoing messages with an end": (len(HEARD) + 1) * size, "questions that grow stale": 2 * size,
        "open ratings counted": 0, "dead letters": 0,
    }  # fmt: skip
    return {name: number + others.get(name, 0) for name, number in rows.items()}


def stored(connection: Connection) -> set[int]:
    """Return the numbers of the updates that are stored."""
    return {int(key) for key in connection.scalars(select(event.c.event_key))}


def comments(connection: Connection) -> Counter[str]:
    """Return what people said of their visit, and how often it stands there."""
    return Counter(str(each) for each in connection.scalars(select(answer.c.text).where(answer.c.text.is_not(None))))


def said(connection: Connection) -> dict[str, list[str]]:
    """Return the replies that were sent to each chat; after a stop a question may have given way to a later one."""
    columns = (chat.c.external_chat, outbox.c.body, outbox.c.state, outbox.c.stale_at)
    query = select(*columns).join(chat, chat.c.id == outbox.c.chat_id).where(outbox.c.urgency == Urgency.REPLY)
    said: dict[str, list[str]] = {}
    for row in connection.execute(query.order_by(outbox.c.id)):
        assert row.state == "sent" or (row.state == "collapsed" and row.stale_at is not None), row
        if row.state == "sent":
            said.setdefault(row.external_chat, []).append(row.body["text"])
    return said


async def check(
    database: Database,
    crowd: Crowd,
    fault: str,
    stops: int,
    others: Mapping[str, int] = {},
) -> Outcome:
    """Check every effect; a stop may leave in doubt no more than what was being sent at that moment.

    others  rows that somebody else has left behind, who is not of the crowd
    """
    await until_sent(database)
    await database.read(check_whole)
    assert await database.read(comments) == Counter(crowd.comment(number) for number in range(crowd.size))
    assert crowd.repeated(await database.read(said)) <= AT_ONCE * stops
    found, expected = await database.read(rows_of), rows_after(crowd.size, others)
    missing = sum(max(0, expected[name] - found[name]) for name in expected)
    surplus = sum(max(0, found[name] - expected[name]) for name in expected)
    unknown = len(crowd.acked - await database.read(stored))
    unheard, twice, in_doubt = await _reminders(database, crowd, stops)
    events = found["events"]
    return Outcome(fault, stops, events, crowd.posts or events, missing + unknown + unheard, surplus + twice, in_doubt)


async def _reminders(database: Database, crowd: Crowd, stops: int) -> tuple[int, int, int]:
    """Return how many reminders are `sent` and were not heard, came more than once, and are in doubt."""
    states = select(outbox.c.state, func.count()).where(outbox.c.urgency == Urgency.REMINDER).group_by(outbox.c.state)
    found = {row[0]: row[1] for row in await database.read(lambda c: c.execute(states).all())}
    assert set(found) <= {"sent", "unknown"}
    assert found.get("unknown", 0) <= AT_ONCE * stops
    reminded = crowd.reminded()
    twice = sum(people for times, people in reminded.items() if times > 1)
    return max(0, found.get("sent", 0) - reminded[1]), twice, found.get("unknown", 0)
