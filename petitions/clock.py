"""What time does to a petition: reminders and, when it is late, escalation. Called by the schedule's worker."""

from collections.abc import Mapping
from dataclasses import replace

from offices.worktime import LOCAL
from petitions.casework import Telling, slot_key
from petitions.citizen_steps import CitizenSteps
from petitions.errors import NotFoundError
from petitions.lifecycle import Event, Status, transition
from petitions.model import Petition
from petitions.notices import Params, Ref, Urgency, step_buttons
from petitions.reminders import Audience, Reminder, late_reminder, reminder_in, reminders_before
from petitions.rights import System

NEXT_STEPS: Mapping[Status, tuple[Event, ...]] = {
    **dict.fromkeys((Status.RECEIVED, Status.TRIAGED), (Event.FORWARD, Event.ACCEPT)),
    **dict.fromkeys((Status.FORWARDED, Status.ACCEPTED), (Event.DRAFT, Event.ASK)),
    Status.DRAFTED: (Event.APPROVE, Event.RETURN_DRAFT),
    Status.APPROVED: (Event.ANSWER,),
}
"""What brings a petition that is reminded of nearer to its answer: the buttons under a reminder."""


class ClockSteps(CitizenSteps):
    """Steps that nobody takes but time."""

    def remind(self, code: str, slot: str) -> bool:
        """Send the reminder of a slot; False when there is nothing to say any more or it has been said.

        After a long sleep the latest slot that has come is sent in place of all that were missed.
        """
        petition = self._store.locked(self._readable(code))
        if petition is None:
            raise NotFoundError
        if transition(petition.status, Event.REMIND) is None:
            return False
        reminder = self._latest(petition, slot)
        if reminder is None or slot_key(reminder.slot, petition.leg) in petition.leg.reminders:
            return False
        used = (*petition.leg.reminders, slot_key(reminder.slot, petition.leg))
        after = replace(petition, legs=(*petition.legs[:-1], replace(petition.leg, reminders=used)))
        event = Event.ESCALATE if Audience.COORDINATOR in reminder.audiences else Event.REMIND
        self._done(petition, after, event, System(), self._tellings(petition, reminder), slot=reminder.slot)
        return True

    def _latest(self, petition: Petition, slot: str) -> Reminder | None:
        """Give the last reminder that has come by now, None when not even `slot` has."""
        now, term, rule = self._now(), self._term(petition), self._rule(petition)
        asked = reminder_in(term, self._reference.calendar, rule, slot)
        if asked is None or asked.at > now:
            return None
        late = self._reference.calendar.working_days_between(term.due_on, now.astimezone(LOCAL).date())
        overdue = [late_reminder(term, self._reference.calendar, rule, nth) for nth in (late - 1, late) if nth > 0]
        return [each for each in (*reminders_before(term), *overdue) if each.at <= now][-1]

    def _tellings(self, petition: Petition, reminder: Reminder) -> list[Telling]:
        key = f"petition_reminder_{reminder.slot}" if not reminder.late_days else "petition_late"
        params: Params = {
            "unit": Ref("unit", petition.unit),
            "due_on": petition.leg.due_on,
            "late_days": reminder.late_days,
        }
        unique = f"{petition.leg.number}:{slot_key(reminder.slot, petition.leg)}"
        buttons = step_buttons(petition.code, NEXT_STEPS[petition.status])
        return [Telling(audience, key, params, buttons, Urgency.REMINDER, unique) for audience in reminder.audiences]
