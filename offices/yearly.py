"""One year's days off and worked Saturdays, as the State announces them; read from calendars/vn-<year>.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from importlib.resources.abc import Traversable
from itertools import chain

from offices.datafiles import Label, Table, read_file

SATURDAY = 5  # date.weekday()


@dataclass(frozen=True)
class SpecialDay:
    """A day that differs from the plain week (Monday to Friday).

    checked  False when the day is known but was not compared with the text of the notice
    """

    day: date
    name: Label
    source: str
    checked: bool


@dataclass(frozen=True)
class YearCalendar:
    """What is special in one year; every other day follows the plain week.

    confirmed  the State's notice for the year is out; deadlines in an unconfirmed year are provisional
    off        days on which offices are closed; a stretch such as Tết includes its weekend
    worked     Saturdays and Sundays on which offices work, in exchange for a weekday
    """

    year: int
    confirmed: bool
    source: str
    off: Mapping[date, SpecialDay]
    worked: Mapping[date, SpecialDay]

    def unchecked(self) -> tuple[SpecialDay, ...]:
        """List the days that still have to be compared with the notice, in order."""
        special = [*self.off.values(), *self.worked.values()]
        return tuple(sorted((each for each in special if not each.checked), key=lambda each: each.day))


def read_year(file: Traversable) -> YearCalendar:
    """Read one calendar file.

    Raises DataError for a day outside the year, a day off that is no weekday (it changes nothing and is
    probably a slip), a worked day that is no weekend day, or a day listed twice.
    """
    return read_file(file, _read_calendar)


def _read_calendar(table: Table) -> YearCalendar:
    year = table.whole("year", 1)
    return YearCalendar(
        year=year,
        confirmed=table.flag("confirmed"),
        source=table.text("source"),
        off=_by_day(table, "off", year, weekend=False),
        worked=_by_day(table, "worked", year, weekend=True),
    )


def _special_days(entry: Table, *, year: int, weekend: bool) -> list[SpecialDay]:
    """Read one entry: a day, or the days of `from` to `to`."""
    begin = "day" if "day" in entry.values else "from"
    first = entry.day(begin)
    last = entry.optional("to", entry.day) or first
    if first.year != year or last.year != year or last < first:
        raise entry.refusal("to" if "to" in entry.values else begin, f"stay within {year}, first day before last")
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    for day in (first, last):
        if (day.weekday() >= SATURDAY) != weekend:
            wanted = "a Saturday or Sunday" if weekend else "a day from Monday to Friday"
            raise entry.refusal(begin, f"{day} must be {wanted}")
    name, source, checked = entry.label("name"), entry.text("source"), entry.flag("checked", default=True)
    return [SpecialDay(day, name, source, checked) for day in days]


def _by_day(table: Table, key: str, year: int, *, weekend: bool) -> dict[date, SpecialDay]:
    """Read and index special days; a day listed twice is refused."""
    found: dict[date, SpecialDay] = {}
    for special in chain(*table.tables(key, partial(_special_days, year=year, weekend=weekend))):
        if special.day in found:
            raise table.refusal(key, f"list {special.day} once")
        found[special.day] = special
    return found
