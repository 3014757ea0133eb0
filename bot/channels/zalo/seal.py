"""Payloads of Zalo's buttons: sealed, because a press arrives as a typed text (zalo.md A6).

Whoever types what looks like a payload types a guess: without the seal of this chat it names nothing.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import cached_property

MARK = "#ln:"
SEAL_LETTERS = 12
"""Letters of hexadecimal: 48 bits, and a wrong one changes nothing and is answered like an old press."""

_SHAPE = re.compile(r"#ln:(.{1,200}):([0-9a-f]{12})", re.DOTALL)


@dataclass(frozen=True)
class Seal:
    """Seals what a button means for one chat of one account.

    secret   the installation's SECRET_KEY
    account  the official account's id
    """

    secret: str
    account: str

    @cached_property
    def _key(self) -> bytes:
        return hashlib.sha256(f"zalo buttons\n{self.account}\n{self.secret}".encode()).digest()

    def payload(self, chat: str, data: str) -> str:
        """Return what a button sends when it is pressed in `chat`."""
        return f"{MARK}{data}:{self._of(chat, data)}"

    def opened(self, chat: str, text: str) -> str | None:
        """Return what a payload means; "" for one that is not of this chat, None for any other text.

        >>> seal = Seal("a sample key", "1")
        >>> seal.opened("5", seal.payload("5", "c1.2.4")), seal.opened("6", seal.payload("5", "c1.2.4"))
        ('c1.2.4', '')
        """
        if not text.startswith(MARK):
            return None
        found = _SHAPE.fullmatch(text.strip())
        return found[1] if found and hmac.compare_digest(self._of(chat, found[1]), found[2]) else ""

    def _of(self, chat: str, data: str) -> str:
        message = f"{chat}\n{data}".encode("utf-8", "replace")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:SEAL_LETTERS]
