"""Files that nobody sent after all are removed: begun and never finished, refused, or left by a crash."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.loops import keep_going, resting
from bot.messages import Clock
from storage import petition_files
from storage.database import Database

log = logging.getLogger(__name__)

REST_SECONDS = 6 * 3600.0
KEPT_FOR = timedelta(days=2)
"""How old a file must be before it can be swept: whoever sent it may still be writing."""
AT_ONCE = 500


class SweptStore(Protocol):
    """What sweeping needs of a store."""

    def kept_before(self, moment: datetime) -> Iterator[str]:
        """Name the files that were kept before `moment`."""
        ...

    def forget_arrivals(self, moment: datetime) -> None:
        """Remove what began to arrive before `moment` and never came to an end."""
        ...

    async def remove(self, ref: str) -> None:
        """Forget a file."""
        ...


@dataclass(frozen=True, slots=True)
class Sweeper:
    """The loop that removes files which neither a petition nor an unfinished conversation refers to."""

    database: Database
    files: SweptStore
    clock: Clock

    async def run(self) -> None:
        """Sweep until cancelled."""
        await keep_going("sweeping files", self.round, resting(REST_SECONDS))

    async def round(self) -> int:
        """Remove what nothing refers to; return how many files that were."""
        moment = self.clock() - KEPT_FOR
        await asyncio.to_thread(self.files.forget_arrivals, moment)
        old = await asyncio.to_thread(lambda: list(self.files.kept_before(moment)))
        removed = 0
        for start in range(0, len(old), AT_ONCE):
            removed += await self._sweep(old[start : start + AT_ONCE])
        if removed:
            log.info("%d files that belonged to nothing were removed", removed)
        return removed

    async def _sweep(self, refs: list[str]) -> int:
        used = await self.database.read(lambda connection: petition_files.in_use(connection, refs))
        unused = [ref for ref in refs if ref not in used]
        for ref in unused:
            await self.files.remove(ref)
        return len(unused)
