"""What somebody is to a petition: the one place where access is decided (security A1). Default: nothing."""

from dataclasses import dataclass
from datetime import date

from offices.staff import Right, Staff, may
from offices.units import Directory, UnitKind
from petitions.lifecycle import Event, Relation
from petitions.model import Petition
from petitions.routing import Routing, coordinator_for, in_line_of


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person who writes from a chat or page, under a number."""

    person_id: int


@dataclass(frozen=True, slots=True)
class System:
    """The service itself: routing and reminders."""


Actor = Staff | Citizen | System

DECISIONS = frozenset({Event.ACCEPT, Event.REJECT, Event.REDIRECT})
"""Steps that who decided an earlier look never takes, in whatever role; passing the petition on is left to him."""


def staff_relations(
    staff: Staff, petition: Petition, directory: Directory, routing: Routing, day: date
) -> frozenset[Relation]:
    """Say what an official is to a petition; nothing for who stands in the line complained about.

    Who decided an earlier look is no handler of the next one. As coordinator he may still pass it on, so that it never
    lies where nobody can move it; `decides_again` keeps him from more. The head of the authority stands in for the
    coordinator in the cases it owns and in those about the coordinator itself, wherever they lie.
    """
    if not staff.active or has_conflict(staff, petition, directory, day):
        return frozenset()
    found = set[Relation]()
    leads = may(staff, Right.APPROVE, petition.unit, directory, day)
    desks = {petition.unit, coordinator_for(routing, day, directory, petition.kept_from)}
    stands_in = any(
        directory.unit(desk).kind is UnitKind.AUTHORITY and may(staff, Right.APPROVE, desk, directory, day)
        for desk in desks
        if desk in directory
    )
    if stands_in or may(staff, Right.TRIAGE, petition.unit, directory, day):
        found.add(Relation.COORDINATOR)
    if staff.id in petition.barred:
        return frozenset(found)
    if leads:
        found.add(Relation.LEADER)
    if may(staff, Right.HANDLE, petition.unit, directory, day):
        found.add(Relation.HANDLER)
    return frozenset(found)


def decides_again(actor: Actor, petition: Petition, event: Event) -> bool:
    """Say whether the step would be a second decision of who decided an earlier look."""
    return isinstance(actor, Staff) and actor.id in petition.barred and event in DECISIONS


def may_see(staff: Staff, petition: Petition, directory: Directory, day: date) -> bool:
    """Say whether an official may read a petition's content."""
    return may(staff, Right.SEE_CASES, petition.unit, directory, day) and not has_conflict(
        staff, petition, directory, day
    )


def has_conflict(staff: Staff, petition: Petition, directory: Directory, day: date) -> bool:
    """Say whether the official works in the line that the petition complains about."""
    if petition.kept_from is None or petition.kept_from not in directory or staff.unit not in directory:
        return False
    own = directory.heir(staff.unit, day)
    return in_line_of(own.code if own else staff.unit, petition.kept_from, day, directory)
