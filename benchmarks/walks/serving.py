"""What the measured stacks have in common: an empty database to start from, a port, an end."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from benchmarks.walks.walk import PRESET
from offices.presets import load_preset
from storage import schema, units
from storage.database import Database

Build = Callable[[str], AbstractAsyncContextManager[web.Application]]
"""Makes the application of a stack over the database at an address."""


async def prepare(address: str) -> None:
    """Make the tables, the same for every stack, and install the sample commune."""
    await schema.upgrade(address)
    database = await Database.open(address)
    await database.write(lambda connection: units.install_preset(connection, load_preset(PRESET), now=utc_now()))
    await database.close()


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def _serve(address: str, build: Build) -> None:
    async with build(address) as app, _serving(app) as port:
        print(port, flush=True)
        before = time.process_time()
        # Whoever started us holds the other end: when it ends, in whatever way, so do we.
        await asyncio.to_thread(sys.stdin.buffer.read)
        print(time.process_time() - before, flush=True)


def serve(build: Build) -> None:
    """Serve a stack over a prepared SQLite file until the standard input ends.

    Prints two lines: the port, which the system chose, and in the end the seconds of CPU time that serving took.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", type=Path, required=True)
    asyncio.run(_serve(f"sqlite:///{parser.parse_args().database}", build))
