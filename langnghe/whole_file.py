"""All of a SQLite file looked through, once, beside the running service: its start looked at the beginning only."""

import asyncio
import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from bot.messages import Clock
from storage import channel_states, sqlite_file
from storage.channel_states import FILE
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The look at one file; what it finds stands above every page of an administrator until nothing more is found."""

    database: Database
    clock: Clock
    file: Path

    async def look(self) -> None:
        """Look through the file in a thread of its own; being cancelled ends the look."""
        over = threading.Event()
        try:
            what = await asyncio.to_thread(sqlite_file.look_at_all, self.file, over.is_set)
        except OSError as error:
            log.warning("the database file could not be looked through: %s", error)
            return
        finally:
            over.set()
        if what is not None:
            log.error("the database file is damaged: %s", what)
        await self._note(what)

    async def _note(self, what: str | None) -> None:
        problem, now = ("damaged" if what else None), self.clock()
        try:
            await self.database.write(
                lambda connection: channel_states.put(connection, FILE, problem=problem, reason=what, now=now)
            )
        except StoreUnavailable as error:
            log.warning("the look through the database file could not be noted: %s", error)
