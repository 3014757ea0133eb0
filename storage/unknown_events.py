"""Events of a kind that this version does not know: counted, and some of each kept for the version that will.

A channel may begin to bring something new on any day. It is nobody's fault, so no alarm is raised; an administrator
sees how many came, looks into one, and has them tried again after an upgrade.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from storage.dead_letters import OF_UNKNOWN_KIND, UNKNOWN, WITHHELD
from storage.tables.conversations import dead_letter, unknown_event
from storage.upsert import insert_for

MOST_KEPT = 20
"""Events of one kind that are kept until somebody decides on them; the others are counted."""
MOST_KINDS = 100
"""Kinds of one account that are told apart; those beyond count as the kind `OTHERS`."""
OTHERS = "…"
LONGEST_NAME = 64
LONGEST_RAW = 16_000
"""Characters of an event that is kept; of a longer one only that it came."""


@dataclass(frozen=True, slots=True)
class UnknownKind:
    """A kind of event that is not known: how many came, when the first and the last."""

    channel: str
    account: str
    name: str
    number: int
    first_at: datetime
    last_at: datetime


def note(connection: Connection, channel: str, account: str, name: str, raw: Mapping[str, Any], now: datetime) -> None:
    """Count an event, and keep it while few of its kind are kept.

    raw  as a dead letter keeps an event: `update` is what came, as text
    """
    kind = _kind(connection, channel, account, name[:LONGEST_NAME] or OTHERS)
    new = insert_for(connection, unknown_event).values(
        channel=channel, account=account, name=kind, number=1, first_at=now, last_at=now
    )
    again = {"number": unknown_event.c.number + 1, "last_at": now}
    connection.execute(new.on_conflict_do_update(index_elements=["channel", "account", "name"], set_=again))
    reason = f"{OF_UNKNOWN_KIND}{kind}"
    kept = (
        dead_letter.c.state == UNKNOWN, dead_letter.c.channel == channel, dead_letter.c.account == account,
        dead_letter.c.reason == reason,
    )  # fmt: skip
    if connection.execute(select(func.count()).select_from(dead_letter).where(*kept)).scalar_one() < MOST_KEPT:
        is_long = len(str(raw.get("update", ""))) > LONGEST_RAW
        values = {"raw": {WITHHELD: "length"} if is_long else dict(raw), "reason": reason, "state": UNKNOWN, "at": now}
        connection.execute(insert(dead_letter).values(channel=channel, account=account, **values))


def every(connection: Connection) -> list[UnknownKind]:
    """Return all kinds, the one that came last first."""
    columns = (unknown_event.c[name] for name in ("channel", "account", "name", "number", "first_at", "last_at"))
    rows = connection.execute(select(*columns).order_by(unknown_event.c.last_at.desc(), unknown_event.c.name))
    return [UnknownKind(*row) for row in rows]


def still_unknown(connection: Connection, number: int) -> None:
    """Keep an event that was tried again in vain for the version after this one."""
    retried = update(dead_letter).where(dead_letter.c.id == number, dead_letter.c.state == "retry")
    connection.execute(retried.values(state=UNKNOWN, attempts=dead_letter.c.attempts + 1))


def _kind(connection: Connection, channel: str, account: str, name: str) -> str:
    own = (unknown_event.c.channel == channel, unknown_event.c.account == account)
    names = set(connection.scalars(select(unknown_event.c.name).where(*own)))
    return name if name in names or len(names) < MOST_KINDS else OTHERS
