"""How often a person may give a rating code that opens nothing: enough for a bad print, too little for guessing."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from storage.tables.ratings import wrong_code
from storage.upsert import insert_for
from surveys.tokens import TokenError

MOST = 10
WITHIN = timedelta(hours=1)


def check(connection: Connection, person_id: int, now: datetime) -> None:
    """Go on unless the person has given too many wrong codes of late. Raises TokenError `token_too_often`."""
    full = wrong_code.c.person_id == person_id, wrong_code.c.count >= MOST, wrong_code.c.since > now - WITHIN
    since = connection.scalar(select(wrong_code.c.since).where(*full))
    if since is not None:
        raise TokenError("token_too_often", again_at=since + WITHIN)


def note(connection: Connection, person_id: int, now: datetime) -> None:
    """Count one more wrong code; the hour begins with the first."""
    fresh = {"since": now, "count": 1}
    forget = wrong_code.c.person_id == person_id, wrong_code.c.since <= now - WITHIN
    if connection.execute(update(wrong_code).where(*forget).values(fresh)).rowcount:
        return
    statement = insert_for(connection, wrong_code).values(person_id=person_id, **fresh)
    more = {"count": wrong_code.c.count + 1}
    connection.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=more))
