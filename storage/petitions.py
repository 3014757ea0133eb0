"""Petitions in SQL: the store behind the desk. Reads and writes inside the caller's transaction; never commits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from offices.staff import Role, Staff
from offices.words import fold
from offices.worktime import LOCAL, ONE_DAY
from petitions.deadlines import Pace, Pause, end_of
from petitions.kinds import Subject
from petitions.lifecycle import Status
from petitions.model import File, HistoryEntry, IdentityChoice, Leg, Outcome, Petition
from petitions.notices import Notice, Param, Ref, Urgency
from storage import audit, chats, facts, outbox, schedule, staff
from storage.petition_statements import (
    ANSWER_FILES,
    BY_CODE,
    LEGS,
    LOCKED,
    PAUSES,
    PUT_ANSWER_FILE,
    PUT_LEG,
    PUT_PAUSE,
    RECORD,
    REPORTER,
    REPORTERS_CHATS,
    SAVE,
)
from storage.prepared import Prepared
from storage.tables.delivery import due
from storage.tables.petitions import attachment, petition, petition_history, petition_rating, petition_reporter
from storage.upsert import insert_for

REMINDER = "petition.remind"
"""Kind of the planned work that calls `PetitionDesk.remind`."""
FETCH_ANSWER_FILE = "fetch_answer_file"
"""Kind of the due work that brings a file of a draft from its channel into our store."""

_URGENCY = {Urgency.NOTICE: outbox.Urgency.NOTICE, Urgency.REMINDER: outbox.Urgency.REMINDER}
_COLUMNS = tuple(each.name for each in fields(Petition) if each.name not in ("id", "legs"))
_LEG_COLUMNS = tuple(each.name for each in fields(Leg) if each.name != "pauses")


class Petitions:
    """The petition store of one transaction; see `petitions.store.PetitionStore` for each method."""

    def __init__(self, connection: Connection) -> None:
        """Work on an open connection."""
        self._connection = connection

    def add(self, new: Petition, *, person_id: int, chat_id: int, identity: IdentityChoice) -> Petition:
        """Store a new petition and, in a table of its own, who sent it."""
        statement = insert(petition).values(**_values(new)).returning(petition.c.id)
        stored = replace(new, id=self._connection.execute(statement).scalar_one())
        self._connection.execute(
            insert(petition_reporter).values(
                petition_id=stored.id, person_id=person_id, chat_id=chat_id, identity_choice=identity
            )
        )
        self._save_legs(stored)
        return stored

    def locked(self, code: str) -> Petition | None:
        """Read a petition for changing: on PostgreSQL its row is locked, on SQLite there is one writer anyway."""
        return self._read(LOCKED, code)

    def find(self, code: str) -> Petition | None:
        """Read a petition."""
        return self._read(BY_CODE, code)

    def save(self, changed: Petition) -> bool:
        """Store the next version over the one before it; False when that is not what is stored."""
        held = {"held_id": changed.id, "held_version": changed.version - 1}
        if SAVE.run(self._connection, {**_values(changed), **held}) != 1:
            return False
        self._save_legs(changed)
        return True

    def record(self, about: Petition, entry: HistoryEntry, *, actor: str) -> None:
        """Append the step to the history, and to the audit trail without its words."""
        values = {each.name: getattr(entry, each.name) for each in fields(entry)}
        values["details"] = dict(entry.details)
        RECORD.run(self._connection, {"petition_id": about.id, **values})
        audit.record(
            self._connection, at=entry.at, actor=actor, action=f"petition.{entry.event}",
            subject=f"petition:{about.code}",
            details={"number": entry.number, "before": entry.before, "after": entry.after, "unit": entry.unit},
        )  # fmt: skip

    def history(self, about: Petition) -> Sequence[HistoryEntry]:
        """Read the steps, oldest first."""
        query = select(petition_history).where(petition_history.c.petition_id == about.id)
        return [_entry(row) for row in self._connection.execute(query.order_by(petition_history.c.number))]

    def is_reporter(self, about: Petition, person_id: int) -> bool:
        """Say whether this person sent the petition."""
        return REPORTER.first(self._connection, {"petition_id": about.id, "person_id": person_id}) is not None

    def attach(self, about: Petition, files: Sequence[File], at: datetime) -> None:
        """Keep files with the petition's present step."""
        for file in files:
            values = {"ref": file.ref, "mime": file.mime, "size": file.size, "at": at}
            self._connection.execute(insert(attachment).values(petition_id=about.id, number=about.version, **values))

    def attach_to_draft(self, about: Petition, files: Sequence[File], first: int = 1) -> None:
        """Keep files of the draft, in their order from the place `first` on."""
        for place, file in enumerate(files, start=first):
            PUT_ANSWER_FILE.run(
                self._connection, {"petition_id": about.id, "step": about.draft_step, "place": place, **asdict(file)}
            )

    def draft_files(self, about: Petition) -> Sequence[File]:
        """Read the files of the draft, or of the answer that it became."""
        if about.draft_step is None:
            return ()
        of_draft = {"petition_id": about.id, "step": about.draft_step}
        return [File(row.ref, row.mime, row.size) for row in ANSWER_FILES.all(self._connection, of_draft)]

    def files_coming(self, about: Petition) -> int:
        """Count the files of the draft that are being fetched."""
        begins = due.c.unique_key.startswith(fetching_key(about), autoescape=True)
        query = select(func.count()).where(due.c.kind == FETCH_ANSWER_FILE, due.c.state == "waiting", begins)
        return self._connection.execute(query).scalar_one()

    def is_rated(self, about: Petition) -> bool:
        """Say whether the sender has scored this look."""
        query = select(petition_rating.c.look).where(
            petition_rating.c.petition_id == about.id, petition_rating.c.look == about.looks
        )
        return self._connection.execute(query).first() is not None

    def rate(self, about: Petition, score: int, comment: str, at: datetime) -> bool:
        """Keep the score of this look; False when there is one already."""
        statement = insert_for(self._connection, petition_rating).values(
            petition_id=about.id, look=about.looks, score=score, comment=comment, at=at, unit=about.unit
        )
        kept = statement.on_conflict_do_nothing().returning(petition_rating.c.petition_id)
        return self._connection.execute(kept).first() is not None

    def staff_of(self, unit: str) -> Sequence[Staff]:
        """List the active officers and leaders of a unit."""
        found = [
            official
            for role in (Role.OFFICER, Role.LEADER)
            for official in staff.staff_with(self._connection, unit, role)
        ]
        return list({official.id: official for official in found}.values())

    def coordinators(self) -> Sequence[Staff]:
        """List the active coordinators."""
        return staff.staff_with(self._connection, None, Role.COORDINATOR)

    def notify(self, about: Petition, notice: Notice, now: datetime) -> None:
        """Queue a message in every chat of its readers; the reporter hears it where he wrote from.

        A reminder that could not be sent by the end of the next day is dropped: a newer one has come by then.
        """
        stale = end_of(now.astimezone(LOCAL).date() + ONE_DAY)
        name, file = notice.file or ("", None)
        for chat_id in self._chats(about, notice):
            outbox.put(
                self._connection,
                chat_id=chat_id,
                key=notice.key,
                params={name: _param(value) for name, value in notice.params.items()},
                buttons=[outbox.NoticeButton(button.label_key, button.start) for button in notice.buttons],
                file={"name": name, **asdict(file)} if file else None,
                unique_key=f"{notice.unique_key}:{chat_id}",
                urgency=_URGENCY[notice.urgency],
                now=now,
                expires=stale if notice.urgency is Urgency.REMINDER else None,
            )

    def plan(self, key: str, at: datetime, payload: Mapping[str, str]) -> None:
        """Plan a reminder."""
        schedule.plan(self._connection, unique_key=key, due_at=at, kind=REMINDER, payload=payload)

    def cancel(self, key_prefix: str) -> None:
        """Call off planned reminders."""
        schedule.cancel(self._connection, key_prefix)

    def _chats(self, about: Petition, notice: Notice) -> list[int]:
        if notice.staff is None:
            return [row.chat_id for row in REPORTERS_CHATS.all(self._connection, {"petition_id": about.id})]
        return [chat for reader in notice.staff for chat in chats.chats_of_staff(self._connection, reader)]

    def _read(self, query: Prepared, code: str) -> Petition | None:
        row = query.first(self._connection, {"code": code})
        return read_petition(self._connection, row) if row else None

    def _save_legs(self, changed: Petition) -> None:
        """Write the last two legs: a step changes no others. The closed one first, for only one may be open."""
        for leg in changed.legs[-2:]:
            values = {name: getattr(leg, name) for name in _LEG_COLUMNS}
            values["reminders"] = list(leg.reminders)
            values["publish_late_from"] = end_of(leg.publish_by) if leg.publish_by else None
            PUT_LEG.run(self._connection, {"petition_id": changed.id, **values})
            for number, pause in enumerate(leg.pauses, start=1):
                place = {"petition_id": changed.id, "leg": leg.number, "number": number}
                times = {"opened_at": pause.opened_at, "closed_at": pause.closed_at}
                PUT_PAUSE.run(self._connection, {**place, **times})


