"""A long text goes in parts: what is said of the whole when one of them fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.messages import SendOutcome, SendResult

Part = TypeVar("Part")

# Once the first part of a long text is out, the others are worth some waiting here.
_ATTEMPTS = 4
LONGEST_WAIT = 10.0
_CLEAN = frozenset({SendOutcome.RETRY, SendOutcome.PARKED, SendOutcome.CHANNEL_DOWN})
"""What promises that nothing is out, so that the whole is sent again later."""


async def send_parts(
    parts: Sequence[Part], send: Callable[[Part], Awaitable[SendResult]], longest_wait: float = LONGEST_WAIT
) -> SendResult:
    """Send parts in order, at least one; return how the last one ended, or the first that failed.

    longest_wait  seconds between two tries of a part

    RETRY, PARKED and CHANNEL_DOWN are said only while nothing is out yet; after a first part, what cannot be
    completed within some waiting is UNKNOWN. The whole is paid where any part was.
    """
    result = await send(parts[0])
    for part in parts[1:]:
        if result.outcome is not SendOutcome.SENT:
            return result
        following = _of_the_whole(await _insist(part, send, longest_wait))
        result = replace(following, is_paid=result.is_paid or following.is_paid)
    return result


async def _insist(part: Part, send: Callable[[Part], Awaitable[SendResult]], longest_wait: float) -> SendResult:
    result = await send(part)
    for attempt in range(1, _ATTEMPTS):
        if result.outcome is not SendOutcome.RETRY or result.moved_to:
            break
        wait = 2.0**attempt if result.retry_after is None else result.retry_after
        await asyncio.sleep(min(wait, longest_wait))
        result = await send(part)
    return result


def _of_the_whole(result: SendResult) -> SendResult:
    """Say what a later part's answer means for the whole text, whose beginning is out."""
    if result.outcome in _CLEAN:
        return SendResult(SendOutcome.UNKNOWN, reason=f"only a part was sent: {result.reason}", is_begun=True)
    return result if result.outcome is SendOutcome.SENT else replace(result, is_begun=True)
