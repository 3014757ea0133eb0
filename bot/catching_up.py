"""After an outage: questions that waited too long are not sent one by one, the open one is asked anew.

Whoever wrote ten times while we could not answer gets what was told him (receipts, answers, news) and one question,
with an apology and with buttons that still work. The sender leaves a stale question alone, so it does not matter
which of the two wakes up first.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.conversations import Conversations
from bot.loops import keep_going, resting
from bot.messages import Clock
from bot.posting import STALE_AFTER
from bot.posting import Reply as Answer
from storage import chats, conversations, waiting_questions
from storage.database import Database, StoreUnavailable
from storage.desks import Desks
from storage.reference import ReferenceHolder
from storage.waiting_questions import Waiting

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
LATE = "late:"
"""How the keys of questions that were asked anew begin."""


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """The loop that asks late questions anew."""

    database: Database
    talk: Conversations
    reference: ReferenceHolder
    clock: Clock

    async def run(self) -> None:
        """Work until cancelled."""
        await keep_going("catching up", self.round, resting(TICK_SECONDS))

    async def round(self) -> int:
        """Do what is to be done in some chats; return how many these were."""
        now = self.clock()
        found = await self.database.read(lambda connection: waiting_questions.chats_with_stale(connection, now))
        for chat_id in found:
            await self._catch_up(chat_id)
        return len(found)

    async def _catch_up(self, chat_id: int) -> None:
        """Ask anew in one chat; where that fails, what waits goes out as it is: late is better than never."""
        try:
            await self.database.write(lambda connection: self._ask_anew(connection, chat_id))
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("the late question of chat %s could not be asked anew", chat_id)
            await self.database.write(lambda connection: waiting_questions.keep_fresh(connection, chat_id, None))

    def _ask_anew(self, connection: Connection, chat_id: int) -> None:
        now = self.clock()
        desks = Desks(connection, now, chats.lock(connection, chat_id), self.reference.refresh(connection))
        waiting = waiting_questions.waiting_replies(connection, chat_id)
        questions = [letter for letter in waiting if letter.stale_at is not None]
        others = [letter for letter in waiting if letter.stale_at is None]
        current = conversations.open_in(connection, chat_id)
        place = [current.id, current.step] if current else None
        if not questions:
            return
        if _is_asked_anew(questions, place):
            waiting_questions.keep_fresh(connection, chat_id, now + STALE_AFTER)
            return
        waiting_questions.collapse(connection, chat_id)
        is_asked = any(letter.body.get("asks") == place for letter in others) if current else bool(others)
        if not is_asked:
            self.talk.ask_late(desks, Answer(connection, desks.chat, now, f"{LATE}{questions[-1].id}"))


def _is_asked_anew(questions: list[Waiting], place: list[int] | None) -> bool:
    """Say whether all that waits is the present question, asked late already: then it goes on waiting."""
    [newest] = questions[-1:]
    return len(questions) == 1 and newest.unique_key.startswith(LATE) and newest.body.get("asks") == place
