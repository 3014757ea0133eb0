"""Messages about petitions: to whom, which text, which buttons. The store puts them into the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from petitions.lifecycle import Event
from petitions.model import File

EXCERPT = 300
"""Characters of a text that a notice repeats; the whole text is one button away."""


class Urgency(StrEnum):
    """How urgent a message is: reminders may be lost but never come twice, notices the other way round."""

    NOTICE = "notice"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Ref:
    """Something with a name in each language: `kind` is unit, status, reason, field; `code` says which."""

    kind: str
    code: str


Param = str | int | date | datetime | Ref
Params = Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: the text `buttons.<label_key>`, and the conversation it starts."""

    label_key: str
    start: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One message, to the reporter or to officials.

    staff        staff ids; None sends it to the reporter
    key          text `notices.<key>`; params are its facts
    unique_key   one message per key and reader, however often the step is repeated
    file         goes with it, under this name
    """

    key: str
    params: Params
    unique_key: str
    staff: tuple[int, ...] | None = None
    buttons: tuple[Button, ...] = ()
    urgency: Urgency = Urgency.NOTICE
    file: tuple[str, File] | None = None


def step_buttons(code: str, events: Sequence[Event]) -> tuple[Button, ...]:
    """Make a button for each step: it starts the conversation in which the step is taken, and checked again."""
    return tuple(Button(event.value, f"case:{code}:{event}") for event in events)


def excerpt(text: str) -> str:
    """Shorten a text to what a notice repeats, at the end of a word."""
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0] + " …"
