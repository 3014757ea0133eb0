"""Strict reading of TOML data files: every wrong value is one clear line with file, place and the way out."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from offices.datafiles import Label
from offices.errors import DataError


@dataclass
class Table:
    """One TOML table being read; each accessor takes a key once, `done` refuses what nobody took."""

    file: str
    place: str
    values: Mapping[str, Any]
    _taken: set[str] = field(default_factory=set)

    def error(self, key: str, way_out: str) -> DataError:
        """Make the error for the value at `key` (an empty key means the whole table)."""
        return DataError(self.file, self.at(key), self.values.get(key), way_out)

    def at(self, key: str) -> str:
        """Name the place of `key` in the file, such as `items[3].when`."""
        return ".".join(part for part in (self.place, key) if part) or "(top)"

    def text(self, key: str, default: str | None = None) -> str:
        """Read a non-empty string; without a default it must be there."""
        value = self._take(key, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            raise self.error(key, "write a non-empty text in quotes")
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Read a string out of `allowed`."""
        value = self.text(key, default)
        if value not in allowed and value != default:
            raise self.error(key, f"write one of: {', '.join(sorted(allowed))}")
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Read a whole number between `low` and `high`, both included."""
        value = self._take(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.error(key, f"write a whole number from {low} to {high}")
        return value

    def exact(self, key: str) -> Fraction:
        """Read a number, kept exactly as written (97.5 is 195/2)."""
        value = self._take(key, None)
        if type(value) not in {int, Decimal}:
            raise self.error(key, "write a number")
        return Fraction(value)

    def flag(self, key: str) -> bool:
        """Read true or false; false when absent."""
        value = self._take(key, default=False)
        if type(value) is not bool:
            raise self.error(key, "write true or false")
        return value

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Read a list of different non-empty strings."""
        value = self._take(key, None if required else [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.error(key, "write a list of texts")
        if len(set(value)) != len(value):
            raise self.error(key, "name each of them once")
        return tuple(value)

    def dates(self, key: str) -> tuple[date, ...]:
        """Read a list of days, each later than the one before, such as `[2024-07-01, 2024-11-01]`."""
        value = self._take(key, None)
        if not isinstance(value, list) or not value or not all(type(each) is date for each in value):
            raise self.error(key, "write a list of days such as [2024-07-01]")
        if value != sorted(set(value)):
            raise self.error(key, "write each day once, the earliest first")
        return tuple(value)

    def label(self, key: str) -> Label:
        """Read a text in both languages: `{vi = "...", en = "..."}`."""
        table = self.table(key)
        read = Label(table.text("vi"), table.text("en"))
        table.done()
        return read

    def table(self, key: str) -> "Table":
        """Open a table inside this one."""
        value = self._take(key, None)
        if not isinstance(value, dict):
            raise self.error(key, "write a table")
        return Table(self.file, self.at(key), value)

    def tables(self, key: str, *, required: bool = True) -> tuple["Table", ...]:
        """Open a list of tables; at least one when `required`."""
        value = self._take(key, None if required else [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(key, f"write tables [[{key}]]")
        if required and not value:
            raise self.error(key, f"write at least one [[{key}]]")
        return tuple(Table(self.file, f"{self.at(key)}[{number}]", each) for number, each in enumerate(value))

    def has(self, key: str) -> bool:
        """Tell whether the key is written at all."""
        return key in self.values

    def done(self) -> None:
        """Refuse keys which nobody asked for: they are misspelt."""
        for key in self.values:
            if key not in self._taken:
                raise self.error(key, f"remove it or write one of: {', '.join(sorted(self._taken))}")

    def _take(self, key: str, default: object) -> Any:
        self._taken.add(key)
        if key in self.values:
            return self.values[key]
        if default is None:
            raise self.error(key, "it is missing: write it")
        return default


def read_table(source: Path | Traversable) -> Table:
    """Read the whole file as a Table; DataError when it is absent, not UTF-8 or not TOML."""
    try:
        values = tomllib.loads(source.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise DataError(source.name, "(file)", str(source), "there is no such file: check the name") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise DataError(source.name, "(file)", str(problem), "write valid TOML in UTF-8") from problem
    return Table(source.name, "", values)
