"""What became of a letter that was taken: closed, or put back. Whoever lost its lease meanwhile changes nothing."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, update

from storage.claims import Letter
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
    """Close a letter as `sent`, `unknown`, `refused`, `unreachable` or `expired`, or put it aside as `held`.

    False when the lease was lost meanwhile.
    """
    values = {
        "letter": letter.id, "token": token, "now_state": state, "at": now if state == "sent" else None, "ref": ref,
        "told": error or None,
    }  # fmt: skip
    return _FINISH.run(connection, values) == 1


def put_back(connection: Connection, letter: Letter, token: str, until: datetime) -> None:
    """Put a letter back that was not even tried: it counts as no attempt."""
    _PUT_BACK.run(connection, {"letter": letter.id, "token": token, "until": until})


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
_PUT_BACK = Prepared(_QUEUED_AGAIN.values(attempts=outbox.c.attempts - 1))
_POSTPONE = Prepared(_QUEUED_AGAIN.values(error=bindparam("told")))
