"""Names for people of statuses, events and the rest, and the reasons for which a petition is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_table


@dataclass(frozen=True)
class Reason:
    """Why a petition is refused: what the citizen reads, what he can do instead, and the rule behind it."""

    code: str
    name: Label
    way_out: Label
    source: str


@cache
def names(kind: str) -> Mapping[str, Label]:
    """Give the names of every `status`, `event`, `relation`, `need` or `subject` by its code."""
    table = part(read_table(files("petitions") / "names.toml"), kind)
    return {code: table.label(code) for code in table.values}


@cache
def reasons() -> Mapping[str, Reason]:
    """Give every reason of refusal by its code, in the order they are offered."""
    table = read_table(files("petitions") / "reasons.toml")
    return {code: _reason(code, part(table, code)) for code in table.values}


def part(table: Table, key: str) -> Table:
    """Give the table `[key]` inside `table`; DataError when there is none."""
    values = table.values.get(key)
    if not isinstance(values, dict):
        raise table.refusal(key, f"write a table under [{key}]")
    return Table(table.file, f"{table.place}.{key}" if table.place else key, values)


def _reason(code: str, row: Table) -> Reason:
    row.only("vi", "en", "way_out", "source")
    return Reason(code, Label(row.text("vi"), row.text("en")), row.label("way_out"), row.text("source"))
