"""Updates by polling: raw, each in its own try, confirmed only after all of them are durable.

One process polls for a bot, under a lease. Asking is confirming: whatever lies before the offset is gone at Telegram.
So before each question the poller proves that the lease is still its own (`still_ours`): after a pause of its process
its offset may be of another time, when updates had other numbers, and would confirm what nobody has stored.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.channels.receiving import Receiver
from bot.channels.telegram.calls import CallFailed
from bot.channels.telegram.channel import TokenRefused, pause_before
from bot.channels.telegram.receiving import conversation_of
from bot.channels.untrusted_json import whole
from bot.messages import SendOutcome, SendResult
from storage.database import StoreUnavailable
from storage.leases import LeaseLost

log = logging.getLogger(__name__)

_PAUSE_AFTER_CONFLICT = 5
"""A 409 counts as so many failures: another poller or a webhook needs time to go away."""


class Source(Protocol):
    """What polling needs of the channel."""

    problem: str

    async def raw_updates(self, offset: int, wait: int | None = None) -> list[Any]:
        """Return updates from `offset` on, confirming those before; wait for some, not at all if `wait` is 0.

        Raises CallFailed.
        """


async def nobody_else() -> None:
    """Answer that the bot is ours where nothing else can poll."""


@dataclass(slots=True)
class Poller:
    """The loop, for one time of holding the bot's lease.

    still_ours  raises LeaseLost when another process polls for the bot by now
    offset      the first update that is not confirmed; 0 asks for all that waits
    pause       waits so many seconds
    """

    source: Source
    receiver: Receiver
    still_ours: Callable[[], Awaitable[None]] = nobody_else
    offset: int = 0
    failures: int = 0
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Poll until cancelled. Raises TokenRefused when Telegram refuses the token, LeaseLost."""
        while True:
            try:
                await self._round()
            except CallFailed as failed:
                await self._back_off(failed)
            except StoreUnavailable as error:
                await self._wait(f"nothing can be stored, so Telegram keeps the updates: {error}")
            except LeaseLost:
                raise
            except Exception:
                log.exception("a round of polling failed")
                await self._wait("a round of polling failed; the log says why")
            else:
                self._all_well()

    async def _round(self) -> None:
        """Take one batch. What could not be stored, and all after it, comes again with the next one."""
        await self.still_ours()
        # A question that hangs ends only after its wait: until it is known that Telegram is back, it is a short one.
        updates = await self.source.raw_updates(self.offset, wait=0 if self.failures else None)
        lost = await self._take_all(updates)
        numbers = [number for update in updates if (number := _number(update)) is not None]
        confirmed = [number for number in numbers if not lost or number < min(lost)]
        if confirmed:
            self.offset = max(confirmed) + 1
        elif not updates:
            # All before is confirmed by now. After a quiet week the numbers start anywhere, also below the last.
            self.offset = 0
        if lost:
            raise StoreUnavailable(f"{len(lost)} updates wait")
        if updates and not numbers:
            raise CallFailed(SendResult(SendOutcome.RETRY, reason="updates without numbers"))

    async def _take_all(self, updates: Sequence[Any]) -> list[int]:
        """Take chats beside each other, each in its order; return the numbers of what could not be stored."""
        chats: dict[tuple[str, int], list[Any]] = {}
        for update in updates:
            chats.setdefault(conversation_of(update), []).append(update)
        lost = await asyncio.gather(*(self._take_in_order(chat) for chat in chats.values()))
        return [number for chat in lost for number in chat]

    async def _take_in_order(self, updates: Sequence[Any]) -> list[int]:
        for index, update in enumerate(updates):
            try:
                await self.receiver.take(update)
            except StoreUnavailable:
                return [number for each in updates[index:] if (number := _number(each)) is not None]
        return []

    async def _back_off(self, failed: CallFailed) -> None:
        result = failed.result
        if result.outcome is SendOutcome.CHANNEL_DOWN:
            self.source.problem = result.reason
            raise TokenRefused(result.reason) from None
        if failed.is_conflict:
            self.failures = max(self.failures, _PAUSE_AFTER_CONFLICT)
        await self._wait(result.reason, at_least=result.retry_after or 0.0)

    async def _wait(self, reason: str, at_least: float = 0.0) -> None:
        self.failures += 1
        self.source.problem = reason
        log.warning("polling Telegram failed %d times: %s", self.failures, reason)
        await self.pause(max(at_least, pause_before(self.failures)))

    def _all_well(self) -> None:
        if self.failures:
            self.failures, self.source.problem = 0, ""


def _number(update: Any) -> int | None:
    return whole(update, "update_id") if isinstance(update, dict) else None
