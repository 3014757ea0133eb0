"""What a script may ask for: to say something, to ask something, to have something done.

Effects are values. A script yields them and reads from top to bottom like the conversation itself; it does
no input or output. The functions at the end give each question its precise type.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.messages import FileRef, Place
from offices.errors import DomainError
from offices.words import clean, fold
from storage.desks import Desks
from storage.facts import Param, facts_of, read_param, written
from storage.savepoint import savepoint

T = TypeVar("T")
Json = Any
"""A value that JSON can hold."""
LONGEST_FILE_NAME = 120
LONGEST_SEARCH = 80


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
    """What a person answered: a pressed option, a text, a file or a place."""

    text: str = ""
    option: str | None = None
    file: FileRef | None = None
    place: Place | None = None
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
    """

    text: Label
    copy_code: str | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask something.

    key       unique in the conversation; the answer is journaled under it
    read      makes the JSON answer of a reply, or raises Refused
    fits      says whether a journaled answer can still stand
    optional  "Bỏ qua" answers None
    columns   options beside each other
    wants     `file` or `location` where the question takes one
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


def choose(key: str, prompt: Label, options: Sequence[Option[T]], *, columns: int = 1, typed: bool = True) -> Script[T]:
    """Ask for one of the options; numbers, words and labels with or without diacritics are understood."""
    chosen: str = yield _choice(key, prompt, tuple(options), optional=False, columns=columns, typed=typed)
    return _value_of(chosen, options)


def choose_or_skip(key: str, prompt: Label, options: Sequence[Option[T]], *, columns: int = 1) -> Script[T | None]:
    """Ask for one of the options or none."""
    chosen: str | None = yield _choice(key, prompt, tuple(options), optional=True, columns=columns, typed=True)
    return None if chosen is None else _value_of(chosen, options)


def _choice(
    key: str, prompt: Label, options: tuple[Option[Any], ...], *, optional: bool, columns: int, typed: bool
) -> Ask:
    def read(reply: Reply, match: Matcher) -> Json:
        if _has(options, reply.option):
            return reply.option
        found = match(reply.text, options) if typed and reply.text else None
        if found is None:
            raise Refused(Text("refused.choice"))
        return found

    return Ask(key, prompt, read, lambda value: _has(options, value), options, optional, columns)


# Looked for one by one: at a replay most questions are answered already, and only one option is looked for.
def _has(options: Sequence[Option[Any]], wanted: Json) -> bool:
    return any(option.id == wanted for option in options)


def _value_of(chosen: str, options: Sequence[Option[T]]) -> T:
    return next(option.value for option in options if option.id == chosen)


_COUNTED = re.compile(r"(?:(?:khoang|chung|tam|about|around) |~ ?)?(\d{1,6})(?: ?([a-z]+))?[.!]?")


def count(
    key: str,
    prompt: Label,
    limits: range,
    units: Sequence[str],
    refusal: Text,
    options: Sequence[Option[Any]] = (),
    *,
    columns: int = 1,
) -> Script[int]:
    """Ask for a whole number in `limits`: pressed, or typed alone or before its unit ("15", "khoảng 15 phút", "15p").

    units    names of what is counted, in every language; a number of anything else ("1 giờ") is refused
    refusal  what is said of a reply that is no such number
    options  usual numbers, to be pressed; their ids are the numbers
    """
    number: int = yield _counting(key, prompt, limits, units, refusal, tuple(options), optional=False, columns=columns)
    return number


def count_or_skip(
    key: str,
    prompt: Label,
    limits: range,
    units: Sequence[str],
    refusal: Text,
    options: Sequence[Option[Any]] = (),
    *,
    columns: int = 1,
) -> Script[int | None]:
    """Ask for a whole number as `count` does, or none."""
    number: int | None = yield _counting(
        key, prompt, limits, units, refusal, tuple(options), optional=True, columns=columns
    )
    return number


def _counting(
    key: str,
    prompt: Label,
    limits: range,
    units: Sequence[str],
    refusal: Text,
    options: tuple[Option[Any], ...],
    *,
    optional: bool,
    columns: int,
) -> Ask:
    names = [fold(unit) for unit in units]

    def read(reply: Reply, _match: Matcher) -> Json:
        # Not by the matcher: "3" is three minutes here, not the third button.
        pressed = reply.option if _has(options, reply.option) else None
        found = _COUNTED.fullmatch(pressed or fold(reply.text))
        if found is None or int(found[1]) not in limits:
            raise Refused(refusal)
        if found[2] and not any(name.startswith(found[2]) for name in names):
            raise Refused(refusal)
        return int(found[1])

    return Ask(key, prompt, read, lambda value: type(value) is int and value in limits, options, optional, columns)


Check = Callable[[str], None]
"""Looks at a text before anything of it is kept; raises Refused for one that must not be."""


def accept_all(_text: str) -> None:
    """Refuse nothing."""


def write(key: str, prompt: Label, *, longest: int, shortest: int = 1) -> Script[str]:
    """Ask for a text of `shortest` to `longest` characters."""
    text: str = yield _writing(key, prompt, shortest, longest, optional=False)
    return text


