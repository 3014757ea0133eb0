"""Asking for a number: pressed, or typed alone or before its unit."""

import re
from collections.abc import Sequence
from typing import Any

from bot.asking import is_shown
from bot.effects import Ask, Json, Label, Matcher, Option, Refused, Reply, Script, Text
from offices.words import fold

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
        pressed = reply.option if is_shown(options, reply.option) else None
        found = _COUNTED.fullmatch(pressed or fold(reply.text))
        if found is None or int(found[1]) not in limits:
            raise Refused(refusal)
        if found[2] and not any(name.startswith(found[2]) for name in names):
            raise Refused(refusal)
        return int(found[1])

    return Ask(key, prompt, read, lambda value: type(value) is int and value in limits, options, optional, columns)
