"""The desk: every step bot and admin can take on a petition, and what each of them may read.

One desk serves one transaction. Each call checks again who asks; nothing is remembered from an earlier one.
"""

from offices.staff import Staff
from offices.worktime import LOCAL
from petitions.clock import ClockSteps
from petitions.errors import NotFoundError
from petitions.lifecycle import Event, allowed
from petitions.model import CaseState, HistoryEntry, Petition
from petitions.rights import Actor, Citizen, decides_again

INTERNAL = frozenset(
    {Event.TRIAGE, Event.DRAFT, Event.RETURN_DRAFT, Event.APPROVE, Event.REMIND, Event.ESCALATE, Event.RATE_ANSWER}
)
"""Steps that the sender is not shown."""
INTERNAL_WORDS = frozenset({Event.TRANSFER, Event.SEND_BACK, Event.FORWARD, Event.RESUME})
"""Steps whose words are between officials; the sender sees the step alone."""


class PetitionDesk(ClockSteps):
    """All steps and readings."""

    def see(self, code: str, actor: Actor) -> Petition:
        """Read a petition that is the actor's own or lies within his rights; NotFoundError for all others."""
        petition = self._store.find(self._readable(code))
        if petition is None or not self._sees(petition, actor):
            raise NotFoundError
        return petition

    def state(self, code: str) -> CaseState:
        """Read what the code alone shows to anybody: where it stands, never what it says."""
        petition = self._store.find(self._readable(code))
        if petition is None:
            raise NotFoundError
        return CaseState(
            code=petition.code,
            status=petition.status,
            unit=petition.unit,
            submitted_on=petition.submitted_at.astimezone(LOCAL).date(),
            due_on=petition.leg.due_on,
            provisional=petition.leg.provisional,
            late=petition.is_late(self._now()),
        )

    def history(self, code: str, actor: Actor) -> list[HistoryEntry]:
        """Read the steps, oldest first: officials all of them, the sender those that concern him."""
        petition = self.see(code, actor)
        entries = list(self._store.history(petition))
        return (
            [_shown(entry) for entry in entries if entry.event not in INTERNAL]
            if isinstance(actor, Citizen)
            else entries
        )

    def possible(self, code: str, actor: Actor) -> tuple[Event, ...]:
        """List the steps that the actor may take now: the buttons to offer."""
        petition = self.see(code, actor)
        events = allowed(petition.status, self._relations(petition, actor))
        own = isinstance(actor, Staff) and petition.drafted_by == actor.id
        barred = {Event.APPROVE} if own and isinstance(actor, Staff) and self._colleagues(petition, actor) else set()
        barred |= {Event.EXTEND} if petition.leg.extended or petition.is_late(self._now()) else set()
        barred |= {Event.RESOLVE} if petition.resolved_at else set()
        barred |= {Event.RATE_ANSWER} if Event.RATE_ANSWER in events and self._store.is_rated(petition) else set()
        return tuple(event for event in events if event not in barred and not decides_again(actor, petition, event))


def _shown(entry: HistoryEntry) -> HistoryEntry:
    """Hide from the sender which official acted, and words between officials."""
    details = {} if entry.event in INTERNAL_WORDS else entry.details
    return HistoryEntry(
        entry.number, entry.at, entry.event, entry.before, entry.after, entry.by, entry.unit, None, details
    )