def write_or_skip(key: str, prompt: Label, *, longest: int) -> Script[str | None]:
    """Ask for a text of at most `longest` characters, or none."""
    text: str | None = yield _writing(key, prompt, 1, longest, optional=True)
    return text


def _writing(key: str, prompt: Label, shortest: int, longest: int, *, optional: bool) -> Ask:
    def read(reply: Reply, _match: Matcher) -> Json:
        text = clean(reply.text)
        if not text:
            raise Refused(Text("refused.not_text"))
        if len(text) > longest:
            raise Refused(Text("refused.too_long", {"longest": longest, "length": len(text)}))
        if len(fold(text)) < shortest:
            raise Refused(Text("refused.too_short", {"shortest": shortest}))
        return text

    return Ask(key, prompt, read, lambda value: isinstance(value, str), optional=optional)


def pick(
    key: str, prompt: Label, options: Sequence[Option[T]], search: Callable[[str], Sequence[Option[T]]]
) -> Script[T]:
    """Ask for one of many things: the options shown, or typed words that `search` looks up.

    Words that fit several are followed by a choice among those.
    """
    found: T | None = yield from _pick(key, prompt, tuple(options), search, optional=False)
    assert found is not None  # noqa: S101 - only an optional question may be skipped
    return found


def pick_or_skip(
    key: str, prompt: Label, options: Sequence[Option[T]], search: Callable[[str], Sequence[Option[T]]]
) -> Script[T | None]:
    """Ask for one of many things, or none."""
    return (yield from _pick(key, prompt, tuple(options), search, optional=True))


def _pick(
    key: str,
    prompt: Label,
    options: tuple[Option[T], ...],
    search: Callable[[str], Sequence[Option[T]]],
    *,
    optional: bool,
) -> Script[T | None]:
    answer: dict[str, str] | None = yield _picking(key, prompt, options, search, optional=optional)
    if answer is None:
        return None
    if "id" in answer:
        return _value_of(answer["id"], options)
    found = search(answer["text"])
    if len(found) == 1:
        return found[0].value
    return (yield from choose(f"{key}.which", Text("engine.which", {"text": answer["text"]}), found))


def _picking(
    key: str,
    prompt: Label,
    options: tuple[Option[T], ...],
    search: Callable[[str], Sequence[Option[T]]],
    *,
    optional: bool,
) -> Ask:
    def read(reply: Reply, match: Matcher) -> Json:
        text = clean(reply.text)[:LONGEST_SEARCH]
        shown = reply.option if _has(options, reply.option) else match(text, options) if text else None
        if shown is not None:
            return {"id": shown}
        if not text:
            raise Refused(Text("refused.choice"))
        if not search(text):
            raise Refused(Text("refused.nothing_found", {"text": text}))
        return {"text": text}

    def fits(value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        return _has(options, value["id"]) if "id" in value else bool(search(value["text"]))

    return Ask(key, prompt, read, fits, options, optional)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a person attached."""

    ref: str
    media: str
    name: str
    size: int
    mime: str


def attach(key: str, prompt: Label, another: Label, *, most: int, largest: int) -> Script[list[SentFile]]:
    """Ask for up to `most` files of at most `largest` bytes each; "Xong" or "Bỏ qua" ends."""
    files: list[SentFile] = []
    while len(files) < most:
        answer: dict[str, Any] | None = yield _attachment(
            f"{key}.{len(files) + 1}", another if files else prompt, largest
        )
        if answer is None or "done" in answer:
            break
        files.append(SentFile(**answer))
    return files


def _attachment(key: str, prompt: Label, largest: int) -> Ask:
    done = Option("done", Text("buttons.done"), True, ("xong", "done", "het", "khong", "no"))

    def read(reply: Reply, match: Matcher) -> Json:
        if reply.file:
            if reply.file.size > largest:
                raise Refused(Text("refused.file_too_large", {"megabytes": largest // 1_000_000}))
            sent = reply.file
            name = clean(sent.name)[:LONGEST_FILE_NAME]
            return {
                "ref": clean(sent.ref),
                "media": sent.media,
                "name": name,
                "size": sent.size,
                "mime": clean(sent.mime),
            }
        if reply.option == "done" or (reply.text and match(reply.text, (done,))):
            return {"done": True}
        raise Refused(Text("refused.not_file"))

    return Ask(key, prompt, read, lambda value: isinstance(value, dict), (done,), optional=True, wants="file")


def locate_or_skip(key: str, prompt: Label, *, longest: int) -> Script[str | Place | None]:
    """Ask where something is: a shared position or a text; or none."""

    def read(reply: Reply, _match: Matcher) -> Json:
        if reply.place:
            return {"latitude": reply.place.latitude, "longitude": reply.place.longitude}
        text = clean(reply.text)
        if not text:
            raise Refused(Text("refused.not_place"))
        if len(text) > longest:
            raise Refused(Text("refused.too_long", {"longest": longest, "length": len(text)}))
        return text

    answer: Any = yield Ask(
        key, prompt, read, lambda value: isinstance(value, str | dict), optional=True, wants="location"
    )
    return Place(**answer) if isinstance(answer, dict) else answer
