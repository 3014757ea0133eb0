"""The statements of a petition's step, built once: building one costs more than running it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from storage.prepared import Prepared
from storage.tables.petitions import (
    answer_file,
    petition,
    petition_history,
    petition_leg,
    petition_pause,
    petition_reporter,
)

_ONE = select(petition).where(petition.c.code == bindparam("code"))
BY_CODE = Prepared(_ONE)
LOCKED = Prepared(_ONE.with_for_update())
"""On PostgreSQL the row is locked for this transaction; on SQLite there is one writer anyway."""

LEGS = Prepared(
    select(petition_leg).where(petition_leg.c.petition_id == bindparam("petition_id")).order_by(petition_leg.c.number)
)
PAUSES = Prepared(
    select(petition_pause)
    .where(petition_pause.c.petition_id == bindparam("petition_id"))
    .order_by(petition_pause.c.leg, petition_pause.c.number)
)
ANSWER_FILES = Prepared(
    select(answer_file.c.ref, answer_file.c.mime, answer_file.c.size)
    .where(answer_file.c.petition_id == bindparam("petition_id"), answer_file.c.step == bindparam("step"))
    .order_by(answer_file.c.place)
)
PUT_ANSWER_FILE = Prepared(insert(answer_file))
REPORTER = Prepared(
    select(petition_reporter.c.petition_id).where(
        petition_reporter.c.petition_id == bindparam("petition_id"),
        petition_reporter.c.person_id == bindparam("person_id"),
    )
)
REPORTERS_CHATS = Prepared(
    select(petition_reporter.c.chat_id).where(petition_reporter.c.petition_id == bindparam("petition_id"))
)
SAVE = Prepared(
    update(petition).where(petition.c.id == bindparam("held_id"), petition.c.version == bindparam("held_version"))
)
"""Takes also the new values of the columns; changes no row when another version is stored."""
RECORD = Prepared(insert(petition_history))


def _replacing(table: Table, key: Sequence[str]) -> Prepared:
    """Return an insert that replaces the row of the same key."""
    others = [column.name for column in table.c if column.name not in key]

    def finish(new: Any) -> Any:
        return new.on_conflict_do_update(index_elements=list(key), set_={name: new.excluded[name] for name in others})

    return Prepared.upsert(table, finish)


PUT_LEG = _replacing(petition_leg, ("petition_id", "number"))
PUT_PAUSE = _replacing(petition_pause, ("petition_id", "leg", "number"))
