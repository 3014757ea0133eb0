"""What the schedule's worker does for each kind of due work; joins the use cases with their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.by_hand import ASIDE, AsideTaker
from bot.conversations import Conversations
from bot.returning import Returner
from bot.schedule import Worker
from langnghe.housekeeping import HOUSEKEEPING, plan_housekeeping
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage import conversations, dead_letters, invitations, kept_files, phone_consent, sessions, staff, watched
from storage.desks import petition_desk
from storage.invitations import INVITING
from storage.petitions import REMINDER
from storage.reference import ReferenceHolder
from storage.results.planning import KIND as RETURNING
from surveys.tokens import TokenKey

EVENTS_KEPT = timedelta(days=8)
"""Longer than any channel repeats an event (security.md R2: at least seven days)."""
ATTACHED_KEPT = timedelta(days=7)
"""How long a file waits for the petition that it was attached to, longer than any conversation lasts."""
SETTLED_FAILURES_KEPT = timedelta(days=7)
"""How long a failed event is kept with its words once it was handled or dropped: to look what became of it. Ours;
no rule gives a number (security.md P6 asks for one)."""
FAILURES_KEPT = timedelta(days=90)
"""How long one is kept that nobody decides on, while the line above every page says that it waits. Ours, too."""


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of one process."""

    reference: ReferenceHolder
    talk: Conversations
    token_key: TokenKey
    quiet: QuietHours = field(default_factory=load_quiet_hours)

    def by_kind(self) -> Mapping[str, Worker]:
        """Return the worker for each kind of due work."""
        returner = Returner(self.reference, self.talk.words)
        return {
            REMINDER: self.remind,
            HOUSEKEEPING: self.keep_house,
            RETURNING: returner.work,
            INVITING: self.invite,
            ASIDE: AsideTaker(self.talk, self.reference).work,
        }

    def remind(self, connection: Connection, now: datetime, payload: Mapping[str, Any]) -> None:
        """Remind of a petition's deadline, or escalate a late one; says nothing where there is nothing to say."""
        reference = self.reference.refresh(connection)
        petition_desk(connection, reference, now).remind(payload["code"], payload["slot"])

    def invite(self, connection: Connection, now: datetime, payload: Mapping[str, Any]) -> None:
        """Send an invitation to rate a dossier, or its reminder; not in quiet hours."""
        invitations.work(connection, payload, self.token_key, self.quiet, now)

    def keep_house(self, connection: Connection, now: datetime, _payload: Mapping[str, Any]) -> None:
        """Clear away what has served its time, close accounts that nobody used, plan the next day's round."""
        sessions.prune(connection, now)
        staff.stop_unused(connection, now)
        conversations.forget_events(connection, now - EVENTS_KEPT)
        kept_files.forget(connection, now - ATTACHED_KEPT)
        phone_consent.forget_over(connection, now)
        settled_before, waiting_before = now - SETTLED_FAILURES_KEPT, now - FAILURES_KEPT
        if dead_letters.forget(connection, settled_before=settled_before, waiting_before=waiting_before, now=now):
            watched.note_failures(connection, now)
        plan_housekeeping(connection, now)
