"""Messages to many chats: written by one official, approved by another, put into the outbox a page at a time.

A broadcast walks over the chats by their number. The page it looks at, the letters for it and the cursor behind it
are one transaction, and each letter's key names broadcast and chat: a kill at any line loses nobody and tells nobody
twice. Never more than a window of letters waits, so a pause has little to take back and the outbox stays short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, insert, or_, select, update

from offices.errors import DomainError
from offices.quiet_hours import load_quiet_hours
from offices.staff import Staff
from offices.words import clean
from storage import audit, outbox
from storage.outbox import NoticeButton, Ref, Urgency
from storage.tables.broadcasts import broadcast, broadcast_refusal
from storage.tables.delivery import outbox as letters
from storage.tables.offices import unit
from storage.tables.people import chat
from storage.tables.petitions import petition, petition_reporter
from storage.tables.ratings import rating
from storage.upsert import insert_for
from storage.web_messages import DIRECT_CHANNELS

PAGE = 500
"""Chats looked at in one transaction: some 20 ms, so that no citizen's message waits for it."""
WINDOW = 1000
"""Letters of one broadcast that wait at most: half a minute at the pace of one bot."""
LONGEST_TEXT = 2000
PACE_OVER = timedelta(minutes=2)
"""The present pace is that of the last two minutes."""


class Audience(StrEnum):
    """Whom a broadcast is for; of all only chats that can be reached and did not say no."""

    ALL = "all"
    RATED = "rated"  # who rated the unit
    PETITIONED = "petitioned"  # whose petition is with the unit


