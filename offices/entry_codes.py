"""Short codes on posters, for channels whose links carry nothing: "KS-7F3K", three symbols and a check.

A Zalo link opens the account's chat and tells us nothing of the poster it stood on (zalo.md A11). So the poster shows a
code, typed as the first message. It is no secret: it opens what the poster's QR code opens.
"""

import re
from collections.abc import Callable

from offices.code_symbols import ALPHABET, BASE, READ_AS, check_symbol, is_checked, symbols_of
from offices.words import fold

PREFIX = "KS"
NUMBERS = BASE**3
LONGEST_TYPED = 40
_BITS = NUMBERS.bit_length()
_JUNK = re.compile(r"[\s\-–—_.:]+")
_WORDS = re.compile(r"^(?:gui )?(?:ma|code)(?: so)?\b")
_SHAPE = re.compile(f"{PREFIX}([{ALPHABET}]{{4}})")


def draw(random_bits: Callable[[int], int]) -> str:
    """Draw a code; `random_bits(k)` gives an integer of k random bits, such as `secrets.randbits`."""
    while (number := random_bits(_BITS)) >= NUMBERS:
        pass
    return write(number)


def write(number: int) -> str:
    """Write the code of a number below NUMBERS.

    >>> write(1000)
    'KS-1B1K'
    """
    if not 0 <= number < NUMBERS:
        raise ValueError(f"a code of a poster has a number below {NUMBERS}")
    symbols = symbols_of(number, 3)
    return f"{PREFIX}-{symbols}{check_symbol(symbols)}"


def read(typed: str) -> str | None:
    """Return a code as `write` writes it from what was typed; None for anything else, a mistyped one too.

    Forgiven are case, O for 0, I or L for 1, dashes and spaces, "mã" before it.

    >>> read("gửi mã ks 1b1k"), read("KS-1B1M")
    ('KS-1B1K', None)
    """
    symbols = _symbols(typed)
    return f"{PREFIX}-{symbols}" if symbols and is_checked(symbols) else None


def is_meant(typed: str) -> bool:
    """Say whether a text is a code with its prefix and nothing else, mistyped or not."""
    return _symbols(typed) is not None


def _symbols(typed: str) -> str | None:
    if len(typed) > LONGEST_TYPED:
        return None
    written = _JUNK.sub("", _WORDS.sub("", fold(typed))).upper()
    found = _SHAPE.fullmatch(PREFIX + written.removeprefix(PREFIX).translate(READ_AS))
    return found[1] if found and written.startswith(PREFIX) else None
