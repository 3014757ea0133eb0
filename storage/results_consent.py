"""Whether people want to be told what came of their ratings: asked plainly, for this alone, withdrawn any time."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from storage import consents
from storage.consents import ASKED_AGAIN_AFTER
from storage.prepared import Prepared
from storage.tables.delivery import outbox
from storage.tables.people import chat
from storage.tables.results import results_consent
from storage.upsert import insert_for

VERSION = 1
"""Of the question's words (`results.ask` of bot/texts): who consented has consented to these (security.md P5)."""
PURPOSE = "results"
LETTERS = "results:"
"""How the keys of letters begin that tell results (storage.results.audience)."""


def _asking() -> Prepared:
    """Note that a person is asked, and give his number; nothing where he was asked later than `long_ago`."""
    named: dict[str, Any] = {
        name: bindparam(name, type_=results_consent.c[name].type) for name in ("person_id", "asked_at", "changed_at")
    }
    fresh = {"state": "asked", "version": VERSION}
    is_long_ago = results_consent.c.asked_at <= bindparam("long_ago", type_=results_consent.c.asked_at.type)

    def finish(new: Any) -> Any:
        asked = new.values(**named, **fresh).on_conflict_do_update(
            index_elements=["person_id"],
            set_={**fresh, "asked_at": new.excluded.asked_at, "changed_at": new.excluded.changed_at},
            where=and_(is_long_ago, results_consent.c.state != "given"),
        )
        return asked.returning(results_consent.c.person_id)

    return Prepared.upsert(results_consent, finish)


_ASKING = _asking()


def may_ask(connection: Connection, person_id: int, now: datetime) -> bool:
    """Say whether to ask a person now, and note that he is asked: once in a year, whatever he answers or does not."""
    values = {"person_id": person_id, "asked_at": now, "changed_at": now, "long_ago": now - ASKED_AGAIN_AFTER}
    return _ASKING.first(connection, values) is not None


def give(connection: Connection, person_id: int, now: datetime) -> None:
    """Keep that a person wants to be told; once it is kept, saying it again changes nothing."""
    given = {"state": "given", "version": VERSION, "changed_at": now}
    adding = insert_for(connection, results_consent).values(person_id=person_id, asked_at=now, **given)
    statement = adding.on_conflict_do_update(
        index_elements=["person_id"], set_=given, where=results_consent.c.state != "given"
    )
    if connection.scalar(statement.returning(results_consent.c.person_id)) is not None:
        consents.record(connection, person_id, "give", purpose=PURPOSE, version=VERSION, now=now)


def refuse(connection: Connection, person_id: int, now: datetime) -> None:
    """Tell a person nothing: the consent he gave is withdrawn, the question that he was asked answered."""
    own = results_consent.c.person_id == person_id
    withdrawing = update(results_consent).where(own, results_consent.c.state == "given")
    if connection.execute(withdrawing.values(state="withdrawn", changed_at=now)).rowcount:
        _call_back(connection, person_id)
        consents.record(connection, person_id, "withdraw", purpose=PURPOSE, version=VERSION, now=now)
        return
    asked = or_(results_consent.c.state == "asked", results_consent.c.state == "refused")
    connection.execute(update(results_consent).where(own, asked).values(state="refused", changed_at=now))


def is_given(connection: Connection, person_id: int) -> bool:
    """Say whether a person wants to be told."""
    state = select(results_consent.c.state).where(results_consent.c.person_id == person_id)
    return connection.scalar(state) == "given"


def _call_back(connection: Connection, person_id: int) -> None:
    """Send nothing that waits: who has just said no must not be told once more."""
    own = select(chat.c.id).where(chat.c.person_id == person_id)
    is_waiting = outbox.c.state.in_(("queued", "held"))  # held: until its person writes in that chat
    waits = and_(outbox.c.chat_id.in_(own), is_waiting, outbox.c.unique_key.startswith(LETTERS))
    connection.execute(update(outbox).where(waits).values(state="cancelled"))
