"""Two workers for one Official Account on PostgreSQL: killed or paused, each effect comes once (R1, R2)."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from benchmarks.walks.serving import prepare
from bot.delivery import AT_ONCE
from langnghe.clock import utc_now
from langnghe.zalo import WEBHOOK_PATH
from storage import outbox
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox as letters
from tests.bot.office import HEALTH
from tests.conversations.world import check_whole
from tests.fakes.zalo import Delivery, FakeZalo, Phone
from tests.faults.crowd import HEARD, REMINDER, effects
from tests.faults.effects import until_sent
from tests.faults.outcome import Outcome, Record, keep
from tests.faults.served import Served, config_of, free_port
from tests.faults.workers import LEASE_SECONDS, Crew
from tests.faults.zalo_site import ZaloPost, authorise, settings_of

LONG = bool(os.environ.get("FAULTS_LONG"))
PEOPLE = 200 if LONG else 12
STOPS = 2
WITHIN = 60.0
PATIENCE = 600 if LONG else 150
pytestmark = [
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.timeout(900 if LONG else 240),
]


@asynccontextmanager
async def crew_of(fake: FakeZalo, database: Database, url: str, folder: Path) -> AsyncIterator[Crew]:
    """Run two workers, and beside them a process that only takes what Zalo brings; all are killed in the end."""
    common = config_of(folder, url, free_port()).model_copy(update=settings_of(fake))
    await database.write(lambda connection: authorise(connection, fake, common))
    everybody = []
    for number, role in enumerate(("all", "all", "web")):
        data_dir = folder / str(number)
        data_dir.mkdir()
        own = common.model_copy(update={"http_port": free_port(), "data_dir": data_dir})
        everybody.append(Served(own, role, lease_seconds=LEASE_SECONDS))
    *workers, web = everybody
    fake.world.courier.point_at(f"http://127.0.0.1:{web.config.http_port}{WEBHOOK_PATH}")
    try:
        for each in everybody:
            await each.start()
        yield Crew(database, workers)
    finally:
        for each in everybody:
            if each.is_running:
                await each.kill()


def comment(number: int) -> str:
    return f"Góp ý của người thứ {number}."


async def _rates(phone: Phone, number: int) -> None:
    for typed, heard in zip((f"/start {HEALTH}", "5", comment(number), "Không, cảm ơn"), HEARD, strict=True):
        await phone.types(typed)
        await phone.reads(heard, within=WITHIN)


def remind(connection: Connection, post: ZaloPost, phones: list[Phone]) -> None:
    """Queue a reminder for everybody."""
    for phone in phones:
        outbox.put_words(
            connection, chat_id=post.chat_of(connection, phone), body={"text": REMINDER},
            unique_key=f"sample:{phone.person.id}", now=utc_now(), urgency=Urgency.REMINDER,
        )  # fmt: skip


async def test_a_killed_and_a_paused_worker_lose_and_double_nothing(
    database_url: str, tmp_path: Path, record_property: Record
) -> None:
    await prepare(database_url)
    database = await Database.open(database_url)
    async with FakeZalo(delivery=Delivery(pace=0.002, patience=6.0)) as fake, asyncio.timeout(PATIENCE):
        fake.world.echoes = False
        sending = f"sending:zalo:{fake.console.oa_id}"
        phones = [fake.person(number) for number in range(PEOPLE)]
        async with crew_of(fake, database, database_url, tmp_path) as crew:
            await crew.holder(sending)
            talking = asyncio.gather(*(_rates(phone, number) for number, phone in enumerate(phones)))
            await _until_heard(phones, 0.2)
            await crew.kill_holder(sending)
            await database.write(lambda connection: remind(connection, ZaloPost(fake), phones))
            await _until_heard(phones, 0.5)
            await crew.pause_holder(sending)
            await talking
            await fake.settled(WITHIN)
            await until_sent(database)
            found = await _outcome(database, phones)
            keep(record_property, replace(found, posts=len(fake.world.courier.attempts)))
            assert not fake.world.courier.disabled
    await database.close()


async def _until_heard(phones: list[Phone], part: float) -> None:
    while sum(len(set(phone.hears()) - {REMINDER}) for phone in phones) < part * len(HEARD) * len(phones):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _outcome(database: Database, phones: list[Phone]) -> Outcome:
    """Count what is stored and what was heard; a stop may leave in doubt no more than was being sent then."""
    await database.read(check_whole)
    events, ratings, comments = await database.read(effects)
    expected = Counter(comment(number) for number in range(len(phones)))
    heard = Counter(phone.hears().count(REMINDER) for phone in phones)
    repeated = sum(len(phone.hears()) - len(set(phone.hears())) for phone in phones)
    assert repeated <= AT_ONCE * STOPS
    states = select(letters.c.state).where(letters.c.urgency == Urgency.REMINDER)
    reminders = Counter(await database.read(lambda connection: connection.scalars(states).all()))
    assert set(reminders) <= {"sent", "unknown"}
    assert reminders["unknown"] <= AT_ONCE * STOPS
    lost = len(HEARD) * len(phones) - events + len(phones) - ratings + (expected - comments).total()
    lost += max(0, reminders["sent"] - heard[1])
    doubled = (comments - expected).total() + sum(people for times, people in heard.items() if times > 1)
    name = "Zalo: one of two workers killed, paused"
    return Outcome(name, STOPS, events, events, lost, doubled, reminders["unknown"])
