"""Draws in SQL: committed to before the list is known, made once when its period is over, checked by anybody."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, insert, select, update

from offices.dossiers import StratumKey
from offices.errors import DomainError
from offices.worktime import LOCAL
from storage import audit, dossiers
from storage.tables.invitations import draw as table
from storage.tables.invitations import draw_stratum, invitation
from surveys import sampling
from surveys.periods import Period
from surveys.sampling import Planned, Quota, Sample
from surveys.tokens import TokenKey

_CHUNK = 500
_DAY = timedelta(days=1)
MOST_WINDOW_DAYS = 3650
MOST_DAYS_AHEAD = 366
"""How far off the last day of a draw may lie: one that is mistyped can be taken back by nobody, and keeps its days."""


@dataclass(frozen=True)
class Terms:
    """How people are invited: at most once within `window_days`; an invitation is open for `life_days`."""

    window_days: int = 90
    life_days: int = 14

    def __post_init__(self) -> None:
        if self.window_days < 1 or not 1 <= self.life_days <= self.window_days:
            raise DomainError("draw_terms_wrong")


@dataclass(frozen=True)
class Draw:
    """A draw; the last four are None until it is made.

    seed, list_digest, sample_digest  in hex
    """

    id: int
    since: date
    until: date
    quota: Quota
    terms: Terms
    nonce: str
    commitment: str
    committed_on: date
    drawn_at: datetime | None
    seed: str | None
    list_digest: str | None
    sample_digest: str | None


@dataclass(frozen=True)
class Ordered:
    """Who orders a step and when.

    actor  `staff:<id>` or `system`, as in the audit trail
    """

    now: datetime
    actor: str = "system"


def commit(
    connection: Connection, period: Period, quota: Quota, terms: Terms, key: TokenKey, nonce: str, by: Ordered
) -> Draw:
    """Commit to a draw of the dossiers that a period will still bring; its seed is told when it is made.

    nonce  32 random bytes in hex

    Raises DomainError: draw_too_late (the period is over), draw_too_far, draw_window_wrong (more than MOST_DAYS_AHEAD,
    MOST_WINDOW_DAYS), draw_overlaps (its days have a draw already).
    """
    today = by.now.astimezone(LOCAL).date()
    _refuse_unfit(period, terms, today)
    overlapping = connection.scalar(
        select(table.c.id).where(table.c.since <= period.end, table.c.until >= period.start)
    )
    if overlapping is not None:
        raise DomainError("draw_overlaps", number=overlapping)
    commitment = sampling.commitment(seed_of(key, nonce))
    values = {
        "since": period.start, "until": period.end,
        "quota_rate": None if quota.rate is None else str(quota.rate), "quota_number": quota.number,
        "quota_minimum": quota.minimum, "window_days": terms.window_days, "life_days": terms.life_days,
        "nonce": nonce, "commitment": commitment, "committed_on": today,
    }  # fmt: skip
    number = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    told = {name: str(value) for name, value in values.items() if name != "nonce" and value is not None}
    _record(connection, "draw.commit", number, told, by)
    return by_id(connection, number)


def _refuse_unfit(period: Period, terms: Terms, today: date) -> None:
    """Refuse what nobody can want: what a row says was committed to and is read as it is."""
    if period.end <= today:
        raise DomainError("draw_too_late", day=period.end)
    latest = today + timedelta(days=MOST_DAYS_AHEAD)
    if period.end > latest:
        raise DomainError("draw_too_far", day=latest)
    if terms.window_days > MOST_WINDOW_DAYS:
        raise DomainError("draw_window_wrong", most=MOST_WINDOW_DAYS)


def preview(connection: Connection, found: Draw) -> Planned:
    """Tell of which strata a draw would take how many dossiers, were it made of the list as it stands now.

    Nothing of the seed or the sample is told: who knew it could still change the list.
    """
    return sampling.planned(listed(connection, found), found.quota)


def make(connection: Connection, number: int, key: TokenKey, by: Ordered, seen: str | None = None) -> Sample:
    """Make a draw whose period is over, once: keep the sample, tell the seed.

    seen  digest of the list that was looked at before; None: nobody looked

    Only dossiers returned after the day of the commitment are on the list, for the others were known.
    Raises DomainError: draw_not_found, draw_made, draw_too_early, draw_key_changed, draw_list_moved.
    """
    row = connection.execute(select(table).where(table.c.id == number).with_for_update()).first()
    if row is None:
        raise DomainError("draw_not_found", number=number)
    found = _draw(row)
    if found.drawn_at is not None:
        raise DomainError("draw_made", number=number)
    if by.now.astimezone(LOCAL).date() <= found.until:
        raise DomainError("draw_too_early", day=found.until)
    seed = seed_of(key, found.nonce)
    if sampling.commitment(seed) != found.commitment:
        raise DomainError("draw_key_changed", number=number)
    sample = sampling.draw(seed, listed(connection, found), found.quota)
    if seen not in (None, sample.list_digest):
        raise DomainError("draw_list_moved")
    _keep(connection, number, sample)
    told = {"seed": seed.hex(), "list_digest": sample.list_digest, "sample_digest": sample.digest}
    connection.execute(update(table).where(table.c.id == number).values(drawn_at=by.now, **told))
    listed_all, drawn = sum(sample.sizes.values()), sum(map(len, sample.drawn.values()))
    _record(connection, "draw.make", number, {**told, "listed": listed_all, "drawn": drawn}, by)
    return sample


def by_id(connection: Connection, number: int) -> Draw:
    """Return a draw. Raises DomainError: draw_not_found."""
    row = connection.execute(select(table).where(table.c.id == number)).first()
    if row is None:
        raise DomainError("draw_not_found", number=number)
    return _draw(row)


def all_draws(connection: Connection) -> list[Draw]:
    """Return every draw, the latest period first."""
    return [_draw(row) for row in connection.execute(select(table).order_by(table.c.since.desc()))]


def listed(connection: Connection, found: Draw) -> Iterator[tuple[StratumKey, str]]:
    """Give the list of a draw as it stands now: stratum and code of each dossier.

    A dossier whose day of return was corrected may come into a second period; it stays with the draw that drew it.
    """
    others = set(connection.scalars(select(invitation.c.dossier).where(invitation.c.draw_id != found.id)))
    for each in dossiers.finished(connection, max(found.since, found.committed_on + _DAY), found.until):
        if each.code not in others:
            yield each.stratum, each.code


def seed_of(key: TokenKey, nonce: str) -> bytes:
    """Make the seed of a nonce: who reads the database before the draw does not know it."""
    return hmac.digest(key.secret, f"draw:{nonce}".encode(), "sha256")


def _keep(connection: Connection, number: int, sample: Sample) -> None:
    strata = [
        {**key._asdict(), "draw_id": number, "listed": size, "drawn": len(sample.drawn[key])}
        for key, size in sample.sizes.items()
    ]
    rows = [
        {**key._asdict(), "draw_id": number, "dossier": code, "place": place, "state": "unknown"}
        for key, codes in sample.drawn.items()
        for place, code in enumerate(codes, start=1)
    ]
    for target, values in ((draw_stratum, strata), (invitation, rows)):
        for start in range(0, len(values), _CHUNK):
            connection.execute(insert(target), values[start : start + _CHUNK])


def _draw(row: Any) -> Draw:
    rate = None if row.quota_rate is None else Fraction(row.quota_rate)
    quota = Quota(rate, row.quota_number, row.quota_minimum)
    return Draw(
        row.id, row.since, row.until, quota, Terms(row.window_days, row.life_days), row.nonce, row.commitment,
        row.committed_on, row.drawn_at, row.seed, row.list_digest, row.sample_digest,
    )  # fmt: skip


def _record(connection: Connection, action: str, number: int, details: dict[str, Any], by: Ordered) -> None:
    audit.record(connection, at=by.now, actor=by.actor, action=action, subject=f"draw:{number}", details=details)
