import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.messages import IncomingKind
from bot.schedule import Schedule
from storage import schedule
from storage.tables.delivery import due
from tests.bot.office import HEALTH, Office

IDLE = "còn một câu chưa trả lời"


class Counter:
    """Counts the work it does, in the rows of the work itself."""

    def __init__(self, office: Office) -> None:
        self.done: list[str] = []
        self.schedule = Schedule(office.database, office.talk, office.reference, {"count": self.count}, office.clock)

    def count(self, _connection: Connection, _now: datetime, payload: Mapping[str, Any]) -> None:
        self.done.append(payload["name"])


async def plan(office: Office, *names: str, kind: str = "count") -> None:
    def each(connection: Connection) -> None:
        for name in names:
            schedule.plan(connection, unique_key=name, due_at=office.at, kind=kind, payload={"name": name})

    await office.database.write(each)


async def test_due_work_is_done_once_by_two_workers(office: Office) -> None:
    await plan(office, *(f"work{n}" for n in range(10)))
    one, two = Counter(office), Counter(office)

    await asyncio.gather(one.schedule.round(), two.schedule.round())
    await one.schedule.round()

    assert sorted(one.done + two.done) == sorted(f"work{n}" for n in range(10))


async def test_work_planned_twice_is_done_once_and_after_a_long_sleep(office: Office) -> None:
    await plan(office, "same", "same")
    office.passes(days=40)
    counter = Counter(office)

    await counter.schedule.round()
    await counter.schedule.round()

    assert counter.done == ["same"]


async def test_work_of_an_unknown_kind_waits(office: Office) -> None:
    await plan(office, "later", kind="of newer code")
    await Counter(office).schedule.round()

    assert await office.reads(lambda c: c.scalar(select(due.c.state).where(due.c.unique_key == "later"))) == "waiting"


async def test_failing_work_is_tried_again_and_holds_up_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter(office)

    def fails(_connection: Connection, _now: datetime, payload: Mapping[str, Any]) -> None:
        if payload["name"] == "broken":
            raise LookupError("broken on purpose")
        counter.done.append(payload["name"])

    counter.schedule.workers = {"count": fails}
    await plan(office, "broken", "fine")
    for _ in range(8):
        await counter.schedule.round()
        office.passes(hours=3)

    assert counter.done == ["fine"]
    row = await office.reads(lambda c: c.execute(select(due).where(due.c.unique_key == "broken")).one())
    assert (row.state, row.attempts) == ("failed", schedule.MOST_ATTEMPTS)
    assert "broken on purpose" in caplog.text


async def reminded(office: Office) -> int:
    """Count the reminders in the chat."""
    return sum(IDLE in line.body["text"] for line in await office.lines())


async def test_an_idle_conversation_is_reminded_once_by_two_workers(office: Office) -> None:
    await office.opens(HEALTH)
    await office.says("2")
    office.passes(minutes=31)

    await asyncio.gather(office.schedule.round(), office.schedule.round())
    await office.schedule.round()

    assert await reminded(office) == 1


async def test_a_server_that_was_off_reminds_first_and_closes_a_day_later(office: Office) -> None:
    await office.opens(HEALTH)
    await office.says("2")
    office.passes(days=3)

    await office.schedule.round()
    await office.schedule.round()
    assert await reminded(office) == 1
    assert await office.open_conversation() is not None

    office.passes(hours=25)
    await office.schedule.round()
    assert await office.statuses() == [("rating", "abandoned")]


async def test_who_only_looked_at_the_menu_is_left_in_peace(office: Office) -> None:
    await office.says("xin chào")
    office.passes(minutes=31)
    await office.schedule.round()

    assert await reminded(office) == 0


async def test_a_refused_answer_shows_that_somebody_is_there(office: Office) -> None:
    await office.opens(HEALTH)
    await office.says("2")
    office.passes(minutes=29)
    await office.says("không biết")
    office.passes(minutes=2)
    await office.schedule.round()

    assert await reminded(office) == 0


async def test_an_interrupted_conversation_is_closed_after_a_day(office: Office) -> None:
    await office.opens(HEALTH)
    await office.says("2")
    await office.says("/tracuu")
    office.passes(days=1, minutes=1)
    await office.schedule.round()

    assert ("rating", "abandoned") in await office.statuses()


async def test_a_reminder_is_one_that_must_not_come_twice(office: Office) -> None:
    start = office.event(IncomingKind.START, data=HEALTH, channel="telegram", account="1")
    for event in (start, office.event(text="2", channel="telegram", account="1")):
        await office.intake.accept(event)
    office.passes(minutes=31)
    await office.schedule.round()

    last = (await office.letters())[-1]
    assert IDLE in last["body"]["text"]
    assert last["urgency"] == 2
