"""Dead letters that an administrator wants tried again go through the same intake as when they came.

One transaction takes the row and does all that the event asks for, so of several workers one does it, and once. An
event that fails again waits for the administrator with its new reason; the person was told when it failed first.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from bot.event_json import read_event
from bot.intake import Intake
from bot.loops import keep_going, resting
from bot.messages import Clock, Incoming, IncomingKind
from storage import chats, conversations, dead_letters, unknown_events
from storage.database import Database, StoreUnavailable
from storage.dead_letters import WITHHELD, Taken
from storage.faults import fault_of

log = logging.getLogger(__name__)

REST_SECONDS = 2.0

Parser = Callable[[Any], Sequence[Incoming]]
"""Reads what a channel sent, as it came; nothing for what asks for nothing."""

_OF_NO_MORE_USE = frozenset(
    {
        IncomingKind.BLOCKED,
        IncomingKind.UNBLOCKED,
        IncomingKind.GROUP,
        IncomingKind.ARRIVED,
        IncomingKind.BY_HAND,
    }
)
"""Long ago somebody blocked the bot or called it in a group: meanwhile it may be otherwise, and sending finds out."""


class CannotBeRetried(Exception):  # noqa: N818 - an answer, not a fault
    """Why an event must not be tried again now: a key under `dead_letters.reasons`."""


class StillUnknown(Exception):  # noqa: N818 - an answer, not a fault
    """The kind of an event is not known to this version."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """The loop that tries again what is marked; `parsers` read the raw updates of their channels."""

    database: Database
    intake: Intake
    clock: Clock
    parsers: Mapping[str, Parser] = field(default_factory=dict)

    async def run(self) -> None:
        """Work until cancelled."""
        await keep_going("trying dead letters again", self.round, resting(REST_SECONDS))

    async def round(self) -> int:
        """Try all that is marked; return how many were handled now."""
        done = 0
        for number in await self.database.read(dead_letters.to_retry):
            done += await self._try(number)
        return done

    async def _try(self, number: int) -> bool:
        try:
            return await self.database.write(lambda connection: self._handle(connection, number))
        except StoreUnavailable:
            raise
        except StillUnknown:
            await self.database.write(lambda connection: unknown_events.still_unknown(connection, number))
            return False
        except CannotBeRetried as refusal:
            reason = str(refusal)
        except Exception as error:
            log.exception("dead letter %s failed again", number)
            reason = fault_of(error)
        await self.database.write(lambda connection: dead_letters.failed_again(connection, number, reason))
        return False

    def _handle(self, connection: Connection, number: int) -> bool:
        taken = dead_letters.take(connection, number, self.clock())
        if taken is None:
            return False
        events = [incoming for incoming in self._events(taken) if incoming.kind not in _OF_NO_MORE_USE]
        for incoming in events[:1]:
            _refuse_if_gone_on(connection, taken, incoming)
        for incoming in events:
            self.intake.handle(connection, incoming)
        return True

    def _events(self, taken: Taken) -> Sequence[Incoming]:
        """Return the events; none when there is nothing in it to be handled. Raises CannotBeRetried."""
        if WITHHELD in taken.raw:
            raise CannotBeRetried(WITHHELD)
        if "kind" in taken.raw:
            # Its own key was used up when it was buried, so that a repeated delivery changes nothing.
            return [replace(read_event(taken.raw), event_key=f"retry:{taken.id}:{taken.attempts}")]
        parser = self.parsers.get(taken.channel)
        if parser is None:
            raise CannotBeRetried("not_connected")
        try:
            events = parser(json.loads(taken.raw["update"]))
        except (KeyError, TypeError, ValueError, RecursionError):
            raise CannotBeRetried("not_readable") from None
        if taken.is_of_unknown_kind and not events:
            raise StillUnknown
        return events


def _refuse_if_gone_on(connection: Connection, taken: Taken, incoming: Incoming) -> None:
    """Leave a person alone who went on since: his old words would answer a question that he was not asked."""
    chat = chats.find(connection, incoming.channel, incoming.account, incoming.chat)
    if chat is None:
        return
    chats.lock(connection, chat.id)
    current = conversations.open_in(connection, chat.id)
    if current is not None and current.updated_at > taken.at:
        raise CannotBeRetried("gone_on")
