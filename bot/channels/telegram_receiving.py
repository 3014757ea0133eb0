"""What happens to one raw update, whichever way it came: read, press answered, accepted, or kept as a dead letter."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram_json import Json, member, whole
from bot.channels.telegram_parsing import CHANNEL, Telegram, parse_update
from bot.denunciations import is_denunciation
from bot.messages import Clock, Incoming
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


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes raw updates of one bot.

    bot          the bot as far as it is known: its name comes only after the first answer of Telegram
    press_heard  stops the spinner of a press, at once and without waiting
    """

    bot: Callable[[], Telegram]
    accept: Accept
    dead_letter: DeadLetter
    press_heard: Callable[[str], None]
    clock: Clock

    async def take(self, update: Any) -> None:
        """Return when nothing of the update can be lost any more, whatever it is.

        Raises StoreUnavailable, and nothing else: an update that fails for another reason would fail again
        and hold up its chat, so it becomes a dead letter.
        """
        try:
            await self._handle(update)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("an update of Telegram could not be handled")
            await self.bury(update, fault_of(error))

    async def _handle(self, update: Any) -> None:
        incoming = parse_update(update, self.bot(), self.clock())
        if incoming is None:
            return
        if incoming.press_id:
            self.press_heard(incoming.press_id)
        await self.accept(incoming)

    async def bury(self, update: Any, reason: str) -> None:
        """Keep what cannot be handled. Raises StoreUnavailable, and nothing else."""
        try:
            await self.dead_letter(CHANNEL, self.bot().account, _kept(update), reason)
        except StoreUnavailable:
            raise
        except Exception:
            # Repeating it would hold up its chat for a day; the words stay out of the log.
            log.exception("an update of Telegram is lost: it could not even be kept as a dead letter")


def _kept(update: Any) -> dict[str, Any]:
    """Return what is kept of an update; of one that holds a denunciation neither words nor sender (domain 7.3)."""
    if is_denunciation(_readable(update)):
        return {WITHHELD: "denunciation"}
    return {"update": as_text(update)}


def _readable(update: Any) -> str:
    """Return all words of an update, or of a body that is no JSON; letters that JSON writes by number as letters."""
    try:
        written = update if isinstance(update, str) else json.dumps(update)
    except (TypeError, ValueError, RecursionError):
        return ""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", written)


def as_text(update: Any) -> str:
    """Return an update as ASCII, at most 100,000 characters: any database can hold it, whatever is in it."""
    try:
        return json.dumps(update)[:_LONGEST_RAW]
    except (TypeError, ValueError, RecursionError):
        return f"({type(update).__name__} that cannot be written)"


def conversation_of(update: Any) -> tuple[str, int]:
    """Return what an update is to be kept in order with: its chat, or itself when it has none."""
    content: Json = {}
    if isinstance(update, dict):
        content = next((part for part in update.values() if isinstance(part, dict)), {})
    chat = whole(member(content, "chat"), "id") or whole(member(member(content, "message"), "chat"), "id")
    return ("chat", chat) if chat is not None else ("alone", id(update))
