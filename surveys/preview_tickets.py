"""Tickets that open the preview of a draft for a while, for whoever was given one: signed, kept nowhere."""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from offices.errors import DomainError
from surveys.tokens import TokenKey

LASTS = timedelta(minutes=30)
"""Long enough to try a questionnaire on several phones."""
_SEAL_DIGITS = 32
_SHAPE = re.compile(r"(\d{1,15})-(\d{1,12})-([0-9a-f]{32})")


class TicketError(DomainError):
    """A ticket that opens nothing: `preview_unknown` for none of ours, `preview_expired`."""


@dataclass(frozen=True)
class Previews:
    """Writes tickets and reads them; `key` is the authority's, from which a key for nothing else is derived."""

    key: TokenKey

    def ticket(self, draft: int, now: datetime) -> str:
        """Write a ticket for a draft, good from `now` on for `LASTS`."""
        said = f"{draft}-{int((now + LASTS).timestamp())}"
        return f"{said}-{self._seal(said)}"

    def draft_of(self, ticket: str, now: datetime) -> int:
        """Return the number of the draft that a ticket opens. Raises TicketError."""
        found = _SHAPE.fullmatch(ticket)
        if found is None or not hmac.compare_digest(self._seal(f"{found[1]}-{found[2]}"), found[3]):
            raise TicketError("preview_unknown")
        if now > datetime.fromtimestamp(int(found[2]), UTC):
            raise TicketError("preview_expired")
        return int(found[1])

    def _seal(self, said: str) -> str:
        own = hmac.digest(self.key.secret, b"questionnaire-preview/1", "sha256")
        return hmac.digest(own, said.encode(), "sha256").hex()[:_SEAL_DIGITS]
