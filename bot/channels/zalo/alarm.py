"""The alarm of wrong signatures: with a wrong key nothing that people write would be heard, and Zalo gives up.

Anybody can call the webhook, so a single wrong signature means nothing. It does when the body names our own app and
no right one came for a while.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.alarms import Alarm
from bot.messages import Clock
from storage import channel_states
from storage.database import Database

PLACE = ("zalo", channel_states.WEBHOOK)
QUIET = timedelta(minutes=10)
"""A right signature that is no older than this says that the key is right."""
UNSIGNED = "unsigned"


@dataclass(slots=True)
class SignatureAlarm:
    """What one process knows of signatures; `signed_at` is when a right one came last."""

    database: Database
    clock: Clock
    signed_at: datetime | None = None
    alarm: Alarm = field(init=False)

    def __post_init__(self) -> None:
        self.alarm = Alarm(self.database, self.clock, PLACE)

    async def signed(self) -> None:
        """Note a right signature; it ends the alarm."""
        self.signed_at = self.clock()
        await self.alarm.put(None)

    async def unsigned(self, reason: str | None) -> None:
        """Note a wrong signature of our own app, and how it was made where that is known."""
        if self.signed_at is None or self.clock() - self.signed_at > QUIET:
            await self.alarm.put(UNSIGNED, reason)
