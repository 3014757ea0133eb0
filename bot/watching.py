"""Watching: once a minute somebody looks whether each channel works and whether anything stands still.

What is found becomes a row that every page shows, and an alarm in the log when it changes. Of several processes one
looks: whoever first notes that it does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.channels.alarms import Place, say
from bot.channels.telegram.calls import CallFailed, WebhookHealth
from bot.loops import keep_going
from bot.messages import Clock, SendOutcome, SendResult
from storage import audit, channel_states, watched
from storage.channel_states import DEAD_LETTERS, OUTBOX, WATCH, ChannelState
from storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=55)
"""A little less than a minute: rounds come every TICK_SECONDS, and each thing is looked at once a minute."""
TICK_SECONDS = 10.0
RECENT = timedelta(minutes=2)
MANY_WAIT = 10
"""Updates that may wait at Telegram without anything being wrong."""


class Bot(Protocol):
    """What watching needs of the Telegram channel."""

    @property
    def account(self) -> str:
        """The bot's number."""
        ...

    async def webhook_health(self) -> WebhookHealth:
        """Return what Telegram says about its deliveries. Raises CallFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Deliveries:
    """How updates are to come.

    address  where Telegram is to bring them; empty when we ask for them
    restore  makes it so again. Raises CallFailed
    """

    bot: Bot
    address: str
    restore: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a channel: a key under `channels.problems`, None when nothing is."""

    problem: str | None
    reason: str | None = None
    waiting: int = 0


def judge(before: ChannelState | None, seen: WebhookHealth | SendResult, address: str, now: datetime) -> Finding:
    """Say what Telegram's answer means, or that it gave none; `before` is what was found a minute ago."""
    if isinstance(seen, SendResult):
        down = seen.outcome is SendOutcome.CHANNEL_DOWN
        waiting = before.waiting if before else 0
        return Finding("refused" if down else "unreachable", seen.reason, waiting)
    if seen.url != address:
        return Finding("changed", host_of(seen.url), seen.pending)
    if address and seen.last_error_at is not None and now - seen.last_error_at <= RECENT:
        return Finding("failing", seen.last_error, seen.pending)
    if seen.pending >= MANY_WAIT and before is not None and _grows(before, seen.pending):
        return Finding("growing", None, seen.pending)
    return Finding(None, None, seen.pending)


def _grows(before: ChannelState, pending: int) -> bool:
    """Say whether the queue gets longer, or did and has not begun to get shorter."""
    return pending > before.waiting or (before.problem == "growing" and pending == before.waiting)


def host_of(url: str) -> str:
    """Return the host of an address; the rest may hold a secret. Empty for no address."""
    return urlsplit(url).hostname or ""


@dataclass(slots=True)
class Watcher:
    """The loop; `telegram` is None where there is no bot.

    saw_ours    whether this process saw that updates come our way: only then somebody else has changed it
    introduced  whether the bot had time to be introduced: before that, updates still go where they went last
    """

    database: Database
    clock: Clock
    telegram: Deliveries | None = None
    saw_ours: bool = False
    introduced: bool = True

    async def run(self) -> None:
        """Look until cancelled."""
        self.introduced = False
        await keep_going("watching", self.round, self._rest)

    async def _rest(self) -> None:
        await asyncio.sleep(TICK_SECONDS)
        self.introduced = True

    async def round(self) -> int:
        """Look at everything whose minute is over; 0, for the next round comes after a rest."""
        if await self._is_our_turn(WATCH):
            await self._look_at_our_own()
        telegram = self.telegram
        if telegram is not None and self.introduced and await self._is_our_turn(("telegram", telegram.bot.account)):
            await self._look_at_telegram(telegram)
        return 0

    async def _is_our_turn(self, place: Place) -> bool:
        """Ask by reading first, so that a minute without a look writes nothing."""
        now = self.clock()
        state = await self.database.read(lambda connection: channel_states.find(connection, *place))
        if not channel_states.is_due(state, now, LOOK_EVERY):
            return False
        return await self.database.write(
            lambda connection: channel_states.take_turn(connection, *place, now, LOOK_EVERY)
        )

    async def _look_at_our_own(self) -> None:
        now = self.clock()

        def job(connection: Connection) -> list[tuple[Place, ChannelState | None, ChannelState | None]]:
            looks = ((OUTBOX, watched.note_backlog), (DEAD_LETTERS, watched.note_failures))
            return [(place, note(connection, now), channel_states.find(connection, *place)) for place, note in looks]

        for place, before, after in await self.database.write(job):
            say(place, before.problem if before else None, after.problem if after else None)

    async def _look_at_telegram(self, deliveries: Deliveries) -> None:
        place = ("telegram", deliveries.bot.account)
        before = await self.database.read(lambda connection: channel_states.find(connection, *place))
        seen = await _ask(deliveries.bot)
        now = self.clock()
        found = judge(before, seen, deliveries.address, now)
        if found.problem == "changed":
            if not self.saw_ours:
                found = Finding(None, None, found.waiting)  # the address of an earlier start of ours, not a stranger's
            await _restore(deliveries)
        elif not isinstance(seen, SendResult):
            self.saw_ours = True
        await self.database.write(lambda connection: _keep(connection, place, before, found, now))
        say(place, before.problem if before else None, found.problem, found.reason)


async def _ask(bot: Bot) -> WebhookHealth | SendResult:
    try:
        return await bot.webhook_health()
    except CallFailed as failed:
        return failed.result


async def _restore(deliveries: Deliveries) -> None:
    """Have the updates come our way again; when it cannot be said now, the next look says it."""
    try:
        await deliveries.restore()
    except CallFailed as failed:
        log.warning("the way of Telegram's updates could not be restored: %s", failed)


def _keep(connection: Connection, place: Place, before: ChannelState | None, found: Finding, now: datetime) -> None:
    channel_states.put(connection, place, problem=found.problem, now=now, reason=found.reason, waiting=found.waiting)
    if found.problem == "changed" and (before is None or before.problem != "changed"):
        details = {"host": found.reason or ""}
        subject = f"channel:{place[0]}:{place[1]}"
        audit.record(connection, at=now, actor="system", action="channel.restore", subject=subject, details=details)
