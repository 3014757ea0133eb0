"""Working time: which days count, when a term of working days or working hours ends, and how it was counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from offices.yearly import SATURDAY, SpecialDay, YearCalendar, read_year

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """The end of a term of working days.

    due_on       the last day on which an answer is on time
    counted      the working days of the term in order, the last is `due_on`
    provisional  the count touched a year without a confirmed calendar ("tạm tính")
    """

    due_on: date
    counted: tuple[date, ...]
    provisional: bool


@dataclass(frozen=True)
class DueAt:
    """The end of a term of working hours.

    due_at       aware, UTC
    counted      the stretches of office time that make up the term, (start, end) aware, UTC
    provisional  as in Due
    """

    due_at: datetime
    counted: tuple[tuple[datetime, datetime], ...]
    provisional: bool


@dataclass(frozen=True)
class OfficeHours:
    """When a unit is open, in local time.

    sessions  of a working day, in order; worked Saturdays follow them too
    saturday  of other Saturdays, for units that open then; they count for terms of hours, never of days
    cut_off   what comes in later counts as received on the next working day; None: the day of receipt is kept
    """

    sessions: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))
    saturday: tuple[tuple[time, time], ...] = ()
    cut_off: time | None = None

    def __post_init__(self) -> None:
        """Refuse hours that never open or run backwards: a term of hours would not end."""
        for sessions in (self.sessions, self.saturday):
            marks = [mark for session in sessions for mark in session]
            if marks != sorted(set(marks)):
                raise ValueError(f"office hours must run forward: {sessions}")
        if not self.sessions:
            raise ValueError("a unit needs office hours on working days")


OFFICE_HOURS = OfficeHours()


@dataclass(frozen=True)
class Calendar:
    """The working days of the country, less the closures of one unit.

    years     confirmed and provisional years; any other year follows the plain week and is provisional
    closures  days on which the unit is closed beyond the public holidays (flood, move, power cut)
    """

    years: Mapping[int, YearCalendar]
    closures: frozenset[date] = frozenset()

    def closed_on(self, days: Iterable[date]) -> "Calendar":
        """Give the calendar of a unit that is also closed on `days`."""
        return replace(self, closures=self.closures | frozenset(days))

    def confirmed(self, year: int) -> bool:
        """Say whether the State's notice for the year is entered."""
        return year in self.years and self.years[year].confirmed

    def special(self, day: date) -> SpecialDay | None:
        """Give the public day off or worked Saturday of that date, with its name and source."""
        year = self.years.get(day.year)
        return (year.off.get(day) or year.worked.get(day)) if year else None

    def is_working(self, day: date) -> bool:
        """Say whether `day` counts as a working day."""
        if day in self.closures:
            return False
        year = self.years.get(day.year)
        if year and (day in year.off or day in year.worked):
            return day in year.worked
        return day.weekday() < SATURDAY

    def next_working(self, day: date) -> date:
        """Give `day` itself or the first working day after it: where a term that ends on a day off ends.

        Source: Bộ luật Dân sự 2015, Điều 148.
        """
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def due(self, received_on: date, working_days: int) -> Due:
        """Count a term of working days.

        received_on   local date of receipt; the first day counted is the next working day (BLDS 2015 Điều 147)
        working_days  1 or more, else ValueError

        >>> VIETNAM.due(date(2025, 4, 29), 2).due_on        # 30 April to 2 May were off
        datetime.date(2025, 5, 6)
        """
        if working_days < 1:
            raise ValueError(f"a term has at least one working day, not {working_days}")
        counted: list[date] = []
        day = received_on
        while len(counted) < working_days:
            day = self.next_working(day + ONE_DAY)
            counted.append(day)
        return Due(day, tuple(counted), provisional=self._provisional(received_on + ONE_DAY, day))

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative when `end` is earlier.

        The inverse of `due`: from receipt to the due date it gives the term.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + ONE_DAY * step) for step in range(1, (end - start).days + 1))

    def received_on(self, received_at: datetime, office: OfficeHours = OFFICE_HOURS) -> date:
        """Give the date of receipt that terms of days start from: local, moved on when the unit has a cut-off."""
        local = received_at.astimezone(LOCAL)
        if office.cut_off is None:
            return local.date()
        late = local.time() > office.cut_off
        return self.next_working(local.date() + ONE_DAY if late else local.date())

    def due_hours(self, received_at: datetime, hours: float, office: OfficeHours = OFFICE_HOURS) -> DueAt:
        """Count a term of working hours from the moment of receipt; closed time does not count.

        received_at  aware; naive raises ValueError
        hours        more than 0, else ValueError
        """
        if received_at.tzinfo is None or hours <= 0:
            raise ValueError(f"a term of hours needs a zone and more than 0 hours: {received_at}, {hours}")
        left = timedelta(hours=hours)
        counted: list[tuple[datetime, datetime]] = []
        for opens, closes in self._open_from(received_at.astimezone(UTC), office):
            ends = min(closes, opens + left)
            counted.append((opens, ends))
            left -= ends - opens
            if not left:
                break
        due_at = counted[-1][1]
        years = self._provisional(received_at.astimezone(LOCAL).date(), due_at.astimezone(LOCAL).date())
        return DueAt(due_at, tuple(counted), provisional=years)

    def is_open(self, moment: datetime, office: OfficeHours = OFFICE_HOURS) -> bool:
        """Say whether the unit is open at this moment (aware)."""
        local = moment.astimezone(LOCAL)
        return any(opens <= local.time() < closes for opens, closes in self._sessions(local.date(), office))

    def _open_from(self, moment: datetime, office: OfficeHours) -> Iterator[tuple[datetime, datetime]]:
        """Walk the stretches of open time (UTC) that end after `moment`, the first one cut to begin there."""
        day = moment.astimezone(LOCAL).date()
        while True:
            for opens, closes in self._sessions(day, office):
                start = datetime.combine(day, opens, LOCAL).astimezone(UTC)
                end = datetime.combine(day, closes, LOCAL).astimezone(UTC)
                if end > moment:
                    yield max(start, moment), end
            day += ONE_DAY

    def _sessions(self, day: date, office: OfficeHours) -> tuple[tuple[time, time], ...]:
        """Give the hours of one day."""
        if self.is_working(day):
            return office.sessions
        closed = day in self.closures or self.special(day) is not None
        return office.saturday if day.weekday() == SATURDAY and not closed else ()

    def _provisional(self, first: date, last: date) -> bool:
        """Say whether any year from `first` to `last` lacks a confirmed calendar."""
        return not all(self.confirmed(year) for year in range(first.year, last.year + 1))


def load_years() -> dict[int, YearCalendar]:
    """Read the packaged calendars, by year."""
    folder = files("offices") / "calendars"
    years = [read_year(file) for file in folder.iterdir() if file.name.endswith(".toml")]
    return {calendar.year: calendar for calendar in sorted(years, key=lambda calendar: calendar.year)}


VIETNAM = Calendar(load_years())
