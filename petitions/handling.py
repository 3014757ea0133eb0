"""What officials do with a petition: take it on, pass it on, ask, answer, refuse, publish, record the solution."""

from dataclasses import replace

from offices.staff import Role, Staff
from petitions.casework import Telling, written
from petitions.deadlines import Pause
from petitions.errors import ChangedMeanwhileError, refused
from petitions.intake import DESK_STEPS, Intake
from petitions.lifecycle import Event, Relation
from petitions.model import Outcome, Petition
from petitions.names import reasons
from petitions.notices import Params, Ref, excerpt, step_buttons
from petitions.reminders import Audience
from petitions.rights import Actor, System

ANSWER_STEPS = (Event.RATE_ANSWER, Event.SECOND_LOOK)


class Handling(Intake):
    """The steps of the unit that owns the petition, and of its leader."""

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

    def draft_answer(self, code: str, actor: Staff, text: str) -> Petition:
        """Write the answer, or write it anew; it goes to the leader."""
        before = self._taken(code, actor, Event.DRAFT)
        draft = written(text)
        if before.barred and not self._approvers(before):
            raise refused("no_approver", code=before.code, unit=before.unit)
        after = replace(before, draft=draft, drafted_by=actor.id, handler=before.handler or actor.id)
        buttons = step_buttons(after.code, (Event.APPROVE, Event.RETURN_DRAFT))
        params: Params = {"unit": Ref("unit", after.unit), "text": excerpt(draft), "due_on": after.leg.due_on}
        telling = Telling(Audience.LEADER, "petition_draft", params, buttons)
        return self._done(before, after, Event.DRAFT, actor, [telling], text=draft)

    def return_draft(self, code: str, actor: Staff, remark: str) -> Petition:
        """Send the draft back to be written better."""
        before = self._taken(code, actor, Event.RETURN_DRAFT)
        text = written(remark)
        params: Params = {"text": text, "due_on": before.leg.due_on}
        telling = Telling(
            Audience.OFFICERS, "petition_draft_returned", params, step_buttons(before.code, (Event.DRAFT,))
        )
        return self._done(before, before, Event.RETURN_DRAFT, actor, [telling], text=text)

    def approve(self, code: str, actor: Staff, *, send: bool = True, seen_version: int | None = None) -> Petition:
        """Approve the draft and, unless `send` is False, answer the sender with it at once.

        seen_version  of the petition whose draft the leader was shown; None when it was read in this transaction

        Raises ChangedMeanwhileError when the draft was written anew since, and PetitionError `petition_own_draft` for
        one's own draft, unless nobody else of the unit could approve or write one: then the history says `alone`.
        """
        before = self._with_draft_of(self._taken(code, actor, Event.APPROVE), seen_version)
        own = before.drafted_by == actor.id
        if own and self._colleagues(before, actor):
            raise refused("own_draft", code=before.code)
        after = self._done(before, replace(before, approved_by=actor.id), Event.APPROVE, actor, alone=own)
        return self._answered(after, System()) if send else after

    def answer(self, code: str, actor: Staff, *, seen_version: int | None = None) -> Petition:
        """Send the approved answer to the sender; ChangedMeanwhileError when it is not the one that was shown."""
        return self._answered(self._with_draft_of(self._taken(code, actor, Event.ANSWER), seen_version), actor)

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

    def _answered(self, before: Petition, actor: Actor) -> Petition:
        ended = self._ended(before, Outcome.ANSWERED)
        days = self._rule(before).publish_days
        publish_by = self._reference.calendar.due(self._today(), days).due_on
        leg = replace(ended.leg, publish_by=publish_by)
        after = replace(
            ended,
            legs=(*ended.legs[:-1], leg),
            answer=before.draft,
            answered_at=self._now(),
            closed_by=before.approved_by,
        )
        params: Params = {"unit": Ref("unit", after.unit), "text": after.answer or ""}
        publishing: Params = {"unit": Ref("unit", after.unit), "due_on": publish_by}
        tellings = (
            Telling(Audience.REPORTER, "petition_answered", params, step_buttons(after.code, ANSWER_STEPS)),
            Telling(
                Audience.COORDINATOR, "petition_to_publish", publishing, step_buttons(after.code, (Event.PUBLISH,))
            ),
        )
        return self._done(before, after, Event.ANSWER, actor, tellings, text=after.answer or "")

    def _with_draft_of(self, petition: Petition, seen_version: int | None) -> Petition:
        """Check that the draft is the one that was shown with a version of the petition."""
        if seen_version is None:
            return petition
        drafts = (entry.number for entry in self._store.history(petition) if entry.event == Event.DRAFT)
        if max(drafts, default=0) > seen_version:
            raise ChangedMeanwhileError(petition.code)
        return petition

    def _pause_closed(self, petition: Petition) -> Petition:
        """Let the clock run again; the end moves by the working days waited."""
        *closed, running = petition.leg.pauses
        pauses = (*closed, replace(running, closed_at=self._now()))
        return self._with_leg(petition, replace(petition.leg, pauses=pauses))

    def _approvers(self, petition: Petition) -> list[Staff]:
        """List the leaders of the unit and of those above it who have not decided an earlier look."""
        above = self._reference.directory.ancestors(petition.unit, self._today())
        staff = [
            each for unit in (petition.unit, *(unit.code for unit in above)) for each in self._store.staff_of(unit)
        ]
        return [leader for leader in staff if Relation.LEADER in self._standing(leader, petition)]

    def _colleagues(self, petition: Petition, actor: Staff) -> list[Staff]:
        """List who else of the unit can write or approve an answer to this petition."""
        working = {Role.OFFICER, Role.LEADER}
        return [
            official
            for official in self._store.staff_of(petition.unit)
            if official.id != actor.id and official.roles & working and official.id not in petition.barred
        ]
