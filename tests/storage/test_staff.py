"""Accounts: who works where, and what ends at once when that changes."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from offices.errors import DomainError
from offices.staff import Role
from storage import sessions, staff, staff_chats
from storage.chats import chats_of_staff
from storage.database import Database
from tests.storage.officials import NOW, UNIT, actions, add_chat, add_official, install


@pytest.fixture
async def commune(database: Database) -> Database:
    await database.write(install)
    return database


async def test_an_account_is_found_by_id_login_unit_and_role(commune: Database) -> None:
    officer = await commune.write(lambda c: add_official(c, "  CanBo01 "))
    leader = await commune.write(lambda c: add_official(c, "lanhdao", Role.LEADER, Role.OFFICER))
    elsewhere = await commune.write(lambda c: add_official(c, "vanphong", Role.OFFICER, unit="xa-mau.van-phong"))
    assert await commune.read(lambda c: staff.by_id(c, officer.id)) == officer
    found = await commune.read(lambda c: staff.by_login(c, "CANBO01"))
    assert found is not None
    assert (found.staff, found.login, found.last_login_at) == (officer, "canbo01", None)
    assert await commune.read(lambda c: staff.by_login(c, "nobody")) is None
    assert await commune.read(lambda c: staff.staff_with(c, UNIT, Role.OFFICER)) == [officer, leader]
    assert await commune.read(lambda c: staff.staff_with(c, UNIT, Role.LEADER)) == [leader]
    assert await commune.read(lambda c: staff.staff_with(c, None, Role.OFFICER)) == [officer, leader, elsewhere]
    assert [each.staff for each in await commune.read(staff.accounts)] == [officer, leader, elsewhere]


@pytest.mark.parametrize(
    ("login", "unit", "refusal"),
    [
        ("CANBO01", UNIT, "login_taken"),
        (" ", UNIT, "login_wrong"),
        ("x" * 65, UNIT, "login_wrong"),
        ("a", "gone", "unit"),
    ],
)
async def test_a_wrong_account_is_refused(commune: Database, login: str, unit: str, refusal: str) -> None:
    await commune.write(add_official)
    with pytest.raises(DomainError, match=refusal):
        await commune.write(lambda c: add_official(c, login, unit=unit))


def open_everything(connection: Connection) -> tuple[int, str]:
    """Make an official with a session, a linked chat and a pending code; return id and session token."""
    official = add_official(connection)
    code = staff_chats.make_link_code(connection, official.id, NOW)
    staff_chats.redeem_link_code(connection, code, add_chat(connection), NOW)
    staff_chats.make_link_code(connection, official.id, NOW)
    return official.id, sessions.begin(connection, official, now=NOW)


async def test_stopping_an_account_ends_sessions_chats_and_codes_at_once(commune: Database) -> None:
    staff_id, token = await commune.write(open_everything)
    assert await commune.read(lambda c: sessions.find(c, token, NOW)) is not None
    stopped = await commune.write(lambda c: staff.set_active(c, staff_id, active=False, now=NOW, actor="staff:9"))
    assert not stopped.active
    assert await commune.read(lambda c: sessions.find(c, token, NOW)) is None
    assert await commune.read(lambda c: chats_of_staff(c, staff_id)) == []
    assert await commune.read(lambda c: staff.staff_with(c, UNIT, Role.OFFICER)) == []
    with pytest.raises(DomainError, match="staff_stopped"):
        await commune.write(lambda c: staff_chats.make_link_code(c, staff_id, NOW))
    await commune.write(lambda c: staff.set_active(c, staff_id, active=True, now=NOW, actor="staff:9"))
    assert await commune.read(lambda c: sessions.find(c, token, NOW)) is None
    assert (await commune.read(actions))[-2:] == ["staff.stop", "staff.restart"]


async def test_moving_an_official_ends_what_was_opened_with_the_old_rights(commune: Database) -> None:
    staff_id, token = await commune.write(open_everything)
    moved = await commune.write(
        lambda c: staff.move(c, staff_id, unit="xa-mau.van-phong", roles=[Role.LEADER], now=NOW, actor="staff:9")
    )
    assert moved.unit == "xa-mau.van-phong"
    assert moved.roles == {Role.LEADER}
    assert await commune.read(lambda c: sessions.find(c, token, NOW)) is None
    assert await commune.read(lambda c: chats_of_staff(c, staff_id)) == []
    with pytest.raises(DomainError, match="unit_unknown"):
        await commune.write(lambda c: staff.move(c, staff_id, unit="gone", roles=[], now=NOW, actor="staff:9"))


async def test_a_new_password_ends_every_other_session(commune: Database) -> None:
    staff_id, token = await commune.write(open_everything)
    official = await commune.read(lambda c: staff.by_id(c, staff_id))
    kept = await commune.write(lambda c: sessions.begin(c, official, now=NOW + timedelta(seconds=1)))
    session = await commune.read(lambda c: sessions.find(c, kept, NOW))
    assert session is not None
    await commune.write(
        lambda c: staff.set_password(c, staff_id, "new hash", now=NOW, actor="staff:1", keep_session=session.id)
    )
    assert await commune.read(lambda c: sessions.find(c, token, NOW)) is None
    assert await commune.read(lambda c: sessions.find(c, kept, NOW)) is not None
    assert await commune.read(lambda c: staff.password_hash_of(c, "canbo01")) == "new hash"


async def test_an_account_nobody_uses_is_stopped_and_can_be_restarted(commune: Database) -> None:
    first, second = await commune.write(lambda c: (add_official(c), add_official(c, "chat")))
    later = NOW + staff.UNUSED

    def link_second(connection: Connection) -> None:
        code = staff_chats.make_link_code(connection, second.id, NOW + timedelta(days=1))
        staff_chats.redeem_link_code(connection, code, add_chat(connection), NOW + timedelta(days=1))

    await commune.write(link_second)
    assert await commune.write(lambda c: staff.stop_unused(c, later - timedelta(seconds=1))) == []
    assert await commune.write(lambda c: staff.stop_unused(c, later)) == [first.id]
    await commune.write(lambda c: staff.set_active(c, first.id, active=True, now=later, actor="staff:9"))
    assert await commune.write(lambda c: staff.stop_unused(c, later)) == []


async def test_an_unknown_official_is_a_domain_error(commune: Database) -> None:
    with pytest.raises(DomainError, match="staff_unknown"):
        await commune.read(lambda c: staff.by_id(c, 4711))
