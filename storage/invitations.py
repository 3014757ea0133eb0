"""Inviting the people behind drawn dossiers: planned with the draw, sent by day, reminded once, never twice.

What is sent is decided anew when it is sent. Each step is one transaction with the letter it puts into the outbox,
under a key of the invitation: a kill at any line or a second worker sends nothing twice.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from offices.dossiers import Dossier
from offices.errors import DomainError
from offices.quiet_hours import QuietHours
from offices.worktime import LOCAL
from storage import audit, dossiers, draws, outbox, rated_dossiers, reach, schedule, visit_tokens
from storage.draws import Draw, Ordered
from storage.facts import Param, Ref
from storage.outbox import NoticeButton, Urgency
from storage.tables.delivery import outbox as outbox_table
from storage.tables.invitations import draw, invitation
from storage.tables.people import person
from surveys.tokens import TokenKey
from surveys.visits import Service, Visit

INVITING = "invitation"
"""The kind of due work that sends an invitation or its reminder: {"invitation": number, "step": ASK or REMIND}."""
ASK, REMIND = "ask", "remind"
_CHUNK = 500
OPENS = "d:"
"""Begins the start string of a rating by a code (`bot.starts`)."""


@dataclass(frozen=True)
class Slip:
    """A code for a dossier whose applicant no chat is known of: for the counter or a letter."""

    dossier: Dossier
    token: str
    expires_at: datetime


def draw_and_plan(
    connection: Connection, number: int, key: TokenKey, quiet: QuietHours, by: Ordered, seen: str | None = None
) -> None:
    """Make a draw and plan its invitations, in one transaction; the DomainErrors of `draws.make`."""
    draws.make(connection, number, key, by, seen)
    plan(connection, draws.by_id(connection, number), quiet, by.now)


def plan(connection: Connection, found: Draw, quiet: QuietHours, now: datetime) -> None:
    """Find out who can be reached of a draw, and plan the invitations for the next time that is not quiet."""
    open_ones = (invitation.c.draw_id == found.id, invitation.c.state == "unknown")
    rows = connection.execute(select(invitation.c.id, invitation.c.dossier).where(*open_ones).order_by(invitation.c.id))
    since, at = now - timedelta(days=found.terms.window_days), quiet.over_at(now)
    for some in _chunks(rows.all()):
        codes = [row.dossier for row in some]
        persons, rated = reach.persons_of(connection, codes), rated_dossiers.rated(connection, codes)
        for row in some:
            if row.dossier in rated:
                _change(connection, row.id, state="left_out", reason="rated")
            elif row.dossier in persons:
                _plan_one(connection, row.id, persons[row.dossier], since, at)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _plan_one(connection: Connection, number: int, person_id: int, since: datetime, at: datetime) -> None:
    reason = reach.barred(connection, person_id) or reach.invited_lately(connection, person_id, since, number)
    if reason is not None:
        _change(connection, number, state="left_out", reason=reason, person_id=person_id)
    elif reach.chat_of(connection, person_id) is not None:
        _change(connection, number, state="waiting", person_id=person_id)
        _plan_step(connection, number, ASK, at)


def work(connection: Connection, payload: Mapping[str, Any], key: TokenKey, quiet: QuietHours, now: datetime) -> None:
    """Send an invitation or its reminder, if there is still anybody to send it to; in quiet hours plan it anew."""
    number, step = payload["invitation"], payload["step"]
    if quiet.hold(now):
        _plan_step(connection, number, step, quiet.over_at(now))
        return
    columns = (*invitation.c, draw.c.window_days, draw.c.life_days)
    query = select(*columns).join(draw, draw.c.id == invitation.c.draw_id).where(invitation.c.id == number)
    row = connection.execute(query.with_for_update(of=invitation)).one()
    if step == ASK and row.state == "waiting":
        _ask(connection, row, key, quiet, now)
    elif step == REMIND and row.state == "sent" and row.reminded_at is None:
        _remind(connection, row, quiet, now)


@dataclass(frozen=True)
class Printing:
    """Which codes of a draw are wanted.

    unit   of the dossiers; empty: of all
    again  also for those that a code was printed for before
    most   at most so many; None: all
    """

    unit: str = ""
    again: bool = True
    most: int | None = None


def slips(
    connection: Connection,
    number: int,
    key: TokenKey,
    now: datetime,
    random_bits: Callable[[int], int] = secrets.randbits,
    wanted: Printing | None = None,
) -> Iterator[Slip]:
    """Give out a code for each dossier of a draw that nobody is known of in a chat, and that is not rated yet.

    wanted  None: all of them

    Called again, new codes: one of those of a dossier can be used. Of more than are wanted those come first that have
    no code yet, then those whose code was printed longest ago: whoever goes on asking gets through all of them.
    """
    wanted = wanted or Printing()
    states = ("unknown", "printed") if wanted.again else ("unknown",)
    open_ones = [
        invitation.c.draw_id == number,
        invitation.c.state.in_(states),
        ~rated_dossiers.is_rated(invitation.c.dossier),
    ]
    if wanted.unit:
        open_ones.append(invitation.c.unit == wanted.unit)
    place = (invitation.c[name] for name in ("unit", "field", "level", "place"))
    query = select(*invitation.c, draw.c.life_days).join(draw, draw.c.id == invitation.c.draw_id).where(*open_ones)
    ordered = query.order_by(invitation.c.expires_at.nulls_first(), *place).limit(wanted.most)
    for rows in _chunks(connection.execute(ordered).all()):
        listed = dossiers.of_codes(connection, [row.dossier for row in rows])
        for row in rows:
            expires = now + timedelta(days=row.life_days)
            visit = visit_of(listed[row.dossier])
            token = visit_tokens.issue(connection, visit, key, now, expires, random_bits)
            _change(connection, row.id, state="printed", expires_at=expires)
            yield Slip(listed[row.dossier], token, expires)


def print_slips(connection: Connection, number: int, key: TokenKey, by: Ordered, wanted: Printing) -> list[Slip]:
    """Give out codes of a draw on record, in the order of units and fields: who has them can rate.

    Raises DomainError: draw_not_found, draw_slips_none.
    """
    draws.by_id(connection, number)
    given = sorted(slips(connection, number, key, by.now, wanted=wanted), key=lambda slip: slip.dossier.stratum)
    if not given:
        raise DomainError("draw_slips_none")
    details = {"codes": len(given), "unit": wanted.unit, "again": wanted.again}
    audit.record(connection, at=by.now, actor=by.actor, action="draw.slips", subject=f"draw:{number}", details=details)
    return given


def _ask(connection: Connection, row: Row[Any], key: TokenKey, quiet: QuietHours, now: datetime) -> None:
    if row.person_id is None:
        _change(connection, row.id, state="left_out", reason="erased")
        return
    # Two workers may be about to send this person two invitations: the second one waits, and sees the first.
    connection.execute(select(person.c.id).where(person.c.id == row.person_id).with_for_update())
    reason = _barred(connection, row) or reach.invited_lately(connection, row.person_id, _since(row, now), row.id)
    if reason is not None:
        _change(connection, row.id, state="left_out", reason=reason)
        return
    chat, dossier = reach.chat_of(connection, row.person_id), dossiers.of_code(connection, row.dossier)
    if chat is None or dossier is None:
        _change(connection, row.id, state="unknown")
        return
    expires = now + timedelta(days=row.life_days)
    token = visit_tokens.issue(connection, visit_of(dossier), key, now, expires)
    _send(connection, _Letter(row.id, ASK, chat, token, dossier, expires), quiet, now)
    _change(connection, row.id, state="sent", sent_at=now, expires_at=expires, token_digest=key.digest(token))
    _plan_step(connection, row.id, REMIND, quiet.over_at(now + timedelta(days=row.life_days) / 2))


def _remind(connection: Connection, row: Row[Any], quiet: QuietHours, now: datetime) -> None:
    """Remind once, by the code of the first letter, of an invitation that is open and not taken up."""
    if row.person_id is None or row.expires_at <= now or _barred(connection, row):
        return
    chat, dossier = reach.chat_of(connection, row.person_id), dossiers.of_code(connection, row.dossier)
    body = connection.scalar(select(outbox_table.c.body).where(outbox_table.c.unique_key == _key(row.id, ASK)))
    if chat is None or dossier is None or body is None:
        return
    token = body["buttons"][0]["start"].removeprefix(OPENS)
    _send(connection, _Letter(row.id, REMIND, chat, token, dossier, row.expires_at), quiet, now)
    _change(connection, row.id, reminded_at=now)


def _barred(connection: Connection, row: Row[Any]) -> str | None:
    return "rated" if rated_dossiers.rated(connection, [row.dossier]) else reach.barred(connection, row.person_id)


def _since(row: Row[Any], now: datetime) -> datetime:
    return now - timedelta(days=row.window_days)


@dataclass(frozen=True)
class _Letter:
    """An invitation or its reminder on its way into a chat."""

    number: int
    step: str
    chat: int
    token: str
    dossier: Dossier
    until: datetime


def _send(connection: Connection, letter: _Letter, quiet: QuietHours, now: datetime) -> None:
    """Put the letter into the outbox; one that is still there when the evening begins is not sent any more."""
    facts: dict[str, Param] = {"unit": Ref("unit", letter.dossier.unit), "until": letter.until.astimezone(LOCAL).date()}
    if letter.dossier.returned_on is not None:
        facts["returned_on"] = letter.dossier.returned_on
    outbox.put(
        connection, chat_id=letter.chat, key="invitation" if letter.step == ASK else "invitation_again", params=facts,
        buttons=[NoticeButton("rate", f"{OPENS}{letter.token}"), NoticeButton("news_off", "news:off")],
        unique_key=_key(letter.number, letter.step), urgency=Urgency.REMINDER, now=now,
        expires=min(letter.until, quiet.next_begin(now)),
    )  # fmt: skip


def _key(number: int, step: str) -> str:
    return f"invitation:{number}:{step}"


def _plan_step(connection: Connection, number: int, step: str, at: datetime) -> None:
    key, payload = f"{_key(number, step)}:{at.astimezone(LOCAL).date()}", {"invitation": number, "step": step}
    schedule.plan(connection, unique_key=key, due_at=at, kind=INVITING, payload=payload)


def _change(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(invitation).where(invitation.c.id == number).values(**values))


def visit_of(dossier: Dossier) -> Visit:
    """Return the visit that a code for a dossier proves."""
    return Visit(
        dossier.unit,
        dossier.field,
        Service.TTHC,
        dossier=dossier.code,
        verified=True,
        procedure=dossier.procedure,
        level=dossier.level,
    )
