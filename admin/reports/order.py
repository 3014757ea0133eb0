"""What a file was ordered with: whose rows of which days, in which language, as of when."""

from dataclasses import dataclass
from datetime import datetime

from admin.words import Words
from storage.reference import Reference
from surveys.periods import Period


@dataclass(frozen=True)
class Order:
    """An order for a file.

    unit           whose rows: of this unit and all below it; None = the whole authority
    units          the same as codes
    questionnaire  only its ratings; None = all
    """

    reference: Reference
    words: Words
    now: datetime
    period: Period
    unit: str | None = None
    units: frozenset[str] | None = None
    questionnaire: str | None = None
