"""Officials and what they may do: one table of rights per role, and how far each role reaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offices.units import Directory


class Role(StrEnum):
    """What an account is for; an official may have several."""

    OFFICER = "officer"  # cán bộ xử lý
    LEADER = "leader"  # lãnh đạo đơn vị
    COORDINATOR = "coordinator"  # cơ quan thường trực
    ANALYST = "analyst"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing an account may do."""

    SEE_CASES = "see_cases"  # the content of petitions, never who sent them
    HANDLE = "handle"  # accept, ask back, draft, send back
    APPROVE = "approve"  # the answer of the own unit
    SIGN_APOLOGY = "sign_apology"
    TRIAGE = "triage"  # route, re-route, join, refuse
    CHASE = "chase"
    EXTEND = "extend"
    PUBLISH = "publish"
    BROADCAST = "broadcast"
    SEE_FIGURES = "see_figures"
    EXPORT = "export"
    GIVE_SLIPS = "give_slips"  # rating codes for dossiers, also those that the official fills in himself
    REVIEW_RATINGS = "review_ratings"  # decide about ratings with signs; never in the hands of the rated unit
    SEE_PERIODS = "see_periods"  # the closed figures of the whole authority
    CLOSE_PERIODS = "close_periods"  # freeze the figures of a report
    DRAW = "draw"  # commit to a draw of dossiers and make it; never in the hands of the rated unit
    REVEAL_IDENTITY = "reveal_identity"  # ask for it with a reason, or confirm another's asking; always two people
    MANAGE_STAFF = "manage_staff"
    MANAGE_UNITS = "manage_units"
    MANAGE_RULES = "manage_rules"
    MANAGE_SURVEYS = "manage_surveys"
    MANAGE_CHANNELS = "manage_channels"
    SEE_AUDIT = "see_audit"


class Reach(StrEnum):
    """Over which units a role's rights hold."""

    OWN_UNIT = "own_unit"  # and the units below it
    AUTHORITY = "authority"


@dataclass(frozen=True)
class Power:
    """What a role may do, and where."""

    rights: frozenset[Right]
    reach: Reach


POWERS: Mapping[Role, Power] = {
    Role.OFFICER: Power(frozenset({Right.SEE_CASES, Right.HANDLE, Right.GIVE_SLIPS}), Reach.OWN_UNIT),
    Role.LEADER: Power(
        frozenset({
            Right.SEE_CASES, Right.HANDLE, Right.APPROVE, Right.SIGN_APOLOGY, Right.SEE_FIGURES, Right.EXPORT,
            Right.GIVE_SLIPS,
        }),
        Reach.OWN_UNIT,
    ),
    Role.COORDINATOR: Power(
        frozenset({
            Right.SEE_CASES, Right.TRIAGE, Right.CHASE, Right.EXTEND, Right.PUBLISH, Right.BROADCAST,
            Right.SEE_FIGURES, Right.EXPORT, Right.REVEAL_IDENTITY, Right.REVIEW_RATINGS, Right.SEE_PERIODS,
            Right.CLOSE_PERIODS, Right.DRAW, Right.GIVE_SLIPS,
        }),
        Reach.AUTHORITY,
    ),
    Role.ANALYST: Power(
        frozenset({Right.SEE_FIGURES, Right.EXPORT, Right.REVIEW_RATINGS, Right.SEE_PERIODS}), Reach.AUTHORITY
    ),
    Role.ADMIN: Power(
        frozenset({
            Right.MANAGE_STAFF, Right.MANAGE_UNITS, Right.MANAGE_RULES, Right.MANAGE_SURVEYS, Right.MANAGE_CHANNELS,
            Right.SEE_AUDIT,
        }),
        Reach.AUTHORITY,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Staff:
    """An official's account; `unit` is the code of the unit worked in."""

    id: int
    name: str
    unit: str
    roles: frozenset[Role]
    active: bool = True


def rights(staff: Staff) -> frozenset[Right]:
    """List what an account may do somewhere; nothing when it is not active."""
    if not staff.active:
        return frozenset()
    return frozenset(right for role in staff.roles for right in POWERS[role].rights)


def may(staff: Staff, right: Right, unit: str | None, directory: Directory, day: date) -> bool:
    """Say whether the account has the right over a unit on that day: the one question all access asks.

    unit  code of the unit concerned, ended ones stand for their successors; None: the authority as a whole

    An account of a unit that ended follows it to the one successor; after a split or an end it may nothing
    within a unit until it is moved. Conflicts of interest are the petition's to check, beside this.
    """
    if not staff.active:
        return False
    reaches = {POWERS[role].reach for role in staff.roles if right in POWERS[role].rights}
    if Reach.AUTHORITY in reaches:
        return True
    if Reach.OWN_UNIT not in reaches or unit is None or unit not in directory or staff.unit not in directory:
        return False
    own = directory.heir(staff.unit, day)
    return own is not None and directory.covers(own.code, unit, day)
