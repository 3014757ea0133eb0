"""When what has served its time is cleared away: each night, by whoever takes the due work."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from offices.worktime import LOCAL
from storage import schedule

HOUSEKEEPING = "housekeeping"
HOUSEKEEPING_HOUR = 3
"""Local hour."""


def plan_housekeeping(connection: Connection, now: datetime) -> None:
    """Have the next round of housekeeping done in the coming night; planning it twice changes nothing."""
    local = now.astimezone(LOCAL)
    night = local.replace(hour=HOUSEKEEPING_HOUR, minute=0, second=0, microsecond=0)
    at = night if local < night else night + timedelta(days=1)
    key = f"housekeeping:{at.date().isoformat()}"
    schedule.plan(connection, unique_key=key, due_at=at, kind=HOUSEKEEPING, payload={})
