"""Quiet hours: the time of day, in Vietnam, at which messages to many do not go out."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_file
from offices.worktime import LOCAL

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` (included) to `ends` (not included), local time; over midnight when `ends` is the earlier one."""

    begins: time
    ends: time
    reason: Label

    def hold(self, at: datetime) -> bool:
        """Say whether it is quiet at a moment."""
        local = at.astimezone(LOCAL).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def over_at(self, at: datetime) -> datetime:
        """Return the first moment from `at` on that is not quiet."""
        return self._next(at, self.ends) if self.hold(at) else at

    def next_begin(self, at: datetime) -> datetime:
        """Return the next moment, not `at` itself, at which it becomes quiet."""
        return self._next(at, self.begins)

    def after(self, at: datetime, length: timedelta) -> datetime:
        """Return the moment at which `length` of time that is not quiet has passed since `at`."""
        at = self.over_at(at)
        while self.begins != self.ends and at + length > (evening := self._next(at, self.begins)):
            length -= evening - at
            at = self.over_at(evening)
        return at + length

    @staticmethod
    def _next(at: datetime, hour: time) -> datetime:
        """Return the next moment, not `at` itself, at which the clocks show `hour`."""
        local = at.astimezone(LOCAL)
        shown = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
        return (shown if shown > local else shown + _DAY).astimezone(at.tzinfo)


@cache
def load_quiet_hours() -> QuietHours:
    """Read the packaged file once; DataError when it cannot be used."""
    return read_file(files("offices") / "quiet_hours.toml", _read)


def _read(table: Table) -> QuietHours:
    return QuietHours(_hour(table, "from"), _hour(table, "until"), table.label("reason"))


def _hour(table: Table, key: str) -> time:
    try:
        return time.fromisoformat(table.text(key))
    except ValueError:
        raise table.refusal(key, 'write a time of day, such as "20:00"') from None
