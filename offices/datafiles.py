"""Reading the packaged data files: typed values out of TOML, or one clear DataError; and names in two languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import TypeVar

from offices.errors import DataError

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class Label:
    """A name in both languages; `label["en"]` is English, every other language reads Vietnamese."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.vi

    def __str__(self) -> str:
        return self.vi


@dataclass(frozen=True)
class Table:
    """One table of a data file; every getter raises DataError with file, place, value and the way out.

    file    name of the file, as people know it
    place   path inside the file, such as "units[3]"; "" is the file itself
    values  what TOML read
    """

    file: str
    place: str
    values: Mapping[str, object]

    def refusal(self, key: str, way_out: str) -> DataError:
        """Make the error for the value of `key`, for the caller to raise."""
        return DataError(self.file, self._at(key), self.values.get(key), way_out)

    def only(self, *keys: str) -> None:
        """Refuse keys that mean nothing here: a misspelt key would otherwise be silently without effect."""
        for key in self.values:
            if key not in keys:
                raise self.refusal(key, f"use one of: {', '.join(keys)}")

    def text(self, key: str) -> str:
        """Read a text that must be there and not be empty."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, "write a text in quotes")
        return value

    def text_or(self, key: str, default: str) -> str:
        """Read a text that may be missing."""
        return self.text(key) if key in self.values else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; a missing list is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.refusal(key, 'write a list of texts, such as ["a", "b"]')
        return tuple(value)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """Read one of the values of an enumeration."""
        try:
            return choices(self.text(key))
        except ValueError:
            raise self.refusal(key, f"use one of: {', '.join(choices)}") from None

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.refusal(key, "write true or false")
        return value

    def whole(self, key: str) -> int:
        """Read a whole number."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal(key, "write a whole number")
        return value

    def day(self, key: str) -> date:
        """Read a date."""
        value = self.values.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refusal(key, "write a date as 2026-11-21, without quotes")
        return value

    def day_or_none(self, key: str) -> date | None:
        """Read a date that may be missing."""
        return self.day(key) if key in self.values else None

    def label(self, key: str) -> Label:
        """Read a name in both languages: { vi = "…", en = "…" }."""
        names = self.table(key)
        names.only("vi", "en")
        return Label(names.text("vi"), names.text("en"))

    def table(self, key: str) -> "Table":
        """Read a table inside this one."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.refusal(key, "write a table: { name = value, … }")
        return Table(self.file, self._at(key), value)

    def tables(self, key: str) -> tuple["Table", ...]:
        """Read a list of tables ([[key]]); a missing list is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refusal(key, f"write each entry as a table under [[{key}]]")
        return tuple(Table(self.file, f"{self._at(key)}[{place}]", item) for place, item in enumerate(value, start=1))

    def _at(self, key: str) -> str:
        """Give the path of a key inside the file."""
        return f"{self.place}.{key}" if self.place else key


def read_table(file: Traversable, name: str = "") -> Table:
    """Read a TOML file; `name` is what errors call it (its own name by default)."""
    known_as = name or file.name
    try:
        return Table(known_as, "", tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(known_as, "file", None, "put the file there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(known_as, "file", str(error), "write it as TOML in UTF-8") from error
