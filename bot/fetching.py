"""Files that people sent stay with their channel first; this worker brings them into our own store.

A file is fetched beside the conversation, so that a slow download holds nobody up, and attached once. Where a channel
gives it only for a while, it is fetched when it is sent, and kept for the petition.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from bot.handlers.petition import LARGEST_FILE
from bot.loops import keep_going, resting
from bot.messages import Clock, FileGone
from petitions.answering import LARGEST_FILE as LARGEST_OF_ANSWER
from petitions.model import File
from storage import answer_files, kept_files, schedule
from storage.database import Database, StoreUnavailable
from storage.file_types import DOCX, XLSX
from storage.files import FileRefused, FileStore, StoredFile
from storage.kept_files import KEEP
from storage.petition_files import FETCH, attach_fetched, tell_lost
from storage.petitions import FETCH_ANSWER_FILE
from storage.schedule import DueWork, Patience

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
PATIENCE = Patience(most_attempts=54, longest_wait=timedelta(hours=1))
"""Tried for more than two days: a weekend on which the network or the disk of the office fails loses no picture."""
HASTE = Patience(most_attempts=6, longest_wait=timedelta(minutes=15))
"""For a file of an answer, which waits for it: after half an hour whoever wrote it is told, and attaches it anew."""
WANTED = (FETCH, FETCH_ANSWER_FILE)
"""Kinds of work on files that belong to something already; what is kept in advance does not."""


class FileSource(Protocol):
    """What fetching needs of a channel."""

    async def fetch_file(self, ref: str, limit: int) -> bytes:
        """Return the content of a file; raises when it cannot be had (now, or ever)."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The loop that empties the list of files to fetch; `sources` are channels by name."""

    database: Database
    files: FileStore
    sources: Mapping[str, FileSource]
    clock: Clock

    async def run(self) -> None:
        """Fetch until cancelled."""
        await keep_going("fetching files", self.round, resting(TICK_SECONDS))

    async def round(self) -> int:
        """Fetch what waits; return how many files came."""
        now = self.clock()
        kinds = (*WANTED, KEEP)
        waiting = await self.database.read(lambda connection: schedule.due_now(connection, now, kinds=kinds))
        return sum([await self._fetch(work) for work in waiting])

    async def _fetch(self, work: DueWork) -> bool:
        try:
            if work.kind == FETCH and await self._attached_before(work):
                return True
            is_official = work.kind == FETCH_ANSWER_FILE
            largest = LARGEST_OF_ANSWER if is_official else LARGEST_FILE
            content = await self._source(work).fetch_file(work.payload["ref"], largest)
            stored = await self.files.keep(_pieces(content), largest=largest, is_official=is_official)
            return await self.database.write(lambda connection: self._settle(connection, work, stored))
        except StoreUnavailable:
            raise
        except FileGone as error:
            if work.kind == FETCH_ANSWER_FILE and await self._attached_before(work, _serves_answer):
                return True
            await self._give_up(work, error)
        except FileRefused as error:
            await self._give_up(work, error)
        except Exception as error:  # noqa: BLE001 - whatever a channel or a row raises is noted, and the file tried again
            await self._try_later(work, error)
        return False

    async def _attached_before(self, work: DueWork, serves: Callable[[StoredFile], bool] = lambda _: True) -> bool:
        """Attach a file that was fetched when it was sent; False where none was that serves, or somebody has taken it.

        It was kept as one of a citizen: that of an answer is fetched anew for its signature's sake, while it is there.
        """
        channel, ref = work.payload["channel"], work.payload["ref"]
        kept = await self.database.read(partial(kept_files.find, channel=channel, ref=ref))
        if kept is None or not serves(kept):
            return False
        return await self.database.write(lambda connection: self._attach_kept(connection, work))

    def _source(self, work: DueWork) -> FileSource:
        source = self.sources.get(work.payload["channel"])
        if source is None:
            raise LookupError(f"the channel {work.payload['channel']} is not connected")
        return source

    async def _try_later(self, work: DueWork, error: Exception) -> None:
        """Count a failed attempt; when it was the last, the sender is told."""
        log.warning("the file of work %s could not be fetched: %s", work.id, type(error).__name__)
        now, reason = self.clock(), f"{type(error).__name__}: {error}"

        def count(connection: Connection) -> None:
            patience = HASTE if work.kind == FETCH_ANSWER_FILE else PATIENCE
            if schedule.failed(connection, work, reason, now, patience):
                _tell_lost(connection, work, None, now)

        await self.database.write(count)

    async def _give_up(self, work: DueWork, why: FileGone | FileRefused) -> None:
        """Close work on a file that will never be taken, too large, of no kind we keep, gone; and tell its sender."""
        log.warning("the file of work %s is not taken: %s", work.id, why)
        now, refusal = self.clock(), why if isinstance(why, FileRefused) else None

        def close(connection: Connection) -> None:
            # What is kept in advance is looked for again, and told of, when a petition wants it.
            if schedule.give_up(connection, work, str(why)):
                _tell_lost(connection, work, refusal, now)

        await self.database.write(close)

    def _settle(self, connection: Connection, work: DueWork, stored: StoredFile) -> bool:
        """Attach what has come to its petition, or keep it until there is one."""
        if work.kind in WANTED:
            return self._attach(connection, work, stored)
        kept_files.note(connection, work.payload["channel"], work.payload["ref"], stored, self.clock())
        return schedule.take(connection, work)

    def _attach_kept(self, connection: Connection, work: DueWork) -> bool:
        kept = kept_files.take(connection, work.payload["channel"], work.payload["ref"])
        return kept is not None and self._attach(connection, work, kept)

    def _attach(self, connection: Connection, work: DueWork, stored: StoredFile) -> bool:
        if not schedule.take(connection, work):
            return False
        kept = File(stored.ref, stored.mime, stored.size)
        if work.kind == FETCH_ANSWER_FILE:
            answer_files.attach_fetched(connection, work, kept)
        else:
            attach_fetched(connection, work.payload["code"], kept, self.clock())
        return True


def _tell_lost(connection: Connection, work: DueWork, why: FileRefused | None, now: datetime) -> None:
    """Tell who sent a file that it will not come; of one that was fetched in advance its petition tells, if ever."""
    if work.kind == FETCH_ANSWER_FILE:
        answer_files.tell_lost(connection, work, why, now)
    elif work.kind == FETCH:
        tell_lost(connection, work, why, now)


def _serves_answer(kept: StoredFile) -> bool:
    """Say whether a file that was kept as one of a citizen can go with an answer.

    An office document may have lost its signature; a signed PDF was never kept.
    """
    return kept.size <= LARGEST_OF_ANSWER and kept.mime not in (DOCX.mime, XLSX.mime)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
