"""Rating codes: the single-use proof of one visit, scanned from a slip or typed from it.

    DG-7K3M-9QXT-2H6P      number (6 symbols) · seal (5) · check (1)

The seal is made of the number and the authority's key, so a code that was never issued here is recognised without
looking anywhere. The check symbol tells a slip of the finger from another authority's code: it finds every single
wrong symbol and every two neighbours that changed places.

The alphabet (`offices.code_symbols`) has no vowels, W and D, so the prefix can never be a part of the code.

Guessing: 27^11 codes pass the check, about 2^52. Where 100,000 codes are open, one guess in 5 * 10^10 finds one, and
`storage.wrong_codes` lets a person try ten in an hour.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from offices.code_symbols import ALPHABET, BASE, READ_AS, check_symbol, is_checked, symbols_of
from offices.errors import DomainError
from offices.words import fold

PREFIX = "DG"
NUMBER_SYMBOLS, SEAL_SYMBOLS = 6, 5
SYMBOLS = NUMBER_SYMBOLS + SEAL_SYMBOLS + 1
NUMBERS = BASE**NUMBER_SYMBOLS
LONGEST_TYPED = 100
"""Characters of what was typed that are looked at."""

_NUMBER_BITS = NUMBERS.bit_length()
_SHAPE = re.compile(f"[{ALPHABET}]{{{SYMBOLS}}}")
_NEARLY = re.compile(f"(?=.*[0-9])[{ALPHABET}]{{{SYMBOLS - 3},{SYMBOLS + 3}}}")
_WORD = re.compile(r"[a-z0-9]+")
_AROUND = frozenset(
    (
        "ma",
        "danh",
        "gia",
        "so",
        "cua",
        "toi",
        "la",
        "day",
        "phieu",
        "the",
        "code",
        "rating",
        "rate",
        "my",
        "is",
        "number",
    )
)
"""Words, folded, that people write before or behind a code."""
_NAMES = frozenset(["danh", "code", "rating", "rate"])
"""Those of them that say what it is."""


class TokenError(DomainError):
    """A rating code that opens nothing: mistyped, of another authority, unknown, expired, or used already."""


@dataclass(frozen=True)
class TokenKey:
    """The authority's key: writes codes, and recognises those that it wrote."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> "TokenKey":
        """Derive the key from the service's secret, so that it serves for nothing else."""
        return cls(hmac.digest(secret.encode(), b"rating-code/1", "sha256"))

    def draw(self, random_bits: Callable[[int], int]) -> str:
        """Draw a code; `random_bits(k)` gives an integer of k random bits, such as `secrets.randbits`."""
        while (number := random_bits(_NUMBER_BITS)) >= NUMBERS:
            pass
        return self.write(number)

    def write(self, number: int) -> str:
        """Write the code of a number below `NUMBERS`: its 12 symbols, without prefix and dashes."""
        if not 0 <= number < NUMBERS:
            raise ValueError(f"a rating code has a number below {NUMBERS}")
        sealed = symbols_of(number, NUMBER_SYMBOLS) + self._seal(number)
        return sealed + check_symbol(sealed)

    def read(self, typed: str) -> str:
        """Return a code as `write` writes it from what was scanned or typed.

        Forgiven are case, O for 0, I or L for 1, dashes and spaces, a prefix left out, diacritics, words around it.
        Raises TokenError: `token_mistyped` when it cannot be a code, `token_foreign` when it is none of this key's.
        """
        token = _spelled(typed).token
        if not _is_whole(token):
            raise TokenError("token_mistyped")
        number = sum(ALPHABET.index(symbol) * BASE**place for place, symbol in enumerate(token[5::-1]))
        if not hmac.compare_digest(self._seal(number), token[NUMBER_SYMBOLS:-1]):
            raise TokenError("token_foreign")
        return token

    def knows(self, typed: str) -> bool:
        """Say whether something typed is a code of this key."""
        try:
            return bool(self.read(typed))
        except TokenError:
            return False

    def digest(self, token: str) -> str:
        """Return under what a code is kept: without the key nobody finds the code from it, however long he tries."""
        return hmac.new(self.secret, f"digest:{token}".encode(), sha256).hexdigest()

    def _seal(self, number: int) -> str:
        made = hmac.digest(self.secret, f"seal:{number}".encode(), "sha256")
        return symbols_of(int.from_bytes(made[:16]) % BASE**SEAL_SYMBOLS, SEAL_SYMBOLS)


def shown(token: str) -> str:
    """Write a code as people read and type it.

    >>> shown("7K3M9QXT2H6P")
    'DG-7K3M-9QXT-2H6P'
    """
    return "-".join((PREFIX, *(token[at : at + 4] for at in range(0, len(token), 4))))


def is_meant(typed: str) -> bool:
    """Say whether somebody means to give a code: he wrote the prefix or what it is, and nearly enough symbols.

    >>> is_meant("Mã đánh giá của tôi là 7k3m 9qxt 2h6p"), is_meant("đánh giá 5 sao"), is_meant("mã số 0123456789")
    (True, False, False)
    """
    spelled = _spelled(typed)
    return spelled.is_named and _is_nearly(spelled.token)


def could_be(typed: str) -> bool:
    """Say whether something typed has nearly enough symbols of codes, and nothing else."""
    return _is_nearly(_spelled(typed).token)


def is_certain(typed: str) -> bool:
    """Say whether a text is a code with its prefix and nothing else, whosesoever: no answer to any question is that."""
    spelled = _spelled(typed)
    return spelled.has_prefix and _is_whole(spelled.token)


@dataclass(frozen=True)
class _Spelled:
    """The symbols of what was typed; `is_named` where prefix or words say that they are a rating code."""

    token: str
    has_prefix: bool
    is_named: bool


def _spelled(typed: str) -> _Spelled:
    words = _WORD.findall(fold(typed[:LONGEST_TYPED]))
    left = list(words)
    while left and left[0] in _AROUND:
        left.pop(0)
    while left and left[-1] in _AROUND:
        left.pop()
    symbols = "".join(left).upper()
    has_prefix = symbols.startswith(PREFIX)
    token = symbols.removeprefix(PREFIX).translate(READ_AS)
    return _Spelled(token, has_prefix, is_named=has_prefix or not _NAMES.isdisjoint(words))


def _is_nearly(token: str) -> bool:
    """Say whether symbols are about as many as a code has. Words have no digits; few codes have none either."""
    return _NEARLY.fullmatch(token) is not None or _is_whole(token)


def _is_whole(token: str) -> bool:
    return _SHAPE.fullmatch(token) is not None and is_checked(token)
