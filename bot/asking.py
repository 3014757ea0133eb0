"""Asking for one of several things: shown as options, or looked up by typed words."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bot.effects import Ask, Json, Label, Matcher, Option, Refused, Reply, Script, Text
from offices.words import clean

T = TypeVar("T")

LONGEST_SEARCH = 80


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
        if is_shown(options, reply.option):
            return reply.option
        found = match(reply.text, options) if typed and reply.text else None
        if found is None:
            raise Refused(Text("refused.choice"))
        return found

    return Ask(key, prompt, read, lambda value: is_shown(options, value), options, optional, columns)


# Looked for one by one: at a replay most questions are answered already, and only one option is looked for.
def is_shown(options: Sequence[Option[Any]], wanted: Json) -> bool:
    """Say whether one of the options has this id."""
    return any(option.id == wanted for option in options)


def _value_of(chosen: str, options: Sequence[Option[T]]) -> T:
    return next(option.value for option in options if option.id == chosen)


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
        shown = reply.option if is_shown(options, reply.option) else match(text, options) if text else None
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
        return is_shown(options, value["id"]) if "id" in value else bool(search(value["text"]))

    return Ask(key, prompt, read, fits, options, optional)
