"""Several services over one PostgreSQL behind the fake Telegram server, each a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from storage import leases
from storage.database import Database
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.served import Served, config_of, free_port

ACCOUNT = TOKEN.partition(":")[0]
POLLING, SENDING = f"telegram-polling:{ACCOUNT}", f"sending:telegram:{ACCOUNT}"
LEASE_SECONDS = 3.0
"""Shorter than in service, so that being taken over takes seconds."""


@dataclass(frozen=True)
class Crew:
    """The workers of one authority."""

    database: Database
    workers: Sequence[Served]

    async def holder(self, name: str, beside: Served | None = None, within: float = 30.0) -> Served:
        """Wait until a worker that runs holds a lease, another one than `beside`; return it."""
        async with asyncio.timeout(within):
            while (found := await self._holder(name)) is None or found is beside:  # noqa: ASYNC110 - others tell nothing
                await asyncio.sleep(0.02)
        return found

    async def _holder(self, name: str) -> Served | None:
        lease = await self.database.read(lambda connection: leases.read(connection, name))
        number = lease.holder.split(":")[-2] if lease and lease.holder else ""
        return next((each for each in self.workers if each.is_running and str(each.pid) == number), None)

    async def kill_holder(self, name: str) -> None:
        """Kill whoever holds a lease at once, and start it again."""
        one = await self.holder(name)
        await one.kill()
        await one.start()

    async def pause_holder(self, name: str) -> None:
        """Stop the holder in the middle of what it does; let it go on when another has taken over."""
        one = await self.holder(name)
        os.kill(one.pid, signal.SIGSTOP)
        try:
            await self.holder(name, beside=one)
        finally:
            os.kill(one.pid, signal.SIGCONT)


@asynccontextmanager
async def working(fake: FakeTelegram, database: Database, url: str, folder: Path, mode: str) -> AsyncIterator[Crew]:
    """Run two workers over a prepared database; they are killed in the end, unless they have ended."""
    workers = [_worker(fake, url, folder / str(number), mode) for number in range(2)]
    try:
        for worker in workers:
            await worker.start()
        yield Crew(database, workers)
    finally:
        for worker in workers:
            if worker.is_running:
                await worker.kill()


def _worker(fake: FakeTelegram, url: str, folder: Path, mode: str) -> Served:
    folder.mkdir()
    settings = {"telegram_bot_token": SecretStr(TOKEN), "telegram_api_base": fake.base, "telegram_mode": mode}
    return Served(config_of(folder, url, free_port()).model_copy(update=settings), lease_seconds=LEASE_SECONDS)
