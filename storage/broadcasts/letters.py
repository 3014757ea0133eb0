"""The letters of a broadcast in the outbox: counted, held, released and called back."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, select, update

from storage.tables.delivery import outbox

ON_THEIR_WAY = ("queued", "sending", "held")
"""States of letters of which it is not decided yet whether they are sent."""


def by_state(connection: Connection, number: int) -> dict[str, int]:
    """Count the letters of a broadcast by their state in the outbox."""
    query = select(outbox.c.state, func.count().label("number")).where(outbox.c.broadcast_id == number)
    return {row.state: row.number for row in connection.execute(query.group_by(outbox.c.state))}


def on_their_way(connection: Connection, number: int) -> dict[str, int]:
    """Count those of which it is not decided yet, by their state; what was sent, however much, is not looked at."""
    open_ones = (outbox.c.broadcast_id == number, outbox.c.state.in_(ON_THEIR_WAY))
    query = select(outbox.c.state, func.count().label("number")).where(*open_ones)
    return {row.state: row.number for row in connection.execute(query.group_by(outbox.c.state))}


def hold(connection: Connection, number: int) -> None:
    """Keep what waits in the outbox from being sent."""
    _move(connection, number, ("queued",), "held")


def release(connection: Connection, number: int) -> None:
    """Let what was held be sent."""
    _move(connection, number, ("held",), "queued")


def call_back(connection: Connection, number: int) -> None:
    """Close what has not been sent."""
    _move(connection, number, ("queued", "held"), "cancelled")


def _move(connection: Connection, number: int, before: Sequence[str], after: str) -> None:
    waits = and_(outbox.c.broadcast_id == number, outbox.c.state.in_(before))
    connection.execute(update(outbox).where(waits).values(state=after))
