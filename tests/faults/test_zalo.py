"""Zalo under faults: killed at any moment, events twice, an OpenAPI that is away or slow. Each effect comes once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection

from langnghe.clock import utc_now
from langnghe.zalo import WEBHOOK_PATH
from storage import chats, outbox
from storage.chats import Caller
from storage.outbox import Urgency
from tests.bot.office import HEALTH
from tests.conversations.world import World, check_whole
from tests.fakes.zalo import Delivery, FakeZalo, Phone
from tests.faults.crowd import HEARD, REMINDER, effects
from tests.faults.haste import Haste
from tests.faults.served import Served, config_of, free_port
from tests.faults.zalo_site import authorise, settings_of

PEOPLE = 6
KILLS = 2
PATIENCE = 60.0
CS = "/v3.0/oa/message/cs"
QUICK = Delivery(pace=0.002)
PATIENT = Delivery(pace=QUICK.pace, patience=6.0)
"""On a busy machine an answer takes more than the two seconds of Zalo; one that waits for a call takes ten."""
"""An event that is not taken comes again after 0.06, 0.6, 1.8, 3.6 and 7.2 seconds."""


@dataclass
class Site:
    """A service of its own process, connected with the fake, and people who each rate once."""

    fake: FakeZalo
    world: World
    served: Served
    people: list[Phone] = field(default_factory=list)

    async def talks(self) -> None:
        """Let everybody rate, each waiting for an answer before he goes on."""
        self.people = [self.fake.person(number) for number in range(PEOPLE)]
        await asyncio.gather(*(self._rates(number) for number in range(PEOPLE)))

    async def _rates(self, number: int) -> None:
        phone = self.people[number]
        for typed, heard in zip((f"/start {HEALTH}", "5", comment(number), "Không, cảm ơn"), HEARD, strict=True):
            await phone.types(typed)
            await phone.reads(heard, within=PATIENCE)

    async def reminds(self) -> None:
        """Queue a reminder for everybody, which must not come twice."""
        oa_id = self.fake.console.oa_id
        users = [phone.person.id for phone in self.people]

        def put(connection: Connection) -> None:
            for user in users:
                known = chats.welcome(connection, Caller("zalo", oa_id, user, user, "vi"), utc_now())
                outbox.put_words(
                    connection, chat_id=known.id, body={"text": REMINDER}, unique_key=f"sample:{user}", now=utc_now(),
                    urgency=Urgency.REMINDER,
                )  # fmt: skip

        await self.world.writes(put)

    async def check(self) -> None:
        """Check that every effect is there once."""
        await self.fake.settled(PATIENCE)
        await self.served.stop()
        await self.world.writes(check_whole)
        events, ratings, comments = await self.world.writes(effects)
        assert (events, ratings) == (len(HEARD) * PEOPLE, PEOPLE)
        assert comments == Counter(comment(number) for number in range(PEOPLE))
        assert not self.fake.world.courier.disabled
        for phone in self.people:
            assert phone.hears().count(REMINDER) <= 1


def comment(number: int) -> str:
    return f"Góp ý của người thứ {number}."


@asynccontextmanager
async def site_in(folder: Path, delivery: Delivery = QUICK) -> AsyncIterator[Site]:
    """Start a service that knows the fake; echoes of our own messages are switched off to keep the log short."""
    async with FakeZalo(delivery=delivery) as fake:
        fake.world.echoes = False
        config = config_of(folder, f"sqlite:///{folder}/langnghe.db", free_port())
        config = config.model_copy(update=settings_of(fake))
        world = World(folder, config.database_url)
        await world.install()
        await world.writes(lambda connection: authorise(connection, fake, config))
        fake.world.courier.point_at(f"http://127.0.0.1:{config.http_port}{WEBHOOK_PATH}")
        served = Served(config, haste=Haste())
        await served.start()
        try:
            yield Site(fake, world, served)
        finally:
            if served.is_running:
                await served.kill()


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - the same kills in every run
    async with site_in(tmp_path) as site:
        talking = asyncio.create_task(site.talks())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 0.8))
            await site.served.kill()
            await site.served.start()
        await talking
        await site.reminds()
        await asyncio.sleep(chance.uniform(0.1, 0.4))
        await site.served.kill()
        await site.served.start()
        await site.check()


async def test_events_that_come_three_times_change_nothing_more(tmp_path: Path) -> None:
    async with site_in(tmp_path, Delivery(copies=3, pace=QUICK.pace)) as site:
        await site.talks()
        await site.check()
        assert all(len(set(phone.hears())) == len(phone.hears()) for phone in site.people), "no reply came twice"


FAULTS: dict[str, Callable[[FakeZalo], Awaitable[None] | None]] = {
    "away before": lambda fake: fake.next_answer(CS, drop_connection=True, times=8),
    "away after": lambda fake: fake.next_answer(CS, drop_connection=True, does_it=True, times=8),
    "broken gateway": lambda fake: fake.next_answer(CS, status=502, body=b"<html>", times=8),
    "fails": lambda fake: fake.next_answer(CS, error=-200, times=8),
    "slow": lambda fake: fake.next_answer(CS, delay=0.5, times=12),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_openapi_that_fails_for_a_while_keeps_nobody_from_his_answers(fault: str, tmp_path: Path) -> None:
    async with site_in(tmp_path, PATIENT) as site:
        FAULTS[fault](site.fake)
        await site.talks()
        await site.reminds()
        taken = [attempt for attempt in site.fake.world.courier.attempts if attempt.status == 200]
        assert len(taken) == len(site.fake.world.courier.attempts), "what comes in does not wait for what goes out"
        await site.check()
