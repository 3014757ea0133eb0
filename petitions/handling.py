"""What officials do with a petition: take it on, pass it on, ask, refuse, publish, record the solution."""

from dataclasses import replace

from offices.staff import Staff
from petitions.answering import Answering
from petitions.casework import Telling, written
from petitions.deadlines import Pause
from petitions.errors import refused
from petitions.intake import DESK_STEPS
from petitions.lifecycle import Event
from petitions.model import Outcome, Petition
from petitions.names import reasons
from petitions.notices import Params, Ref, excerpt, step_buttons
from petitions.reminders import Audience


class Handling(Answering):
    """The steps of the unit that owns the petition but its answer, and of the coordinator."""

    def accept(self, code: str, actor: Staff) -> Petition:
        """Take the petition on."""
        before = self._taken(code, actor, Event.ACCEPT)
        after = replace(before, handler=actor.id)
        params: Params = {"unit": Ref("unit", after.unit), "due_on": after.leg.due_on}
        telling = Telling(Audience.REPORTER, "petition_accepted", params)
        return self._done(before, after, Event.ACCEPT, actor, [telling])

    def transfer(self, code: str, actor: Staff, unit: str, reason: str) -> Petition:
        """Pass the petition to the unit that answers for it; its leg starts anew."""
        before = self._taken(code, actor, Event.TRANSFER)
        text = written(reason)
        after = self._moved(before, self._fit_target(before, unit, actor))
        tellings = (self._told_moved(after), self._passed_on(after, before.unit, text))
        return self._done(before, after, Event.TRANSFER, actor, tellings, unit=unit, text=text, previous=before.unit)

    def send_back(self, code: str, actor: Staff, reason: str) -> Petition:
        """Give the petition back to the coordinator because it is not this unit's."""
        before = self._taken(code, actor, Event.SEND_BACK)
        text = written(reason)
        after = self._moved(before, self._target(before, self._coordinator(before)))
        params: Params = {"unit": Ref("unit", before.unit), "text": excerpt(text)}
        buttons = step_buttons(after.code, DESK_STEPS)
        tellings = (self._told_moved(after), Telling(Audience.COORDINATOR, "petition_sent_back", params, buttons))
        return self._done(before, after, Event.SEND_BACK, actor, tellings, text=text, previous=before.unit)

    def ask_citizen(self, code: str, actor: Staff, question: str) -> Petition:
        """Ask the sender for more; the clock stands still until he replies."""
        before = self._taken(code, actor, Event.ASK)
        text = written(question)
        leg = replace(before.leg, pauses=(*before.leg.pauses, Pause(self._now())))
        after = self._with_leg(replace(before, handler=actor.id), leg)
        buttons = step_buttons(after.code, (Event.SUPPLY, Event.WITHDRAW))
        params: Params = {"unit": Ref("unit", after.unit), "text": text}
        telling = Telling(Audience.REPORTER, "petition_question", params, buttons)
        return self._done(before, after, Event.ASK, actor, [telling], text=text)

    def resume(self, code: str, actor: Staff, reason: str) -> Petition:
        """Stop waiting for the sender and go on without his reply."""
        before = self._taken(code, actor, Event.RESUME)
        text = written(reason)
        after = self._pause_closed(before)
        params: Params = {"unit": Ref("unit", after.unit), "due_on": after.leg.due_on}
        telling = Telling(Audience.REPORTER, "petition_resumed", params)
        return self._done(before, after, Event.RESUME, actor, [telling], text=text)

    def publish(self, code: str, actor: Staff, text: str, answer: str) -> Petition:
        """Publish question and answer as the coordinator masked them: a person answers for what is shown."""
        before = self._taken(code, actor, Event.PUBLISH)
        shown, told = written(text), written(answer)
        now = self._now()
        after = replace(before, public_text=shown, public_answer=told, published_at=now)
        after = replace(after, legs=(*after.legs[:-1], replace(after.leg, published_at=now)))
        telling = Telling(Audience.REPORTER, "petition_published", {"unit": Ref("unit", after.unit)})
        return self._done(before, after, Event.PUBLISH, actor, [telling], text=shown, answer=told)

    def reject(self, code: str, actor: Staff, reason: str, text: str) -> Petition:
        """Refuse the petition for one of the reasons of reasons.toml, in words the sender understands."""
        before = self._taken(code, actor, Event.REJECT)
        if reason not in reasons():
            raise refused("reason_unknown", reason=reason)
        explained = written(text)
        after = replace(self._ended(before, Outcome.REJECTED), reason=reason, closed_by=actor.id)
        params: Params = {"reason": Ref("reason", reason), "way_out": Ref("way_out", reason), "text": explained}
        telling = Telling(
            Audience.REPORTER, "petition_rejected", params, step_buttons(after.code, (Event.SECOND_LOOK,))
        )
        return self._done(before, after, Event.REJECT, actor, [telling], reason=reason, text=explained)

    def redirect(self, code: str, actor: Staff, body: str, text: str) -> Petition:
        """Tell the sender which authority outside this one is competent, and close the petition here."""
        before = self._taken(code, actor, Event.REDIRECT)
        where, explained = written(body), written(text)
        after = replace(self._ended(before, Outcome.REDIRECTED), redirected_to=where, closed_by=actor.id)
        telling = Telling(
            Audience.REPORTER,
            "petition_redirected",
            {"body": where, "text": explained},
            step_buttons(after.code, (Event.SECOND_LOOK,)),
        )
        return self._done(before, after, Event.REDIRECT, actor, [telling], body=where, text=explained)

    def extend(self, code: str, actor: Staff, reason: str) -> Petition:
        """Give the leg its one extension; the sender hears the reason and the new date.

        Raises PetitionError `petition_already_extended`, or `petition_too_late_to_extend` once the leg is late: a late
        answer stays late.
        """
        before = self._taken(code, actor, Event.EXTEND)
        text = written(reason)
        if before.leg.extended:
            raise refused("already_extended", code=before.code, due_on=before.leg.due_on)
        if before.is_late(self._now()):
            raise refused("too_late_to_extend", code=before.code, due_on=before.leg.due_on)
        after = self._with_leg(before, replace(before.leg, extended=True))
        params: Params = {"unit": Ref("unit", after.unit), "due_on": after.leg.due_on, "text": text}
        tellings = (
            Telling(Audience.REPORTER, "petition_extended", params),
            Telling(Audience.OFFICERS, "petition_extended_staff", params),
        )
        return self._done(before, after, Event.EXTEND, actor, tellings, text=text, due_on=after.leg.due_on.isoformat())

    def resolve(self, code: str, actor: Staff, result: str, *, evidence: str = "", reason: str = "") -> Petition:
        """Record that the problem itself is solved: a result with evidence, or the reason why there is none.

        result    what was done; evidence  where it can be seen; reason  why no evidence is possible
        """
        before = self._taken(code, actor, Event.RESOLVE)
        if before.resolved_at is not None:
            raise refused("already_resolved", code=before.code)
        done = written(result)
        if not evidence.strip() and not reason.strip():
            raise refused("evidence_missing")
        proof = written(evidence or reason)
        after = replace(before, result=done, evidence=proof, resolved_at=self._now())
        params: Params = {"unit": Ref("unit", after.unit), "text": done, "evidence": proof}
        telling = Telling(Audience.REPORTER, "petition_resolved", params)
        return self._done(before, after, Event.RESOLVE, actor, [telling], text=done, evidence=proof)

    def _pause_closed(self, petition: Petition) -> Petition:
        """Let the clock run again; the end moves by the working days waited."""
        *closed, running = petition.leg.pauses
        pauses = (*closed, replace(running, closed_at=self._now()))
        return self._with_leg(petition, replace(petition.leg, pauses=pauses))
