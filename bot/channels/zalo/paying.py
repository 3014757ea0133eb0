"""A message for money: written down before it is sent, its end after, and the alarm of its way."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.carrying import INSIST_SECONDS
from bot.channels.alarms import tell
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.client import Family
from bot.channels.zalo.in_template import filled
from bot.channels.zalo.meaning import as_before, is_broken, understood
from bot.channels.zalo.parsing import CHANNEL
from bot.channels.zalo.routes import Facts, Policy, Way, price_of, until_day
from bot.channels.zalo.sending import post
from bot.messages import Clock, News, Outgoing, SendOutcome, SendResult
from bot.words import Words
from storage import phone_consent, zalo_attempts
from storage.chats import Chat
from storage.database import Database, StoreUnavailable
from storage.vault import Vault
from storage.zalo_attempts import Earlier

log = logging.getLogger(__name__)

BY_USER_ID, BY_PHONE = "/v3.0/oa/message/template", "/message/template"
NOT_BY_USER_ID = -249
"""Zalo's number for a template that goes to telephone numbers only: an old one, or with a response component."""
MOST_ENDINGS = 40
"""How often the end of an attempt is written when the store is away: for ten seconds and more."""
_ALARMS = {
    Way.BILLED: ("billed", "billed_fails"),
    Way.TEMPLATE: ("templates", "templates_fail"),
    Way.PHONE: ("phone", "templates_fail"),
}
"""Where a way's alarm stands beside the account, and which it is: a key under `alarms`."""
_ENDS = {SendOutcome.SENT: "sent", SendOutcome.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class Payer:
    """What sends by the ways that cost.

    spoken  sends messages in an open window
    vault   opens the telephone numbers that people left for their news
    """

    spoken: ZaloChannel
    database: Database
    words: Words
    vault: Vault
    policy: Policy
    clock: Clock

    async def send(
        self, way: Way, facts: Facts, chat: Chat, outgoing: Outgoing, now: datetime, *, is_last: bool
    ) -> SendResult:
        """Send a message by one way; PARKED where this way does not take it (now). Raises StoreUnavailable before."""
        template, data = (None if way is Way.BILLED else facts.template), None
        if template is not None:
            data = filled(template, outgoing.news, self.words, now)
            if data is None:
                return SendResult(SendOutcome.PARKED, reason="the template cannot tell this")
            if wait := until_day(now):
                return SendResult(SendOutcome.PARKED, retry_after=wait.total_seconds(), reason="waits for the day")
        begin = partial(self._begin, way=way, facts=facts, chat=chat, news=outgoing.news, now=now)
        begun = await self.database.write(begin)
        if isinstance(begun, SendResult):
            return begun
        number, to = begun
        if template is None or data is None:
            answer = await self.spoken.send(chat.external_chat, outgoing)
        else:
            body = {**to, "template_id": template.id, "template_data": data}
            answer = await self._send_template(body, way)
        goes_on = way is Way.TEMPLATE and answer.code == NOT_BY_USER_ID and not is_last
        parked = SendResult(SendOutcome.PARKED, reason=answer.reason)
        result = parked if goes_on else understood(way, answer, self.clock())
        ended = "unknown" if result.is_begun else _ENDS.get(result.outcome, "refused")
        end = partial(
            zalo_attempts.end, number=number, outcome=ended,
            message_id=result.message_ref, error=result.reason,
        )  # fmt: skip
        await self._insist(end)
        if not goes_on:
            with suppress(StoreUnavailable):  # the next answer says the same
                await self._tell(way, answer)
        return result

    async def note_paid(self, chat: Chat, outgoing: Outgoing, result: SendResult, now: datetime) -> None:
        """Write down that Zalo took money for what should have been free: its window is shorter than our book says."""
        log.warning("Zalo took money for a message in a window that should be free")
        price = self.policy.billed_price * self.spoken.parts(chat.external_chat, outgoing)
        await self._insist(
            partial(zalo_attempts.note_paid, chat_id=chat.id, price=price, now=now, message_id=result.message_ref)
        )

    async def _insist(self, end: Callable[[Connection], None]) -> None:
        """Write down what was paid, trying for a while: an attempt whose end is not known stays in doubt, as paid."""
        for _ in range(MOST_ENDINGS):
            try:
                return await self.database.write(end)
            except StoreUnavailable:
                await asyncio.sleep(INSIST_SECONDS)
        log.warning("what was paid in Zalo could not be written; an attempt without its end counts as paid")
        return None

    def _begin(
        self, connection: Connection, way: Way, facts: Facts, chat: Chat, news: News | None, now: datetime
    ) -> tuple[int, dict[str, str]] | SendResult:
        """Write an attempt down; return its number and to whom it goes, or what follows where it must not be begun."""
        to, letter = {"user_id": chat.external_chat}, news.letter if news else None
        if way is Way.PHONE:
            phone = phone_consent.number_of(connection, self.vault, chat.person_id, now)
            if phone is None:
                return SendResult(SendOutcome.PARKED, reason="the person took the telephone number back")
            to = {"phone": phone.removeprefix("+"), "tracking_id": f"letter-{letter}"}
        begun = zalo_attempts.begin(
            connection, chat_id=chat.id, letter=letter, way=way.value, price=price_of(way, facts, self.policy),
            cap=self.policy.cap, now=now,
            template_id=facts.template.id if facts.template and way is not Way.BILLED else None,
        )  # fmt: skip
        if isinstance(begun, Earlier):
            return as_before(begun)
        return SendResult(SendOutcome.PARKED, reason="cap") if begun is None else (begun, to)

    async def _send_template(self, body: Mapping[str, object], way: Way) -> SendResult:
        if way is Way.PHONE:
            return await post(self.spoken.client, BY_PHONE, body, Family.BUSINESS)
        return await post(self.spoken.client, BY_USER_ID, body)

    async def _tell(self, way: Way, answer: SendResult) -> None:
        """Raise or end the alarm about a way that costs, where an answer says that it works or what is missing."""
        broken = is_broken(way, answer)
        if not broken and answer.outcome is not SendOutcome.SENT:
            return
        name, fails = _ALARMS[way]
        problem, reason = (fails, answer.reason) if broken else (None, None)
        await tell(self.database, (CHANNEL, f"{self.spoken.account}:{name}"), problem, self.clock(), reason)
