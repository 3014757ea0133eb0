"""Names for people of statuses, events and the rest, and the reasons for which a petition is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from petitions.phrases import packaged_toml

Bilingual = Mapping[str, str]
"""A text in each language: keys `vi` and `en`."""


@dataclass(frozen=True)
class Reason:
    """Why a petition is refused: what the citizen reads, what he can do instead, and the rule behind it."""

    code: str
    name: Bilingual
    way_out: Bilingual
    source: str


@cache
def names(kind: str) -> Mapping[str, Bilingual]:
    """Give the names of every `status`, `event`, `relation`, `need` or `subject` by its code."""
    table: Mapping[str, Bilingual] = packaged_toml("petitions", "names.toml")[kind]
    return table


@cache
def reasons() -> Mapping[str, Reason]:
    """Give every reason of refusal by its code, in the order they are offered."""
    return {
        code: Reason(code, {"vi": row["vi"], "en": row["en"]}, row["way_out"], row["source"])
        for code, row in packaged_toml("petitions", "reasons.toml").items()
    }
