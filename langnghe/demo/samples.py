"""The texts and figures of the sample world, read from `samples/*.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from petitions.kinds import Subject

COUNTER = "counter"
"""Stands in `about` for the unit where dossiers are handed in."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One petition: what is written, answered, and done in the end.

    about   COUNTER, or the field whose visited unit it speaks of; None = it names none
    result  None when nothing but an answer can be given
    """

    subject: Subject
    field: str | None
    about: str | None
    text: str
    answer: str
    result: str | None


@dataclass(frozen=True, slots=True)
class Served:
    """How often people come for a field, and which share of them is satisfied, first and last day of the year."""

    code: str
    weight: float
    first: float
    last: float


@cache
def sample_petitions() -> tuple[Sample, ...]:
    """Read the petitions."""
    return tuple(
        Sample(
            Subject(row["subject"]), row.get("field"), row.get("about"), row["text"], row["answer"], row.get("result")
        )
        for row in _read("petitions")["petition"]
    )


@cache
def letters() -> Mapping[str, Any]:
    """Read the sentences that serve many petitions, by their use."""
    return dict(_read("letters"))


@cache
def comments() -> Mapping[str, list[str]]:
    """Read the comments to ratings: `satisfied`, `neutral`, and by the reason of a low score."""
    return dict(_read("comments"))


@cache
def served_fields() -> tuple[Served, ...]:
    """Read what people come for."""
    return tuple(Served(**row) for row in _read("services")["field"])


@cache
def reasons() -> Mapping[str, int]:
    """Read how often each reason is given for a low score."""
    return dict(_read("services")["reasons"])


@cache
def months() -> tuple[float, ...]:
    """Read how many people come in each month, January first, relative to each other."""
    return tuple(_read("services")["months"])


def _read(name: str) -> Any:
    return tomllib.loads((files("langnghe.demo") / "samples" / f"{name}.toml").read_text(encoding="utf-8"))
