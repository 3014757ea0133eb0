"""Tracking codes: "PA-XXXX-XXXX-XXXX", 60 random bits in Crockford's base 32.

The code is the key to a petition's state, so it is never counted up and never guessed (security A5). Its alphabet
leaves out the letters that are read as digits; what people type is forgiven.
"""

import re
from collections.abc import Callable

from offices.errors import DomainError
from offices.words import fold

PREFIX = "PA"
BITS = 60
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SHAPE = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}")
_JUNK = re.compile(r"[\s\-–—_.]+")


class UnreadableCodeError(DomainError):
    """What was typed cannot be a tracking code."""

    def __init__(self) -> None:
        """Name the text; what was typed is not repeated: it may be anything."""
        super().__init__("code_not_readable")


def new_code(random_bits: Callable[[int], int]) -> str:
    """Make a fresh code; `random_bits(k)` gives an integer of k random bits, such as `secrets.randbits`."""
    number = random_bits(BITS)
    symbols = "".join(_ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return _written(symbols)


def normalise_code(typed: str) -> str:
    """Read a code as it is stored from what people type.

    Forgiven are lower case, O for 0, I or L for 1, and dashes, spaces or the prefix left out.

    Raises UnreadableCodeError when it cannot be a code at all.
    """
    symbols = _JUNK.sub("", fold(typed)).upper()
    if len(symbols) == _LENGTH + len(PREFIX) and symbols.startswith(PREFIX):
        symbols = symbols.removeprefix(PREFIX)
    symbols = symbols.translate(_READ_AS)
    if not _SHAPE.fullmatch(symbols):
        raise UnreadableCodeError
    return _written(symbols)


def is_code(typed: str) -> bool:
    """Say whether a text can be read as a code.

    >>> is_code("pa 7k3m 9qxt 2hbn"), is_code("đèn đường hỏng")
    (True, False)
    """
    try:
        return bool(normalise_code(typed))
    except UnreadableCodeError:
        return False


def _written(symbols: str) -> str:
    return "-".join([PREFIX, *(symbols[at : at + 4] for at in range(0, _LENGTH, 4))])
