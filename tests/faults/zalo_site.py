"""An Official Account whose service reaches Zalo's OpenAPI through the fault proxy alone; letters to its chats."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from langnghe.clock import utc_now
from langnghe.config import Config
from langnghe.zalo_tokens import vault_of
from storage import chats, windows, zalo_tokens
from storage.chats import Caller
from storage.database import Database
from storage.zalo_tokens import Pair
from tests.conversations.zalo_face import ZaloFace
from tests.fakes.zalo import FakeZalo, Phone
from tests.faults.haste import Haste
from tests.faults.letters import Letters
from tests.faults.proxy import Proxy
from tests.faults.served import Served, config_of, free_port
from tests.faults.watched import Watched


def settings_of(fake: FakeZalo) -> dict[str, Any]:
    """Return what leads a service to the fake, and to no bot."""
    no_bot = {"telegram_bot_token": None, "telegram_mode": "polling", "telegram_webhook_secret": None}
    return {**ZaloFace(fake).settings, **no_bot}


def authorise(connection: Connection, fake: FakeZalo, config: Config) -> None:
    """Give a service the tokens of the fake, as an administrator does on the page."""
    issued, now = fake.world.oauth.issue(), utc_now()
    pair = Pair(issued.access, issued.refresh, issued.access_until - now)
    zalo_tokens.authorise(connection, vault_of(config), fake.console.oa_id, pair, actor="system", now=now)


class ZaloPost(Letters[FakeZalo, Phone]):
    """Letters to people who have just written, so that they cost nothing."""

    def reader(self, number: int) -> Phone:
        """Return the phone of somebody."""
        return self.fake.person(number)

    def chat_of(self, connection: Connection, reader: Phone) -> int:
        """Let a chat be known, and Zalo and us that its person has just written."""
        user, now = reader.person.id, utc_now()
        reader.person.last = now
        chat = chats.welcome(connection, Caller("zalo", self.fake.console.oa_id, user, user, "vi"), now)
        windows.interacted(connection, chat.id, now)
        return chat.id

    def mark(self, reader: Phone) -> bytes:
        """Return his number."""
        return reader.person.id.encode()


@dataclass(frozen=True)
class BehindZalo(Watched):
    """A service and its fake Zalo."""

    fake: FakeZalo


@asynccontextmanager
async def behind_zalo(folder: Path, haste: Haste, seed: int = 1) -> AsyncIterator[BehindZalo]:
    """Run a service behind a proxy over the prepared SQLite file of a folder; it is ended afterwards."""
    url = f"sqlite:///{folder}/langnghe.db"
    database = await Database.open(url)
    async with FakeZalo() as fake, Proxy(fake.bases.openapi, seed) as proxy:
        fake.world.echoes = False
        settings = settings_of(fake) | {"zalo_openapi_base": proxy.base}
        config = config_of(folder, url, free_port()).model_copy(update=settings)
        await database.write(lambda connection: authorise(connection, fake, config))
        served = Served(config, haste=haste)
        await served.start()
        try:
            yield BehindZalo(proxy, database, served, fake)
        finally:
            await served.kill()
            await database.close()
