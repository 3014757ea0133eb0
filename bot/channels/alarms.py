"""What a process finds out about an account while it works: a row that every page shows, and an alarm in the log.

Telegram is asked once a minute how it is (`bot/watching.py`); of others only their answers to our calls tell.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.messages import Clock
from storage import channel_states
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
"""How soon the row is looked at again when the same is found: any number of calls costs one look a minute."""
Place = tuple[str, str]


@dataclass(slots=True)
class Alarm:
    """One row of what is wrong: its channel, and the account or what of it."""

    database: Database
    clock: Clock
    place: Place
    found: str | None = None
    looked_at: datetime | None = None

    async def put(self, problem: str | None, reason: str | None = None) -> None:
        """Keep what was found, a key under `alarms`; None: all is well. A store that is away has its own alarm."""
        now = self.clock()
        if self.looked_at is not None and problem == self.found and abs(now - self.looked_at) < LOOK_EVERY:
            return
        self.found, self.looked_at = problem, now
        try:
            await tell(self.database, self.place, problem, now, reason)
        except StoreUnavailable:
            self.looked_at = None


async def tell(database: Database, place: Place, problem: str | None, now: datetime, reason: str | None = None) -> None:
    """Keep what was found at a place, where it is new, and say it in the log. Raises StoreUnavailable."""

    def put(connection: Connection) -> None:
        channel_states.put(connection, place, problem=problem, reason=reason, now=now)

    before = await database.read(lambda connection: channel_states.find(connection, *place))
    known = before.problem if before else None
    if known == problem:
        return
    await database.write(put)
    say(place, known, problem, reason)


def say(place: Place, before: str | None, after: str | None, reason: str | None = None) -> None:
    """Raise an alarm in the log when something goes wrong in another way than before, and tell when it is well."""
    name = place[1] if place[0] == channel_states.SYSTEM else place[0]
    if after is not None and after != before:
        log.error("ALARM %s: %s", name, after, extra={"alarm": f"{name}.{after}", "reason": reason})
    elif after is None and before is not None:
        log.warning("%s is well again after: %s", name, before, extra={"alarm_over": f"{name}.{before}"})
