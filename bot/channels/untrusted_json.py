"""Reading members of untrusted JSON: a value of the right kind, or nothing. Never an exception."""

from typing import Any

Json = dict[str, Any]

_NOTHING: Json = {}


def member(parent: Json, name: str) -> Json:
    """Return the object under `name`, an empty one when there is none."""
    value = parent.get(name)
    return value if type(value) is dict else _NOTHING


def words(parent: Json, name: str) -> str:
    """Return the text under `name`, empty when there is none, without what no database can hold.

    NUL is dropped, lone surrogates become U+FFFD. The rest of the cleaning is intake's.
    """
    value = parent.get(name)
    if type(value) is not str:
        return ""
    return encodable(value).replace("\x00", "")


def encodable(text: str) -> str:
    """Return a text that UTF-8 can hold: lone surrogates become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def whole(parent: Json, name: str) -> int | None:
    """Return the whole number under `name`; None when there is none or it needs more than 63 bits."""
    value = parent.get(name)
    return value if type(value) is int and -(2**63) < value < 2**63 else None


def degrees(parent: Json, name: str, most: float) -> float | None:
    """Return the angle under `name`; None when there is none or it lies beyond +-`most` (NaN does)."""
    value = parent.get(name)
    number = value if type(value) is float or type(value) is int else None
    return float(number) if number is not None and -most <= number <= most else None
