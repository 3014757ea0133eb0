"""Large files that were ordered on a page are written one after the other, each by a process of its own.

They go when their time is over, and so does what a killed writer of one has left.
"""

import asyncio
import json
import logging
import secrets
from asyncio.subprocess import Process
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.loops import keep_going, resting
from bot.messages import Clock
from storage import file_orders
from storage.beside import child
from storage.database import Database
from storage.file_orders import Failure, FileOrder
from storage.files import FolderStore

log = logging.getLogger(__name__)

REST_SECONDS = 1.0
SWEEP_SECONDS = 60.0
"""A file that cannot be fetched any more is gone so soon."""
BEAT_SECONDS = 1.0
"""How often the row is told how far its file is, and asked whether it is still wanted."""
PROGRAM = "admin.reports.child"


@dataclass
class Told:
    """What a child has told so far."""

    done: int = 0
    total: int = 0
    rows: int | None = None

    def hear(self, line: bytes) -> None:
        """Take a line of its standard output."""
        fact = json.loads(line)
        self.done, self.total = fact.get("done", self.done), fact.get("total", self.total)
        self.rows = fact.get("rows", self.rows)


@dataclass(frozen=True, slots=True)
class Exporter:
    """The loops that have ordered files written, and remove them again.

    address  of the database, for the child
    files    the store whose disk the files share: it says when there is no room left
    folder   where the files go
    """

    database: Database
    address: str
    files: FolderStore
    folder: Path
    clock: Clock

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """Return what writes files until cancelled, and what removes them: also while a long one is written."""
        return [
            keep_going("writing exports", self.round, resting(REST_SECONDS)),
            keep_going("removing exports", self.sweep, resting(SWEEP_SECONDS)),
        ]

    async def round(self) -> int:
        """Write the file that waits longest; return how many were begun."""
        if not await self.database.read(lambda connection: file_orders.has_work(connection, self.clock())):
            return 0
        writer = secrets.token_hex(8)
        taken = await self.database.write(lambda connection: file_orders.take(connection, writer, self.clock()))
        if taken is None:
            return 0
        try:
            await self._write(taken)
        except asyncio.CancelledError:
            await self.database.write(lambda connection: file_orders.give_back(connection, taken))
            raise
        except Exception:
            log.exception("export %d cannot be written", taken.id)
            await self._fail(taken, Failure.ERROR)
        return 1

    async def sweep(self) -> int:
        """Remove files that nobody can fetch any more and nobody writes, and the orders of long ago."""
        now = self.clock()
        # Looked at in this order, a file that is begun meanwhile is not among those found.
        found = await asyncio.to_thread(lambda: list(self.folder.glob("*-*.*")))
        kept = await self.database.read(lambda connection: file_orders.kept_names(connection, now))
        old = [file for file in found if file.name not in kept]
        for file in old:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        await self.database.write(lambda connection: file_orders.forget(connection, now))
        return len(old)

    async def _write(self, taken: FileOrder) -> None:
        if not await asyncio.to_thread(self.files.has_room):
            await self._fail(taken, Failure.DISK_FULL)
            return
        await asyncio.to_thread(self.folder.mkdir, 0o700, parents=True, exist_ok=True)
        file = self.folder / str(taken.file_name)
        is_ready = False
        asked = {"database": self.address, "number": taken.id, "file": str(file)}
        try:
            async with child(PROGRAM, asked) as process:
                is_ready = await self._follow(process, taken, file)
        finally:
            if not is_ready:
                await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _follow(self, process: Process, taken: FileOrder, file: Path) -> bool:
        """Hear the child to its end; whether the file is ready then and still wanted."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        told = Told()
        while not await _ended(process.stdout, told):
            if not await asyncio.to_thread(self.files.has_room):
                await self._fail(taken, Failure.DISK_FULL)
                return False
            if not await self._is_wanted(taken, told):
                return False
        status = await process.wait()
        if status or told.rows is None:
            log.error("the writer of export %d has ended with %d", taken.id, status)
            await self._fail(taken, _failure_of(status))
            return False
        rows, size = told.rows, (await asyncio.to_thread(file.stat)).st_size
        return await self.database.write(
            lambda connection: file_orders.settle(connection, taken, rows, size, self.clock())
        )

    async def _is_wanted(self, taken: FileOrder, told: Told) -> bool:
        return await self.database.write(
            lambda connection: file_orders.tell(connection, taken, told.done, told.total, self.clock())
        )

    async def _fail(self, taken: FileOrder, reason: Failure) -> None:
        await self.database.write(lambda connection: file_orders.fail(connection, taken, reason, self.clock()))


async def _ended(output: asyncio.StreamReader, told: Told) -> bool:
    """Hear the child for a moment; whether it has nothing more to tell."""
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            while line := await output.readline():
                told.hear(line)
    except TimeoutError:
        return False
    return True


def _failure_of(status: int) -> Failure:
    """Name what the exit status of a child means."""
    from admin.reports import child as writing  # noqa: PLC0415 - it brings all the reports along, which no start waits for

    return {writing.RIGHTS_CHANGED: Failure.RIGHTS, writing.DISK_FULL: Failure.DISK_FULL}.get(status, Failure.ERROR)
