"""The alarm about a bot that may send no more: raised once that has lasted, ended by the first message that goes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.alarms import Alarm, Place
from bot.messages import Clock
from storage.database import Database

LASTS = timedelta(minutes=30)
"""A moment of too many messages is over by then; the end of a month's messages is not."""


@dataclass(slots=True)
class Allowance:
    """What is known of what a bot may send; `place` is where its alarm stands.

    since  when the first message of those was refused of which none has gone since
    """

    database: Database
    clock: Clock
    place: Place
    since: datetime | None = None
    alarm: Alarm = field(init=False)

    def __post_init__(self) -> None:
        """Take the alarm that stands at the place."""
        self.alarm = Alarm(self.database, self.clock, self.place)

    async def heard(self, why: str | None) -> None:
        """Note that a message was refused for there were too many, and in which words; None: it went."""
        now = self.clock()
        if why is None:
            self.since = None
            await self.alarm.put(None)
            return
        if self.since is None or now < self.since:
            self.since = now
        if now - self.since >= LASTS:
            await self.alarm.put("allowance", why)
