"""Slips given to citizens at the counter: a rating code for each of their dossiers, on record, never kept in clear."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from offices.counters import may_give_slip
from offices.dossiers import read_code
from offices.errors import DomainError
from offices.staff import Staff
from offices.units import Directory
from offices.worktime import LOCAL
from storage import audit, dossiers, rated_dossiers, visit_tokens
from storage.reference import Reference
from surveys.tokens import TokenKey
from surveys.visits import Service, Visit

VALID_FOR = timedelta(days=30)
MOST = 50
"""Slips given out at once: a few sheets of paper."""


@dataclass(frozen=True)
class Wanted:
    """Which slips are wanted.

    dossiers  as they were typed
    unit, field  what is rated of dossiers that stand on no list; empty unit: only those that do
    assisted  an official fills the ratings in, for somebody who asks him to
    """

    dossiers: Sequence[str]
    unit: str = ""
    field: str = ""
    assisted: bool = False


@dataclass(frozen=True)
class Giving:
    """By whom slips are given out, when, by which rules and key."""

    staff: Staff
    reference: Reference
    key: TokenKey
    now: datetime
    random_bits: Callable[[int], int]

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return self.now.astimezone(LOCAL).date()


@dataclass(frozen=True)
class Slip:
    """A slip to be printed now: its code cannot be shown again."""

    visit: Visit
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Fault:
    """Why there is no slip for what was typed."""

    typed: str
    error: DomainError


class SlipsRefusedError(DomainError):
    """No slip was given out, for some could not be; all `faults` at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep them."""
        super().__init__("slips_refused", number=len(faults))
        self.faults = faults


def give_out(connection: Connection, giving: Giving, wanted: Wanted) -> list[Slip]:
    """Draw a code for each dossier, all or none, each on record in the same transaction.

    A dossier may get a slip again, for paper gets lost; it is still rated once.
    Raises SlipsRefusedError; DomainError: slips_none, slips_too_many.
    """
    typed = list(dict.fromkeys(each for each in wanted.dossiers if each.strip()))
    if not typed:
        raise DomainError("slips_none")
    if len(typed) > MOST:
        raise DomainError("slips_too_many", number=len(typed), most=MOST)
    visits, faults = list[Visit](), list[Fault]()
    for each in typed:
        try:
            visits.append(_visit(connection, giving, wanted, each))
        except DomainError as error:
            faults.append(Fault(each, error))
    faults += [Fault(code, DomainError("slip_rated")) for code in _rated(connection, visits)]
    if faults:
        raise SlipsRefusedError(faults)
    return [_give(connection, giving, visit) for visit in visits]


def _visit(connection: Connection, giving: Giving, wanted: Wanted, typed: str) -> Visit:
    """Make the visit that a slip proves: what the list says of the dossier, else what the official says."""
    code = read_code("code", typed)
    listed = dossiers.of_code(connection, code)
    if listed is None and not wanted.unit:
        raise DomainError("slip_not_listed")
    unit = listed.unit if listed else wanted.unit
    directory = giving.reference.directory
    if unit not in directory or not may_give_slip(giving.staff, unit, directory, giving.today):
        raise DomainError("slip_not_yours", unit=unit)
    field = listed.field if listed else _field(directory, giving.reference, wanted)
    return Visit(
        unit, field, Service.TTHC, code, verified=not wanted.assisted, assisted=wanted.assisted,
        procedure=listed.procedure if listed else None, level=listed.level if listed else None,
    )  # fmt: skip


def _field(directory: Directory, reference: Reference, wanted: Wanted) -> str | None:
    """Return the field that was named; else the one that the unit has, if it has just one."""
    if wanted.field:
        return reference.fields.field(wanted.field).code
    own = directory.unit(wanted.unit).fields
    return own[0] if len(own) == 1 else None


def _rated(connection: Connection, visits: Collection[Visit]) -> list[str]:
    return sorted(rated_dossiers.rated(connection, [visit.dossier for visit in visits if visit.dossier]))


def _give(connection: Connection, giving: Giving, visit: Visit) -> Slip:
    expires_at = giving.now + VALID_FOR
    token = visit_tokens.issue(connection, visit, giving.key, giving.now, expires_at, giving.random_bits)
    audit.record(
        connection, at=giving.now, actor=f"staff:{giving.staff.id}", action="slip.give",
        subject=f"dossier:{visit.dossier}",
        details={"unit": visit.unit, "assisted": visit.assisted, "valid_until": expires_at.date().isoformat()},
    )  # fmt: skip
    return Slip(visit, token, expires_at)
