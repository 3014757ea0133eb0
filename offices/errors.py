"""The errors of the domain: facts for the face that shows them, never words for people."""

from collections.abc import Sequence
from datetime import date, datetime

Fact = str | int | date | datetime


class DomainError(Exception):
    """A step the rules refuse.

    key     name of the text in the catalogues (`errors.<key>`) which tells people what is wrong and the way out
    params  facts the text may quote
    """

    def __init__(self, key: str, **params: Fact) -> None:
        """Keep the key and the facts; the message is for logs, in English."""
        facts = ", ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(f"{key} ({facts})" if facts else key)
        self.key = key
        self.params = params


class DataError(Exception):
    """A data file or setting that cannot be used: one clear line with file, place, value and the way out."""

    def __init__(self, file: str, place: str, value: object, way_out: str) -> None:
        """Compose the line; `place` is the path inside the file, such as `items[3].kind`."""
        super().__init__(f"{file}: {place}: {value!r} cannot be used; {way_out}")
        self.file = file
        self.place = place
        self.value = value
        self.way_out = way_out

    @property
    def each(self) -> "tuple[DataError, ...]":
        """The faults told by this error, one line each: itself."""
        return (self,)


class ManyDataError(DataError):
    """Several faults found in one reading: `each` lists them, the error itself tells the first and how many follow."""

    def __init__(self, faults: Sequence[DataError]) -> None:
        """Keep the faults, at least two, in the order of the file."""
        first = faults[0]
        super().__init__(first.file, first.place, first.value, f"{first.way_out} (and {len(faults) - 1} more)")
        self._faults = tuple(faults)

    @property
    def each(self) -> tuple[DataError, ...]:
        """The faults, one line each."""
        return self._faults
