"""Carries messages to people in Zalo by the first way that works (`zalo_routes`).

What finds no way waits until the person writes again: nothing is dropped, and nothing goes round in circles.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.channels.alarms import Alarm
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.in_template import kind_of
from bot.channels.zalo.meaning import as_before, finds_no_way
from bot.channels.zalo.parsing import CHANNEL
from bot.channels.zalo.paying import Payer
from bot.channels.zalo.routes import Facts, Policy, is_free, route
from bot.delivery import FILE_LEASE
from bot.messages import Clock, Outgoing, SendOutcome, SendResult
from bot.words import Words
from storage import chats, leaving, phone_consent, windows, zalo_attempts, zalo_templates
from storage.chats import Chat
from storage.database import Database, StoreUnavailable
from storage.told_elsewhere import Elsewhere, told_elsewhere
from storage.vault import Vault

ELSEWHERE_FOR = timedelta(minutes=1)
"""How long a letter to an official waits for the same one on its way to another chat of his."""
_ELSEWHERE = {
    Elsewhere.SENT: SendResult(SendOutcome.NEEDLESS, reason="its reader has it in another chat"),
    Elsewhere.UNDER_WAY: SendResult(
        SendOutcome.PARKED, retry_after=ELSEWHERE_FOR.total_seconds(), reason="on its way to another chat"
    ),
}


@dataclass(slots=True)
class ZaloCarrier:
    """What delivery sends through for an Official Account.

    spoken    sends messages in an open window
    vault     opens the telephone numbers that people left for their news
    payer     sends by the ways that cost
    refusals  the alarm about whatever is sent
    """

    spoken: ZaloChannel
    database: Database
    words: Words
    vault: Vault
    policy: Policy
    clock: Clock
    payer: Payer = field(init=False)
    refusals: Alarm = field(init=False)

    def __post_init__(self) -> None:
        self.payer = Payer(self.spoken, self.database, self.words, self.vault, self.policy, self.clock)
        self.refusals = Alarm(self.database, self.clock, (CHANNEL, f"{self.spoken.account}:sending"))

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """See `Channel`."""
        return await self.spoken.clear_buttons(chat, message_ref)

    async def react(self, chat: str, message_ref: str) -> SendResult:
        """See `Reacting`: it costs nothing, and answers what the person has just written."""
        return await self.spoken.react(chat, message_ref)

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message by the first way that works; PARKED where none does now. Raises LookupError alone."""
        try:
            result = await self._send(chat, outgoing)
        except StoreUnavailable:
            # What is asked of the store before anything is sent; what follows insists, or does without.
            return SendResult(SendOutcome.RETRY, reason="nothing was sent: the store is away")
        await self._tell_of_all(result)
        return result

    async def _send(self, chat: str, outgoing: Outgoing) -> SendResult:
        now = self.clock()
        known, last = await self.database.read(lambda connection: self._find(connection, chat))
        if known.state != "active":
            return SendResult(SendOutcome.PARKED, reason=leaving.WHY)
        takes = FILE_LEASE if outgoing.file else timedelta(0)  # what begins as free must arrive as free
        if is_free(last, now, takes):
            result = await self.spoken.send(chat, outgoing)
            if result.is_paid:
                await self.payer.note_paid(known, outgoing, result, now)
            if not finds_no_way(result):
                return result
        if outgoing.file is not None:
            return SendResult(SendOutcome.PARKED, reason="a file waits until the person writes: it goes only free")
        parts = self.spoken.parts(chat, outgoing)
        facts = await self.database.read(lambda connection: self._facts(connection, known, last, outgoing, parts, now))
        if isinstance(facts, SendResult):
            return facts
        found = route(facts, self.policy, now)
        why = found.why
        for way in found.ways:
            result = await self.payer.send(way, facts, known, outgoing, now, is_last=way is found.ways[-1])
            if not finds_no_way(result):
                return result
            why = result.reason
        return SendResult(SendOutcome.PARKED, reason=f"waits until the person writes: {why}")

    def _find(self, connection: Connection, chat: str) -> tuple[Chat, datetime | None]:
        known = chats.find(connection, CHANNEL, self.spoken.account, chat)
        if known is None:
            raise LookupError("a letter to a chat that is not ours")
        return known, windows.last_interaction(connection, known.id)

    def _facts(
        self,
        connection: Connection,
        chat: Chat,
        last: datetime | None,
        outgoing: Outgoing,
        parts: int,
        now: datetime,
    ) -> Facts | SendResult:
        """Return what decides the way; or what follows where its reader has the message, or gets it elsewhere."""
        news = outgoing.news
        earlier = zalo_attempts.earlier(connection, news.letter) if news else None
        if earlier is not None and earlier.is_sent:
            return as_before(earlier)
        kind = kind_of(news.key, self.words) if news else None
        if news and kind == "work" and (elsewhere := told_elsewhere(connection, news.letter, now)) is not None:
            return _ELSEWHERE[elsewhere]
        return Facts(
            last,
            is_news=news is not None,
            parts=parts,
            template=zalo_templates.chosen(connection, kind) if kind else None,
            spent=zalo_attempts.spent(connection, now),
            is_in_doubt=earlier is not None,
            has_phone=kind == phone_consent.NEWS and phone_consent.is_given(connection, chat.person_id),
        )

    async def _tell_of_all(self, result: SendResult) -> None:
        """Raise or end the alarm about all that is sent; dead tokens, of which no number tells, have their own."""
        if result.outcome is SendOutcome.CHANNEL_DOWN and result.code:
            await self.refusals.put("send_refused", result.reason)
        elif result.outcome is SendOutcome.SENT:
            await self.refusals.put(None)