class State(StrEnum):
    """Where a broadcast stands."""

    DRAFTED = "drafted"
    APPROVED = "approved"  # begins by itself, after the quiet hours
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = frozenset({State.DONE, State.CANCELLED})
_PAUSED_FROM = (State.APPROVED, State.RUNNING)
_CANCELLED_FROM = (State.DRAFTED, State.APPROVED, State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an official wrote.

    unit          code, for the audiences of a unit
    night_reason  why it may not wait for the morning, else None
    """

    text_vi: str
    text_en: str
    audience: Audience
    unit: str | None = None
    night_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast as it is stored; `written_by` and `approved_by` are numbers of accounts."""

    id: int
    draft: Draft
    state: State
    written_by: int
    written_at: datetime
    approved_by: int | None
    approved_at: datetime | None
    started_at: datetime | None
    resumed_at: datetime | None
    ended_at: datetime | None
    planned: int
    queued: int
    cursor: int
    last_chat: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is, in chats.

    planned      the audience when it began; before that, the audience now
    waiting      not yet sent and still to be
    left_out     who said no or could not be reached any more since it began, or was spared by cancelling
    unknown      perhaps sent: never sent again
    per_minute   of the last two minutes
    expected_end at that pace, quiet hours counted in; None when nothing is to be expected
    """

    planned: int
    sent: int
    waiting: int
    unreachable: int
    refused: int
    unknown: int
    expired: int
    left_out: int
    per_minute: int
    expected_end: datetime | None

    @property
    def settled(self) -> int:
        """Chats of which it is decided whether they get it."""
        return self.planned - self.waiting


def write(connection: Connection, draft: Draft, official: Staff, now: datetime) -> int:
    """Keep a draft; return its number.

    Raises DomainError: `broadcast_text_missing`, `broadcast_text_too_long` (length, most), `unit_unknown`,
    `broadcast_unit_missing`.
    """
    draft = _checked(connection, draft)
    values = {
        "text_vi": draft.text_vi, "text_en": draft.text_en, "audience": draft.audience.value, "unit": draft.unit,
        "night_reason": draft.night_reason, "state": State.DRAFTED.value, "written_by": official.id,
        "written_at": now, "planned": 0, "queued": 0, "cursor": 0, "last_chat": 0,
    }  # fmt: skip
    number: int = connection.execute(insert(broadcast).values(**values).returning(broadcast.c.id)).scalar_one()
    _record(connection, number, "write", f"staff:{official.id}", now)
    return number


def _checked(connection: Connection, draft: Draft) -> Draft:
    texts = clean(draft.text_vi), clean(draft.text_en)
    if not all(texts):
        raise DomainError("broadcast_text_missing")
    longest = max(len(text) for text in texts)
    if longest > LONGEST_TEXT:
        raise DomainError("broadcast_text_too_long", length=longest, most=LONGEST_TEXT)
    of_unit = None if draft.audience is Audience.ALL else (draft.unit or "")
    if of_unit == "":
        raise DomainError("broadcast_unit_missing")
    if of_unit is not None and connection.scalar(select(unit.c.code).where(unit.c.code == of_unit)) is None:
        raise DomainError("unit_unknown", unit=of_unit)
    return Draft(*texts, draft.audience, of_unit, clean(draft.night_reason or "") or None)


def approve(connection: Connection, number: int, official: Staff, now: datetime) -> None:
    """Let a draft go; it takes another person than the one who wrote it (security A4).

    Raises DomainError: `broadcast_not_found`, `broadcast_own`, `broadcast_moved_on`.
    """
    if by_id(connection, number).written_by == official.id:
        raise DomainError("broadcast_own")
    values = {"approved_by": official.id, "approved_at": now}
    _step(connection, number, (State.DRAFTED,), State.APPROVED, f"staff:{official.id}", now, values)


def pause(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Stop for now, also what waits in the outbox. Raises DomainError as `approve`."""
    _step(connection, number, _PAUSED_FROM, State.PAUSED, actor, now, {})
    hold(connection, number)


def resume(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Go on. Raises DomainError as `approve`."""
    before = by_id(connection, number)
    values = {"resumed_at": now} if before.started_at else {}
    after = State.RUNNING if before.started_at else State.APPROVED
    _step(connection, number, (State.PAUSED,), after, actor, now, values)
    release(connection, number)


def cancel(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """End for good; whoever has not got it by now will not. Raises DomainError as `approve`."""
    _step(connection, number, _CANCELLED_FROM, State.CANCELLED, actor, now, {"ended_at": now})
    call_back(connection, number)


def _step(
    connection: Connection,
    number: int,
    before: Sequence[State],
    after: State,
    actor: str,
    now: datetime,
    values: dict[str, Any],
) -> None:
    is_there = and_(broadcast.c.id == number, broadcast.c.state.in_([each.value for each in before]))
    changed = connection.execute(update(broadcast).where(is_there).values(state=after.value, **values)).rowcount
    if changed != 1:
        by_id(connection, number)
        raise DomainError("broadcast_moved_on")
    _record(connection, number, after.value, actor, now)


def _record(connection: Connection, number: int, what: str, actor: str, now: datetime) -> None:
    subject = f"broadcast:{number}"
    audit.record(connection, at=now, actor=actor, action=f"broadcast.{what}", subject=subject, details={})


def by_id(connection: Connection, number: int) -> Broadcast:
    """Return one. Raises DomainError `broadcast_not_found`."""
    row = connection.execute(select(broadcast).where(broadcast.c.id == number)).first()
    if row is None:
        raise DomainError("broadcast_not_found", number=number)
    return _broadcast(row)


def latest(connection: Connection, limit: int = 50) -> list[Broadcast]:
    """List them, the newest first."""
    query = select(broadcast).order_by(broadcast.c.id.desc()).limit(limit)
    return [_broadcast(row) for row in connection.execute(query)]


def unfinished(connection: Connection) -> list[Broadcast]:
    """List those that the worker has something to do for: also one that ended with a letter put back since."""
    put_back = exists().where(letters.c.broadcast_id == broadcast.c.id, letters.c.state == "queued")
    moving = broadcast.c.state.in_((State.APPROVED.value, State.RUNNING.value, State.PAUSED.value))
    query = select(broadcast).where(or_(moving, and_(broadcast.c.state == State.CANCELLED.value, put_back)))
    return [_broadcast(row) for row in connection.execute(query.order_by(broadcast.c.id))]


def _broadcast(row: Any) -> Broadcast:
    draft = Draft(row.text_vi, row.text_en, Audience(row.audience), row.unit, row.night_reason)
    return Broadcast(
        row.id, draft, State(row.state), row.written_by, row.written_at, row.approved_by, row.approved_at,
        row.started_at, row.resumed_at, row.ended_at, row.planned, row.queued, row.cursor, row.last_chat,
    )  # fmt: skip


def start(connection: Connection, number: int, now: datetime) -> None:
    """Begin an approved broadcast: its audience is what can be reached at this moment."""
    found = by_id(connection, number)
    newest = connection.scalar(select(func.max(chat.c.id))) or 0
    values = {
        "state": State.RUNNING.value, "started_at": now, "resumed_at": now, "last_chat": newest,
        "planned": size(connection, found.draft),
    }  # fmt: skip
    approved = and_(broadcast.c.id == number, broadcast.c.state == State.APPROVED.value)
    connection.execute(update(broadcast).where(approved).values(**values))


def feed(connection: Connection, number: int, authority: str, now: datetime) -> int:
    """Put the next page of letters into the outbox if there is room for it; return how many chats were looked at.

    authority  code of the unit in whose name it is said

    Ends the broadcast when nobody is left and nothing of it is on its way.
    """
    # Locked: two workers must not take the same page, nor one go on while another pauses.
    row = connection.execute(select(broadcast).where(broadcast.c.id == number).with_for_update()).one()
    found = _broadcast(row)
    waiting = _on_its_way(letters_by_state(connection, number))
    if found.state is not State.RUNNING or waiting > WINDOW - PAGE:
        return 0
    left = and_(chat.c.id > found.cursor, chat.c.id <= found.last_chat)
    page = connection.execute(
        _chats(found.draft, chat.c.id, chat.c.language).where(left).order_by(chat.c.id).limit(PAGE)
    ).all()
    if page:
        _put(connection, found, authority, [(each.id, each.language) for each in page], now)
    elif not waiting:
        _finish(connection, number, now)
    return len(page)


def _put(
    connection: Connection, found: Broadcast, authority: str, page: Sequence[tuple[int, str]], now: datetime
) -> None:
    texts = {"vi": found.draft.text_vi, "en": found.draft.text_en}
    buttons = [NoticeButton("news_off", "news:off")]
    bodies = {
        language: outbox.notice_body("broadcast", {"authority": Ref("unit", authority), "text": text}, buttons)
        for language, text in texts.items()
    }
    outbox.put_each(
        connection,
        [
            outbox.row_of(
                number,
                bodies[language],
                Urgency.BROADCAST,
                f"broadcast:{found.id}:{number}",
                now,
                broadcast_id=found.id,
            )
            for number, language in page
        ],
    )
    values = {"cursor": page[-1][0], "queued": broadcast.c.queued + len(page)}
    connection.execute(update(broadcast).where(broadcast.c.id == found.id).values(**values))


def _finish(connection: Connection, number: int, now: datetime) -> None:
    connection.execute(update(broadcast).where(broadcast.c.id == number).values(state=State.DONE.value, ended_at=now))
    _record(connection, number, State.DONE.value, "system", now)


def _chats(draft: Draft, *columns: ColumnElement[Any]) -> Select[Any]:
    """Select of the chats that a broadcast is for those that can be reached now and did not say no.

    Private chats only: in one of these, chat and person have the same number in every channel.
    """
    wanted = select(*columns).where(
        chat.c.state == "active",
        chat.c.channel.not_in(sorted(DIRECT_CHANNELS)),
        chat.c.external_chat == chat.c.external_person,
        ~exists().where(broadcast_refusal.c.chat_id == chat.c.id),
    )
    if draft.audience is Audience.RATED:
        return wanted.where(chat.c.person_id.in_(select(rating.c.person_id).where(rating.c.unit == draft.unit)))
    if draft.audience is Audience.PETITIONED:
        sent = select(petition_reporter.c.chat_id).join(petition, petition.c.id == petition_reporter.c.petition_id)
        return wanted.where(chat.c.id.in_(sent.where(petition.c.unit == draft.unit)))
    return wanted


def size(connection: Connection, draft: Draft) -> int:
    """Count the chats that a draft would go to now."""
    return connection.scalar(_chats(draft, func.count())) or 0


def letters_by_state(connection: Connection, number: int) -> dict[str, int]:
    """Count the letters of a broadcast by their state in the outbox."""
    query = select(letters.c.state, func.count().label("number")).where(letters.c.broadcast_id == number)
    return {row.state: row.number for row in connection.execute(query.group_by(letters.c.state))}


def _on_its_way(by_state: Mapping[str, int]) -> int:
    return sum(by_state.get(state, 0) for state in ("queued", "sending", "held"))


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
    waits = and_(letters.c.broadcast_id == number, letters.c.state.in_(before))
    connection.execute(update(letters).where(waits).values(state=after))


def progress(connection: Connection, found: Broadcast, now: datetime) -> Progress:
    """Say how far a broadcast is; the figures come from the outbox itself."""
    if found.started_at is None:
        planned = 0 if found.state in ENDED else size(connection, found.draft)
        return Progress(planned, 0, planned, 0, 0, 0, 0, 0, 0, None)
    by_state = letters_by_state(connection, found.id)
    told = {state: by_state.get(state, 0) for state in ("sent", "unreachable", "refused", "unknown", "expired")}
    waiting = 0 if found.state in ENDED else max(0, found.planned - found.queued) + _on_its_way(by_state)
    per_minute = _pace(connection, found, now)
    return Progress(
        planned=max(found.planned, sum(told.values()) + waiting),
        waiting=waiting,
        left_out=max(0, found.planned - sum(told.values()) - waiting),
        per_minute=per_minute,
        expected_end=_expected_end(found, waiting, per_minute, now),
        **told,
    )


def _pace(connection: Connection, found: Broadcast, now: datetime) -> int:
    """Count what was sent in the last minutes of running, as letters a minute."""
    if found.state is not State.RUNNING or found.resumed_at is None:
        return 0
    since = max(now - PACE_OVER, found.resumed_at)
    recent = and_(letters.c.broadcast_id == found.id, letters.c.state == "sent", letters.c.sent_at >= since)
    sent = connection.scalar(select(func.count()).where(recent)) or 0
    return round(sent * 60 / max((now - since).total_seconds(), 1))


def _expected_end(found: Broadcast, waiting: int, per_minute: int, now: datetime) -> datetime | None:
    if not waiting or not per_minute:
        return None
    length = timedelta(minutes=waiting / per_minute)
    return now + length if found.draft.night_reason else load_quiet_hours().after(now, length)


def refuse(connection: Connection, chat_id: int, now: datetime) -> None:
    """Send this chat no more broadcasts, not even one that waits; what concerns its own petitions still comes."""
    connection.execute(
        insert_for(connection, broadcast_refusal).values(chat_id=chat_id, at=now).on_conflict_do_nothing()
    )
    waits = and_(
        letters.c.chat_id == chat_id, letters.c.state.in_(("queued", "held")), letters.c.broadcast_id.is_not(None)
    )
    connection.execute(update(letters).where(waits).values(state="cancelled"))


def accept(connection: Connection, chat_id: int) -> None:
    """Send this chat broadcasts again."""
    connection.execute(delete(broadcast_refusal).where(broadcast_refusal.c.chat_id == chat_id))
