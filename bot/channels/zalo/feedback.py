"""Ratings that people give under a message of Zalo's own kind: the survey of those whose window is over.

Zalo tells of a rating twice, by an event and in a list, and names the message, not the person. The message was the
letter of an invitation, whose code proves the dossier. So the rating is taken as if the code had been used in the
chat: once, verified as the code is, and refused where the dossier is rated already. Who was dissatisfied is offered to
write a petition, as in every channel; that is no news, so it waits until it costs nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from bot.channels.untrusted_json import Json, member, words
from bot.channels.zalo.client import Answer, NoToken, ZaloClient, code_of
from bot.channels.zalo.errors import reason_of
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.denunciations import is_denunciation
from bot.effects import Text
from bot.handlers.common import named
from bot.handlers.rating import DISSATISFIED, QUICK
from bot.handlers.rating_code import redeemed
from bot.loops import keep_going, resting
from bot.messages import Button, Clock, Outgoing
from bot.posting import Reply
from bot.words import Words
from offices.errors import DomainError
from offices.words import clean, fold
from storage import channel_states, chats, zalo_attempts
from storage.channel_states import ChannelState
from storage.database import Database
from storage.desks import Desks
from storage.invitations import OPENS
from storage.reference import ReferenceSource
from storage.savepoint import savepoint
from surveys.items import LONGEST_TEXT
from surveys.tokens import TokenKey

log = logging.getLogger(__name__)

EVENT = "user_feedback"
LIST_EVERY = timedelta(hours=1)
LIST_SINCE = timedelta(days=3)
"""How far back the list is read at least: longer than Zalo repeats an event."""
LONGEST_SINCE = timedelta(days=30)
"""How far back at most, where it was not read for so long: we were away, or had no token."""
ASKED_SINCE = timedelta(days=180)
"""How long ago a rating may have been asked for: an invitation is good for two weeks, if nothing else is set."""
LOOK_SECONDS = 60.0
PAGE = 100
MOST = 10_000
BEST = 5
OVERALL, COMMENT, REASON = "overall", "comment", "reason"
"""Items of the quick questionnaire. Zalo's form asks the first two; what was least satisfying may be ticked in it where
the template offers our own words for that."""
MOST_TICKED = 20


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rating as Zalo tells of it: 1 to 5, what was written beside it, and what was ticked of the template's words."""

    message_id: str
    rate: int
    note: str
    ticked: tuple[str, ...] = ()


def feedback_of(told: Json, message_id: str) -> Feedback | None:
    """Read a rating of an event or of a line of the list; None for what is none."""
    rate = code_of(told.get("rate"))
    number = words(told, message_id)
    if not number or not 1 <= rate <= BEST:
        return None
    ticked = told.get("feedbacks")
    texts = [each for each in ticked if isinstance(each, str)] if isinstance(ticked, list) else []
    return Feedback(number, rate, words(told, "note"), tuple(texts[:MOST_TICKED]))


@dataclass(frozen=True, slots=True)
class Ratings:
    """Takes the ratings of an Official Account."""

    database: Database
    reference: ReferenceSource
    words: Words
    key: TokenKey
    clock: Clock

    async def heard(self, raw: Mapping[str, Any]) -> None:
        """Take the rating of an event. Raises StoreUnavailable."""
        found = feedback_of(member(dict(raw), "message"), "msg_id")
        if found is not None:
            await self.database.write(partial(self.take, found=found))

    def take(self, connection: Connection, found: Feedback) -> bool:
        """Take a rating unless it was taken; say whether it counts now."""
        now = self.clock()
        asked = zalo_attempts.take_rating(connection, found.message_id, now)
        if asked is None:
            return False
        chat = chats.by_id(connection, asked.chat_id)
        desks = Desks(connection, now, chat, self.reference.refresh(connection))
        token = next((each["start"] for each in asked.body["buttons"] if each["start"].startswith(OPENS)), "")
        try:
            with savepoint(connection):
                self._rate(desks, token.removeprefix(OPENS), found)
        except DomainError as refused:  # rated already in the chat, or too late: nothing of it is counted
            log.info("a rating under a message of Zalo does not count: %s", refused.key)
            return False
        return True

    def _rate(self, desks: Desks, token: str, found: Feedback) -> None:
        visit = redeemed(desks, self.key, token)
        number = desks.ratings.begin(desks.chat.person_id, visit, QUICK, desks.chat.channel)
        desks.ratings.answer(number, OVERALL, found.rate)
        note = clean(found.note)[:LONGEST_TEXT].strip()
        if note and not is_denunciation(note):
            desks.ratings.answer(number, COMMENT, note)
        if reason := _reason(desks, number, found):
            desks.ratings.answer(number, REASON, reason)
        desks.ratings.finish(number, asked=(OVERALL, COMMENT))
        if found.rate <= DISSATISFIED:
            self._offer_petition(desks, visit.unit, found.message_id)

    def _offer_petition(self, desks: Desks, unit: str, message_id: str) -> None:
        """Ask in the chat: at once in an open window, else when the person writes within a week, never for money."""
        told, language = {"unit": named(desks.reference.directory.unit(unit).name)}, desks.chat.language
        text = self.words.label(Text("rating.offer_petition_later", told), language)
        button = Button(self.words.text("rating.write_petition", language), f"s:report:{unit}")
        Reply(desks.connection, desks.chat, desks.now, f"zalo-rating:{message_id}").post(Outgoing(text, (button,)))


