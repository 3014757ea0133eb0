"""The updates that wait for the bot: numbers with gaps, expiry, getUpdates."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.telegram.errors import Refused

# How long the server keeps an update (telegram.md, section 1).
_KEPT = {"callback_query": timedelta(seconds=150)}
_KEPT_OTHERWISE = timedelta(hours=24)
# Kinds that come when allowed_updates was never given: all but these.
_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MOST_AT_ONCE = 100
LONGEST_WAIT = 50


@dataclass(frozen=True)
class Waiting:
    """One update that the bot has not confirmed.

    queue  updates of one queue reach a webhook strictly one after another
    """

    update: dict[str, Any]
    queue: tuple[str, int]
    expires: datetime

    @property
    def update_id(self) -> int:
        """The update's number."""
        return int(self.update["update_id"])


class Mailbox:
    """Updates in the order in which they happened.

    clock  aware UTC; decides what has expired
    gap    distance from one update_id to the next (gaps are normal)
    """

    def __init__(self, clock: Callable[[], datetime], *, first_id: int, gap: int) -> None:
        self.clock, self.gap, self.next_id = clock, gap, first_id
        self.allowed: Collection[str] = ()
        self._waiting: list[Waiting] = []
        self._changed = asyncio.Event()
        self._poller: asyncio.Event | None = None

    def add(self, kind: str, content: dict[str, Any], queue: tuple[str, int]) -> int | None:
        """Keep an update for the bot; return its id, or None when the bot does not want this kind."""
        wanted = kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT
        if not wanted:
            return None
        number, self.next_id = self.next_id, self.next_id + self.gap
        self.put(Waiting({"update_id": number, kind: content}, queue, self.clock() + _KEPT.get(kind, _KEPT_OTHERWISE)))
        return number

    def put(self, waiting: Waiting) -> None:
        """Keep a ready-made update."""
        self._waiting.append(waiting)
        self._tell()

    def waiting(self) -> list[Waiting]:
        """Return what waits and has not expired, oldest first."""
        now = self.clock()
        self._waiting = [each for each in self._waiting if each.expires > now]
        return list(self._waiting)

    def done(self, waiting: Waiting) -> None:
        """Forget one update: a webhook took it."""
        self._waiting = [each for each in self._waiting if each is not waiting]
        self._tell()

    def clear(self) -> None:
        """Forget everything (drop_pending_updates)."""
        self._waiting = []
        self._tell()

    def _tell(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, within: float | None = None) -> None:
        """Return at the next change, or after `within` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._changed.wait()

    async def get_updates(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:  # noqa: ASYNC109
        """Answer getUpdates: confirm what lies before `offset`, then give what waits or wait for it.

        A negative offset throws away all but the last -offset updates. A second poller ends the first with 409.
        """
        self._confirm(offset)
        if self._poller is not None:
            self._poller.set()
        ended = self._poller = asyncio.Event()
        try:
            return await self._poll(ended, min(max(limit, 1), MOST_AT_ONCE), min(timeout, LONGEST_WAIT))
        finally:
            if self._poller is ended:
                self._poller = None

    def _confirm(self, offset: int) -> None:
        """Drop the updates before `offset`."""
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._waiting = [each for each in self._waiting if each.update_id >= offset]
        self._tell()

    async def _poll(self, ended: asyncio.Event, limit: int, wait: float) -> list[dict[str, Any]]:
        """Return up to `limit` updates. Raises Refused 409 when another poller came meanwhile."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while not (ready := self.waiting()[:limit]) and loop.time() < until:
            await self._change_or_end(ended, until - loop.time())
            if ended.is_set():
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        return [each.update for each in ready]

    async def _change_or_end(self, ended: asyncio.Event, within: float) -> None:
        """Return at a change, when the poll is ended by another, or after `within` seconds."""
        waits = {asyncio.create_task(self._changed.wait()), asyncio.create_task(ended.wait())}
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
