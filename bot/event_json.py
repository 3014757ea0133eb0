"""An event as JSON and back: how a dead letter keeps it until it is tried again."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from bot.messages import FileRef, Incoming, IncomingKind, Place
from offices.words import clean

_NAMES = frozenset(field.name for field in fields(Incoming))


def as_json(incoming: Incoming) -> dict[str, Any]:
    """Return an event as JSON, whatever a channel put into it; texts are cleaned, empty parts left out."""
    return {name: _plain(value) for name, value in asdict(incoming).items() if value not in (None, "")}


def read_event(raw: Mapping[str, Any]) -> Incoming:
    """Return the event that `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    given = {name: value for name, value in raw.items() if name in _NAMES}
    given |= {"kind": IncomingKind(raw["kind"]), "at": datetime.fromisoformat(raw["at"])}
    if "file" in raw:
        given["file"] = FileRef(**raw["file"])
    if "place" in raw:
        given["place"] = Place(**raw["place"])
    return Incoming(**given)


def _plain(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case date():
            return value.isoformat()
        case _:
            return value
