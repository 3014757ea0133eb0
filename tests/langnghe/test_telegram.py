"""The bot's part of a worker, over the fake Bot API server: a refused token stops it for a while, not for good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.channels.telegram.calls import Commands
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery import Sender
from bot.leasing import Leasing
from bot.words import Words, load_texts
from langnghe import telegram as work
from langnghe.telegram import TelegramWork, Webhook
from storage.database import Database
from storage.reference import ReferenceHolder
from tests.bot.channels.telegram_recorder import Recorder
from tests.fakes.telegram import TOKEN, FakeTelegram

REASON = "Unauthorized"


@asynccontextmanager
async def receiving(fake: FakeTelegram, database: Database, webhook: Webhook | None = None) -> AsyncIterator[Recorder]:
    """Let a worker receive for the bot."""
    recorder, channel = Recorder(), TelegramChannel(TOKEN, fake.base)
    sender = Sender(database, {}, Words(load_texts(), ReferenceHolder().name_of), fake.world.clock)
    leasing = Leasing(database, fake.world.clock, alone=True)
    part = TelegramWork(channel, recorder.receiver(), sender, leasing, Commands(), webhook)
    task = asyncio.create_task(part.receive())
    yield recorder
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await channel.close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "REFUSED_SECONDS", 0.1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("refused", ["getMe", "deleteWebhook", "getUpdates"])
async def test_updates_come_when_a_token_is_accepted_again(refused: str, database: Database) -> None:
    async with FakeTelegram() as fake, asyncio.timeout(20):
        for _ in range(2):
            fake.next_answer(refused, status=401, reason=REASON)
        async with receiving(fake, database) as recorder:
            await fake.person(1).types("xin chào")
            while not recorder.accepted:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_webhook_is_set_when_a_token_is_accepted_again(database: Database) -> None:
    async with FakeTelegram() as fake, asyncio.timeout(20):
        fake.next_answer("setWebhook", status=401, reason=REASON)
        async with receiving(fake, database, Webhook("https://mau.example/webhook/telegram", "0123456789abcdef")):
            await fake.until_called("setWebhook", times=2)
