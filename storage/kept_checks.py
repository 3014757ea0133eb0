"""Checks of ratings as rows: wanted by somebody, done by a worker, their findings kept until the next one.

A look through a year of a large authority takes half a minute, so a page shows what the last one found and what it was
made of: its days, the highest number of a rating among them and the thresholds. What a check finds takes the place of
what earlier ones found on the same days; decisions of people (storage.rating_reviews) stay whatever is found.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from offices.worktime import LOCAL
from storage import audit
from storage.rating_checks import Checked, Found, check_ratings
from storage.tables.integrity import flagged_rating, rating_check, rating_flag
from storage.tables.ratings import rating
from surveys.periods import Period, days_period

_CHUNK = 1000
MOST_DAYS = 800
"""Days of one check: two years and some weeks; what is usual for a unit is learnt from them in memory."""


@dataclass(frozen=True)
class KeptCheck:
    """One check; everything but the first five is None while it waits."""

    id: int
    since: date
    until: date
    wanted_at: datetime
    wanted_by: str
    done_at: datetime | None
    ratings: int | None
    suspect: int | None
    last_rating: int | None
    rules: str | None
    rhythm_known: bool | None


def want(connection: Connection, period: Period, *, now: datetime, actor: str) -> bool:
    """Ask for a check of these days; False when one of them waits already. On record in the same transaction."""
    end = min(period.end, period.start + timedelta(days=MOST_DAYS - 1))
    subject = f"ratings:{period.start.isoformat()}/{end.isoformat()}"
    waits = (rating_check.c.since == period.start, rating_check.c.until == end, rating_check.c.done_at.is_(None))
    # The audit trail is written first: its lock lets two askers come one after the other.
    audit.record(connection, at=now, actor=actor, action="rating.check", subject=subject, details={})
    if connection.scalar(select(rating_check.c.id).where(*waits).limit(1)) is not None:
        return False
    row = {"since": period.start, "until": end, "wanted_at": now, "wanted_by": actor}
    connection.execute(insert(rating_check).values(row))
    return True


def next_wanted(connection: Connection) -> KeptCheck | None:
    """Return the check that waits longest."""
    query = select(rating_check).where(rating_check.c.done_at.is_(None)).order_by(rating_check.c.id).limit(1)
    row = connection.execute(query).mappings().first()
    return KeptCheck(**row) if row else None


def waiting_for(connection: Connection, period: Period) -> KeptCheck | None:
    """Return the check of just these days that waits."""
    window = (rating_check.c.since == period.start, rating_check.c.until == period.end)
    query = select(rating_check).where(rating_check.c.done_at.is_(None), *window)
    row = connection.execute(query.limit(1)).mappings().first()
    return KeptCheck(**row) if row else None


def latest(connection: Connection, period: Period) -> KeptCheck | None:
    """Return the newest check that looked at some of these days."""
    query = select(rating_check).where(rating_check.c.done_at.is_not(None), *_touching(period))
    row = connection.execute(query.order_by(rating_check.c.done_at.desc()).limit(1)).mappings().first()
    return KeptCheck(**row) if row else None


def is_due(connection: Connection, period: Period, today: date) -> bool:
    """Whether there are ratings that no check of today, done or wanted, has looked at."""
    last = connection.execute(
        select(rating_check.c.wanted_at, rating_check.c.last_rating)
        .where(rating_check.c.since <= period.start, rating_check.c.until <= period.end)
        .order_by(rating_check.c.id.desc())
        .limit(1)
    ).first()
    if last is not None and (last.wanted_at.astimezone(LOCAL).date() >= today or last.last_rating is None):
        return False
    newest = connection.scalar(select(func.max(rating.c.id))) or 0
    return newest > (last.last_rating if last else 0)


def waiting(connection: Connection) -> int:
    """Count the checks that wait for their turn."""
    return connection.scalar(select(func.count()).where(rating_check.c.done_at.is_(None))) or 0


def look(connection: Connection, since: date, until: date) -> Checked:
    """Do the work of a check, in one reading transaction; nothing is written."""
    return check_ratings(connection, days_period(since, until), None)


def keep(connection: Connection, wanted: KeptCheck, checked: Checked, *, now: datetime) -> bool:
    """Keep what a check found in place of earlier findings of its days; False when another worker was first."""
    done = {
        "done_at": now, "ratings": checked.ratings, "suspect": checked.suspect, "last_rating": checked.last_rating,
        "rules": rules_digest(), "rhythm_known": checked.rhythm_known,
    }  # fmt: skip
    mine = and_(rating_check.c.id == wanted.id, rating_check.c.done_at.is_(None))
    if connection.execute(update(rating_check).where(mine).values(done)).rowcount != 1:
        return False
    in_window = flagged_rating.c.day.between(wanted.since, wanted.until)
    old = select(flagged_rating.c.rating_id).where(in_window)
    connection.execute(delete(rating_flag).where(rating_flag.c.rating_id.in_(old)))
    connection.execute(delete(flagged_rating).where(in_window))
    for start in range(0, len(checked.found), _CHUNK):
        _insert(connection, wanted.id, checked.found[start : start + _CHUNK])
    return True


def rules_digest() -> str:
    """Compute the SHA-256 of the thresholds."""
    return hashlib.sha256((files("surveys") / "integrity.toml").read_bytes()).hexdigest()


def _insert(connection: Connection, check: int, found: Iterable[Found]) -> None:
    ratings: list[dict[str, Any]] = []
    flags: list[dict[str, Any]] = []
    for each in found:
        ratings.append(
            {
                "rating_id": each.rating, "check_id": check, "unit": each.unit, "day": each.day,
                "suspect": each.suspect,
            }
        )  # fmt: skip
        flags += [
            {
                "rating_id": each.rating, "place": place, "detector": flag.detector, "value": flag.value,
                "threshold": flag.limit, "together": len(flag.group),
            }
            for place, flag in enumerate(each.flags)
        ]  # fmt: skip
    connection.execute(insert(flagged_rating), ratings)
    connection.execute(insert(rating_flag), flags)


def _touching(period: Period) -> tuple[Any, ...]:
    return rating_check.c.since <= period.end, rating_check.c.until >= period.start
