"""How a petition comes in and reaches its unit: submission, triage, forwarding."""

from collections.abc import Callable
from dataclasses import replace

from offices.staff import Staff
from petitions.casework import Casework, Clock, Reference, Telling, from_citizen
from petitions.codes import new_code
from petitions.deadlines import Pace, Term
from petitions.errors import refused
from petitions.holding import HELD, held
from petitions.kinds import Subject
from petitions.lifecycle import Event, Status
from petitions.model import Petition, Receipt, Submission
from petitions.notices import Params, Ref, excerpt, step_buttons
from petitions.reminders import Audience
from petitions.rights import Citizen, System
from petitions.routing import Case, Route, in_line_of, route
from petitions.store import PetitionStore

NEW_CASE_STEPS = (Event.ACCEPT, Event.TRANSFER, Event.ASK, Event.DRAFT, Event.REJECT)
DESK_STEPS = (Event.FORWARD, Event.ACCEPT, Event.REJECT, Event.REDIRECT)


class Intake(Casework):
    """The first steps of a petition."""

    def __init__(
        self, store: PetitionStore, reference: Reference, now: Clock, random_bits: Callable[[int], int]
    ) -> None:
        """Keep also the source of random bits for codes, such as `secrets.randbits`."""
        super().__init__(store, reference, now)
        self._random_bits = random_bits

    def submit(self, submission: Submission) -> Receipt:
        """Take a petition in and bring it to its unit; the receipt is honest once the transaction is committed.

        Raises PetitionError for an empty or too long text, a denunciation, or a unit that does not exist.
        """
        text = from_citizen(submission.text)
        for unit in filter(None, (submission.about, submission.place_unit)):
            if unit not in self._reference.directory:
                raise refused("unit_unknown", unit=unit)
        where = self._route(submission, text)
        leg, term = self._new_leg(where.unit, submission.subject, submission.pace)
        petition = Petition(
            code=new_code(self._random_bits),
            status=Status.RECEIVED,
            subject=submission.subject,
            field=submission.field,
            about=submission.about,
            place_unit=submission.place_unit,
            place=submission.place.strip()[:500],
            text=text,
            pace=submission.pace,
            unit=where.unit,
            submitted_at=self._now(),
            legs=(leg,),
            route_rule=HELD if where.held else where.rule_id,
            kept_from=where.kept_from,
        )
        petition = self._store.add(
            petition, person_id=submission.person_id, chat_id=submission.chat_id, identity=submission.identity
        )
        self._write_down(None, petition, "submit", Citizen(submission.person_id), {"unit": where.unit})
        self._store.attach(petition, submission.files, self._now())
        self._plan_reminders(None, petition)
        self._hand_on(petition, where)
        return self._receipt(petition, where, term)

    def triage(
        self,
        code: str,
        actor: Staff,
        *,
        field: str | None = None,
        subject: Subject | None = None,
        pace: Pace | None = None,
        about: str | None = None,
    ) -> Petition:
        """Correct what the petition is about; what is None stays.

        Conduct is kept from the line of the unit it is about, also when that unit has it already: then it is passed on.
        Saying that it is about something else ends that.
        """
        before = self._taken(code, actor, Event.TRIAGE)
        if about is not None and about not in self._reference.directory:
            raise refused("unit_unknown", unit=about)
        after = self._classified(before, field, subject, pace, about)
        away = self._out_of_line(after)
        on_desk = before.status in (Status.RECEIVED, Status.TRIAGED)
        moved = self._moved(after, away) if away and on_desk else after
        tellings = (self._told_moved(moved), self._on_desk(moved)) if away and on_desk else ()
        details = {"subject": moved.subject.value, "pace": moved.pace.value}
        done = self._done(before, moved, Event.TRIAGE, actor, tellings, **details)
        if away is None or on_desk:
            return done
        moved = self._moved(done, away)
        tellings = (self._told_moved(moved), self._new_case(moved))
        return self._done(done, moved, Event.TRANSFER, actor, tellings, unit=away, previous=done.unit)

    def _classified(
        self, before: Petition, field: str | None, subject: Subject | None, pace: Pace | None, about: str | None
    ) -> Petition:
        """Change what the petition is about; its term follows, unless it is late: a late petition stays late."""
        after = replace(
            before,
            field=field or before.field,
            subject=subject or before.subject,
            pace=pace or before.pace,
            about=about or before.about,
        )
        if not before.is_late(self._now()):
            leg, _ = self._new_leg(after.unit, after.subject, after.pace)
            after = self._with_leg(after, replace(after.leg, rule_id=leg.rule_id))
        if after.subject is Subject.CONDUCT:
            return replace(after, kept_from=after.about)
        return replace(after, kept_from=None) if subject else after

    def forward(self, code: str, actor: Staff, unit: str) -> Petition:
        """Send a petition from the coordinator's desk to the unit that answers for it."""
        before = self._taken(code, actor, Event.FORWARD)
        after = self._moved(before, self._fit_target(before, unit, actor))
        tellings = (self._told_moved(after), self._new_case(after))
        return self._done(before, after, Event.FORWARD, actor, tellings, unit=unit)

    def _out_of_line(self, petition: Petition) -> str | None:
        """Give the unit that takes over when the owner stands in the line complained about; None when it does not."""
        about = petition.kept_from
        if about is None or not in_line_of(petition.unit, about, self._today(), self._reference.directory):
            return None
        return self._coordinator(petition)

    def _fit_target(self, petition: Petition, unit: str, actor: Staff) -> str:
        """Check a target unit: not in the line complained about, nor who decided before giving it to his own unit."""
        target = self._target(petition, unit)
        directory = self._reference.directory
        if petition.kept_from and in_line_of(target, petition.kept_from, self._today(), directory):
            raise refused("unit_in_line", unit=unit)
        own = directory.heir(actor.unit, self._today()) if actor.unit in directory else None
        if actor.id in petition.barred and own and own.code == target:
            raise refused("decided_before", code=petition.code)
        return target

    def _route(self, submission: Submission, text: str) -> Route:
        case = Case(submission.subject, submission.field, submission.about, submission.place_unit)
        routing, day, directory = self._reference.routing, self._today(), self._reference.directory
        return held(route(case, routing, day, directory), case, text, routing, day, directory)

    def _hand_on(self, petition: Petition, where: Route) -> None:
        """Forward what a rule caught, in the same leg; leave the rest on the coordinator's desk."""
        if where.rule_id is None:
            self._tell_each(petition, [self._on_desk(petition)])
            return
        self._done(
            petition, petition, Event.FORWARD, System(), [self._new_case(petition)], unit=where.unit, rule=where.rule_id
        )

    def _on_desk(self, petition: Petition) -> Telling:
        params: Params = {"unit": Ref("unit", petition.unit), "text": excerpt(petition.text)}
        return Telling(Audience.COORDINATOR, "petition_on_desk", params, step_buttons(petition.code, DESK_STEPS))

    def _new_case(self, petition: Petition) -> Telling:
        params: Params = {
            "unit": Ref("unit", petition.unit),
            "due_on": petition.leg.due_on,
            "text": excerpt(petition.text),
        }
        return Telling(Audience.OFFICERS, "petition_new", params, step_buttons(petition.code, NEW_CASE_STEPS))

    def _passed_on(self, petition: Petition, unit: str, reason: str) -> Telling:
        """Tell the unit that gets the petition who passes it on, and why."""
        new = self._new_case(petition)
        params = {**new.params, "sender": Ref("unit", unit), "reason": excerpt(reason)}
        return replace(new, key="petition_passed_on", params=params)

    def _told_moved(self, petition: Petition) -> Telling:
        params: Params = {"unit": Ref("unit", petition.unit), "due_on": petition.leg.due_on}
        buttons = step_buttons(petition.code, (Event.ADD, Event.WITHDRAW))
        return Telling(Audience.REPORTER, "petition_moved", params, buttons)

    def _receipt(self, petition: Petition, where: Route, term: Term) -> Receipt:
        rule = self._rule(petition)
        return Receipt(
            code=petition.code,
            unit=where.unit,
            due_on=term.due_on,
            late_from=term.late_from,
            in_hours=term.in_hours,
            counted=term.counted,
            provisional=term.provisional,
            because=where.because,
            term=rule.because,
            sources=(where.source, rule.source),
        )
