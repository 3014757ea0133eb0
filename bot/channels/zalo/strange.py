"""Events of Zalo's of a kind that this version does not know: counted once each, and some kept for a later version."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.channels.receiving import kept
from bot.channels.zalo.parsing import CHANNEL, key_of
from bot.messages import Clock
from storage import conversations, unknown_events
from storage.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StrangeEvents:
    """Keeps what an Official Account brings and nobody here knows."""

    account: str
    database: Database
    clock: Clock

    async def keep(self, name: str, raw: Mapping[str, Any]) -> None:
        """Count an event, which a repeated delivery does not do again. Raises StoreUnavailable."""
        now, key = self.clock(), f"strange:{key_of(dict(raw))}"

        def job(connection: Connection) -> None:
            if conversations.take_event(connection, CHANNEL, self.account, key, now):
                unknown_events.note(connection, CHANNEL, self.account, name, kept(dict(raw)), now)

        log.warning("Zalo brings an event that we do not know: %s", name)
        await self.database.write(job)
