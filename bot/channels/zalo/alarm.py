"""The alarm of wrong signatures: with a wrong key nothing that people write would be heard, and Zalo gives up.

Anybody can call the webhook, so a single wrong signature means nothing. It does when the body names our own app and
no right one came for a while.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.messages import Clock
from storage import channel_states
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

PLACE = ("zalo", channel_states.WEBHOOK)
QUIET = timedelta(minutes=10)
"""A right signature that is no older than this says that the key is right."""
LOOK_EVERY = timedelta(minutes=1)
UNSIGNED = "unsigned"


@dataclass(slots=True)
class SignatureAlarm:
    """What one process knows of signatures; the alarm itself is a row that every page shows.

    signed_at  when a right signature came last
    looked_at  when the row was looked at last, so that a flood of calls costs one look a minute
    """

    database: Database
    clock: Clock
    signed_at: datetime | None = None
    looked_at: datetime | None = None

    async def signed(self) -> None:
        """Note a right signature; it ends the alarm."""
        self.signed_at = self.clock()
        if self._is_time():
            await self._put(None)

    async def unsigned(self, reason: str | None) -> None:
        """Note a wrong signature of our own app, and how it was made where that is known."""
        is_well = self.signed_at is not None and self.clock() - self.signed_at <= QUIET
        if not is_well and self._is_time():
            await self._put(UNSIGNED, reason)

    def _is_time(self) -> bool:
        now = self.clock()
        if self.looked_at is not None and abs(now - self.looked_at) < LOOK_EVERY:
            return False
        self.looked_at = now
        return True

    async def _put(self, problem: str | None, reason: str | None = None) -> None:
        """Keep what was found, where it is new. A store that is away has an alarm of its own."""
        now = self.clock()

        def put(connection: Connection) -> None:
            channel_states.put(connection, PLACE, problem=problem, reason=reason, now=now)

        try:
            before = await self.database.read(lambda connection: channel_states.find(connection, *PLACE))
            known = before.problem if before else None
            if known == problem:
                return
            await self.database.write(put)
        except StoreUnavailable:
            self.looked_at = None
            return
        if problem:
            log.error("ALARM zalo: %s", problem, extra={"alarm": f"zalo.{problem}"})
        else:
            log.warning("zalo is well again after: %s", known, extra={"alarm_over": f"zalo.{known}"})
