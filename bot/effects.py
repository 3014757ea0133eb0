"""What a script may ask for: to say something, to ask something, to have something done.

Effects are values. A script yields them and reads from top to bottom like the conversation itself; it does
no input or output. How each kind of question is asked, with its precise type, stands in `bot.asking` (one of several
things), `bot.asking_numbers` and `bot.asking_content`.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.messages import FileRef, OutgoingFile, Place
from offices.errors import DomainError
from storage.desks import Desks
from storage.facts import Param, facts_of, read_param, written
from storage.savepoint import savepoint

T = TypeVar("T")
Json = Any
"""A value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the catalogue with its facts; a fact may be a label itself."""

    key: str
    params: Mapping[str, "Param | Label"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A name that comes from data (a unit, a questionnaire's item), in each language."""

    by_language: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """Return the name in `language`, in Vietnamese where it has no other."""
        return self.by_language.get(language) or self.by_language["vi"]


Label = Text | Named


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One answer of a choice: `id` is journaled (ASCII, at most 32), `value` is what the script gets."""

    id: str
    label: Label
    value: T
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered: a pressed option, a text, a file, a place or a telephone number."""

    text: str = ""
    option: str | None = None
    file: FileRef | None = None
    place: Place | None = None
    phone: str | None = None
    message_ref: str | None = None


class Refused(Exception):  # noqa: N818 - an answer that was refused, not a fault
    """The reply is no answer to the question; `reason` tells the person what would be.

    secret  the reply must not be kept anywhere, not even as a line of our own page
    """

    def __init__(self, reason: Text, *, secret: bool = False) -> None:
        """Keep the words for the person."""
        super().__init__(reason.key)
        self.reason = reason
        self.secret = secret


@dataclass(frozen=True, slots=True)
class Offer:
    """A button under the last message of a conversation: it begins another one (`start`, see bot.starts)."""

    label: Text
    start: str


@dataclass(frozen=True, slots=True)
class Say:
    """Tell something.

    copy_code  a code the person may want to keep
    offers     what he may do about it or leave: no open question, so nothing waits for it and nothing reminds of it
    file       goes with it, as a message of its own before all others of the turn
    """

    text: Label
    copy_code: str | None = None
    offers: tuple[Offer, ...] = ()
    file: OutgoingFile | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask something.

    key       unique in the conversation; the answer is journaled under it
    read      makes the JSON answer of a reply, or raises Refused
    fits      says whether a journaled answer can still stand
    optional  "Bỏ qua" answers None
    columns   options beside each other
    wants     `file`, `location` or `contact` where the question takes one
    """

    key: str
    prompt: Label
    read: Callable[[Reply, "Matcher"], Json]
    fits: Callable[[Json], bool]
    options: tuple[Option[Any], ...] = ()
    optional: bool = False
    columns: int = 1
    wants: str | None = None


@dataclass(frozen=True, slots=True)
class Do:
    """Have something done in the open transaction; its JSON result is journaled and never computed again.

    final  what is done cannot be taken back, so "Quay lại" does not go behind it
    """

    key: str
    action: Callable[[Desks], Json]
    final: bool = True


Effect = Say | Ask | Do
Script = Generator[Effect, Any, T]
Matcher = Callable[[str, Sequence[Option[Any]]], str | None]
"""Finds the option that a typed text means, in any language; None when it means none."""


def say(text: Label, copy_code: str | None = None, offers: tuple[Offer, ...] = ()) -> Script[None]:
    """Tell something; `offers` are shown where the conversation ends with it."""
    yield Say(text, copy_code, offers)


def hand_over(file: OutgoingFile, text: Label) -> Script[None]:
    """Give the person a file; `text` stands under it."""
    yield Say(text, file=file)


def perform(key: str, action: Callable[[Desks], T], *, final: bool = True) -> Script[T]:
    """Have `action` done once; its result must be a JSON value."""
    result: T = yield Do(key, action, final)
    return result


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that the rules refused: the text that tells why."""

    reason: Text


def attempt(key: str, action: Callable[[Desks], T], *, final: bool = True) -> Script[T | Refusal]:
    """Have `action` done once; where the rules refuse it, nothing of it stays and the script learns why."""

    def guarded(desks: Desks) -> Json:
        try:
            with savepoint(desks.connection):
                return {"result": action(desks)}
        except DomainError as error:
            return {"refused": error.key, "facts": {name: written(fact) for name, fact in facts_of(error).items()}}

    answer: dict[str, Any] = yield Do(key, guarded, final)
    if "refused" in answer:
        facts = {name: read_param(fact) for name, fact in answer["facts"].items()}
        return Refusal(Text(f"errors.{answer['refused']}", facts))
    result: T = answer["result"]
    return result


@dataclass(frozen=True, slots=True)
class Next:
    """A script's result: go on with another script in the same chat."""

    script: str
    args: Mapping[str, Json] = field(default_factory=dict)


Check = Callable[[str], None]
"""Looks at a text before anything of it is kept; raises Refused for one that must not be."""


def accept_all(_text: str) -> None:
    """Refuse nothing."""
