"""A service behind the fault proxy: letters that are to leave, what of them arrived, how the process is."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr
from sqlalchemy import Connection, func, select

from bot.messages import Clock
from langnghe.clock import utc_now
from storage import chats, outbox
from storage.chats import Caller
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox as letters
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.faults.haste import Haste
from tests.faults.proxy import Proxy
from tests.faults.served import Served, config_of, free_port
from tests.faults.workers import ACCOUNT

ONCE = (Urgency.REMINDER, Urgency.BROADCAST)
"""What must not come twice; the others must come."""


@dataclass
class Post:
    """Letters, each to a chat of its own, known by their words; counted where they arrive.

    first_id  of the people to whom they go
    """

    fake: FakeTelegram
    first_id: int = 2**41
    written: dict[str, tuple[Phone, Urgency]] = field(default_factory=dict)

    async def writes(
        self, database: Database, number: int, kinds: Iterable[Urgency] = Urgency, to: Phone | None = None
    ) -> None:
        """Queue so many letters of each kind, all of them to one phone if there is one."""
        first = self.first_id + len(self.written)
        made = [(urgency, f"{urgency.name} {first} {each}") for each in range(number) for urgency in kinds]
        phones = [to or self.fake.person(first + place) for place in range(len(made))]
        self.written |= {text: (phone, urgency) for phone, (urgency, text) in zip(phones, made, strict=True)}
        await database.write(lambda connection: self._put(connection, [text for _, text in made]))

    def _put(self, connection: Connection, texts: Iterable[str]) -> None:
        now = self.fake.world.clock()
        for text in texts:
            phone, urgency = self.written[text]
            phone.chat.started = True
            caller = Caller("telegram", ACCOUNT, str(phone.person.id), str(phone.person.id), "vi")
            chat_id = chats.welcome(connection, caller, now).id
            outbox.put_words(
                connection, chat_id=chat_id, body={"text": text}, unique_key=text, now=now, urgency=urgency
            )

    def arrived(self, *kinds: Urgency) -> dict[str, int]:
        """Say of each letter of some kinds how often it arrived at Telegram."""
        return {text: phone.hears().count(text) for text, (phone, urgency) in self.written.items() if urgency in kinds}

    async def states(self, database: Database) -> dict[str, str]:
        """Say of each letter how it ended."""
        query = select(letters.c.unique_key, letters.c.state).where(letters.c.unique_key.in_(self.written))
        return {row[0]: row[1] for row in await database.read(lambda connection: connection.execute(query).all())}


@dataclass(frozen=True)
class Behind:
    """A service that reaches its Telegram through the proxy alone, and our own look into its database."""

    fake: FakeTelegram
    proxy: Proxy
    database: Database
    served: Served

    async def ready(self) -> dict[str, Any]:
        """Ask whether it is ready; raises TimeoutError when it does not answer soon."""
        address = f"http://127.0.0.1:{self.served.config.http_port}/readyz"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=4)) as session,
            session.get(address) as got,
        ):
            told: dict[str, Any] = await got.json()
            assert (got.status, told["ready"]) == (200, True), told
            return told

    async def open_letters(self) -> int:
        """Count what is still to be sent."""
        counted = select(func.count()).select_from(letters).where(letters.c.state.in_(("queued", "sending")))
        return int(await self.database.read(lambda connection: connection.scalar(counted) or 0))

    def held(self) -> "Held":
        """Look at what its process holds."""
        place = Path(f"/proc/{self.served.pid}")
        told = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        memory = [int(told[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
        return Held(len(list((place / "fd").iterdir())), int(told["Threads"]), *memory)


@dataclass(frozen=True)
class Held:
    """Open files and connections, threads, megabytes now and at most so far."""

    files: int
    threads: int
    megabytes: float
    most_megabytes: float


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
            yield Behind(telegram, proxy, database, served)
        finally:
            await served.kill()
            await database.close()


def worst(arrived: dict[str, int], states: dict[str, str]) -> Counter[str]:
    """Count what must not be: letters that came twice, and letters called sent that never came."""
    return Counter(
        doubled=sum(number - 1 for number in arrived.values() if number > 1),
        lost=sum(not number for text, number in arrived.items() if states[text] == "sent"),
    )
