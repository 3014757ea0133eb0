"""A service behind the fault proxy: how its process is, and what it still has to send."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from storage.database import Database
from storage.tables.delivery import outbox as letters
from tests.faults.proxy import Proxy
from tests.faults.served import Served

MOST_CONNECTIONS = 64 + 2
"""As many as the clients for sending and polling may open."""


@dataclass(frozen=True)
class Held:
    """Open files and connections, threads, megabytes now and at most so far."""

    files: int
    threads: int
    megabytes: float
    most_megabytes: float


@dataclass(frozen=True)
class Watched:
    """A service that reaches its channel through the proxy alone, and our own look into its database."""

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

    async def is_quiet(self) -> bool:
        """Say whether nothing is to be sent any more."""
        return not await self.open_letters()

    async def settles(self, within: float) -> None:
        """Wait until nothing is to be sent any more, so many seconds at most."""
        await until(self.is_quiet, within)

    def held(self) -> Held:
        """Look at what its process holds."""
        place = Path(f"/proc/{self.served.pid}")
        told = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        memory = [int(told[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
        return Held(len(list((place / "fd").iterdir())), int(told["Threads"]), *memory)

    def check_nothing_piles_up(self, before: Held) -> None:
        """Compare what the process holds with what it held before."""
        after = self.held()
        assert self.proxy.most_open <= MOST_CONNECTIONS
        assert after.megabytes - before.megabytes < 30
        assert after.files - before.files <= MOST_CONNECTIONS
        assert after.threads - before.threads <= 8


async def until(holds: Callable[[], Awaitable[bool]], within: float) -> None:
    """Wait until something holds, so many seconds at most."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 - a database and a server of others tell nothing
            await asyncio.sleep(0.05)