def fetching_key(about: Petition) -> str:
    """Begin the key of the work that fetches a file of the present draft."""
    return f"answer-file:{about.code}:{about.draft_step}:"


def read_petition(connection: Connection, row: Row[Any]) -> Petition:
    """Make a petition of its row, with its legs and their pauses."""
    pauses: dict[int, list[Pause]] = {}
    of_one = {"petition_id": row.id}
    for pause in PAUSES.all(connection, of_one):
        pauses.setdefault(pause.leg, []).append(Pause(pause.opened_at, pause.closed_at))
    legs = LEGS.all(connection, of_one)
    values = {name: getattr(row, name) for name in _COLUMNS}
    values |= {"status": Status(row.status), "subject": Subject(row.subject), "pace": Pace(row.pace)}
    values["barred"] = frozenset(row.barred)
    return Petition(**values, id=row.id, legs=tuple(_leg(leg, pauses.get(leg.number, [])) for leg in legs))


def _leg(row: Row[Any], pauses: Sequence[Pause]) -> Leg:
    values = {name: getattr(row, name) for name in _LEG_COLUMNS}
    values |= {"outcome": Outcome(row.outcome) if row.outcome else None, "reminders": tuple(row.reminders)}
    return Leg(**values, pauses=tuple(pauses))


def _values(value: Petition) -> dict[str, Any]:
    """Give the columns of a petition; the due time and the searchable words are kept beside their source."""
    columns = {name: getattr(value, name) for name in _COLUMNS}
    words = fold(f"{value.code} {value.text} {value.place}")
    times = {"due_on": value.leg.due_on, "late_from": value.leg.late_from}
    return {**columns, **times, "barred": sorted(value.barred), "folded": words}


def _entry(row: Row[Any]) -> HistoryEntry:
    before = Status(row.before) if row.before else None
    return HistoryEntry(
        row.number, row.at, row.event, before, Status(row.after), row.by, row.unit, row.staff_id, row.details
    )


def _param(value: Param) -> facts.Param:
    return facts.Ref(value.kind, value.code) if isinstance(value, Ref) else value
