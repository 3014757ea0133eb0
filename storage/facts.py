"""Facts that a text is given: plain values, and references to what has a name in each language."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from offices.errors import DomainError


@dataclass(frozen=True, slots=True)
class Ref:
    """Something with a name in each language: `kind` is unit, field, status, reason …; `code` says which."""

    kind: str
    code: str


Param = str | int | date | datetime | Ref

_NAMED_FACTS = frozenset({"unit", "field", "status", "event", "reason"})


def facts_of(error: DomainError) -> dict[str, Param]:
    """Return the facts of a refusal for its words; codes of units, statuses and the like as references."""
    return {
        name: Ref(name, fact) if name in _NAMED_FACTS and isinstance(fact, str) else fact
        for name, fact in error.params.items()
    }


def read_param(value: Any) -> Param:
    """Return a stored parameter as it was given to `put`."""
    if not isinstance(value, dict):
        plain: Param = value
        return plain
    match value:
        case {"ref": [kind, code]}:
            return Ref(kind, code)
        case {"moment": written}:
            return datetime.fromisoformat(written)
        case {"date": written}:
            return date.fromisoformat(written)
    raise ValueError(f"no parameter of an outgoing message: {value!r}")


def written(value: Param) -> Any:
    """Return a parameter as JSON; `read_param` reads it back."""
    match value:
        case Ref(kind, code):
            return {"ref": [kind, code]}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value
