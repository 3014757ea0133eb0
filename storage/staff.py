"""Accounts of officials: made, found, moved, stopped. A change of rights ends what was opened with the old ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from offices.errors import DomainError
from offices.staff import Role, Staff
from offices.words import clean
from storage import audit, units
from storage.prepared import Prepared
from storage.tables.people import chat
from storage.tables.staff import LONGEST_LOGIN, staff, staff_chat, staff_link_code, web_session

UNUSED = timedelta(days=45)
"""An account nobody used for so long is stopped (security A6)."""

_ACCOUNTS = select(*(column for column in staff.c if column.name != "password_hash"))
BY_ID = Prepared(_ACCOUNTS.where(staff.c.id == bindparam("number")))
ACTIVE = Prepared(_ACCOUNTS.where(staff.c.active.is_(True)).order_by(staff.c.id))
ACTIVE_IN_UNIT = Prepared(
    _ACCOUNTS.where(staff.c.active.is_(True), staff.c.unit == bindparam("of_unit")).order_by(staff.c.id)
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its administrator sees it; never the password."""

    staff: Staff
    login: str
    failed_count: int
    locked_until: datetime | None
    last_login_at: datetime | None
    created_at: datetime


def normal_login(typed: str) -> str:
    """Write a login as it is stored: trimmed, small letters."""
    return clean(typed).lower()


def add(
    connection: Connection,
    *,
    login: str,
    name: str,
    unit: str,
    roles: Iterable[Role],
    password_hash: str,
    now: datetime,
    actor: str,
) -> Staff:
    """Make an account; `password_hash` comes from storage.passwords.

    Raises DomainError: `login_taken` (login), `login_wrong` for none or one longer than 64 letters, `unit_unknown`.
    """
    stored_login = normal_login(login)
    if not 0 < len(stored_login) <= LONGEST_LOGIN:
        raise DomainError("login_wrong", longest=LONGEST_LOGIN)
    units.load_directory(connection).unit(unit)
    if connection.scalar(select(staff.c.id).where(staff.c.login == stored_login)) is not None:
        raise DomainError("login_taken", login=stored_login)
    given = frozenset(roles)
    staff_id: int = connection.execute(
        insert(staff)
        .values(
            login=stored_login, name=clean(name), unit=unit, roles=sorted(given), password_hash=password_hash,
            active=True, failed_count=0, created_at=now,
            activated_at=now,
        )
        .returning(staff.c.id)
    ).scalar_one()  # fmt: skip
    _record(connection, staff_id, "staff.add", now, actor, {"unit": unit, "roles": sorted(given)})
    return Staff(staff_id, clean(name), unit, given)


def by_id(connection: Connection, staff_id: int) -> Staff:
    """Return an official; an unknown id raises DomainError `staff_unknown`."""
    return account(connection, staff_id).staff


def account(connection: Connection, staff_id: int) -> Account:
    """Return an account; an unknown id raises DomainError `staff_unknown`."""
    row = BY_ID.first(connection, {"number": staff_id})
    if row is None:
        raise DomainError("staff_unknown", staff=staff_id)
    return _account(row)


def accounts(connection: Connection) -> list[Account]:
    """Return all accounts, stopped ones too, by unit and name."""
    return [_account(row) for row in connection.execute(_ACCOUNTS.order_by(staff.c.unit, staff.c.name, staff.c.id))]


def by_login(connection: Connection, login: str) -> Account | None:
    """Return the account of a login as typed, None when there is none."""
    row = connection.execute(_ACCOUNTS.where(staff.c.login == normal_login(login))).first()
    return _account(row) if row else None


def password_hash_of(connection: Connection, login: str) -> str | None:
    """Return the stored hash of a login's password, None when there is no such account."""
    stored: str | None = connection.scalar(select(staff.c.password_hash).where(staff.c.login == normal_login(login)))
    return stored