def _reason(desks: Desks, number: int, found: Feedback) -> str | None:
    """Return the first answer to REASON that was ticked, by its very words; None where none was, or it is not asked."""
    rating = desks.ratings.rating(number)
    questionnaire = desks.reference.questionnaires.load(rating.questionnaire, rating.version)
    asked = next((item for item in questionnaire.reached(rating.answers) if item.code == REASON), None)
    codes = (
        {fold(text): each.code for each in asked.choices for text in (each.label.vi, each.label.en)} if asked else {}
    )
    return next((codes[fold(text)] for text in found.ticked if fold(text) in codes), None)


@dataclass(frozen=True, slots=True)
class RatingList:
    """The loop that reads the list of ratings: what an event did not bring. Of several processes one reads."""

    account: str
    client: ZaloClient
    ratings: Ratings
    database: Database
    clock: Clock

    async def run(self) -> None:
        """Read until cancelled."""
        await keep_going("zalo ratings", self.round, resting(LOOK_SECONDS))

    async def round(self) -> int:
        """Read the list if its time has come; 0."""
        place, now = ("zalo", f"{self.account}:ratings"), self.clock()
        state = await self.database.read(lambda connection: channel_states.find(connection, *place))
        if not channel_states.is_due(state, now, LIST_EVERY):
            return 0
        templates = await self.database.read(lambda c: zalo_attempts.asked_by(c, now - ASKED_SINCE))
        if not templates:
            return 0
        if await self.database.write(lambda c: channel_states.take_turn(c, *place, now, LIST_EVERY)):
            since, until = _since(state, now), now.isoformat()
            if await self._read_all(templates, since, now):
                await self.database.write(lambda c: channel_states.put(c, place, problem=None, reason=until, now=now))
        return 0

    async def _read_all(self, templates: Sequence[str], since: datetime, until: datetime) -> bool:
        """Take the ratings that were given meanwhile; say whether Zalo gave the whole list."""
        try:
            return all([await self._read(each, since, until) for each in templates])
        except (NotSent, NoAnswer, NoToken) as error:
            log.warning("the list of ratings could not be read: %s", error)
            return False

    async def _read(self, template: str, since: datetime, until: datetime) -> bool:
        """Take the ratings under messages of one template; say whether Zalo gave the list."""
        for offset in range(0, MOST, PAGE):
            answer = await self._page(template, offset, since, until)
            if not answer.is_good:
                log.warning("Zalo does not give the list of ratings: %s", reason_of(answer))
                return False
            rows = answer.data.get("data")
            lines = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            for line in lines:
                if (found := feedback_of(line, "msgId")) is not None:
                    await self.database.write(partial(self.ratings.take, found=found))
            if len(lines) < PAGE:
                break
        return True

    async def _page(self, template: str, offset: int, since: datetime, until: datetime) -> Answer:
        query = {
            "template_id": template, "from_time": int(since.timestamp() * 1000),
            "to_time": int(until.timestamp() * 1000), "offset": offset, "limit": PAGE,
        }  # fmt: skip
        return await self.client.post(f"/rating/get?{urlencode(query)}", {}, business=True)


def _since(state: ChannelState | None, now: datetime) -> datetime:
    """Return from when on ratings may be missing: the list was read whole up to the moment that stands as `reason`."""
    read = datetime.fromisoformat(state.reason) if state and state.reason else now
    return max(min(read, now - LIST_SINCE), now - LONGEST_SINCE)
