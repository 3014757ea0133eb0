"""The worker for broadcasts: begins them, feeds the outbox a page at a time, keeps quiet at night.

What it does follows from the rows alone, so it may be killed at any line, and several may run.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.loops import keep_going, resting
from bot.messages import Clock
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage.broadcasts import feeding, letters, records
from storage.broadcasts.records import Broadcast, State
from storage.database import Database, StoreUnavailable
from storage.reference import ReferenceHolder

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


@dataclass(slots=True)
class Broadcaster:
    """The loop that moves broadcasts on."""

    database: Database
    reference: ReferenceHolder
    clock: Clock
    quiet: QuietHours = field(default_factory=load_quiet_hours)

    async def run(self) -> None:
        """Work until cancelled."""
        await keep_going("broadcasting", self.round, resting(TICK_SECONDS))

    async def round(self) -> int:
        """Do for each broadcast what is to be done now; return how many chats were looked at."""
        return sum([await self._move_on(each) for each in await self.database.read(records.unfinished)])

    async def _move_on(self, found: Broadcast) -> int:
        """Move one on; one that fails holds up no other."""
        try:
            if not await self.database.read(lambda connection: self._has_work(connection, found)):
                return 0
            return await self.database.write(lambda connection: self._work(connection, found.id))
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("broadcast %s could not be moved on", found.id)
            return 0

    def _has_work(self, connection: Connection, found: Broadcast) -> bool:
        """Say by reading alone whether there is something to write: most of the time there is not."""
        if found.state in (State.APPROVED, State.RUNNING) and self._may_go(found, self.clock()):
            return found.state is State.APPROVED or feeding.has_room(connection, found.id)
        return "queued" in letters.on_their_way(connection, found.id)

    def _work(self, connection: Connection, number: int) -> int:
        found, now = records.by_id(connection, number), self.clock()
        match found.state:
            case State.APPROVED | State.RUNNING if self._may_go(found, now):
                return self._go(connection, found, now)
            case State.RUNNING | State.PAUSED:
                letters.hold(connection, number)
            case State.CANCELLED:
                letters.call_back(connection, number)
        return 0

    def _go(self, connection: Connection, found: Broadcast, now: datetime) -> int:
        if found.state is State.APPROVED:
            feeding.start(connection, found.id, now)
        letters.release(connection, found.id)
        root = self.reference.refresh(connection).root
        return feeding.feed(connection, found.id, root, now)

    def _may_go(self, found: Broadcast, now: datetime) -> bool:
        return found.draft.night_reason is not None or not self.quiet.hold(now)
