"""Dossiers ("hồ sơ TTHC"): which unit was asked for what, by which procedure, and when it was due and returned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from offices.errors import DomainError, Fact
from offices.fields import Fields
from offices.units import Directory, Tier
from offices.words import clean

LONGEST_CODE = 64
FIRST_DAY = date(2000, 1, 1)
"""No list of dossiers reaches further back; an earlier day is a year typed wrong."""

_CODE = re.compile(r"[A-Z0-9]+([./_-][A-Z0-9]+)*")


class StratumKey(NamedTuple):
    """What dossiers are drawn and weighed by; `level` is a `Tier` or its value."""

    unit: str
    field: str
    level: str


class DossierState(StrEnum):
    """What a list has to say of a dossier beside its days; nothing of most.

    REFUSED    with a reason: an outcome like any other, on the day it was told
    WITHDRAWN  by who sent it: nobody owes a result from then on; what was late by then stays late
    """

    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier as the information system of the one-stop office lists it; all days are local.

    code         as on the receipt slip, such as H15.50.05.13-261008-0975
    procedure    code of the procedure, such as 1.004193
    unit         code of the unit that dealt with it, as of its time
    level        the level of government ("cấp") at which the procedure is dealt with
    due_on       last day on which it is on time; None when the list does not say
    returned_on  the day on which its result or refusal was ready for the citizen; None while it is open or when it was
                 withdrawn
    withdrawn_on the day on which its sender took it back; None for any other, and for those taken over before lists had
                 to say the day
    """

    code: str
    procedure: str
    unit: str
    field: str
    level: Tier
    received_on: date
    due_on: date | None = None
    returned_on: date | None = None
    state: DossierState | None = None
    withdrawn_on: date | None = None

    @property
    def ended_on(self) -> date | None:
        """The day of its result, its refusal or its withdrawal: one column of a list; None while it is open."""
        return self.returned_on or self.withdrawn_on

    @property
    def stratum(self) -> StratumKey:
        """What it is drawn and weighed by."""
        return StratumKey(self.unit, self.field, self.level)


class DossierError(DomainError):
    """A fact of a dossier that is wrong; `fact` names its column as `Dossier` does, for every end `returned_on`."""

    def __init__(self, fact: str, key: str, **params: Fact) -> None:
        """Keep which fact it is about, beside the key and its parameters."""
        super().__init__(key, **params)
        self.fact = fact


def read_code(fact: str, typed: str) -> str:
    """Return the code of a dossier or procedure as it is kept, from what a list holds: capitals, no spaces around it.

    fact  `code` or `procedure`

    Raises DossierError: dossier_code_empty, dossier_code_long, dossier_code_letters.

    >>> read_code("code", " h15.50.05.13-261008-0975 ")
    'H15.50.05.13-261008-0975'
    """
    code = clean(typed).upper()
    if not code:
        raise DossierError(fact, "dossier_code_empty")
    if len(code) > LONGEST_CODE:
        raise DossierError(fact, "dossier_code_long", longest=LONGEST_CODE)
    if not _CODE.fullmatch(code):
        raise DossierError(fact, "dossier_code_letters", code=code)
    return code


def faults_of(dossier: Dossier, directory: Directory, fields: Fields, today: date) -> Iterator[DossierError]:
    """Give everything that cannot be right in a dossier, held against the units, the fields and the calendar."""
    yield from _faults_of_days(dossier, today)
    if dossier.field not in fields:
        yield DossierError("field", "dossier_field_unknown", field=dossier.field)
    if dossier.unit not in directory:
        yield DossierError("unit", "dossier_unit_unknown", unit=dossier.unit)
        return
    unit = directory.unit(dossier.unit)
    # The unit needs to have been there on one of the days only: units end while dossiers are open.
    last = dossier.ended_on or today
    if last < unit.valid_from:
        yield DossierError("unit", "dossier_unit_later", unit=unit.code, day=unit.valid_from)
    if unit.valid_to is not None and unit.valid_to < dossier.received_on:
        yield DossierError("unit", "dossier_unit_ended", unit=unit.code, day=unit.valid_to)


_WHEN = {DossierState.REFUSED: "dossier_refused_when", DossierState.WITHDRAWN: "dossier_withdrawn_when"}


def _faults_of_days(dossier: Dossier, today: date) -> Iterator[DossierError]:
    if dossier.received_on < FIRST_DAY:
        yield DossierError("received_on", "dossier_day_early", day=dossier.received_on, first=FIRST_DAY)
    if dossier.received_on > today:
        yield DossierError("received_on", "dossier_day_future", day=dossier.received_on, today=today)
    if dossier.due_on is not None and dossier.due_on < dossier.received_on:
        yield DossierError("due_on", "dossier_day_backwards", day=dossier.due_on, received=dossier.received_on)
    ended = dossier.ended_on
    if ended is None:
        if dossier.state is not None:
            yield DossierError("returned_on", _WHEN[dossier.state])
        return
    if ended < dossier.received_on:
        yield DossierError("returned_on", "dossier_day_backwards", day=ended, received=dossier.received_on)
    if ended > today:
        yield DossierError("returned_on", "dossier_day_future", day=ended, today=today)
