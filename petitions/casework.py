"""How every step on a petition is taken: found, checked, changed, written down, told, and its reminders planned.

The steps themselves stand in intake, handling, citizen_steps and clock; `desk.PetitionDesk` joins them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from offices.staff import Role, Staff
from offices.units import Directory
from offices.words import clean
from offices.worktime import LOCAL, Calendar
from petitions.codes import UnreadableCodeError, normalise_code
from petitions.deadlines import DeadlineRule, Pace, Term, rule_for, term_of
from petitions.errors import ChangedMeanwhileError, NotFoundError, NotYoursError, WrongStatusError, refused
from petitions.kinds import Kind, Subject, signals
from petitions.lifecycle import Event, Relation, Status, transition
from petitions.model import File, HistoryEntry, Leg, Outcome, Petition
from petitions.notices import Button, Notice, Params, Urgency
from petitions.reminders import Audience, next_reminder
from petitions.rights import Actor, Citizen, decides_again, has_conflict, may_see, staff_relations
from petitions.routing import Routing, coordinator_for
from petitions.store import PetitionStore

Clock = Callable[[], datetime]
Details = Mapping[str, str | int | bool]

MOST_TEXT = 5000
"""Characters of one text; longer ones belong into a file."""


@dataclass(frozen=True)
class Reference:
    """The rules of the authority that the desk works by."""

    directory: Directory
    routing: Routing
    deadlines: tuple[DeadlineRule, ...]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Telling:
    """A message that goes with a step, and perhaps a file under a name.

    unique  in the place of the step's own key, where one message serves several steps or a step tells more than one
    """

    audience: Audience
    key: str
    params: Params
    buttons: tuple[Button, ...] = ()
    urgency: Urgency = Urgency.NOTICE
    unique: str = ""
    file: tuple[str, File] | None = None


class Casework:
    """The mechanism under all steps. One instance serves one transaction."""

    def __init__(self, store: PetitionStore, reference: Reference, now: Clock) -> None:
        """Keep the store of this transaction, the rules and the clock."""
        self._store = store
        self._reference = reference
        self._now = now

    def _today(self) -> date:
        return self._now().astimezone(LOCAL).date()

    def _taken(self, code: str, actor: Actor, event: Event) -> Petition:
        """Lock the petition for a step after checking that `actor` may take it now.

        Raises NotFoundError, WrongStatusError or NotYoursError.
        """
        petition = self._store.locked(self._readable(code))
        if petition is None:
            raise NotFoundError
        relations = self._relations(petition, actor)
        if not relations and not self._sees(petition, actor):
            raise NotFoundError
        row = transition(petition.status, event)
        if row is None:
            raise WrongStatusError(petition.code, petition.status, event)
        if not row.who & relations or decides_again(actor, petition, event):
            raise NotYoursError(petition.code, event)
        return petition

    def _relations(self, petition: Petition, actor: Actor) -> frozenset[Relation]:
        if isinstance(actor, Staff):
            return self._standing(actor, petition)
        if isinstance(actor, Citizen):
            own = self._store.is_reporter(petition, actor.person_id)
            return frozenset({Relation.REPORTER}) if own else frozenset()
        return frozenset({Relation.SYSTEM})

    def _standing(self, official: Staff, petition: Petition) -> frozenset[Relation]:
        reference = self._reference
        return staff_relations(official, petition, reference.directory, reference.routing, self._today())

    def _coordinator(self, petition: Petition) -> str:
        """Give the unit on whose desk the petition lies when no other answers for it."""
        reference = self._reference
        return coordinator_for(reference.routing, self._today(), reference.directory, petition.kept_from)

    def _sees(self, petition: Petition, actor: Actor) -> bool:
        if isinstance(actor, Staff):
            return may_see(actor, petition, self._reference.directory, self._today())
        return bool(self._relations(petition, actor))

    def _readable(self, code: str) -> str:
        """Read a typed code; one that cannot be a code is simply not found."""
        try:
            return normalise_code(code)
        except UnreadableCodeError:
            raise NotFoundError from None

    def _done(
        self,
        before: Petition,
        after: Petition,
        event: Event,
        actor: Actor,
        tellings: Iterable[Telling] = (),
        **details: str | int | bool,
    ) -> Petition:
        """Save a step with its history, audit, messages and reminders; the petition comes back one version on."""
        row = transition(before.status, event)
        if row is None:
            raise WrongStatusError(before.code, before.status, event)
        after = replace(after, status=row.next, version=before.version + 1)
        if not self._store.save(after):
            raise ChangedMeanwhileError(after.code)
        self._write_down(before.status, after, event.value, actor, details)
        self._tell_each(after, tellings)
        self._plan_reminders(before, after)
        return after

    def _write_down(self, before: Status | None, after: Petition, event: str, actor: Actor, details: Details) -> None:
        entry = HistoryEntry(
            number=after.version,
            at=self._now(),
            event=event,
            before=before,
            after=after.status,
            by="staff" if isinstance(actor, Staff) else "reporter" if isinstance(actor, Citizen) else "system",
            unit=after.unit,
            staff_id=actor.id if isinstance(actor, Staff) else None,
            details=details,
        )
        # The audit trail is read by administrators: the reporter's number would tie his petitions together.
        who = f"staff:{actor.id}" if isinstance(actor, Staff) else entry.by
        self._store.record(after, entry, actor=who)

    def _tell_each(self, petition: Petition, tellings: Iterable[Telling]) -> None:
        """Tell every audience; who stands in for another one reads the same message once."""
        told = set[tuple[str, int]]()
        for telling in tellings:
            readers = self._readers(petition, telling.audience)
            fresh = tuple(reader for reader in readers or () if (telling.key, reader) not in told)
            told.update((telling.key, reader) for reader in fresh)
            if readers is None or fresh:
                self._put(petition, telling, None if readers is None else fresh)

    def _put(self, petition: Petition, telling: Telling, staff: tuple[int, ...] | None) -> None:
        unique = telling.unique or f"{petition.version}:{telling.key}"
        notice = Notice(
            key=telling.key,
            params={"code": petition.code, **telling.params},
            unique_key=f"{petition.code}:{unique}:{telling.audience}",
            staff=staff,
            buttons=telling.buttons,
            urgency=telling.urgency,
            file=telling.file,
        )
        self._store.notify(petition, notice, self._now())

    def _readers(self, petition: Petition, audience: Audience) -> tuple[int, ...] | None:
        """List the officials an audience means; where a unit has none, the next ones who must know.

        None means the sender.
        """
        if audience is Audience.REPORTER:
            return None
        unit = self._reference.directory.heir(petition.unit, self._today())
        colleagues = self._store.staff_of(unit.code if unit else petition.unit)
        groups = {
            Audience.OFFICERS: [_with(colleagues, Role.OFFICER), _with(colleagues, Role.LEADER)],
            Audience.LEADER: [_with(colleagues, Role.LEADER)],
            Audience.COORDINATOR: [],
        }[audience]
        desk = _with(self._store.staff_of(self._coordinator(petition)), Role.LEADER)
        for group in [*groups, list(self._store.coordinators()), desk]:
            readers = [official.id for official in group if self._may_hear(official, petition)]
            if readers:
                return tuple(readers)
        return tuple(official.id for official in colleagues if self._may_hear(official, petition))

    def _may_hear(self, official: Staff, petition: Petition) -> bool:
        return not has_conflict(official, petition, self._reference.directory, self._today())

    def _plan_reminders(self, before: Petition | None, after: Petition) -> None:
        """Plan the next reminder; only one is planned at a time, so that a long sleep sends one message."""
        ticking = after.status.is_open and not after.status.is_waiting
        if before and before.leg == after.leg and before.status.is_waiting == after.status.is_waiting:
            return
        prefix = f"petition:{after.code}:"
        self._store.cancel(prefix)
        if not ticking:
            return
        rule = self._rule(after)
        term = self._term(after)
        reminder = next_reminder(term, self._reference.calendar, rule, self._now())
        while slot_key(reminder.slot, after.leg) in after.leg.reminders:
            reminder = next_reminder(term, self._reference.calendar, rule, reminder.at)
        payload = {"code": after.code, "slot": reminder.slot}
        self._store.plan(f"{prefix}{after.version}:{reminder.slot}", reminder.at, payload)

    def _rule(self, petition: Petition) -> DeadlineRule:
        """Give the rule of the leg's time, also when newer ones have come."""
        rules = self._reference.deadlines
        return next((rule for rule in rules if rule.id == petition.leg.rule_id), rules[-1])

    def _term(self, petition: Petition) -> Term:
        leg = petition.leg
        return term_of(
            self._rule(petition), leg.started_at, self._reference.calendar, leg.pauses, extended=leg.extended
        )

    def _new_leg(self, unit: str, subject: Subject, pace: Pace, number: int = 1, look: int = 0) -> tuple[Leg, Term]:
        """Start a leg now, with the rule that fits today."""
        now, calendar = self._now(), self._reference.calendar
        rule = rule_for(self._reference.deadlines, subject, pace, self._today())
        term = term_of(rule, now, calendar)
        received = calendar.received_on(now)
        leg = Leg(
            number=number,
            look=look,
            unit=unit,
            started_at=now,
            rule_id=rule.id,
            due_on=term.due_on,
            late_from=term.late_from,
            provisional=term.provisional,
            refuse_by=calendar.due(received, rule.refuse_days).due_on,
            supplement_by=calendar.due(received, rule.supplement_days).due_on,
        )
        return leg, term

    def _moved(self, petition: Petition, unit: str, look: int | None = None) -> Petition:
        """Hand the petition to a unit: the running leg ends, the next one begins."""
        legs = petition.legs
        if petition.status.is_open:
            legs = (*legs[:-1], replace(petition.leg, ended_at=self._now(), outcome=Outcome.TRANSFERRED))
        look = petition.leg.look if look is None else look
        leg, _ = self._new_leg(unit, petition.subject, petition.pace, petition.leg.number + 1, look)
        return replace(
            petition, unit=unit, legs=(*legs, leg), handler=None, draft=None, draft_step=None, drafted_by=None
        )

    def _with_leg(self, petition: Petition, leg: Leg) -> Petition:
        """Put a changed leg in the place of the last one, its term counted anew while it runs."""
        changed = replace(petition, legs=(*petition.legs[:-1], leg))
        if leg.ended_at is not None or any(pause.closed_at is None for pause in leg.pauses):
            return changed
        term = self._term(changed)
        leg = replace(leg, due_on=term.due_on, late_from=term.late_from, provisional=term.provisional)
        return replace(petition, legs=(*petition.legs[:-1], leg))

    def _ended(self, petition: Petition, outcome: Outcome) -> Petition:
        """End the running leg, and a pause that is still open in it."""
        now = self._now()
        pauses = tuple(replace(pause, closed_at=pause.closed_at or now) for pause in petition.leg.pauses)
        counted = self._with_leg(petition, replace(petition.leg, pauses=pauses))
        leg = replace(counted.leg, ended_at=now, outcome=outcome)
        return replace(counted, legs=(*counted.legs[:-1], leg), closed_at=now)

    def _target(self, petition: Petition, unit: str) -> str:
        """Check a unit that somebody wants the petition to go to."""
        directory = self._reference.directory
        if unit not in directory or not directory.unit(unit).exists_on(self._today()):
            raise refused("unit_unknown", unit=unit)
        if unit == petition.unit:
            raise refused("same_unit", unit=unit)
        return unit


def slot_key(slot: str, leg: Leg) -> str:
    """Name a used slot: half time comes once in a leg, the others once for each due date."""
    return slot if slot == "half" else f"{slot}@{leg.due_on}"


def written(text: str) -> str:
    """Check a text that a step needs: cleaned, there, not too long."""
    kept = clean(text)
    if not kept:
        raise refused("text_missing")
    if len(kept) > MOST_TEXT:
        raise refused("text_too_long", most=MOST_TEXT, length=len(kept))
    return kept


def from_citizen(text: str) -> str:
    """Check a citizen's text before it is stored: a denunciation must not be (security P3)."""
    kept = written(text)
    if any(signal.kind is Kind.DENUNCIATION for signal in signals(kept)):
        raise refused("is_denunciation")
    return kept


def _with(colleagues: Iterable[Staff], role: Role) -> list[Staff]:
    return [official for official in colleagues if role in official.roles]
