"""Reading data files: typed values out of TOML, or one clear DataError; and names in two languages.

A function that takes a Table says what a table means; the keys it did not ask for are refused after it, so that a
misspelt key is never silently without effect. Entries of a list are all read, so the faults of several are told at
once; a function that wants to tell all faults of one table reads each value in a `Faults`.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from importlib.resources.abc import Traversable
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from offices.errors import DataError, ManyDataError

Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")
Arguments = ParamSpec("Arguments")

_LARGEST = 9999

WHOLE_FILE = "(file)"
"""The place of a fault that is none of any one value: what is there is no TOML."""


@dataclass(frozen=True)
class Label:
    """A name in both languages; `label["en"]` is English, every other language reads Vietnamese."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.vi

    def __str__(self) -> str:
        return self.vi


class Faults:
    """Reads on after a fault: `with faults: …` keeps it and goes on behind the block, `tell()` raises all it kept."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: list[DataError] = []

    def __enter__(self) -> None:
        """Begin a part whose fault does not stop the reading."""

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> bool:
        """Keep a DataError; any other exception goes its way."""
        if not isinstance(fault, DataError):
            return False
        self._kept += fault.each
        return True

    def tell(self) -> None:
        """Raise what was kept: one DataError, or ManyDataError for several; without a fault nothing happens."""
        if self._kept:
            raise self._kept[0] if len(self._kept) == 1 else ManyDataError(self._kept)


@dataclass(frozen=True)
class Table:
    """One table of a data file; every getter raises DataError with file, place, value and the way out.

    file    name of the file, as people know it
    place   path inside the file, such as "units[3]", counted from 1; "" is the file itself
    values  what TOML read
    """

    file: str
    place: str
    values: Mapping[str, object]
    _asked: set[str] = field(default_factory=set)

    def refusal(self, key: str, way_out: str) -> DataError:
        """Make the error for the value of `key`, for the caller to raise."""
        return DataError(self.file, self._at(key), self.values.get(key), way_out)

    def read(self, read: Callable[["Table"], Read]) -> Read:
        """Give what `read` makes of this table; a key it did not ask for is refused."""
        meaning = read(self)
        self.refuse_others()
        return meaning

    def refuse_others(self) -> None:
        """Refuse every key that was not asked for so far."""
        faults = Faults()
        for key in self.values:
            with faults:
                if key not in self._asked:
                    raise self.refusal(key, f"use one of: {', '.join(sorted(self._asked))}")
        faults.tell()

    def optional(
        self,
        key: str,
        get: Callable[Concatenate[str, Arguments], Read],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Read | None:
        """Read with another getter a value that may be missing: `row.optional("pace", row.choice, Pace)`."""
        self._asked.add(key)
        return get(key, *args, **kwargs) if key in self.values else None

    def text(self, key: str) -> str:
        """Read a text that is not empty."""
        value = self._take(key, str, way_out := "write a text in quotes")
        if not value.strip():
            raise self.refusal(key, way_out)
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Read a list of different texts."""
        values = self._list(key, str, way_out := 'write a list of texts, such as ["a", "b"]', required=required)
        if not all(value.strip() for value in values):
            raise self.refusal(key, way_out)
        if len(set(values)) < len(values):
            raise self.refusal(key, "name each of them once")
        return tuple(values)

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        """Read one of the texts in `allowed`."""
        value = self.text(key)
        if value not in allowed:
            raise self.refusal(key, f"use one of: {', '.join(allowed)}")
        return value

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """Read one of the values of an enumeration."""
        return choices(self.one_of(key, list(choices)))

    def choices(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """Read a list of values of an enumeration; a missing list is empty."""
        try:
            return tuple(choices(value) for value in self.texts(key))
        except ValueError:
            raise self.refusal(key, f"use some of: {', '.join(choices)}") from None

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Read true or false."""
        value = self.optional(key, self._take, bool, "write true or false")
        return default if value is None else value

    def whole(self, key: str, low: int, high: int = _LARGEST) -> int:
        """Read a whole number between `low` and `high`, both included."""
        value = self._take(key, int, way_out := f"write a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self.refusal(key, way_out)
        return value

    def wholes(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Read a list of whole numbers from `low` to `high`, the smallest first; a missing list is empty."""
        numbers = self._list(key, int, way_out := "write a list of whole numbers, such as [5, 10, 20]", required=False)
        if any(not low <= number <= high for number in numbers):
            raise self.refusal(key, f"{way_out}, from {low} to {high}")
        if numbers != sorted(set(numbers)):
            raise self.refusal(key, "write each number once, the smallest first")
        return tuple(numbers)

    def exact(self, key: str) -> Fraction:
        """Read a number, kept exactly as written: 97.5 is 195/2."""
        value = self.optional(key, self.values.get)
        if isinstance(value, Decimal) and value.is_finite():
            return Fraction(value)
        return Fraction(self._take(key, int, "write a number"))

    def day(self, key: str) -> date:
        """Read a date."""
        return self._take(key, date, "write a date as 2026-11-21, without quotes")

    def days(self, key: str) -> tuple[date, ...]:
        """Read a list of dates, each later than the one before."""
        days = self._list(key, date, "write a list of dates, such as [2026-07-01, 2026-11-21]", required=True)
        if days != sorted(set(days)):
            raise self.refusal(key, "write each date once, the earliest first")
        return tuple(days)

    def label(self, key: str) -> Label:
        """Read a name in both languages: { vi = "…", en = "…" }."""
        return self.table(key, _read_label)

    def table(self, key: str, read: Callable[["Table"], Read]) -> Read:
        """Read a table inside this one."""
        values = self._take(key, dict, "write a table: { name = value, … }")
        return Table(self.file, self._at(key), values).read(read)

    def tables(
        self, key: str, read: Callable[["Table"], Read], *, required: bool = False, unique: str = ""
    ) -> tuple[Read, ...]:
        """Read a list of tables ([[key]]); `unique` is a key whose values in them all differ."""
        entries = self._list(key, dict, f"write each entry as a table under [[{key}]]", required=required)
        rows = [Table(self.file, f"{self._at(key)}[{place}]", entry) for place, entry in enumerate(entries, start=1)]
        faults, meanings, seen = Faults(), list[Read](), list[object]()
        for row in rows:
            with faults:
                meanings.append(row.read(read))
            with faults:
                if unique and unique in row.values:
                    if row.values[unique] in seen:
                        raise row.refusal(unique, "an earlier entry has it: choose another")
                    seen.append(row.values[unique])
        faults.tell()
        return tuple(meanings)

    def _take(self, key: str, kind: type[Read], way_out: str) -> Read:
        """Take a value that must be exactly of this type: true is no number, a moment no date."""
        self._asked.add(key)
        if key not in self.values:
            raise self.refusal(key, f"it is missing: {way_out}")
        value = self.values[key]
        if type(value) is not kind:
            raise self.refusal(key, way_out)
        return value

    def _list(self, key: str, kind: type[Read], way_out: str, *, required: bool) -> list[Read]:
        """Take a list of values of one type; unless `required` it may be missing or empty."""
        values = self._take(key, list, way_out) if required or key in self.values else []
        self._asked.add(key)
        if (required and not values) or any(type(value) is not kind for value in values):
            raise self.refusal(key, way_out)
        return values

    def _at(self, key: str) -> str:
        """Give the path of a key inside the file."""
        return f"{self.place}.{key}" if self.place else key


def _read_label(names: Table) -> Label:
    faults = Faults()
    with faults:
        vi = names.text("vi")
    with faults:
        en = names.text("en")
    faults.tell()
    return Label(vi, en)


def read_file(file: Path | Traversable, read: Callable[[Table], Read], name: str = "") -> Read:
    """Give what `read` makes of a TOML file; `name` is what errors call it (its own name by default)."""
    known_as = name or file.name
    return read_text(text_of(file, known_as), read, known_as)


def text_of(file: Path | Traversable, name: str) -> str:
    """Read the text of a file in UTF-8; DataError, which calls it `name`, where that cannot be done."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _no_toml(name, error) from error


def read_text(text: str, read: Callable[[Table], Read], name: str) -> Read:
    """Give what `read` makes of TOML; `name` is what errors call it."""
    return Table(name, "", values_of(text, name)).read(read)


def values_of(text: str, name: str) -> dict[str, object]:
    """Return the values of TOML as Python's, numbers with a point as Decimal; DataError where it is none."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(name, error) from error


def _no_toml(name: str, error: Exception) -> DataError:
    return DataError(name, WHOLE_FILE, str(error), "put a file of TOML in UTF-8 there")
