"""Names for people of statuses, events and the rest, and the reasons for which a petition is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from offices.datafiles import Label, Table, read_file


@dataclass(frozen=True)
class Reason:
    """Why a petition is refused: what the citizen reads, what he can do instead, and the rule behind it."""

    code: str
    name: Label
    way_out: Label
    source: str


def names(kind: str) -> Mapping[str, Label]:
    """Give the names of every `status`, `event`, `relation`, `need` or `subject` by its code."""
    return _names()[kind]


@cache
def _names() -> Mapping[str, Mapping[str, Label]]:
    return read_file(
        files("petitions") / "names.toml", lambda table: {kind: table.table(kind, _labels) for kind in table.values}
    )


def _labels(table: Table) -> Mapping[str, Label]:
    return {code: table.label(code) for code in table.values}


@cache
def reasons() -> Mapping[str, Reason]:
    """Give every reason of refusal by its code, in the order they are offered."""
    return read_file(
        files("petitions") / "reasons.toml",
        lambda table: {code: table.table(code, partial(_reason, code)) for code in table.values},
    )


def _reason(code: str, row: Table) -> Reason:
    return Reason(code, Label(row.text("vi"), row.text("en")), row.label("way_out"), row.text("source"))
