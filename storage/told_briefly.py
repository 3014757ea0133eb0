"""News of a petition that went as a template: its reader knows that there is some, and not what it says.

A template holds a code and a status. What was asked of the sender, or answered, stands in the letter itself, so it goes
once more as it is when he writes: it costs nothing then. Officials find their work in their own list.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.outbox import EXPIRES_AFTER, Urgency
from storage.outcomes import NEVER
from storage.tables.delivery import is_in, outbox
from storage.tables.petitions import petition, petition_reporter
from storage.tables.zalo import zalo_attempt

_BRIEF = ("template", "phone")


def hold_anew(connection: Connection, chat_id: int, now: datetime) -> None:
    """Hold the news of a chat that went as templates within the time of a notice, as if no way had let it through.

    Sent as it is, a letter has another message's number than its attempt, so that is done once.
    """
    recent = now - EXPIRES_AFTER[Urgency.NOTICE]
    tried = (zalo_attempt.c.chat_id == chat_id, zalo_attempt.c.at >= recent, zalo_attempt.c.way.in_(_BRIEF))
    brief = connection.execute(
        select(zalo_attempt.c.letter_id, zalo_attempt.c.message_id).where(*tried, zalo_attempt.c.outcome == "sent")
    ).all()
    if not brief:
        return
    code = outbox.c.body["params"]["code"].as_string()
    news = (
        select(outbox.c.id, outbox.c.message_ref)
        .join(petition, petition.c.code == code)
        .join(petition_reporter, petition_reporter.c.petition_id == petition.c.id)
        .where(outbox.c.id.in_([row.letter_id for row in brief]), petition_reporter.c.chat_id == outbox.c.chat_id)
        .where(is_in("sent"), outbox.c.urgency == int(Urgency.NOTICE))
    )
    as_template = {(row.letter_id, row.message_id) for row in brief}
    again = [row.id for row in connection.execute(news) if (row.id, row.message_ref) in as_template]
    connection.execute(update(outbox).where(outbox.c.id.in_(again)).values(state="held", not_before=NEVER))
