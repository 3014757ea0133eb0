"""Encryption of single fields: what a stolen database must not give away (security P7).

AES-256-GCM under a key derived from SECRET_KEY, which is not in the database. Each text is bound to the place where it
stands, so that one row's cannot be put into another's. A new SECRET_KEY ends what was written under the old one.
"""

import base64
import secrets
from binascii import Error as NotBase64
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
_NONCE = 12


class VaultError(Exception):
    """A text cannot be read: it was written under another SECRET_KEY, for another place, or was changed."""


class Vault:
    """Seals and opens texts; its repr shows no key."""

    def __init__(self, secret: str) -> None:
        """Keep the service's secret; a start does not wait for the library until something is sealed or opened."""
        self._secret = secret

    @cached_property
    def _cipher(self) -> "AESGCM":
        """The key derived from the secret, so that it serves for nothing else."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - a tenth of a start
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"langnghe vault/1").derive(self._secret.encode()))

    def seal(self, text: str, place: str) -> str:
        """Encrypt a text for a place such as `zalo_token:<account>:7:access`; printable."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), VERSION + place.encode())
        return base64.urlsafe_b64encode(VERSION + nonce + sealed).decode("ascii")

    def open(self, sealed: str, place: str) -> str:
        """Decrypt what `seal` made for this place. Raises VaultError."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see `_cipher`

        try:
            raw = base64.b64decode(sealed.encode("ascii"), altchars=b"-_", validate=True)
            version, nonce, rest = raw[:1], raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
            return self._cipher.decrypt(nonce, rest, version + place.encode()).decode()
        except (InvalidTag, NotBase64, ValueError):
            raise VaultError(place) from None
