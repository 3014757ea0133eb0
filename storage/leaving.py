"""Letters of somebody who leaves an account and may come back (unfollows in Zalo): what is worth it waits for that.

News of a case and what answers the person are held until he does something again (`storage.outbox.release`), and stand
on the list of whom to call meanwhile. A reminder, a message to everybody and a mere question are worth nothing then.
"""

from sqlalchemy import Connection, and_, update

from storage.outbox import Urgency
from storage.outcomes import LAPSES
from storage.tables.delivery import is_in, outbox

WHY = "waits until the person writes: left"
"""What stands with a letter that is held for somebody who left."""


def hold_back(connection: Connection, chat_id: int) -> None:
    """Hold the letters of a chat whose person has left, and close those that nobody would miss."""
    waits = and_(outbox.c.chat_id == chat_id, is_in("queued", "held"))
    is_kept = and_(outbox.c.urgency <= int(Urgency.NOTICE), outbox.c.stale_at.is_(None))
    held = {"state": "held", "not_before": LAPSES, "error": WHY}
    connection.execute(update(outbox).where(waits, is_kept).values(**held))
    connection.execute(update(outbox).where(waits, ~is_kept).values(state="unreachable", error="the person has left"))
