"""The words of one reader's language: texts of the catalogue, and figures as that language writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

from offices.datafiles import Label
from surveys.visits import Access
from wording import formats
from wording.catalogue import Catalogue, Param

Named = Label | Mapping[str, str]


@cache
def load_texts() -> Catalogue:
    """Read admin/texts with the words of refused steps, once in a process; DataError when a file cannot be used."""
    return Catalogue.load(files("admin") / "texts", files("wording") / "errors")


@dataclass(frozen=True)
class Words:
    """Texts and formats in one language; templates know it as `w`, and its `t` as `t`."""

    catalogue: Catalogue
    language: str

    def t(self, key: str, **facts: Param) -> str:
        """Give the text of a key with its facts; KeyError for a key or fact that is missing."""
        return self.catalogue.text(key, self.language, facts)

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return self.catalogue.has(key)

    def name(self, named: Named) -> str:
        """Give the name of something that is named in both languages."""
        return named[self.language]

    def day(self, day: date | datetime) -> str:
        """Write a date; of a moment its date in Vietnam."""
        if isinstance(day, datetime):
            day = day.astimezone(formats.LOCAL).date()
        return formats.date_text(day, self.language)

    def weekday(self, day: date) -> str:
        """Write a date with its weekday."""
        return formats.date_with_weekday(day, self.language)

    def moment(self, moment: datetime) -> str:
        """Write date and time in Vietnam."""
        return formats.datetime_text(moment, self.language)

    def count(self, number: int) -> str:
        """Write a whole number with thousand separators."""
        return formats.count(number, self.language)

    def apart(self, counts: Mapping[Access, int]) -> str:
        """Write how many answered each way."""
        return ", ".join(self.t(f"access.{access}", n=self.count(number)) for access, number in counts.items())

    def number(self, value: float | Fraction, decimals: int = 0) -> str:
        """Write a number."""
        return formats.number(_decimal(value), self.language, decimals)

    def percent(self, share: float | Fraction, decimals: int = 2) -> str:
        """Write a share (0 to 1) as a percentage; 2 decimals as the ministry publishes its index."""
        return formats.percent(_decimal(share), self.language, decimals)

    def range(self, low: float | Fraction, high: float | Fraction) -> str:
        """Write an interval of shares."""
        return formats.percent_range(_decimal(low), _decimal(high), self.language)


def _decimal(value: float | Fraction) -> Decimal:
    """Give the exact quotient of a fraction to 28 digits: a float in between could round 89.995 the other way."""
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(str(value))
