"""Fields ("lĩnh vực"): the subjects that units answer for and that figures are broken down by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError, DomainError
from offices.words import best_matches


class Scope(StrEnum):
    """Which satisfaction figure a field counts in; the plans set the two apart."""

    ADMINISTRATIVE = "administrative"
    PUBLIC_SERVICE = "public_service"  # public health and education


@dataclass(frozen=True)
class Field:
    """One field; `words` are other words by which people mean it."""

    code: str
    name: Label
    scope: Scope
    words: tuple[str, ...] = ()


class Fields:
    """The fields of one authority, in the order in which they are shown."""

    def __init__(self, fields: Iterable[Field], file: str = "fields") -> None:
        """Index the fields; a code given twice raises DataError naming `file`."""
        self._by_code: dict[str, Field] = {}
        for field in fields:
            if field.code in self._by_code:
                raise DataError(file, "fields", field.code, "give each field a code of its own")
            self._by_code[field.code] = field

    def __iter__(self) -> Iterator[Field]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def field(self, code: str) -> Field:
        """Give the field of a code; an unknown code raises DomainError `field_unknown`."""
        if code not in self._by_code:
            raise DomainError("field_unknown", field=code)
        return self._by_code[code]

    def find(self, text: str, limit: int = 5) -> list[Field]:
        """Find the fields that typed words mean, best first."""
        named = [(field.code, name) for field in self for name in (field.name.vi, field.name.en, *field.words)]
        return [self._by_code[code] for code in best_matches(text, named, limit)]


def read_fields(file: Traversable, name: str = "") -> Fields:
    """Read a fields file ([[fields]]); anything wrong raises DataError."""
    return read_file(file, lambda table: Fields(table.tables("fields", _read_field), table.file), name)


def _read_field(entry: Table) -> Field:
    return Field(entry.text("code"), entry.label("name"), entry.choice("scope", Scope), entry.texts("words"))
