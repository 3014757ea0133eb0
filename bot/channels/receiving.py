"""What happens to one raw event, whichever way it came: read, accepted, or kept as a dead letter."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.denunciations import is_denunciation
from bot.messages import Incoming
from storage.database import StoreUnavailable
from storage.dead_letters import WITHHELD
from storage.faults import fault_of

log = logging.getLogger(__name__)

Accept = Callable[[Incoming], Awaitable[None]]
"""Makes an event durable. Raises StoreUnavailable when it is to be delivered again."""
DeadLetter = Callable[[str, str, Mapping[str, Any], str], Awaitable[None]]
"""Keeps (channel, account, raw, reason) for an administrator. Raises StoreUnavailable."""

_LONGEST_RAW = 100_000
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def nobody_waits(_incoming: Incoming) -> None:
    """Do nothing at once: a channel where nobody sees whether an event has been noticed."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes raw events of one bot or official account.

    parse  reads an event, which may hold several things; nothing when nothing is to be done. Never raises
    heard  told of each event before it is stored, must not wait
    """

    channel: str
    account: str
    parse: Callable[[Any], Sequence[Incoming]]
    accept: Accept
    dead_letter: DeadLetter
    heard: Callable[[Incoming], None] = nobody_waits

    async def take(self, raw: Any) -> None:
        """Return when nothing of the event can be lost any more, whatever it is.

        Raises StoreUnavailable, and nothing else: an event that fails for another reason would fail again
        and hold up its chat, so it becomes a dead letter.
        """
        await self.safely(raw, self._handle)

    async def safely(self, raw: Any, handle: Callable[[Any], Awaitable[None]]) -> None:
        """Have an event handled in a way of its own, as `take` does: for one that is none of a chat."""
        try:
            await handle(raw)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("an event of %s could not be handled", self.channel)
            await self.bury(raw, fault_of(error))

    async def _handle(self, raw: Any) -> None:
        for incoming in self.parse(raw):
            self.heard(incoming)
            await self.accept(incoming)

    async def bury(self, raw: Any, reason: str) -> None:
        """Keep what cannot be handled. Raises StoreUnavailable, and nothing else."""
        try:
            await self.dead_letter(self.channel, self.account, kept(raw), reason)
        except StoreUnavailable:
            raise
        except Exception:
            # Repeating it would hold up its chat for a day; the words stay out of the log.
            log.exception("an event of %s is lost: it could not even be kept as a dead letter", self.channel)


def kept(raw: Any) -> dict[str, Any]:
    """Return what is kept of an event; of one that holds a denunciation neither words nor sender (domain 7.3)."""
    if is_denunciation(_readable(raw)):
        return {WITHHELD: "denunciation"}
    return {"update": as_text(raw)}


def _readable(raw: Any) -> str:
    """Return all words of an event, or of a body that is no JSON; letters that JSON writes by number as letters."""
    try:
        written = raw if isinstance(raw, str) else json.dumps(raw)
    except (TypeError, ValueError, RecursionError):
        return ""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", written)


def as_text(raw: Any) -> str:
    """Return an event as ASCII, at most 100,000 characters: any database can hold it, whatever is in it."""
    try:
        return json.dumps(raw)[:_LONGEST_RAW]
    except (TypeError, ValueError, RecursionError):
        return f"({type(raw).__name__} that cannot be written)"
