"""A long text goes in parts: what is said of the whole when one of them fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.messages import SendOutcome, SendResult

Part = TypeVar("Part")

# Once the first part of a long text is out, the others are worth some waiting here.
_ATTEMPTS = 4
LONGEST_WAIT = 10.0


async def send_parts(
    parts: Sequence[Part], send: Callable[[Part], Awaitable[SendResult]], longest_wait: float = LONGEST_WAIT
) -> SendResult:
    """Send parts in order, at least one; return how the last one ended, or the first that failed.

    longest_wait  seconds between two tries of a part

    RETRY is said only while nothing is out yet; after a first part, what cannot be completed within some waiting
    is UNKNOWN.
    """
    result = await send(parts[0])
    for part in parts[1:]:
        if result.outcome is not SendOutcome.SENT:
            return result
        result = await _insist(part, send, longest_wait)
    return result


async def _insist(part: Part, send: Callable[[Part], Awaitable[SendResult]], longest_wait: float) -> SendResult:
    result = await send(part)
    for attempt in range(1, _ATTEMPTS):
        if result.outcome is not SendOutcome.RETRY or result.moved_to:
            break
        wait = 2.0**attempt if result.retry_after is None else result.retry_after
        await asyncio.sleep(min(wait, longest_wait))
        result = await send(part)
    if result.outcome is SendOutcome.RETRY:
        return SendResult(SendOutcome.UNKNOWN, reason=f"only a part was sent: {result.reason}")
    return result
