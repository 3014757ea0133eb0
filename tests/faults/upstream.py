"""A service that reaches its Telegram through the fault proxy alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection

from bot.messages import Clock
from langnghe.clock import utc_now
from storage import chats
from storage.chats import Caller
from storage.database import Database
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.faults.haste import Haste
from tests.faults.letters import Letters
from tests.faults.proxy import Proxy
from tests.faults.served import Served, config_of, free_port
from tests.faults.watched import Watched
from tests.faults.workers import ACCOUNT


class Post(Letters[FakeTelegram, Phone]):
    """Letters to chats of one bot."""

    def reader(self, number: int) -> Phone:
        """Return the phone of somebody."""
        return self.fake.person(number)

    def chat_of(self, connection: Connection, reader: Phone) -> int:
        """Let a chat be known."""
        reader.chat.started = True
        caller = Caller("telegram", ACCOUNT, str(reader.person.id), str(reader.person.id), "vi")
        return chats.welcome(connection, caller, self.fake.world.clock()).id

    def mark(self, reader: Phone) -> bytes:
        """Return his number."""
        return str(reader.person.id).encode()


@dataclass(frozen=True)
class Behind(Watched):
    """A service and its fake Telegram."""

    fake: FakeTelegram

    async def is_quiet(self) -> bool:
        """Say whether every update was handled, too."""
        return not self.fake.world.mailbox.waiting() and await super().is_quiet()


@asynccontextmanager
async def behind(folder: Path, haste: Haste, seed: int = 1, clock: Clock = utc_now) -> AsyncIterator[Behind]:
    """Run a polling service behind a proxy over the prepared SQLite file of a folder; it is ended afterwards."""
    url = f"sqlite:///{folder}/langnghe.db"
    database = await Database.open(url)
    async with FakeTelegram(clock=clock) as telegram, Proxy(telegram.base, seed) as proxy:
        settings = {"telegram_bot_token": SecretStr(TOKEN), "telegram_api_base": proxy.base, "telegram_mode": "polling"}
        served = Served(config_of(folder, url, free_port()).model_copy(update=settings), haste=haste, clock=clock)
        await served.start()
        try:
            await telegram.until_called("getUpdates")
            yield Behind(proxy, database, served, telegram)
        finally:
            await served.kill()
            await database.close()
