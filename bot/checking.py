"""Ratings are looked through when somebody wants it, and every night: a look takes too long for a page to wait for."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.loops import keep_going, resting
from bot.messages import Clock
from offices.worktime import LOCAL
from storage import kept_checks
from storage.database import Database
from storage.kept_checks import KeptCheck
from storage.rating_checks import Checked
from surveys.periods import days_period

log = logging.getLogger(__name__)

Look = Callable[[KeptCheck], Awaitable[Checked]]

REST_SECONDS = 20.0
NIGHT = range(1, 5)
"""Hours in Vietnam in which the year is looked through without being asked."""
LOOKED_BACK = timedelta(days=31)
"""In January the year before is still reported about, so it is looked through as well."""


@dataclass(slots=True)
class Checker:
    """The loop that does wanted checks, one at a time; it reads beside the writer and writes once, at the end.

    look  does the work of a check without holding up the chats (`bot.looking`)
    """

    database: Database
    clock: Clock
    look: Look

    async def run(self) -> None:
        """Check until cancelled."""
        await keep_going("checking ratings", self.round, resting(REST_SECONDS))

    async def round(self) -> int:
        """Do the check that waits longest; return how many were done."""
        await self._want_nightly(self.clock())
        wanted = await self.database.read(kept_checks.next_wanted)
        if wanted is None:
            return 0
        checked = await self.look(wanted)
        now = self.clock()
        kept = await self.database.write(lambda connection: kept_checks.keep(connection, wanted, checked, now=now))
        log.info("%d ratings were checked, %d of them are suspect", checked.ratings, checked.suspect)
        return int(kept)

    async def _want_nightly(self, now: datetime) -> None:
        local = now.astimezone(LOCAL)
        if local.hour not in NIGHT:
            return
        today = local.date()
        since = (today - LOOKED_BACK).replace(month=1, day=1)
        period = days_period(since, today)
        if await self.database.read(lambda connection: kept_checks.is_due(connection, period, today)):
            await self.database.write(
                lambda connection: kept_checks.want(connection, period, now=now, actor="system"),
            )
