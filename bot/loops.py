"""The loops of a worker: one round after the other until cancelled; nothing that a round meets ends its loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

BEATS: ContextVar[dict[str, float] | None] = ContextVar("BEATS", default=None)
"""Name of a loop -> when its last round ended, by the clock of the event loop.

Who wants to watch the loops that he starts sets a dictionary before; the loops of others are not in it.
"""


async def keep_going(
    name: str, round_of_work: Callable[[], Awaitable[int]], rest: Callable[[], Awaitable[object]]
) -> None:
    """Run rounds until cancelled; rest after each that found nothing to do or failed.

    name           what the loop does, for the log
    round_of_work  returns how much was done
    """
    while True:
        _beat(name)
        try:
            done = await round_of_work()
        except StoreUnavailable:
            log.warning("%s: the store cannot be reached; trying again", name)
            done = 0
        except Exception:
            log.exception("%s: a round failed", name)
            done = 0
        if not done:
            _beat(name)
            await rest()


def _beat(name: str) -> None:
    """Note that a loop is alive: it ends its rounds, whether they do anything or fail."""
    beats = BEATS.get()
    if beats is not None:
        beats[name] = asyncio.get_running_loop().time()


async def news(called: asyncio.Event, seconds: float) -> bool:
    """Rest until somebody calls, at most so many seconds; tell whether somebody did."""
    try:
        async with asyncio.timeout(seconds):
            await called.wait()
    except TimeoutError:
        return False
    return True


def resting(seconds: float) -> Callable[[], Awaitable[None]]:
    """Return a rest of so many seconds."""

    async def rest() -> None:
        await asyncio.sleep(seconds)

    return rest
