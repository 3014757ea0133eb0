"""Claims on the outbox of which the sender does not know whether they were committed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, update

from storage.tables.delivery import is_in, outbox


def put_back(connection: Connection, tokens: Collection[str], now: datetime) -> None:
    """Put all letters back that were taken under these tokens: none of them was begun, so it counts as no attempt.

    Letters that another sender has taken meanwhile are under another token, and stay with him.
    """
    if not tokens:
        return
    taken = (is_in("queued", "sending"), outbox.c.state == "sending", outbox.c.lease_token.in_(tokens))
    values = {"state": "queued", "not_before": now, "lease_token": None, "attempts": outbox.c.attempts - 1}
    connection.execute(update(outbox).where(*taken).values(**values))
