"""Carries messages to people in Zalo by the first way that works (`zalo_routes`), and writes down what may cost.

What finds no way waits until the person writes again: nothing is dropped, and nothing goes round in circles.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.carrying import INSIST_SECONDS
from bot.channels.alarms import Alarm, tell
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.client import Family, ZaloClient
from bot.channels.zalo.errors import ErrorClass, class_of
from bot.channels.zalo.in_template import filled, kind_of
from bot.channels.zalo.routes import Facts, Policy, Way, is_free, price_of, route, until_day, until_next_day
from bot.channels.zalo.sending import post
from bot.messages import Clock, News, Outgoing, SendOutcome, SendResult
from bot.words import Words
from storage import chats, leaving, phone_consent, windows, zalo_attempts, zalo_templates
from storage.chats import Chat
from storage.database import Database, StoreUnavailable
from storage.told_elsewhere import Elsewhere, told_elsewhere
from storage.vault import Vault
from storage.zalo_attempts import Earlier

log = logging.getLogger(__name__)

BY_USER_ID, BY_PHONE = "/v3.0/oa/message/template", "/message/template"
NOT_BY_USER_ID = -249
"""Zalo's number for a template that goes to telephone numbers only: an old one, or with a response component."""
BROKE_FOR = timedelta(hours=1)
"""How long a letter waits when there is no money, no package, or a template or a right is missing."""
MOST_ENDINGS = 40
"""How often the end of an attempt is written when the store is away: for ten seconds and more."""
ELSEWHERE_FOR = timedelta(minutes=1)
"""How long a letter to an official waits for the same one on its way to another chat of his."""
CHANNEL = "zalo"
_ALARMS = {
    Way.BILLED: ("billed", "billed_fails"),
    Way.TEMPLATE: ("templates", "templates_fail"),
    Way.PHONE: ("phone", "templates_fail"),
}
"""Where a way's alarm stands beside the account, and which it is: a key under `alarms`."""
_ELSEWHERE = {
    Elsewhere.SENT: SendResult(SendOutcome.NEEDLESS, reason="its reader has it in another chat"),
    Elsewhere.UNDER_WAY: SendResult(
        SendOutcome.PARKED, retry_after=ELSEWHERE_FOR.total_seconds(), reason="on its way to another chat"
    ),
}
_ENDS = {SendOutcome.SENT: "sent", SendOutcome.UNKNOWN: "unknown"}


@dataclass(slots=True)
class ZaloCarrier:
    """What delivery sends through for an Official Account.

    spoken    sends messages in an open window
    vault     opens the telephone numbers that people left for their news
    refusals  the alarm about whatever is sent
    """

    account: str
    spoken: ZaloChannel
    client: ZaloClient
    database: Database
    words: Words
    vault: Vault
    policy: Policy
    clock: Clock
    refusals: Alarm = field(init=False)

    def __post_init__(self) -> None:
        self.refusals = Alarm(self.database, self.clock, (CHANNEL, f"{self.account}:sending"))

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
        if is_free(last, now):
            result = await self.spoken.send(chat, outgoing)
            if not _finds_no_way(result):
                return result
        parts = self.spoken.parts(chat, outgoing)
        facts = await self.database.read(lambda connection: self._facts(connection, known, last, outgoing, parts, now))
        if isinstance(facts, SendResult):
            return facts
        found = route(facts, self.policy, now)
        why = found.why
        for way in found.ways:
            result = await self._try(way, facts, known, outgoing, now, is_last=way is found.ways[-1])
            if not _finds_no_way(result):
                return result
            why = result.reason
        return SendResult(SendOutcome.PARKED, reason=f"waits until the person writes: {why}")

    def _find(self, connection: Connection, chat: str) -> tuple[Chat, datetime | None]:
        known = chats.find(connection, CHANNEL, self.account, chat)
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
            return _as_before(earlier)
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

    async def _try(
        self, way: Way, facts: Facts, chat: Chat, outgoing: Outgoing, now: datetime, *, is_last: bool
    ) -> SendResult:
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
        result = SendResult(SendOutcome.PARKED, reason=answer.reason) if goes_on else self._understood(way, answer)
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

    async def _insist(self, end: Callable[[Connection], None]) -> None:
        """Write down how an attempt ended, trying for a while: without that it stays in doubt, as paid."""
        for _ in range(MOST_ENDINGS):
            try:
                return await self.database.write(end)
            except StoreUnavailable:
                await asyncio.sleep(INSIST_SECONDS)
        log.warning("how an attempt in Zalo ended could not be written: it counts as paid")
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
            return _as_before(begun)
        return SendResult(SendOutcome.PARKED, reason="cap") if begun is None else (begun, to)

    async def _send_template(self, body: Mapping[str, object], way: Way) -> SendResult:
        if way is Way.PHONE:
            return await post(self.client, BY_PHONE, body, Family.BUSINESS)
        return await post(self.client, BY_USER_ID, body)

    def _understood(self, way: Way, answer: SendResult) -> SendResult:
        """Say what an answer means for what costs: most refusals are no fault of the channel, and park the letter."""
        now = self.clock()
        match class_of(answer.code, _family(way)):
            case ErrorClass.QUOTA:
                wait = until_next_day(now)
            case ErrorClass.NIGHT:
                wait = until_day(now) or BROKE_FOR
            case ErrorClass.MONEY | ErrorClass.SETUP:
                wait = BROKE_FOR
            case _ if _is_broken(way, answer):
                return SendResult(SendOutcome.PARKED, reason=answer.reason)
            case _:
                return answer
        return SendResult(SendOutcome.PARKED, retry_after=wait.total_seconds(), reason=answer.reason)

    async def _tell(self, way: Way, answer: SendResult) -> None:
        """Raise or end the alarm about a way that costs, where an answer says that it works or what is missing."""
        is_broken, now = _is_broken(way, answer), self.clock()
        if not is_broken and answer.outcome is not SendOutcome.SENT:
            return
        name, fails = _ALARMS[way]
        problem, reason = (fails, answer.reason) if is_broken else (None, None)
        await tell(self.database, (CHANNEL, f"{self.account}:{name}"), problem, now, reason)

    async def _tell_of_all(self, result: SendResult) -> None:
        """Raise or end the alarm about all that is sent; dead tokens, of which no number tells, have their own."""
        if result.outcome is SendOutcome.CHANNEL_DOWN and result.code:
            await self.refusals.put("send_refused", result.reason)
        elif result.outcome is SendOutcome.SENT:
            await self.refusals.put(None)


def _as_before(earlier: Earlier) -> SendResult:
    """Say what follows where the message was sent already, or perhaps."""
    if earlier.is_sent:
        return SendResult(SendOutcome.SENT, message_ref=earlier.message_id)
    return SendResult(SendOutcome.PARKED, reason="doubt")


def _is_broken(way: Way, answer: SendResult) -> bool:
    """Say whether an administrator has to act: a template refused for whatever reason is no letter's fault."""
    is_refused = way is not Way.BILLED and answer.outcome is SendOutcome.REFUSED
    return is_refused or class_of(answer.code, _family(way)) in (ErrorClass.MONEY, ErrorClass.SETUP)


def _family(way: Way) -> Family:
    """Say by whose codes a way's refusals are told."""
    return Family.BUSINESS if way is Way.PHONE else Family.OPENAPI


def _finds_no_way(result: SendResult) -> bool:
    """Say whether Zalo lets nothing through to the person by this way."""
    return result.outcome is SendOutcome.PARKED and result.retry_after is None
