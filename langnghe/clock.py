"""The clock of this machine: the only place that reads it; everything else is told the time."""

from datetime import UTC, date, datetime

from wording.formats import LOCAL


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def today() -> date:
    """Tell the day in Vietnam."""
    return utc_now().astimezone(LOCAL).date()
