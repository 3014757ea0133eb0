"""The worker for what falls due: planned work, and conversations that nobody goes on with.

Nothing is kept in memory: a worker that was off over several slots finds them as rows and does each once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.conversations import RESUMED_WITHIN, Conversations
from bot.effects import Text
from bot.loops import keep_going, resting
from bot.messages import Clock
from bot.posting import Reply as Answer
from storage import chats, conversations, left_conversations, schedule, windows
from storage.database import Database, StoreUnavailable
from storage.desks import Desks
from storage.faults import fault_of
from storage.outbox import Urgency
from storage.reference import ReferenceHolder
from storage.schedule import DueWork

log = logging.getLogger(__name__)

TICK_SECONDS = 5.0
REMINDED_AFTER = timedelta(minutes=30)
ABANDONED_AFTER = timedelta(hours=24)
"""After the reminder, as that says; a worker that was off reminds first and closes a day later."""

UNFINISHED = ("open", "paused")

Worker = Callable[[Connection, datetime, Mapping[str, Any]], None]
"""Does one piece of due work inside the transaction that marks it done."""


@dataclass(slots=True)
class Schedule:
    """Does what is due; `workers` are found by the kind of the work."""

    database: Database
    talk: Conversations
    reference: ReferenceHolder
    workers: Mapping[str, Worker]
    clock: Clock

    async def run(self) -> None:
        """Work until cancelled."""
        await keep_going("the schedule", self.round, resting(TICK_SECONDS))

    async def round(self) -> int:
        """Do all that is due by now; return how many pieces of work were done."""
        now = self.clock()
        done = 0
        for work in await self.database.read(lambda connection: schedule.due_now(connection, now, kinds=self.workers)):
            done += await self._do(work)
        await self._idle(now)
        return done

    async def _do(self, work: DueWork) -> bool:
        now = self.clock()

        def run(connection: Connection) -> bool:
            if not schedule.take(connection, work):
                return False
            self.workers[work.kind](connection, now, work.payload)
            return True

        try:
            return await self.database.write(run)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("due work %s failed", work.unique_key)
            reason = fault_of(error)
            await self.database.write(lambda connection: schedule.failed(connection, work, reason, now))
            return False

    async def _idle(self, now: datetime) -> None:
        """Remind of an unfinished conversation once; later close it as given up, and interrupted ones, too."""
        due = await self.database.read(
            lambda connection: (
                conversations.idle(connection, now, REMINDED_AFTER, reminded=False),
                left_conversations.overdue(
                    connection, reminded_before=now - ABANDONED_AFTER, paused_before=now - RESUMED_WITHIN
                ),
            )
        )
        for conversation_id in due[0]:
            await self._with_one(partial(self._remind, now=now, conversation_id=conversation_id), conversation_id)
        for conversation_id in due[1]:
            await self._with_one(partial(self._abandon, now=now, conversation_id=conversation_id), conversation_id)

    async def _with_one(self, job: Callable[[Connection], None], conversation_id: int) -> None:
        """Do a job for one conversation; one that fails is logged and holds up no other."""
        try:
            await self.database.write(job)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("idle conversation %s could not be handled", conversation_id)

    def _remind(self, connection: Connection, now: datetime, conversation_id: int) -> None:
        """Offer the open question again, once; who has only looked at a menu is left in peace."""
        desks = self._open(connection, now, conversation_id)
        found = conversations.by_id(connection, conversation_id)
        if desks is None or found is None or not conversations.mark_reminded(connection, conversation_id, now):
            return
        is_silent = windows.find(connection, desks.chat.id).is_answered_by_hand(now)
        if self.talk.has_answers(found[0]) and not is_silent:
            cause = f"idle:{conversation_id}:{found[0].step}"
            answer = Answer(connection, desks.chat, now, cause, urgency=Urgency.REMINDER)
            self.talk.show(desks, answer, found[0], Text("engine.idle"))

    def _abandon(self, connection: Connection, now: datetime, conversation_id: int) -> None:
        desks = self._open(connection, now, conversation_id)
        found = conversations.by_id(connection, conversation_id)
        if desks is not None and found is not None:
            self.talk.abandon(desks, found[0])

    def _open(self, connection: Connection, now: datetime, conversation_id: int) -> Desks | None:
        """Lock the conversation's chat; None when the conversation has ended meanwhile."""
        found = conversations.by_id(connection, conversation_id)
        if found is None or found[1] not in UNFINISHED:
            return None
        chat = chats.lock(connection, found[0].chat_id)
        found = conversations.by_id(connection, conversation_id)
        if found is None or found[1] not in UNFINISHED:
            return None
        return Desks(connection, now, chat, self.reference.refresh(connection))
