"""What a script is under its name, and what it may know of the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.effects import Json, Next, Script
from storage.desks import Desks
from storage.reference import Reference
from storage.vault import Vault
from surveys.tokens import TokenKey


@dataclass(frozen=True, slots=True)
class Scene:
    """What a script may know.

    reference, today  the reference data of the day
    args              what it was started with
    token_key         what rating codes are recognised by
    vault             seals what a person gives that must not be read in the database
    sends_by_phone    whether the office lets news go to telephone numbers: else nobody is asked for one
    """

    reference: Reference
    today: date
    args: Mapping[str, Json]
    token_key: TokenKey
    vault: Vault
    sends_by_phone: bool = True


@dataclass(frozen=True, slots=True)
class ScriptSpec:
    """A script under its name.

    play       makes a fresh generator for a scene
    abandoned  what to do when the conversation ends without its last answer; gets what the journal holds, by key
    for_staff  for officials; the end offers no citizen's menu
    """

    name: str
    play: Callable[[Scene], Script[Next | None]]
    abandoned: Callable[[Desks, Mapping[str, Json]], None] | None = None
    for_staff: bool = False
