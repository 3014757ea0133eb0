"""Intake: every event of every channel, handled once, in one transaction, acknowledged after its commit."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Connection

from bot import by_hand
from bot.conversations import Conversations
from bot.denunciations import is_denunciation
from bot.event_json import as_json
from bot.hearing import Hearing
from bot.messages import Clock, Incoming, IncomingKind, Outgoing
from bot.posting import LATE_AFTER
from bot.posting import Reply as Answer
from bot.tally import Tally
from offices.phones import read_phone
from storage import chats, conversations, windows
from storage.chats import Caller
from storage.database import Database, StoreUnavailable
from storage.dead_letters import WITHHELD
from storage.desks import Desks, RandomBits
from storage.faults import fault_of
from storage.reference import ReferenceSource

log = logging.getLogger(__name__)

_OF_A_DENOUNCER = frozenset({"text", "name", "username", "phone"})
"""What is not kept of a denunciation that could not be handled: its words, and who sent it (domain 7.3)."""
_NUMBERS = frozenset({"text", "phone"})
"""Where a telephone number stands in an event that is one: it is kept encrypted, or not at all (security.md P7)."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes events; when `accept` returns, the event and all that follows from it are durable.

    by_hand_for  how long the bot is silent after an official answered a chat by hand
    """

    database: Database
    talk: Conversations
    reference: ReferenceSource
    clock: Clock
    random_bits: RandomBits = secrets.randbits
    tally: Tally = field(default_factory=Tally)
    by_hand_for: timedelta = by_hand.BY_HAND_FOR

    async def accept(self, incoming: Incoming) -> None:
        """Handle one event; a repeated one changes nothing.

        An event that cannot be handled is undone, kept as a dead letter, and the person is told.
        Raises StoreUnavailable when nothing could be stored: the channel must deliver it again.
        """
        begun = perf_counter()
        try:
            await self._accept(incoming)
        except StoreUnavailable:
            self.tally.refused[incoming.channel] += 1
            raise
        self.tally.taken[incoming.channel, incoming.kind] += 1
        self.tally.times.add(perf_counter() - begun)

    async def _accept(self, incoming: Incoming) -> None:
        try:
            await self.database.write(lambda connection: self.handle(connection, incoming))
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("event %s of %s could not be handled", incoming.event_key, incoming.channel)
            reason = fault_of(error)
            await self.database.write(lambda connection: self._bury(connection, incoming, reason))
            self.tally.failed[incoming.channel] += 1

    async def bury_raw(self, channel: str, account: str, raw: Mapping[str, Any], reason: str) -> None:
        """Keep something that a channel sent and that could not even be read."""
        now = self.clock()
        await self.database.write(
            lambda connection: conversations.bury(
                connection, channel=channel, account=account, raw=raw, reason=reason, now=now
            )
        )
        self.tally.failed[channel] += 1

    def handle(self, connection: Connection, incoming: Incoming) -> None:
        """Handle one event inside a transaction of the caller's, which decides what becomes of one that fails."""
        now = self.clock()
        if not conversations.take_event(connection, incoming.channel, incoming.account, incoming.event_key, now):
            return
        desks, answer = self._open(connection, incoming, now)
        if incoming.channel in windows.WINDOWED_CHANNELS:
            by_hand.note_interaction(connection, desks.chat.id, incoming, now)
            if by_hand.is_for_somebody_else(desks, incoming):
                return
        Hearing(self.talk, self.by_hand_for).hear(desks, answer, incoming)

    def _bury(self, connection: Connection, incoming: Incoming, reason: str) -> None:
        now = self.clock()
        if not conversations.take_event(connection, incoming.channel, incoming.account, incoming.event_key, now):
            return
        raw = as_json(incoming)
        if is_denunciation(incoming.text):
            raw = {name: raw[name] for name in raw if name not in _OF_A_DENOUNCER} | {WITHHELD: "denunciation"}
        elif incoming.phone or read_phone(incoming.text):
            raw = {name: raw[name] for name in raw if name not in _NUMBERS} | {WITHHELD: "phone"}
        conversations.bury(
            connection, channel=incoming.channel, account=incoming.account, raw=raw, reason=reason, now=now
        )
        desks, answer = self._open(connection, incoming, now)
        answer.post(Outgoing(self.talk.words.text("engine.failed", desks.chat.language)))

    def _open(self, connection: Connection, incoming: Incoming, now: datetime) -> tuple[Desks, Answer]:
        caller = Caller(
            channel=incoming.channel,
            account=incoming.account,
            external_chat=incoming.chat,
            external_person=incoming.person,
            language="en" if (incoming.language or "vi").startswith("en") else "vi",
            name=incoming.name,
            username=incoming.username,
        )
        is_there = incoming.kind is not IncomingKind.BY_HAND
        did_at = incoming.at if incoming.channel in windows.WINDOWED_CHANNELS else None
        chat = chats.welcome(connection, caller, now, is_there=is_there, at=did_at)
        cause = f"{incoming.channel}:{incoming.account}:{incoming.event_key}"
        album = incoming.file.group if incoming.file else None
        desks = Desks(connection, now, chat, self.reference.refresh(connection), self.random_bits)
        return desks, Answer(connection, chat, now, cause, album, late=now - incoming.at > LATE_AFTER)
