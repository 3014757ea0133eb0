"""The rows of a list of dossiers, made of what another system wrote into its cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from offices.dossier_columns import Columns, folded, load_names
from offices.dossiers import Dossier, DossierError, DossierState, faults_of, read_code
from offices.fields import Fields
from offices.phones import read_phone
from offices.units import Directory, Tier
from offices.words import clean, fold
from offices.worktime import LOCAL

T = TypeVar("T")

_DAY_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")
_KEPT_DAYS = 20_000
MOST_STATES, LONGEST_STATE = 20, 60
"""Other states are told, so that a misspelt one is found."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: its dossier and the applicant's number (E.164), "" for none, None when the list has no such column."""

    dossier: Dossier
    phone: str | None


class DossierRows:
    """Reads the rows of one list; units and fields may be given by code or by name.

    other_states  the first of the states that change nothing, as the list writes them, each once
    """

    def __init__(self, columns: Columns, directory: Directory, fields: Fields, today: date) -> None:
        """Take the columns (without faults) and what the rows are held against."""
        self.columns, self._directory, self._fields, self._today = columns, directory, fields, today
        self._field = lru_cache(maxsize=None)(self._find_field)
        self._unit = lru_cache(maxsize=_KEPT_DAYS)(self._find_unit)
        self._level = lru_cache(maxsize=_KEPT_DAYS)(self._find_level)
        self._state = lru_cache(maxsize=_KEPT_DAYS)(self._find_state)
        self.other_states: list[str] = []

    def read(self, cells: Sequence[str]) -> Listed | list[DossierError]:
        """Return what a row says, or everything that is wrong with it."""
        if len(cells) != len(self.columns.header):
            return [DossierError("", "dossier_row_cells", cells=len(cells), columns=len(self.columns.header))]
        faults: list[DossierError] = []

        def take(fact: str, read: Callable[[str], T], otherwise: T) -> T:
            try:
                return read(self._cell(cells, fact))
            except DossierError as fault:
                faults.append(fault)
                return otherwise

        code = take("code", lambda typed: read_code("code", typed), "")
        procedure = take("procedure", lambda typed: read_code("procedure", typed), "")
        received_on = take("received_on", lambda typed: _needed_day("received_on", typed), date.min)
        due_on = take("due_on", lambda typed: _day("due_on", typed), None)
        ended_on = take("returned_on", lambda typed: _day("returned_on", typed), None)
        state = take("state", self._state, None)
        field = take("field", self._field, "")
        unit = take("unit", lambda typed: self._unit(typed, ended_on or received_on), "")
        level = take("level", lambda typed: self._level(typed, unit), Tier.COMMUNE)
        phone = take("phone", _phone, "") if "phone" in self.columns.places else None
        if faults:
            return faults
        ends = (None, state, ended_on) if state is DossierState.WITHDRAWN else (ended_on, state)
        dossier = Dossier(code, procedure, unit, field, level, received_on, due_on, *ends)
        return list(faults_of(dossier, self._directory, self._fields, self._today)) or Listed(dossier, phone)

    def _cell(self, cells: Sequence[str], fact: str) -> str:
        place = self.columns.places.get(fact)
        return "" if place is None else cells[place]

    def _find_field(self, typed: str) -> str:
        wanted = clean(typed)
        if wanted in self._fields:
            return wanted
        named = [
            each.code for each in self._fields if fold(wanted) in (fold(each.name.vi), fold(each.name.en), each.code)
        ]
        if len(named) != 1:
            raise DossierError("field", "dossier_field_unknown", field=wanted)
        return named[0]

    def _find_unit(self, typed: str, day: date) -> str:
        """Find a unit by its code, else by one of its names on that day, for names are used again."""
        wanted = clean(typed)
        if wanted in self._directory:
            return wanted
        name = fold(wanted)
        named = [
            each.code
            for each in self._directory.on(day)
            if name in (each.code, *map(fold, (each.name.vi, each.name.en, each.short_name.vi, each.short_name.en)))
        ]
        if len(named) > 1:
            raise DossierError("unit", "dossier_unit_several", unit=wanted, codes=", ".join(named))
        if not named:
            raise DossierError("unit", "dossier_unit_unknown", unit=wanted)
        return named[0]

    def _find_level(self, typed: str, unit: str) -> Tier:
        if not clean(typed):
            return self._directory.unit(unit).tier if unit else Tier.COMMUNE
        level = load_names().levels.get(folded(typed))
        if level is None:
            raise DossierError("level", "dossier_level_unknown", level=clean(typed))
        return level

    def _find_state(self, typed: str) -> DossierState | None:
        found = load_names().states.get(folded(typed))
        written = clean(typed)[:LONGEST_STATE]
        if found is None and written and written not in self.other_states and len(self.other_states) < MOST_STATES:
            self.other_states.append(written)
        return found


def _needed_day(fact: str, typed: str) -> date:
    day = _day(fact, typed)
    if day is None:
        raise DossierError(fact, "dossier_day_empty")
    return day


def _day(fact: str, typed: str) -> date | None:
    if not (written := clean(typed)):
        return None
    day = _read_day(written)
    if day is None:
        raise DossierError(fact, "dossier_day_unreadable", value=written)
    return day


@lru_cache(_KEPT_DAYS)
def _read_day(written: str) -> date | None:
    """Read a day that may have a time of day beside it; a moment with a zone is the day in Vietnam."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        found = (_read_usual_day(word) for word in written.split())
        return next((day for day in found if day), None)
    return (moment.astimezone(LOCAL) if moment.tzinfo else moment).date()


def _read_usual_day(written: str) -> date | None:
    for each in _DAY_FORMATS:
        try:
            return datetime.strptime(written, each).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def _phone(typed: str) -> str:
    if not (written := clean(typed)):
        return ""
    number = read_phone(written)
    if number is None:
        # The number itself is not told again: faults are printed and kept in logs.
        raise DossierError("phone", "dossier_phone_wrong")
    return number
