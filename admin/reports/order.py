"""What a file was ordered with: whose rows of which days, in which language, as of when."""

from dataclasses import dataclass
from datetime import datetime

from admin.reach import reach_of
from admin.words import Words
from offices.staff import Right, Staff, rights
from storage.reference import Reference
from surveys.periods import Period


@dataclass(frozen=True)
class Order:
    """An order for a file.

    unit           whose rows: of this unit and all below it; None = the whole authority
    units          the same as codes
    questionnaire  only its ratings; None = all
    reader         who is to read it; None = whoever runs the server, who gets no words of petitions
    """

    reference: Reference
    words: Words
    now: datetime
    period: Period
    unit: str | None = None
    units: frozenset[str] | None = None
    questionnaire: str | None = None
    reader: Staff | None = None

    @property
    def with_words(self) -> bool:
        """Whether the reader may read petitions."""
        return self.reader is not None and Right.SEE_CASES in rights(self.reader)


def order_for(official: Staff, reference: Reference, words: Words, now: datetime, period: Period) -> Order:
    """Order what an official may see."""
    units = reach_of(official, reference.directory, period)
    unit = None if units is None else official.unit
    return Order(reference, words, now, period, unit, units, reader=official)
