"""Passwords of officials: which are good enough, and their Argon2id hashes. Slow on purpose: call in a thread."""

import os
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from offices.errors import DomainError
from offices.words import fold

SHORTEST = 12
LONGEST = 256
_FEWEST_DIFFERENT = 5  # "aaaaaaaaaaaa", "121212121212" and the like
_WORDS_EVERYONE_TRIES = ("password", "matkhau", "123456", "qwerty", "langnghe", "ubnd")

_HASHER = PasswordHasher()  # RFC 9106's second choice: 64 MiB, 3 passes


def _of_nobody() -> str:
    """Make up what a hash of ours looks like, without hashing: every start would wait for that."""
    salt, digest = (b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (_HASHER.salt_len, _HASHER.hash_len))
    costs = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


# Verified against when there is no such account, so that both take the same time.
NOBODY = _of_nobody()


def check_password(password: str, login: str) -> None:
    """Refuse a password that is easily guessed.

    Raises DomainError: `password_too_short` (shortest), `password_too_long` (longest), `password_easy`.
    """
    if len(password) < SHORTEST:
        raise DomainError("password_too_short", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise DomainError("password_too_long", longest=LONGEST)
    plain = fold(password).replace(" ", "")
    for easy in (*_WORDS_EVERYONE_TRIES, fold(login)):
        plain = plain.replace(easy, "") if easy else plain
    if len(set(plain)) < _FEWEST_DIFFERENT:
        raise DomainError("password_easy")


def hash_password(password: str) -> str:
    """Hash a password with Argon2id; the same letters typed composed or decomposed hash alike."""
    return _HASHER.hash(_normal(password))


def is_password(password: str, stored: str | None) -> bool:
    """Say whether a password fits the stored hash; None (no such account) takes as long and is never right."""
    try:
        _HASHER.verify(stored or NOBODY, _normal(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _normal(password: str) -> bytes:
    # Lone surrogates are no text; replaced, they verify to False instead of failing.
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")