def staff_with(connection: Connection, unit: str | None, role: Role) -> list[Staff]:
    """Return the active officials who have a role in a unit, or anywhere (None), in the order of their accounts."""
    rows = ACTIVE.all(connection, {}) if unit is None else ACTIVE_IN_UNIT.all(connection, {"of_unit": unit})
    return [_account(row).staff for row in rows if role in row.roles]


def move(
    connection: Connection, staff_id: int, *, unit: str, roles: Iterable[Role], now: datetime, actor: str
) -> Staff:
    """Give an official another unit or other roles; sessions, chat links and pending codes end at once (A2).

    Raises DomainError `staff_unknown` or `unit_unknown`.
    """
    before = by_id(connection, staff_id)
    units.load_directory(connection).unit(unit)
    given = sorted(frozenset(roles))
    connection.execute(update(staff).where(staff.c.id == staff_id).values(unit=unit, roles=given))
    _end_everything(connection, staff_id)
    details = {"from": before.unit, "to": unit, "before": sorted(before.roles), "after": given}
    _record(connection, staff_id, "staff.move", now, actor, details)
    return by_id(connection, staff_id)


def set_active(connection: Connection, staff_id: int, *, active: bool, now: datetime, actor: str) -> Staff:
    """Stop or restart an account; stopping ends sessions, chat links and pending codes at once (A2).

    Raises DomainError `staff_unknown`.
    """
    by_id(connection, staff_id)
    values: dict[str, Any] = {"active": active, "failed_count": 0, "locked_until": None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(values))
    if active:
        connection.execute(update(staff).where(staff.c.id == staff_id).values(activated_at=now))
    else:
        _end_everything(connection, staff_id)
    _record(connection, staff_id, "staff.restart" if active else "staff.stop", now, actor, {})
    return by_id(connection, staff_id)


def stop_unused(connection: Connection, now: datetime, after: timedelta = UNUSED) -> list[int]:
    """Stop the accounts that nobody has used for `after`, on the web or in a linked chat; return their ids."""
    since = now - after
    seen_in_chat = (
        select(staff_chat.c.staff_id)
        .join(chat, chat.c.id == staff_chat.c.chat_id)
        .where(or_(chat.c.last_seen_at > since, staff_chat.c.linked_at > since))
    )
    unused = select(staff.c.id).where(
        staff.c.active.is_(True),
        staff.c.activated_at <= since,
        or_(staff.c.last_login_at.is_(None), staff.c.last_login_at <= since),
        staff.c.id.not_in(seen_in_chat),
    )
    stopped = list(connection.scalars(unused.order_by(staff.c.id)))
    for staff_id in stopped:
        set_active(connection, staff_id, active=False, now=now, actor="system")
    return stopped


def set_password(
    connection: Connection,
    staff_id: int,
    password_hash: str,
    *,
    now: datetime,
    actor: str,
    keep_session: int | None = None,
) -> None:
    """Store a new password; every session but `keep_session` (the one in which it was changed) ends.

    Raises DomainError `staff_unknown`.
    """
    by_id(connection, staff_id)
    values = {"password_hash": password_hash, "failed_count": 0, "locked_until": None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(values))
    others = web_session.c.staff_id == staff_id
    connection.execute(delete(web_session).where(others, web_session.c.id != (keep_session or 0)))
    connection.execute(delete(staff_link_code).where(staff_link_code.c.staff_id == staff_id))
    _record(connection, staff_id, "staff.password", now, actor, {})


def _end_everything(connection: Connection, staff_id: int) -> None:
    for table in (web_session, staff_chat, staff_link_code):
        connection.execute(delete(table).where(table.c.staff_id == staff_id))


def _account(row: Any) -> Account:
    official = Staff(row.id, row.name, row.unit, frozenset(Role(role) for role in row.roles), row.active)
    return Account(official, row.login, row.failed_count, row.locked_until, row.last_login_at, row.created_at)


def _record(
    connection: Connection, staff_id: int, action: str, now: datetime, actor: str, details: dict[str, Any]
) -> None:
    subject = f"staff:{staff_id}"
    audit.record(connection, at=now, actor=actor, action=action, subject=subject, details=details)
