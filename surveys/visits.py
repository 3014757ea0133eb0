"""What a rating is about: the visit, and the single-use token that proves it."""

from dataclasses import dataclass
from enum import StrEnum

from offices.errors import DomainError

TOKEN_BITS = 80
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_BITS_PER_SYMBOL = 5
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})


class Service(StrEnum):
    """What the citizen used: a procedure, another service of the agency, or a public service (school, clinic)."""

    TTHC = "tthc"
    AGENCY = "agency"
    PUBLIC_SERVICE = "public_service"


@dataclass(frozen=True)
class Visit:
    """One occasion to rate.

    unit        code of the rated unit, as of the day of the visit
    field       code of the field, None when it is not known
    dossier     code of the dossier that ended with this visit; each dossier is a round of its own
    verified    the visit is proved by a token or an invitation; otherwise an open rating (poster)
    assisted    somebody filled it in for the citizen
    procedure   code of the procedure, kept for drill-down
    """

    unit: str
    field: str | None
    service: Service
    dossier: str | None = None
    verified: bool = False
    assisted: bool = False
    procedure: str | None = None


class TokenError(DomainError):
    """A visit token that opens nothing: unknown, expired, or used by somebody else."""


def write_token(random_bits: int) -> str:
    """Write 80 random bits as the 16 symbols that stand in a QR code or on a receipt slip.

    >>> write_token(1)
    '0000000000000001'
    """
    if not 0 <= random_bits < 1 << TOKEN_BITS:
        raise ValueError(f"a token has {TOKEN_BITS} bits")
    shifts = range(TOKEN_BITS - _BITS_PER_SYMBOL, -1, -_BITS_PER_SYMBOL)
    return "".join(_SYMBOLS[random_bits >> shift & 31] for shift in shifts)


def read_token(typed: str) -> str:
    """Return a token as `write_token` writes it, from what was scanned or typed: case, spaces, dashes, O for 0.

    Raises TokenError when it cannot be a token.
    """
    token = typed.upper().translate(_LOOKALIKES).replace("-", "").replace(" ", "").strip()
    if len(token) != TOKEN_BITS // _BITS_PER_SYMBOL or not set(token) <= set(_SYMBOLS):
        raise TokenError("token_unknown")
    return token
