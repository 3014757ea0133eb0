"""Values as the text of a TOML file, laid out as the shipped ones are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeGuard

Values = Mapping[str, object]

LONGEST_LINE = 110
"""Characters: a longer table inside an entry is written as one line for each of its values."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


def toml_of(values: Values) -> str:
    """Write the file; `offices.datafiles.values_of` reads the same values from it."""
    plain = [line for name, value in values.items() if not _is_table(value) for line in _plain(name, value)]
    lines = [*plain, *(line for name, value in values.items() if _is_table(value) for line in _table([name], value))]
    return "\n".join(lines).lstrip("\n") + "\n"


def _is_table(value: object) -> TypeGuard[Values | Sequence[Values]]:
    """Whether a value is written under a heading of its own: a table, or a list of nothing but tables."""
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )


def _table(path: list[str], value: Values | Sequence[Values]) -> Iterator[str]:
    name = ".".join(map(_key, path))
    if isinstance(value, Mapping):
        yield from ("", f"[{name}]", *_entry(path, value))
        return
    for each in value:
        yield from ("", f"[[{name}]]", *_entry(path, each))


def _entry(path: list[str], values: Values) -> Iterator[str]:
    below = {name: value for name, value in values.items() if isinstance(value, list) and _is_table(value)}
    for name, value in values.items():
        if name not in below:
            yield from _plain(name, value)
    for name, value in below.items():
        yield from _table([*path, name], value)


def _plain(name: str, value: object) -> Iterator[str]:
    line = f"{_key(name)} = {_value(value)}"
    if isinstance(value, dict) and value and len(line) > LONGEST_LINE:
        yield from (f"{_key(name)}.{_key(inner)} = {_value(each)}" for inner, each in value.items())
    else:
        yield line


def _value(value: object) -> str:
    match value:
        case dict():
            inside = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case str():
            return text_of(value)
    return _scalar(value)


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal() if not value.is_finite():
            return "nan" if value.is_nan() else f"{'-' if value < 0 else ''}inf"
        case int() | Decimal():
            return str(value)
        case date() | datetime() | time():
            return value.isoformat()
    raise TypeError(f"TOML has no {type(value).__name__}")


def text_of(text: str) -> str:
    """Write a text in quotes."""
    return f'"{"".join(_escaped(letter) for letter in text)}"'


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else text_of(name)


def _escaped(letter: str) -> str:
    if ord(letter) < _FIRST_PRINTABLE or ord(letter) == _DELETE:
        return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"
    return _ESCAPES.get(letter, letter)
