"""What became of a letter that was taken: closed, or put back. Whoever lost its lease meanwhile changes nothing."""

from datetime import UTC, datetime

from sqlalchemy import Connection, and_, bindparam, case, func, literal, update

from storage.claims import Letter
from storage.outbox import Urgency
from storage.prepared import Prepared
from storage.tables.base import Utc
from storage.tables.delivery import outbox


def finish(
    connection: Connection,
    letter: Letter,
    token: str,
    *,
    state: str,
    now: datetime,
    ref: str | None = None,
    error: str = "",
) -> bool:
    """Close a letter; return False, and change nothing, when its lease was lost.

    state  sent, unknown, refused, unreachable, expired or cancelled
    """
    values = {
        "letter": letter.id, "token": token, "now_state": state, "at": now if state == "sent" else None, "ref": ref,
        "told": error or None,
    }  # fmt: skip
    return _FINISH.run(connection, values) == 1


def put_back(connection: Connection, letter: Letter, token: str, until: datetime) -> None:
    """Put a letter back that was not even tried: it counts as no attempt."""
    _PUT_BACK.run(connection, {"letter": letter.id, "token": token, "until": until})


def put_aside(
    connection: Connection, letter: Letter, token: str, until: datetime | None, now: datetime, why: str
) -> None:
    """Hold a letter that its channel does not let through now; what else the chat gets does not wait for it.

    until  when it is tried again; None: when the person writes (`outbox.release`). A notice waits for that without
           end, as does one that would be too late by `until`; any other lapses when it would have been too late anyhow.

    It counts as no attempt. Where the person wrote while it was being tried, it is tried again at once.
    """
    values = {"letter": letter.id, "token": token, "seen": letter.attempts, "told": why}
    aside = (
        _ASIDE.run(connection, values) if until is None else _ASIDE_UNTIL.run(connection, {**values, "until": until})
    )
    if aside == 0:
        put_back(connection, letter, token, now)


def postpone(connection: Connection, letter: Letter, token: str, *, until: datetime, error: str) -> bool:
    """Put a letter back that was not sent, to be tried at `until`; its chat's later letters wait behind it.

    Returns False when the lease was lost meanwhile.
    """
    values = {"letter": letter.id, "token": token, "until": until, "told": error}
    return _POSTPONE.run(connection, values) == 1


_HELD = and_(
    outbox.c.id == bindparam("letter"), outbox.c.lease_token == bindparam("token"), outbox.c.state == "sending"
)
_FINISH = Prepared(
    update(outbox)
    .where(_HELD)
    .values(
        state=bindparam("now_state"), sent_at=bindparam("at"), message_ref=bindparam("ref"), error=bindparam("told")
    )
)
_QUEUED_AGAIN = (
    update(outbox).where(_HELD).values(state="queued", not_before=bindparam("until", type_=Utc), lease_token=None)
)
_ONE_LESS = case((outbox.c.attempts > 0, outbox.c.attempts - 1), else_=0)
_PUT_BACK = Prepared(_QUEUED_AGAIN.values(attempts=_ONE_LESS))
NEVER = literal(datetime(9000, 1, 1, tzinfo=UTC), Utc)
"""Stands as the hour of a letter that waits for its person alone."""
LAPSES = case((outbox.c.urgency == int(Urgency.NOTICE), NEVER), else_=func.coalesce(outbox.c.expires_at, NEVER))
"""Until when a letter waits for its person to write: a notice without end."""
_SET_ASIDE = (
    update(outbox)
    # As many attempts as when it was taken: `release` begins to count anew.
    .where(_HELD, outbox.c.attempts == bindparam("seen"))
    .values(state="held", lease_token=None, attempts=_ONE_LESS, error=bindparam("told"))
)
_ASIDE = Prepared(_SET_ASIDE.values(not_before=LAPSES))
_UNTIL = bindparam("until", type_=Utc)
_TOO_LATE_THEN = and_(outbox.c.urgency == int(Urgency.NOTICE), outbox.c.expires_at <= _UNTIL)
_ASIDE_UNTIL = Prepared(_SET_ASIDE.values(not_before=case((_TOO_LATE_THEN, NEVER), else_=_UNTIL)))
_POSTPONE = Prepared(_QUEUED_AGAIN.values(error=bindparam("told")))
