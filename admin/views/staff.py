"""Accounts of officials: the list, making one, and what can be changed about it. Passwords are shown once."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.alarms import CHANNEL_NAMES
from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from offices.staff import Role
from offices.units import Directory, Unit
from storage import staff, staff_chats
from storage.passwords import hash_password
from storage.staff import Account
from storage.staff_chats import LinkedChat

SECTION = "staff"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no letter that is read as another
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True)
class StaffPage(Page):
    """All accounts, and the form of a new one."""

    accounts: Sequence[Account]
    units: Sequence[Unit]
    roles: Sequence[Role]
    directory: Directory
    typed: Form
    problem: str = ""
    template: ClassVar[str] = "staff.html"


@dataclass(frozen=True)
class AccountPage(Page):
    """One account; `password` stands on it only in the answer that made it."""

    account: Account
    units: Sequence[Unit]
    roles: Sequence[Role]
    chats: Sequence[LinkedChat]
    is_me: bool
    password: str = ""
    problem: str = ""
    channels = CHANNEL_NAMES
    template: ClassVar[str] = "account.html"


async def show_all(call: Call) -> web.StreamResponse:
    """Show the accounts."""
    return call.page(await _list(call), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show one account."""
    return call.page(await _account(call, call.number("staff")), SECTION)


async def add(call: Call) -> web.StreamResponse:
    """Make an account with a password that is shown this once."""
    form, password = call.form, new_password()
    hashed = await asyncio.to_thread(hash_password, password)

    def made(connection: Connection) -> int:
        return staff.add(
            connection, login=form.text("login"), name=_name(form), unit=form.text("unit"), roles=_roles(form),
            password_hash=hashed, now=call.now, actor=call.actor,
        ).id  # fmt: skip

    try:
        number = await call.write(made)
    except DomainError as error:
        return call.refused(await _list(call, form, words_of(error, call.words, call.reference)), SECTION)
    return call.page(await _account(call, number, password=password), SECTION)


async def move(call: Call) -> web.StreamResponse:
    """Change unit and roles; the official has to sign in again, and linked chats end."""
    number, form = call.number("staff"), call.form
    try:
        roles = _roles(form, is_me=number == call.me.id)
        await call.write(
            lambda connection: staff.move(
                connection, number, unit=form.text("unit"), roles=roles, now=call.now, actor=call.actor
            )
        )
    except DomainError as error:
        return await _account_refused(call, number, error)
    return see_other(f"/admin/staff/{number}", done="staff_moved")


async def set_active(call: Call) -> web.StreamResponse:
    """Stop an account, or start it again."""
    number, active = call.number("staff"), call.form.text("active") == "yes"
    if number == call.me.id:
        return await _account_refused(call, number, DomainError("own_account"))
    await call.write(
        lambda connection: staff.set_active(connection, number, active=active, now=call.now, actor=call.actor)
    )
    return see_other(f"/admin/staff/{number}", done="staff_started" if active else "staff_stopped")


async def reset_password(call: Call) -> web.StreamResponse:
    """Give an account a new password, shown this once; all its sessions end."""
    number, password = call.number("staff"), new_password()
    hashed = await asyncio.to_thread(hash_password, password)
    await call.write(lambda connection: staff.set_password(connection, number, hashed, now=call.now, actor=call.actor))
    return call.page(await _account(call, number, password=password), SECTION)


async def unlink(call: Call) -> web.StreamResponse:
    """End the link of an account's chat."""
    number, chosen = call.number("staff"), call.form.number("chat") or 0
    await call.write(lambda connection: staff_chats.unlink(connection, number, chosen, now=call.now, actor=call.actor))
    return see_other(f"/admin/staff/{number}", done="chat_unlinked")


def new_password() -> str:
    """Make a password that can be read out: 16 letters and digits in groups, 79 random bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _name(form: Form) -> str:
    if not form.text("name"):
        raise DomainError("name_missing")
    return form.text("name")


def _roles(form: Form, *, is_me: bool = False) -> frozenset[Role]:
    """Read the roles; an account without one could do nothing, and nobody takes his own last key away."""
    roles = frozenset(Role(role) for role in form.texts("roles") if role in set(Role))
    if not roles:
        raise DomainError("role_missing")
    if is_me and Role.ADMIN not in roles:
        raise DomainError("own_account")
    return roles


async def _list(call: Call, form: Form | None = None, problem: str = "") -> StaffPage:
    directory = call.reference.directory
    accounts = await call.read(staff.accounts)
    return StaffPage(accounts, directory.on(call.today), tuple(Role), directory, form or Form(), problem)


async def _account(call: Call, number: int, password: str = "", problem: str = "") -> AccountPage:
    def look(connection: Connection) -> AccountPage:
        return AccountPage(
            account=staff.account(connection, number),
            units=call.reference.directory.on(call.today),
            roles=tuple(Role),
            chats=staff_chats.linked_chats(connection, number),
            is_me=number == call.me.id,
            password=password,
            problem=problem,
        )

    return await call.read(look)


async def _account_refused(call: Call, number: int, error: DomainError) -> web.Response:
    problem = words_of(error, call.words, call.reference)
    return call.refused(await _account(call, number, problem=problem), SECTION)
